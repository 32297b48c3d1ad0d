//go:build proof

package clock

import (
	"compress/gzip"
	"encoding/csv"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// table reads a CSV file of WANMI_DATA with a header; rows are by column name.
func table(t *testing.T, parts ...string) []map[string]string {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	path := filepath.Join(append([]string{data}, parts...)...)
	f, err := os.Open(path)
	if err != nil {
		t.Fatalf("the proof needs real data (WANMI_DATA names its folder): %v", err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		in = z
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]string, 0, len(rows)-1)
	for _, row := range rows[1:] {
		named := map[string]string{}
		for i, name := range rows[0] {
			named[name] = row[i]
		}
		out = append(out, named)
	}
	return out
}

// TestProof_EveryLimitOfARealCityIsCountedAsByMinutes takes every row of the
// list of 190 classes and for each of its limits 10,000 random starts of 2021 to
// 2026, each once as it is and once with holds and extensions, and compares due
// time, calendar, used time and lamp with the oracle that steps minutes.
func TestProof_EveryLimitOfARealCityIsCountedAsByMinutes(t *testing.T) {
	starts := 10_000
	if testing.Short() {
		starts = 500
	}
	rows := table(t, "standards", "time-limits.csv")
	if len(rows) != 190 {
		t.Fatalf("%d rows, not 190", len(rows))
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c, o := china(t), chinaOracle()
	var runs, wrong atomic.Int64
	work := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range work {
				dice := rand.New(rand.NewPCG(seed, uint64(i)))
				for part := range strings.SplitSeq(rows[i]["limits"], ";") {
					text, _, _ := strings.Cut(part, " x")
					l, err := ParseLimit(text)
					if err != nil {
						t.Errorf("row %s: %v", rows[i]["minor_code_2013"], err)
						continue
					}
					for range starts {
						for _, busy := range []bool{false, true} {
							run := drawn(dice, c, l, busy)
							runs.Add(1)
							if diff := run.differs(c, o); diff != "" && wrong.Add(1) <= 10 {
								t.Errorf("row %s: %s", rows[i]["minor_code_2013"], diff)
							}
						}
					}
				}
			}
		})
	}
	for i := range rows {
		work <- i
	}
	close(work)
	wg.Wait()
	t.Logf("%d rows, %d runs, %d differences", len(rows), runs.Load(), wrong.Load())
}

// TestProof_BostonsFlagIsClosedByDue holds the on-time flag of Boston's cases
// against [Outcome.InTime]: of the rows that have a due time all that have a
// flag, and the others listed.
func TestProof_BostonsFlagIsClosedByDue(t *testing.T) {
	zone := located(t, "America/New_York")
	at := func(text string) (out time.Time) {
		if text != "" {
			var err error
			if out, err = time.ParseInLocation(time.DateTime, text, zone); err != nil {
				t.Error(err)
			}
		}
		return out
	}
	same, due, blank := 0, 0, []string(nil)
	var rate OnTime
	for _, row := range table(t, "boston-311", "cases_2011.csv.gz") {
		if row["target_dt"] == "" {
			continue
		}
		due++
		o := Outcome{Due: at(row["target_dt"]), Closed: at(row["closed_dt"])}
		rate.Count(o, at("2011-07-01 00:00:00"), at("2013-01-01 00:00:00"))
		flag := strings.TrimSpace(row["ontime"])
		switch {
		case flag == "":
			blank = append(blank, strings.Join([]string{row["case_enquiry_id"], row["target_dt"], row["closed_dt"]}, ","))
		case o.InTime() == (flag == "ONTIME"):
			same++
		default:
			t.Errorf("case %s: due %s, closed %q, flag %s", row["case_enquiry_id"], row["target_dt"], row["closed_dt"], flag)
		}
	}
	share, _ := rate.Rate()
	t.Logf("%d rows with a due time, %d with a flag as closed ≤ due gives it, %d blank; on time %.4f of %+v", due, same, len(blank), share, rate)
	if due != 47_270 || same != 47_112 || len(blank) != 158 {
		t.Errorf("of %d rows with a due time the flag of %d is reproduced, %d are blank; want 47270, 47112, 158", due, same, len(blank))
	}
	const list = "testdata/boston-blank.csv"
	text := "case_enquiry_id,target_dt,closed_dt\n" + strings.Join(blank, "\n") + "\n"
	if *update {
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("the blank rows are not those of %s", list)
	}
}

// TestProof_EveryYearOfTheCalendarIsCountedAsByMinutes steps through the six
// years once, asking the sums at every minute.
func TestProof_EveryYearOfTheCalendarIsCountedAsByMinutes(t *testing.T) {
	c, o := china(t), chinaOracle()
	from := o.base
	total := c.worked(from)
	for i, flag := range o.flags {
		at := from + int64(i)*60
		if got := c.worked(at); got != total {
			t.Fatalf("%v: %d s of working time, want %d", c.time(at), got, total)
		}
		if flag&inHours != 0 {
			total += 60
		}
	}
	t.Logf("%d minutes", len(o.flags))
	if !slices.Equal(c.Years(), []int{2021, 2022, 2023, 2024, 2025, 2026}) {
		t.Errorf("years %v", c.Years())
	}
}
