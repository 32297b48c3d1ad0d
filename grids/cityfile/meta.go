package cityfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Keys of wanmi_meta.
const (
	keySchema      = "schema_version"
	keyVersion     = "city_version"
	keyEpoch       = "epoch"
	keyCode        = "city_code"
	keyName        = "city_name"
	keyMadeUp      = "made_up"
	keyScheme      = "scheme"
	keyTimeZone    = "time_zone"
	keyPlane       = "plane"
	keyGrid        = "grid"
	keyOffset      = "offset_crs"
	keyZones       = "zones_by"
	keyNear        = "near_m"
	keyAttribution = "attribution"
)

// How zones are found; see grids.Profile.ZonesByGeometry.
const (
	zonesByCell     = "cell"
	zonesByGeometry = "geometry"
)

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// writeMeta stores what is known of the city as a whole.
func writeMeta(ctx context.Context, db execer, p *grids.Profile, schema int) error {
	plane, err := json.Marshal(p.Plane)
	if err != nil {
		return err
	}
	grid := []byte{}
	if p.Grid != nil {
		if grid, err = json.Marshal(p.Grid); err != nil {
			return err
		}
	}
	zones := zonesByCell
	if p.ZonesByGeometry {
		zones = zonesByGeometry
	}
	zone := zoneOf(p).String()
	for _, kv := range [][2]string{
		{keySchema, strconv.Itoa(schema)},
		{keyVersion, strconv.FormatInt(p.Version, 10)},
		{keyEpoch, p.Epoch},
		{keyCode, p.Code},
		{keyName, p.Name},
		{keyMadeUp, strconv.FormatBool(p.MadeUp)},
		{keyScheme, p.Scheme},
		{keyTimeZone, zone},
		{keyPlane, string(plane)},
		{keyGrid, string(grid)},
		{keyOffset, strconv.FormatBool(p.Offset)},
		{keyZones, zones},
		{keyNear, strconv.FormatFloat(p.NearM, 'g', -1, 64)},
		{keyAttribution, p.Attribution},
	} {
		if _, err := db.ExecContext(ctx, "INSERT OR REPLACE INTO wanmi_meta (key, value) VALUES (?, ?)", kv[0], kv[1]); err != nil {
			return fmt.Errorf("meta %s: %w", kv[0], err)
		}
	}
	return nil
}

// readMeta reads the key-value table.
func readMeta(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT key, value FROM wanmi_meta")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	meta := map[string]string{}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return nil, err
		}
		meta[k] = v
	}
	return meta, rows.Err()
}

// zoneOf is the city's time zone, UTC where none is known.
func zoneOf(p *grids.Profile) *time.Location {
	if p.TimeZone == nil {
		return time.UTC
	}
	return p.TimeZone
}

// profile makes the city's profile of the meta table.
func profile(meta map[string]string) (grids.Profile, error) {
	p := grids.Profile{
		Code: meta[keyCode], Name: meta[keyName], Scheme: meta[keyScheme], Epoch: meta[keyEpoch],
		MadeUp: meta[keyMadeUp] == "true", Offset: meta[keyOffset] == "true",
		ZonesByGeometry: meta[keyZones] == zonesByGeometry, Attribution: meta[keyAttribution],
	}
	fail := func(key string, err error) (grids.Profile, error) {
		return p, fmt.Errorf("wanmi_meta %s %q: %w", key, meta[key], err)
	}
	var err error
	if p.Version, err = strconv.ParseInt(meta[keyVersion], 10, 64); err != nil {
		return fail(keyVersion, err)
	}
	if p.TimeZone, err = time.LoadLocation(meta[keyTimeZone]); err != nil {
		return fail(keyTimeZone, err)
	}
	if p.NearM, err = strconv.ParseFloat(meta[keyNear], 64); err != nil {
		return fail(keyNear, err)
	}
	if !(p.NearM >= 0 && p.NearM <= math.MaxFloat64) { // also false for NaN
		return fail(keyNear, errors.New("not a length in metres"))
	}
	if err := json.Unmarshal([]byte(meta[keyPlane]), &p.Plane); err != nil {
		return fail(keyPlane, err)
	}
	if err := p.Plane.Validate(); err != nil {
		return fail(keyPlane, err)
	}
	if g := meta[keyGrid]; g != "" {
		p.Grid = &crs.Grid{}
		if err := json.Unmarshal([]byte(g), p.Grid); err != nil {
			return fail(keyGrid, err)
		}
		if err := p.Grid.Validate(); err != nil {
			return fail(keyGrid, err)
		}
	}
	return p, nil
}
