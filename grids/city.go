package grids

import (
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Layer names a table of the city file, a tile layer and a path of the API.
type Layer string

// The layers of a city.
const (
	Districts     Layer = "districts"
	Streets       Layer = "streets"
	Communities   Layer = "communities"
	Zones         Layer = "zones"
	Cells         Layer = "cells"
	Components    Layer = "components"
	Addresses     Layer = "addresses"
	Resources     Layer = "resources"
	BaseRoads     Layer = "base_roads"
	BaseWater     Layer = "base_water"
	BaseGreen     Layer = "base_green"
	BaseBuildings Layer = "base_buildings"
	Units         Layer = "units"
	// OwnershipAreas have geometry, but they overlap class by class: they are
	// asked, not drawn.
	OwnershipAreas Layer = "ownership_areas"
)

// MapLayers lists the layers that are drawn, in drawing order.
func MapLayers() []Layer {
	return []Layer{
		BaseWater, BaseGreen, BaseRoads, BaseBuildings,
		Cells, Communities, Streets, Districts, Zones, Addresses, Components, Resources,
	}
}

// indexedLayers lists the layers that have geometry.
func indexedLayers() []Layer { return append(MapLayers(), OwnershipAreas) }

// BaseLayers lists the layers of the plain background map.
func BaseLayers() []Layer { return []Layer{BaseWater, BaseGreen, BaseRoads, BaseBuildings} }

// Feature is what every row of every layer has.
type Feature struct {
	// FID is the row's number in the city file and its id in tiles. It is
	// never reused. 0 until the row is stored.
	FID  int64
	Code string
	Name string
	// Shape is the geometry. Nil when it is the single point At.
	Shape *spatial.Shape
	// At is the point that stands for the feature, inside it.
	At    spatial.Coord
	Valid Validity
	// Attributes is a JSON object with what the source had besides, or "".
	Attributes string
}

// Box returns the feature's extent.
func (f *Feature) Box() spatial.Box {
	if f.Shape != nil {
		return f.Shape.Box
	}
	return spatial.Box{Min: f.At, Max: f.At}
}

// Geometry returns the shape, made anew for a single point.
func (f *Feature) Geometry() *spatial.Shape {
	if f.Shape != nil {
		return f.Shape
	}
	return &spatial.Shape{Kind: spatial.Points, Coords: []spatial.Coord{f.At}, Ends: []uint32{1}, Box: f.Box()}
}

// District (区), Street (街道, 镇, 乡) and Community (社区, 村) are the
// administrative chain; Parent is the code of the division above.
type (
	District  struct{ Division }
	Street    struct{ Division }
	Community struct{ Division }
)

// Division is the shape all three share.
type Division struct {
	Feature
	Parent string
}

// Cell is a unit cell (单元网格). It lies in one community.
type Cell struct {
	Feature
	Community string
	Zone      string
	AreaM2    float64
	LandUse   string
}

// Zone is a responsibility zone (责任网格).
type Zone struct {
	Feature
	Street string
	Unit   string
	// Staff is a JSON list of people or posts, or "".
	Staff  string
	OnDuty bool
}

// Component is a managed physical object (部件). It takes 144 bytes besides its
// shape and its texts.
type Component struct {
	Feature
	// The traits are shared with other components and never changed; a
	// component with others is made by [Component.With].
	*ComponentTraits
	// Cell is the cell as recorded, which need not be the cell by geometry.
	Cell      string
	PlacedOn  string
	ChangedOn string
}

// Address is a door plate, place, street or area with a name.
type Address struct {
	Feature
	Kind   string
	Full   string
	Pinyin string
}

// Resource is something or someone that can be sent or looked through.
type Resource struct {
	Feature
	Kind    string
	Unit    string
	State   string
	MovedAt time.Time
}

// Base is a feature of the background map.
type Base struct {
	Feature
	Class string
}

// OwnershipArea is a place where one unit answers for some classes: a road, a
// river, a park, a courtyard. Areas of different classes may overlap, areas of
// one class do not.
type OwnershipArea struct {
	Feature
	// Category lists the classes, codes of minors or of whole majors,
	// separated by commas.
	Category string
	Unit     string
	Evidence string // 确权依据
}

// Unit is an organisation that can own, maintain or be dispatched to.
type Unit struct {
	FID       int64
	Code      string
	Name      string
	Kind      string // owner, maintainer, department, territorial, company
	Parent    string
	Territory []string
	Contact   string
	Valid     Validity
}

// City is everything the city file holds, each layer sorted by code, then by
// the start of validity.
type City struct {
	Profile
	Districts   []District
	Streets     []Street
	Communities []Community
	Zones       []Zone
	Cells       []Cell
	Components  []Component
	Addresses   []Address
	Resources   []Resource
	Base        map[Layer][]Base
	Units       []Unit
	Categories  []Category

	OwnershipAreas []OwnershipArea

	// Conditions and Calendar are what deadlines are made from, as the city's
	// file has them: their order is not changed.
	Conditions []Condition
	Calendar   []CalendarDay

	// RowVersions has, by layer and FID, the city's version of the last edit of
	// each row that was edited; see Snapshot.RowVersion.
	RowVersions map[Layer]map[int64]int64
}

// Profile is what is known of the city as a whole.
type Profile struct {
	Code string
	Name string
	// MadeUp marks a city that does not exist.
	MadeUp bool
	// Scheme names the category system of the components and cases.
	Scheme string
	// TimeZone is the city's own, an IANA name.
	TimeZone *time.Location
	// Plane is the local plane in which lengths and areas are measured.
	Plane crs.TM
	// Grid is the city's own coordinate system (crs "city"), or nil.
	Grid *crs.Grid
	// Offset allows conversion from and to GCJ-02 and BD-09, which exist for
	// places in China only.
	Offset bool
	// ZonesByGeometry says that zones are not unions of whole cells and are
	// looked up on their own.
	ZonesByGeometry bool
	// NearM is how far outside a position still gets the nearest cell.
	NearM float64
	// Version grows with each published change; Epoch is the file's random id.
	Version int64
	Epoch   string
	// Sources says where the data come from, for the map's edge.
	Attribution string
}
