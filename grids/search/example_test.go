package search_test

import (
	"fmt"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/search"
)

func Example() {
	city, err := demo.Town(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	snapshot, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	var names search.Cache
	index := names.Index(snapshot)
	for _, text := range []string{"书院社区", "shuyuan", "sysq", "书院杜区"} {
		found, _ := index.Search(search.Query{Text: text, Limit: 1})
		for _, r := range found {
			fmt.Println(r.Match, r.Layer, r.Name)
		}
	}
	for _, a := range index.Addresses("鼓楼社区居委会", 1) {
		fmt.Println(a.Fit, a.Full, a.Score)
	}
	// Output:
	// name communities 书院社区
	// pinyin communities 书院社区
	// initials communities 书院社区
	// fuzzy communities 书院社区
	// exact 示例区（虚构）古城街道鼓楼社区居委会 1
}
