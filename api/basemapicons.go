package api

import (
	"slices"

	"github.com/wanmi-gis/wanmi/basemaps/sprites"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// iconsFrom is the zoom from which components have icons: some 20 m to an icon.
const iconsFrom = 17

// interests are points of interest by their icon and the zoom that they are shown from.
// What is not listed is shown from the last.
var interests = []struct {
	from    int
	icon    string
	classes []string
}{
	{14, "station", []string{"station", "train_station", "subway_station"}},
	{16, "station", []string{"subway_entrance", "tram_stop"}},
	{16, "bus", []string{"bus_station"}},
	{17, "bus", []string{"bus_stop"}},
	{14, "ferry", []string{"ferry_terminal"}},
	{14, "airport", []string{"airport", "aerodrome"}},
	{14, "hospital", []string{"hospital"}},
	{17, "hospital", []string{"clinic", "doctors"}},
	{17, "pharmacy", []string{"pharmacy"}},
	{15, "school", []string{"university"}},
	{16, "school", []string{"school", "college", "library"}},
	{17, "school", []string{"kindergarten"}},
	{15, "government", []string{"government", "townhall"}},
	{16, "government", []string{"community_centre", "courthouse"}},
	{15, "museum", []string{"museum"}},
	{16, "museum", []string{"theatre", "cinema"}},
	{16, "police", []string{"police"}},
	{16, "fire", []string{"fire_station"}},
	{17, "post", []string{"post_office"}},
	{17, "bank", []string{"bank"}},
	{17, "toilets", []string{"toilets"}},
	{16, "worship", []string{"worship", "place_of_worship"}},
	{17, "parking", []string{"parking"}},
	{16, "fuel", []string{"fuel"}},
	{17, "fuel", []string{"charging_station"}},
	{17, "restaurant", []string{"restaurant", "fast_food"}},
	{17, "cafe", []string{"cafe"}},
	{16, "hotel", []string{"hotel"}},
	{16, "shop", []string{"mall", "market"}},
	{17, "shop", []string{"supermarket"}},
	{16, "attraction", []string{"attraction"}},
	{17, "attraction", []string{"viewpoint"}},
	{16, "monument", []string{"monument"}},
	{15, "sport", []string{"stadium"}},
	{16, "sport", []string{"sports_centre", "marina"}},
	{17, "recycling", []string{"recycling"}},
}

const (
	// poisFrom is the zoom of the first points of interest, poisLast that of the last.
	poisFrom = 14
	poisLast = 17
)

// interest is a point of interest: its icon, and its name below where there is room. What
// is shown sooner gets its room sooner.
func (t lettering) interest() styleLayer {
	icon, rank := expression{"match", classOf}, expression{"match", classOf}
	var shown expression
	for from := poisFrom; from < poisLast; from++ {
		var classes []string
		for _, i := range interests {
			if i.from <= from {
				classes = append(classes, i.classes...)
			}
		}
		if from > poisFrom {
			shown = append(shown, from)
		}
		shown = append(shown, among(classOf, classes))
	}
	for _, i := range interests {
		icon, rank = append(icon, i.classes, "poi-"+i.icon), append(rank, i.classes, i.from)
	}
	return styleLayer{
		Type: "symbol", Filter: expression{"all", isPoint, append(append(expression{"step", expression{"zoom"}}, shown...), poisLast, true)},
		Layout: map[string]any{
			"icon-image": append(icon, "poi-"+sprites.Other), "icon-size": byZoom(poisFrom, 0.8, 18, 1.1), "icon-padding": 3,
			"text-field": twoLines, "text-font": orLocal(t.regular), "text-size": byZoom(poisFrom, 10, 18, 12), "text-max-width": 8,
			"text-anchor": "top", "text-offset": []float64{0, 0.75}, "text-padding": 3, "text-optional": true,
			"symbol-sort-key": append(rank, poisLast+1),
		},
		Paint: t.paint(t.quiet),
	}
}

// iconLooks has the icons of components from near by.
func iconLooks(snap *grids.Snapshot, layers []tiler.Layer) []styleLayer {
	if !slices.ContainsFunc(layers, func(l tiler.Layer) bool { return l.Name == "components" }) {
		return nil
	}
	return []styleLayer{{
		ID: "components-icon", Type: "symbol", Source: styleSourceName, SourceLayer: "components", Filter: isPoint, MinZoom: iconsFrom,
		Layout: map[string]any{"icon-image": iconOf(snap), "icon-size": byZoom(iconsFrom, 0.8, 20, 1.4)},
	}}
}

// iconOf is the icon of a component by its major.
func iconOf(snap *grids.Snapshot) any {
	match := expression{"match", expression{"get", "major"}}
	said := map[string]bool{}
	for _, cat := range snap.Catalogue.All() {
		if cat.Kind == grids.ComponentKind && cat.Major == "" && !said[cat.Code] {
			said[cat.Code] = true
			match = append(match, cat.Code, sprites.Icon("component", cat.Name))
		}
	}
	if len(said) == 0 { // a match needs a branch
		return "component-" + sprites.Other
	}
	return append(match, "component-"+sprites.Other)
}
