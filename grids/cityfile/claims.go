package cityfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// maxClaims bounds what one write may add.
const maxClaims = 10_000

// ErrClaim marks an ownership record or ruling that cannot be written.
var ErrClaim = errors.New("not an ownership record or ruling")

// NewClaims asks for ownership records or rulings to be added. They are never
// changed: a newer one takes an older one's place from its first day.
type NewClaims struct {
	Claims []grids.Claim
	Actor  Actor
	// Key, if any, makes the write safe to repeat, as for Edit.
	Key, Hash string
	// At is when it was decided, in the city's zone.
	At time.Time
	// Answer writes the answer, for the claims as they stand in the file.
	Answer func([]grids.Claim) (string, error)
	// Applied, if any, is called once they are durable, before the write is
	// answered: in the order of versions.
	Applied func(version int64, claims []grids.Claim)
}

// claimTable is one of the two tables of claims.
type claimTable struct{ table, kind string }

// add writes the claims and returns the answer, or that of the same write made
// before.
func (t claimTable) add(ctx context.Context, s *Store, n NewClaims) (answer string, err error) {
	if len(n.Claims) == 0 || len(n.Claims) > maxClaims {
		return "", fmt.Errorf("%w: %d of them, 1 to %d are written at a time", ErrClaim, len(n.Claims), maxClaims)
	}
	for i := range n.Claims {
		if err := checkClaim(&n.Claims[i]); err != nil {
			return "", fmt.Errorf("%w: number %d: %w", ErrClaim, i+1, err)
		}
	}
	w := &claiming{NewClaims: n, claimTable: t, e: editing{Edit: Edit{Actor: n.Actor, Key: n.Key, Hash: n.Hash}, ctx: context.WithoutCancel(ctx), at: n.At}}
	r := &request{ctx: ctx, apply: w.apply}
	if n.Applied != nil {
		r.replace = func(version int64) { n.Applied(version, w.written) }
	}
	err = s.submit(r)
	if before, ok := errors.AsType[*replayed](err); ok {
		return before.answer, nil
	}
	if err != nil {
		return "", fmt.Errorf("add to %s: %w", t.table, err)
	}
	return w.answer, nil
}

// checkClaim says what is wrong with a claim.
func checkClaim(c *grids.Claim) error {
	switch {
	case c.Unit == "":
		return errors.New("it names no unit")
	case c.Valid.To != 0 && c.Valid.To <= c.Valid.From:
		return errors.New("it ends before it begins")
	}
	return c.Subject.Check()
}

// Claims are the ownership records and rulings of a city.
type Claims struct {
	Ownership []grids.OwnershipRecord
	Rulings   []grids.Ruling
}

// fill writes the claims into a new file, in their order, and numbers them.
func (cs *Claims) fill(ctx context.Context, tx *sql.Tx, version int64, zone *time.Location) error {
	put := func(t claimTable, i int, c *grids.Claim) error {
		if err := checkClaim(c); err != nil {
			return fmt.Errorf("%w: %s number %d: %w", ErrClaim, t.table, i+1, err)
		}
		return t.insert(ctx, tx, c, version, zone)
	}
	for i := range cs.Ownership {
		if err := put(ownershipRecords(), i, &cs.Ownership[i].Claim); err != nil {
			return err
		}
	}
	for i := range cs.Rulings {
		if err := put(rulingTable(), i, &cs.Rulings[i].Claim); err != nil {
			return err
		}
	}
	return nil
}

// claiming is one write of claims in the writer's transaction.
type claiming struct {
	NewClaims
	claimTable
	e       editing
	written []grids.Claim
	answer  string
}

func (w *claiming) apply(tx *sql.Tx, version int64) (Change, error) {
	if err := w.e.lookup(tx); err != nil {
		return Change{}, err
	}
	zone := w.At.Location()
	w.written = append([]grids.Claim(nil), w.Claims...)
	for i := range w.written {
		if err := w.insert(w.e.ctx, tx, &w.written[i], version, zone); err != nil {
			return Change{}, err
		}
	}
	var err error
	if w.Answer != nil {
		if w.answer, err = w.Answer(w.written); err != nil {
			return Change{}, err
		}
	}
	if w.Key != "" {
		if _, err := tx.ExecContext(w.e.ctx, "INSERT INTO idempotency (key, body_hash, answer, at) VALUES (?, ?, ?, ?)",
			w.e.key(), w.Hash, w.answer, keptTime(w.At)); err != nil {
			return Change{}, err
		}
	}
	last := w.written[len(w.written)-1].ID
	body, err := json.Marshal(map[string]any{"actor": w.Actor, "first": w.written[0].ID, "last": last})
	return Change{Kind: w.kind, Key: strconv.FormatInt(last, 10), Body: string(body), At: w.At}, err
}

// insert writes one claim and sets its number and version.
func (t claimTable) insert(ctx context.Context, tx *sql.Tx, c *grids.Claim, version int64, zone *time.Location) error {
	what, err := json.Marshal(c.Subject)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, "INSERT INTO "+t.table+
		" (what, unit, evidence, decided_by, valid_from, valid_to, version) VALUES (?, ?, ?, ?, ?, ?, ?)",
		string(what), c.Unit, c.Evidence, c.DecidedBy, momentText(c.Valid.From, zone), momentText(c.Valid.To, zone), version)
	if err != nil {
		return err
	}
	c.Version = version
	c.ID, err = res.LastInsertId()
	return err
}

// Claims returns all ownership records and rulings, each kind in the order they
// were added, as they stood together at one time.
func (s *Store) Claims(ctx context.Context) (out Claims, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return out, fmt.Errorf("read claims: %w", err)
	}
	defer tx.Rollback()
	records, err := ownershipRecords().all(ctx, tx)
	if err != nil {
		return out, err
	}
	rulings, err := rulingTable().all(ctx, tx)
	if err != nil {
		return out, err
	}
	for i := range records {
		out.Ownership = append(out.Ownership, grids.OwnershipRecord{Claim: records[i]})
	}
	for i := range rulings {
		out.Rulings = append(out.Rulings, grids.Ruling{Claim: rulings[i]})
	}
	return out, nil
}

// all reads the table in order of id. One row that cannot be read is an error
// that names it: what was decided is not passed over.
func (t claimTable) all(ctx context.Context, tx *sql.Tx) ([]grids.Claim, error) {
	var out []grids.Claim
	err := each(ctx, tx, "SELECT id, what, unit, evidence, decided_by, coalesce(valid_from, ''), coalesce(valid_to, ''), version FROM "+
		t.table+" ORDER BY id", func(r []sql.RawBytes) error {
		c, err := claimOf(r)
		if err != nil {
			return fmt.Errorf("%s %s: %w", t.table, r[0], err)
		}
		out = append(out, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.table, err)
	}
	return out, nil
}

func claimOf(r []sql.RawBytes) (c grids.Claim, err error) {
	if c.ID, err = strconv.ParseInt(string(r[0]), 10, 64); err != nil {
		return c, err
	}
	if err := json.Unmarshal(r[1], &c.Subject); err != nil {
		return c, err
	}
	c.Unit, c.Evidence, c.DecidedBy = string(r[2]), string(r[3]), string(r[4])
	from, err := readTime(string(r[5]))
	if err != nil {
		return c, fmt.Errorf("valid_from: %w", err)
	}
	to, err := readTime(string(r[6]))
	if err != nil {
		return c, fmt.Errorf("valid_to: %w", err)
	}
	c.Valid = grids.Between(from, to)
	c.Version, err = strconv.ParseInt(string(r[7]), 10, 64)
	return c, err
}
