//go:build ignore

// Makechina turns dist/chinese-days.json of the npm package chinese-days into
// chinacalendar.csv; see chinacalendar.md.
package main

import (
	"encoding/csv"
	"encoding/json"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	var source struct{ Holidays, Workdays map[string]string }
	if err := json.NewDecoder(os.Stdin).Decode(&source); err != nil {
		log.Fatal(err)
	}
	rows := map[string][]string{}
	for working, days := range map[string]map[string]string{"0": source.Holidays, "1": source.Workdays} {
		for date, text := range days { // "Spring Festival,春节,4"
			if date >= "2021" && date < "2027" {
				rows[date] = []string{date, working, strings.Split(text, ",")[1]}
			}
		}
	}
	w := csv.NewWriter(os.Stdout)
	w.Write([]string{"date", "working", "name"})
	for _, date := range slices.Sorted(maps.Keys(rows)) {
		w.Write(rows[date])
	}
	if w.Flush(); w.Error() != nil {
		log.Fatal(w.Error())
	}
}
