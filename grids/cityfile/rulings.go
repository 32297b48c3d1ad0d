package cityfile

import (
	"context"

	"github.com/wanmi-gis/wanmi/grids"
)

// rulingTable is the table of the rulings (裁决).
func rulingTable() claimTable { return claimTable{"rulings", "ruling"} }

// Rulings returns all rulings in the order they were added.
func (s *Store) Rulings(ctx context.Context) ([]grids.Ruling, error) {
	all, err := s.Claims(ctx)
	return all.Rulings, err
}

// AddRulings adds rulings in one change and returns the answer once they are
// durable.
func (s *Store) AddRulings(ctx context.Context, n NewClaims) (answer string, err error) {
	return rulingTable().add(ctx, s, n)
}
