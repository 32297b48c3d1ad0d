package sprites

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed icons/*.svg
var files embed.FS

// Other is the icon of what has none of its own, without its kind.
const Other = "other"

// signs tells icons by what the names of majors say, the first that is found. Codes
// would not do: 04 is 突发事件 in one standard and 街面秩序 in the next.
var signs = []struct{ word, icon string }{
	{"其他", Other},
	{"公用", "utility"},
	{"交通", "traffic"},
	{"园林", "green"},
	{"绿化", "green"},
	{"房屋", "house"},
	{"土地", "house"},
	{"环卫", "sanitation"},
	{"广告", "advertising"},
	{"宣传", "advertising"},
	{"施工", "construction"},
	{"突发", "emergency"},
	{"街面", "street"},
	{"秩序", "street"},
}

// Icon returns the name on the sheet of the icon for a major of that name; kind is
// "component" or "event". There is one for every name.
func Icon(kind, major string) string {
	icon := Other
	switch {
	case kind == "component" && strings.Contains(major, "市容"):
		icon = "sanitation"
	case kind == "event" && strings.Contains(major, "市容环境"):
		icon = "environment"
	default:
		for _, s := range signs {
			if strings.Contains(major, s.word) {
				icon = s.icon
				break
			}
		}
	}
	name := kind + "-" + icon
	if _, err := files.Open("icons/" + name + ".svg"); err != nil {
		return kind + "-" + Other
	}
	return name
}

// icons reads all icons, by name.
func icons() (names []string, drawings []*drawing, err error) {
	list, err := files.ReadDir("icons") // in the order of names
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range list {
		body, err := files.ReadFile(path.Join("icons", entry.Name()))
		if err != nil {
			return nil, nil, err
		}
		d, err := parse(body)
		if err != nil {
			return nil, nil, fmt.Errorf("icon %s: %w", entry.Name(), err)
		}
		names, drawings = append(names, strings.TrimSuffix(entry.Name(), ".svg")), append(drawings, d)
	}
	return names, drawings, nil
}
