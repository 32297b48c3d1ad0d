package osm

// layerNumber counts the layers in the order they are drawn.
type layerNumber uint8

const (
	green layerNumber = iota
	water
	rail
	roads
	buildings
	pois
	places
	layerCount
)

// nothing stands in a table for values that are not drawn.
const nothing = ""

// look is how a value of a key is drawn: as which class, from which zoom on.
type look struct {
	class string
	from  uint8
}

// rule is one key's part in one layer.
type rule struct {
	key    string
	values map[string]look
	// other is for values that are not in the table; "no" never is drawn.
	other look
}

// find returns how the object is drawn by the first of the rules that it meets.
func find(rules []rule, t tags) (look, bool) {
	for i := range rules {
		r := &rules[i]
		v := t.get(r.key)
		if v == "" || v == "no" {
			continue
		}
		l, listed := r.values[v]
		if !listed {
			l = r.other
		}
		if l.class != nothing {
			return l, true
		}
	}
	return look{}, false
}

var roadRules = []rule{{key: "highway", values: map[string]look{
	"motorway": {"motorway", 5}, "motorway_link": {"motorway", 10},
	"trunk": {"trunk", 6}, "trunk_link": {"trunk", 10},
	"primary": {"primary", 8}, "primary_link": {"primary", 11},
	"secondary": {"secondary", 9}, "secondary_link": {"secondary", 12},
	"tertiary": {"tertiary", 11}, "tertiary_link": {"tertiary", 12},
	"residential": {"residential", 12}, "unclassified": {"residential", 12}, "living_street": {"residential", 12}, "road": {"residential", 12},
	"pedestrian": {"pedestrian", 13},
	"service":    {"service", 13}, "busway": {"service", 13},
	"track": {"track", 13},
	"path":  {"path", 14}, "footway": {"path", 14}, "cycleway": {"path", 14}, "bridleway": {"path", 14}, "steps": {"steps", 14}, "corridor": {nothing, 0},
}}}

var railRules = []rule{{key: "railway", values: map[string]look{
	"rail": {"rail", 8}, "subway": {"subway", 11}, "light_rail": {"light_rail", 11}, "monorail": {"monorail", 12},
	"tram": {"tram", 12}, "narrow_gauge": {"narrow_gauge", 10}, "funicular": {"funicular", 12},
}}}

var waterLineRules = []rule{
	{key: "waterway", values: map[string]look{
		"river": {"river", 8}, "canal": {"canal", 10}, "stream": {"stream", 12}, "ditch": {"ditch", 14}, "drain": {"ditch", 14},
	}},
	{key: "natural", values: map[string]look{"coastline": {"coastline", 4}}},
}

var waterAreaRules = []rule{
	{key: "waterway", values: map[string]look{"riverbank": {"river", 6}, "dock": {"dock", 10}}},
	{key: "natural", values: map[string]look{"water": {"water", 6}, "bay": {nothing, 0}}},
	{key: "landuse", values: map[string]look{"reservoir": {"reservoir", 6}, "basin": {"basin", 10}}},
	{key: "leisure", values: map[string]look{"swimming_pool": {"pool", 14}}},
	{key: "amenity", values: map[string]look{"fountain": {"fountain", 14}}},
}

// waterKinds are the values of the key water that have a class of their own.
var waterKinds = map[string]string{
	"river": "river", "oxbow": "river", "stream": "river", "canal": "canal", "lake": "lake", "lagoon": "lake",
	"pond": "pond", "reservoir": "reservoir", "basin": "basin", "harbour": "dock", "fountain": "fountain",
}

var greenAreaRules = []rule{
	{key: "leisure", values: map[string]look{
		"park": {"park", 8}, "garden": {"garden", 12}, "nature_reserve": {"nature_reserve", 8}, "golf_course": {"golf_course", 10},
		"pitch": {"pitch", 13}, "playground": {"playground", 13}, "dog_park": {"park", 13}, "common": {"park", 10},
	}},
	{key: "landuse", values: map[string]look{
		"forest": {"forest", 6}, "grass": {"grass", 12}, "meadow": {"meadow", 10}, "village_green": {"grass", 12}, "recreation_ground": {"park", 10},
		"cemetery": {"cemetery", 11}, "orchard": {"orchard", 10}, "vineyard": {"orchard", 10}, "farmland": {"farmland", 8},
		"allotments": {"allotments", 11}, "plant_nursery": {"orchard", 11}, "flowerbed": {"grass", 14}, "greenfield": {"grass", 12},
	}},
	{key: "natural", values: map[string]look{
		"wood": {"forest", 6}, "grassland": {"meadow", 10}, "scrub": {"scrub", 10}, "heath": {"scrub", 10}, "wetland": {"wetland", 9},
	}},
	{key: "amenity", values: map[string]look{"grave_yard": {"cemetery", 12}}},
}

var greenLineRules = []rule{{key: "natural", values: map[string]look{"tree_row": {"tree_row", 14}}}}

// buildingFrom is the zoom of the first, large buildings.
const buildingFrom = 13

var buildingRules = []rule{{key: "building", other: look{"building", buildingFrom}, values: map[string]look{
	"apartments": {"residential", buildingFrom}, "residential": {"residential", buildingFrom}, "house": {"residential", buildingFrom},
	"detached": {"residential", buildingFrom}, "semidetached_house": {"residential", buildingFrom}, "terrace": {"residential", buildingFrom},
	"dormitory": {"residential", buildingFrom}, "bungalow": {"residential", buildingFrom},
	"commercial": {"commercial", buildingFrom}, "retail": {"commercial", buildingFrom}, "office": {"commercial", buildingFrom},
	"hotel": {"commercial", buildingFrom}, "supermarket": {"commercial", buildingFrom}, "mall": {"commercial", buildingFrom},
	"industrial": {"industrial", buildingFrom}, "warehouse": {"industrial", buildingFrom}, "factory": {"industrial", buildingFrom},
	"public": {"public", buildingFrom}, "civic": {"public", buildingFrom}, "government": {"public", buildingFrom},
	"school": {"public", buildingFrom}, "university": {"public", buildingFrom}, "college": {"public", buildingFrom},
	"kindergarten": {"public", buildingFrom}, "hospital": {"public", buildingFrom}, "train_station": {"public", buildingFrom},
	"church": {"religious", buildingFrom}, "chapel": {"religious", buildingFrom}, "cathedral": {"religious", buildingFrom},
	"mosque": {"religious", buildingFrom}, "temple": {"religious", buildingFrom}, "pagoda": {"religious", buildingFrom},
}}}

var placeRules = []rule{{key: "place", values: map[string]look{
	"city": {"city", 4}, "town": {"town", 7}, "borough": {"district", 9}, "district": {"district", 9}, "suburb": {"suburb", 10},
	"quarter": {"quarter", 12}, "neighbourhood": {"quarter", 13}, "village": {"village", 10}, "hamlet": {"hamlet", 13},
	"isolated_dwelling": {"hamlet", 14}, "island": {"island", 11}, "islet": {"island", 14}, "locality": {"locality", 14}, "square": {"square", 14},
}}}

// placeAreaRules are those places that are mapped as areas and not beside them as
// points once more.
var placeAreaRules = []rule{{key: "place", values: map[string]look{
	"island": {"island", 11}, "islet": {"island", 14}, "square": {"square", 14},
}}}

var poiRules = []rule{
	{key: "railway", values: map[string]look{"station": {"station", 12}, "halt": {"station", 13}, "tram_stop": {"tram_stop", 15}, "subway_entrance": {"subway_entrance", 15}}},
	{key: "aeroway", values: map[string]look{"aerodrome": {"airport", 10}, "helipad": {nothing, 0}}},
	{key: "amenity", values: map[string]look{
		"hospital": {"hospital", 13}, "clinic": {"clinic", 15}, "doctors": {"clinic", 15}, "pharmacy": {"pharmacy", 15},
		"school": {"school", 14}, "kindergarten": {"kindergarten", 15}, "university": {"university", 13}, "college": {"university", 14},
		"library": {"library", 14}, "police": {"police", 14}, "fire_station": {"fire_station", 14}, "townhall": {"government", 13},
		"courthouse": {"government", 14}, "post_office": {"post_office", 15}, "bank": {"bank", 15}, "toilets": {"toilets", 15},
		"parking": {"parking", 15}, "fuel": {"fuel", 15}, "charging_station": {"charging_station", 15}, "bus_station": {"bus_station", 14},
		"ferry_terminal": {"ferry_terminal", 13}, "restaurant": {"restaurant", 15}, "fast_food": {"restaurant", 15}, "cafe": {"cafe", 15},
		"marketplace": {"market", 14}, "theatre": {"theatre", 14}, "cinema": {"theatre", 15}, "place_of_worship": {"worship", 15},
		"community_centre": {"community_centre", 14}, "recycling": {"recycling", 15}, "waste_transfer_station": {"recycling", 15},
		"waste_disposal": {"recycling", 15}, "shelter": {nothing, 0},
	}},
	{key: "office", values: map[string]look{"government": {"government", 14}}},
	{key: "tourism", values: map[string]look{"attraction": {"attraction", 14}, "museum": {"museum", 13}, "hotel": {"hotel", 15}, "viewpoint": {"viewpoint", 15}, "zoo": {"attraction", 13}, "theme_park": {"attraction", 13}}},
	{key: "historic", values: map[string]look{"monument": {"monument", 14}, "memorial": {"monument", 15}, "castle": {"attraction", 13}}},
	{key: "shop", values: map[string]look{"mall": {"mall", 14}, "department_store": {"mall", 14}, "supermarket": {"supermarket", 15}}},
	{key: "leisure", values: map[string]look{"stadium": {"stadium", 13}, "sports_centre": {"sports_centre", 14}, "marina": {"marina", 14}}},
	{key: "highway", values: map[string]look{"bus_stop": {"bus_stop", 15}}},
}
