package cityfile

import (
	"context"

	"github.com/wanmi-gis/wanmi/grids"
)

// ownershipRecords is the table of the ownership records (确权).
func ownershipRecords() claimTable { return claimTable{"ownership", "ownership"} }

// Ownership returns all ownership records in the order they were added.
func (s *Store) Ownership(ctx context.Context) ([]grids.OwnershipRecord, error) {
	all, err := s.Claims(ctx)
	return all.Ownership, err
}

// AddOwnership adds ownership records in one change and returns the answer once
// they are durable.
func (s *Store) AddOwnership(ctx context.Context, n NewClaims) (answer string, err error) {
	return ownershipRecords().add(ctx, s, n)
}
