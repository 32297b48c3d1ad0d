package dispatch_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/stories"
)

// Two zones meet at a road; rubbish is reported three metres west of it.
func Example() {
	story, err := stories.Read(strings.NewReader(`
		unit 城管局 department
		unit 西办 territorial
		unit 东办 territorial
		zone W 西区 unit 西办 box 0 0 300 300
		zone E 东区 unit 东办 box 300 0 600 300
		road 界路 box 290 0 310 300
		report event 0102 at 297 150 accuracy 15`))
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile("testdata/small.yaml")
	if err != nil {
		panic(err)
	}
	rules, err := dispatch.ReadRules(text)
	if err != nil {
		panic(err)
	}
	city, err := grids.NewSnapshot(story.City, stories.Day())
	if err != nil {
		panic(err)
	}
	engine, err := dispatch.New(city, rules, nil)
	if err != nil {
		panic(err)
	}
	d, err := engine.Decide(story.Asks[0].Report)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s %.2f automatic %v\n", d.Unit, d.Confidence, d.Automatic)
	for _, t := range d.Trace {
		fmt.Println(engine.Words(t, dispatch.English))
	}
	fmt.Println(engine.Change(&d.Alternatives[0], dispatch.English))
	fmt.Println(engine.Ask(d.Question, dispatch.Chinese))
	// Output:
	// 西办 0.62 automatic false
	// ruling: nothing on record
	// territory: 61.8 % lies in 西区, 西办
	// territory: 38.2 % lies in 东区, 东办
	// 3.0 m east 东办 answers
	// 在界路的哪一侧：西侧的西区（西办）还是东侧的东区（东办）？
}
