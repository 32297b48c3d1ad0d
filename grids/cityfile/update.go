package cityfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// ErrOtherCity is returned by Update for the file of another city.
var ErrOtherCity = errors.New("the file is of another city")

// Updated counts what an update did to the rows of one layer.
type Updated struct {
	Added, Changed, Removed, Same int
}

// Update replaces layers of the city file at path by those of city, in one
// transaction that raises city_version and writes a row of the change table; what is
// not a layer, cases, ownership, rulings, and layers that are not named stay. A row
// whose code stays keeps its FID, and no FID is used again. It works beside a server,
// which then loads the file again. FIDs are set in the city, as are epoch and version.
func Update(ctx context.Context, path string, city *grids.City, layers []grids.Layer, at time.Time) (done map[grids.Layer]Updated, err error) {
	if err := Inspect(path); err != nil {
		return nil, err
	}
	db := openDB(path, readWrite, 1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if done, err = update(ctx, db, path, city, layers, at); err != nil {
		return nil, fmt.Errorf("update city file %s: %w", path, err)
	}
	return done, nil
}

func update(ctx context.Context, db *sql.DB, path string, city *grids.City, layers []grids.Layer, at time.Time) (map[grids.Layer]Updated, error) {
	schema, err := schemaOf(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db, path, schema); err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	old, err := profileIn(ctx, tx)
	if err != nil {
		return nil, err
	}
	if old.Code != city.Code {
		return nil, fmt.Errorf("%w: %s %s, not %s %s", ErrOtherCity, old.Code, old.Name, city.Code, city.Name)
	}
	city.Epoch, city.Version = old.Epoch, old.Version+1
	if !slices.Contains(layers, grids.Zones) {
		city.ZonesByGeometry = old.ZonesByGeometry
	}
	done := map[grids.Layer]Updated{}
	for _, l := range layerOrder {
		if !slices.Contains(layers, l) {
			continue
		}
		if done[l], err = updateLayer(ctx, tx, city, l); err != nil {
			return nil, fmt.Errorf("layer %s: %w", l, err)
		}
	}
	if slices.Contains(layers, grids.Units) {
		if done[grids.Units], err = updateUnits(ctx, tx, city); err != nil {
			return nil, fmt.Errorf("units: %w", err)
		}
	}
	if err := updateCategories(ctx, tx, city); err != nil {
		return nil, fmt.Errorf("categories: %w", err)
	}
	if err := writeMeta(ctx, tx, &city.Profile, SchemaVersion); err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"reason": "import --update", "layers": done})
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO change (epoch, kind, key, version, at, body) VALUES (?, 'city', '', ?, ?, ?)",
		city.Epoch, city.Version, at.Format(time.RFC3339), string(body)); err != nil {
		return nil, err
	}
	return done, tx.Commit()
}

func profileIn(ctx context.Context, tx *sql.Tx) (grids.Profile, error) {
	meta := map[string]string{}
	if err := each(ctx, tx, "SELECT key, value FROM wanmi_meta", func(r []sql.RawBytes) error {
		meta[string(r[0])] = string(r[1])
		return nil
	}); err != nil {
		return grids.Profile{}, err
	}
	return profile(meta)
}

// standing is a row of the file before the update.
type standing struct {
	fid  int64
	from string // valid_from
	sum  uint64 // of all its values
	kept bool
}

// layerUpdate replaces the rows of one layer.
type layerUpdate struct {
	tx    *sql.Tx
	layer grids.Layer
	names []string // geom, code, name … and the layer's own
	seed  maphash.Seed
	rows  map[string][]*standing // by code
}

func updateLayer(ctx context.Context, tx *sql.Tx, city *grids.City, l grids.Layer) (Updated, error) {
	t := tableOf(l)
	own, _ := t.columns()
	u := &layerUpdate{
		tx: tx, layer: l, seed: maphash.MakeSeed(), rows: map[string][]*standing{},
		names: append([]string{"geom", "code", "name", "valid_from", "valid_to", "attributes"}, own...),
	}
	if err := u.read(ctx); err != nil {
		return Updated{}, err
	}
	zone := zoneOf(&city.Profile)
	n := t.count(city)
	args := make([][]any, n)
	was := make([]*standing, n)
	box := spatial.EmptyBox()
	features := make([]*grids.Feature, n)
	for i := range n {
		f, values := t.row(city, i)
		features[i] = f
		box = box.Union(f.Box())
		args[i] = append([]any{appendBlob(nil, f.Geometry()), f.Code, f.Name, momentText(f.Valid.From, zone), momentText(f.Valid.To, zone), f.Attributes}, values...)
		was[i] = u.find(f.Code, args[i][3], true)
	}
	for i, f := range features { // a code whose start moved
		if was[i] == nil {
			was[i] = u.find(f.Code, args[i][3], false)
		}
	}
	done, err := u.write(ctx, args, was, features)
	if err != nil {
		return done, err
	}
	return done, u.extent(ctx, box)
}

// read notes the rows that stand.
func (u *layerUpdate) read(ctx context.Context) error {
	rows, err := u.tx.QueryContext(ctx, fmt.Sprintf("SELECT fid, %s FROM %s ORDER BY fid", strings.Join(u.names, ", "), u.layer))
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(u.names)+1)
	places := make([]any, len(values))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		fid, ok := values[0].(int64)
		if !ok {
			return fmt.Errorf("a row with fid %v", values[0])
		}
		code := fmt.Sprint(values[2])
		u.rows[code] = append(u.rows[code], &standing{fid: fid, from: timeKey(values[4]), sum: u.sum(values[1:])})
	}
	return rows.Err()
}

// timeKey is valid_from as a key: "" for none.
func timeKey(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// find takes the standing row of a code, with the same start or else any.
func (u *layerUpdate) find(code string, from any, exact bool) *standing {
	for _, s := range u.rows[code] {
		if !s.kept && (!exact || s.from == timeKey(from)) {
			s.kept = true
			return s
		}
	}
	return nil
}

// sum tells rows apart by their values as SQLite has them.
func (u *layerUpdate) sum(values []any) uint64 {
	var h maphash.Hash
	h.SetSeed(u.seed)
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			h.WriteString("\x00-")
		case []byte:
			h.WriteString("\x00b" + strconv.Itoa(len(v)) + ":")
			h.Write(v)
		case bool:
			h.WriteString("\x00n" + strconv.Itoa(map[bool]int{true: 1}[v]))
		case int64:
			h.WriteString("\x00n" + strconv.FormatInt(v, 10))
		case float64:
			h.WriteString("\x00f" + strconv.FormatFloat(v, 'g', -1, 64))
		default:
			text := fmt.Sprint(v)
			h.WriteString("\x00t" + strconv.Itoa(len(text)) + ":" + text)
		}
	}
	return h.Sum64()
}

// write removes, changes and adds rows, in this order: codes are unique.
func (u *layerUpdate) write(ctx context.Context, args [][]any, was []*standing, features []*grids.Feature) (done Updated, err error) {
	remove, err := u.tx.PrepareContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE fid = ?", u.layer))
	if err != nil {
		return done, err
	}
	defer remove.Close()
	for _, rows := range u.rows {
		for _, s := range rows {
			if s.kept {
				continue
			}
			done.Removed++
			if _, err := remove.ExecContext(ctx, s.fid); err != nil {
				return done, err
			}
		}
	}
	change, err := u.tx.PrepareContext(ctx, fmt.Sprintf("UPDATE %s SET %s = ? WHERE fid = ?", u.layer, strings.Join(u.names, " = ?, ")))
	if err != nil {
		return done, err
	}
	defer change.Close()
	add, err := u.tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", u.layer, strings.Join(u.names, ", "), strings.Repeat(", ?", len(u.names)-1)))
	if err != nil {
		return done, err
	}
	defer add.Close()
	for i, f := range features {
		s := was[i]
		switch {
		case s == nil:
			continue
		case s.sum == u.sum(args[i]):
			done.Same++
		default:
			done.Changed++
			if _, err := change.ExecContext(ctx, append(args[i], s.fid)...); err != nil {
				return done, fmt.Errorf("row %s: %w", f.Code, err)
			}
		}
		f.FID = s.fid
	}
	for i, f := range features {
		if was[i] != nil {
			continue
		}
		done.Added++
		res, err := add.ExecContext(ctx, args[i]...)
		if err != nil {
			return done, fmt.Errorf("row %s: %w", f.Code, err)
		}
		if f.FID, err = res.LastInsertId(); err != nil {
			return done, err
		}
	}
	return done, nil
}

// extent tells desktop GIS where the layer lies now.
func (u *layerUpdate) extent(ctx context.Context, box spatial.Box) error {
	var sides [4]any
	if !box.Empty() {
		b := box.Bound()
		sides = [4]any{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	_, err := u.tx.ExecContext(ctx, `UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?,
		last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?`, append(sides[:], string(u.layer))...)
	return err
}

// updateUnits replaces the units by their codes.
func updateUnits(ctx context.Context, tx *sql.Tx, city *grids.City) (done Updated, err error) {
	fids, texts := map[string]int64{}, map[string]string{}
	if err := each(ctx, tx, "SELECT fid, code, name, kind, parent, territory, contact, valid_from, valid_to FROM units ORDER BY fid", func(r []sql.RawBytes) error {
		fid, err := strconv.ParseInt(string(r[0]), 10, 64)
		fids[string(r[1])] = fid
		for _, v := range r[2:] {
			texts[string(r[1])] += string(v) + "\x00"
		}
		return err
	}); err != nil {
		return done, err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM units"); err != nil {
		return done, err
	}
	zone := zoneOf(&city.Profile)
	for _, later := range [...]bool{false, true} { // units that stay first: a new one gets a number of its own
		for i := range city.Units {
			u := &city.Units[i]
			fid, stays := fids[u.Code]
			if stays == later {
				continue
			}
			territory, err := json.Marshal(append([]string{}, u.Territory...))
			if err != nil {
				return done, err
			}
			from, to := momentText(u.Valid.From, zone), momentText(u.Valid.To, zone)
			text := strings.Join([]string{u.Name, u.Kind, u.Parent, string(territory), u.Contact, timeKey(from), timeKey(to), ""}, "\x00")
			var id any
			switch {
			case !stays:
				done.Added++
			case text == texts[u.Code]:
				done.Same++
			default:
				done.Changed++
			}
			if stays {
				id = fid
			}
			res, err := tx.ExecContext(ctx, `INSERT INTO units (fid, code, name, kind, parent, territory, contact, valid_from, valid_to)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, u.Code, u.Name, u.Kind, u.Parent, string(territory), u.Contact, from, to)
			if err != nil {
				return done, fmt.Errorf("unit %s: %w", u.Code, err)
			}
			if u.FID, err = res.LastInsertId(); err != nil {
				return done, err
			}
		}
	}
	done.Removed = len(fids) - done.Changed - done.Same
	return done, nil
}

// updateCategories replaces the categories by their codes: cases name them by
// number.
func updateCategories(ctx context.Context, tx *sql.Tx, city *grids.City) error {
	stands := map[string]bool{}
	key := func(scheme, kind, code string) string { return scheme + "\x00" + kind + "\x00" + code }
	for _, c := range city.Categories {
		stands[key(c.Scheme, string(c.Kind), c.Code)] = true
		if _, err := tx.ExecContext(ctx, `INSERT INTO categories (scheme, kind, code, major, name, accuracy_class, equivalent)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scheme, kind, code) DO UPDATE SET
			major = excluded.major, name = excluded.name, accuracy_class = excluded.accuracy_class, equivalent = excluded.equivalent`,
			c.Scheme, string(c.Kind), c.Code, c.Major, c.Name, c.AccuracyClass, c.Equivalent); err != nil {
			return fmt.Errorf("category %s %s %s: %w", c.Scheme, c.Kind, c.Code, err)
		}
	}
	var gone []int64
	if err := each(ctx, tx, "SELECT id, scheme, kind, code FROM categories", func(r []sql.RawBytes) error {
		id, err := strconv.ParseInt(string(r[0]), 10, 64)
		if !stands[key(string(r[1]), string(r[2]), string(r[3]))] {
			gone = append(gone, id)
		}
		return err
	}); err != nil {
		return err
	}
	for _, id := range gone {
		if _, err := tx.ExecContext(ctx, "DELETE FROM categories WHERE id = ?", id); err != nil {
			return err
		}
	}
	return nil
}
