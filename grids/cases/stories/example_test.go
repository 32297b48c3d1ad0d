package stories_test

import (
	"fmt"
	"strings"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/stories"
)

func ExampleRead() {
	s, err := stories.Read(strings.NewReader(`
who wang is supervisor of JD
wang report => reported with nobody
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	st := &s.Steps[0]
	fmt.Println(st.Who.Role, st.Kind, s.Check(st, &stories.Outcome{State: cases.Reported}))
	fmt.Println(s.Check(st, &stories.Outcome{Refused: "role"}))
	// Output:
	// supervisor report <nil>
	// it is "refused: role", the story says "reported with nobody"
}
