package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// serve puts a handler on a port of this machine and returns its address.
func serve(tb testing.TB, h http.Handler) string {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	srv := api.NewServer(h)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- api.Serve(ctx, srv, func() error { return srv.Serve(listener) }) }()
	tb.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			tb.Errorf("serve: %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

// townTiles are tiles all over the town at its zooms, with each layer asked for
// alone, in pairs and all at once.
func (d *desk) townTiles(n int) (ids []tiler.ID, layers []string) {
	rnd := rand.New(rand.NewPCG(11, 11))
	all := allLayers()
	for i := range n {
		id, _ := tiler.At(somewhere(rnd), uint8(8+i%11))
		asked := strings.Join(all, ",")
		switch i % 3 {
		case 1:
			asked = all[i/3%len(all)]
		case 2:
			asked = all[i/3%len(all)] + "," + all[(i/3+5)%len(all)]
		}
		ids, layers = append(ids, id), append(layers, asked)
	}
	return ids, layers
}

func TestMapLibresDecoderReadsTheSnapshotsFeatures(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	base := serve(t, d)
	ids, layers := d.townTiles(90)
	var urls []string
	for i, id := range ids {
		urls = append(urls, base+tileURL(layers[i], id))
	}
	total := 0
	for i, got := range readWithNode(t, urls) {
		total += d.agrees(t, ids[i], layers[i], got.decoded, cannotMiss)
		if want := typesByOrb(t, d.get(t, tileURL(layers[i], ids[i])).body); !maps.Equal(got.types, want) {
			t.Fatalf("%s: types %v, want %v", urls[i], got.types, want)
		}
	}
	if total < 1000 {
		t.Errorf("only %d features were read", total)
	}
}

func TestGDALReadsTheSnapshotsFeatures(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	base := serve(t, d)
	ids, layers := d.townTiles(60)
	total := 0
	for i, id := range ids {
		if d.get(t, tileURL(layers[i], id)).status == http.StatusNoContent {
			continue // GDAL opens nothing where nothing is
		}
		total += d.agrees(t, id, layers[i], readWithGDAL(t, base+tileURL(layers[i], id)), cannotMiss)
	}
	if total < 500 {
		t.Errorf("only %d features were read", total)
	}
}

// agrees compares what a judge read with what orb reads and with the snapshot.
func (d *desk) agrees(tb testing.TB, id tiler.ID, layers string, got decoded, mustShow func(*spatial.Shape, tiler.ID) bool) int {
	tb.Helper()
	want := decoded{}
	if r := d.get(tb, tileURL(layers, id)); r.status == http.StatusOK {
		want = decodeOrb(tb, r.body)
	}
	if !got.equal(want) {
		tb.Fatalf("%v %s:\nread%v\norb %v", id, layers, got, want)
	}
	if strings.Count(layers, ",") == len(grids.MapLayers())-1 {
		d.holds(tb, id, got, mustShow)
	}
	n := 0
	for _, ids := range got {
		n += len(ids)
	}
	return n
}

// installJudges fetches the decoder once, as its lock file says.
var installJudges = sync.OnceValue(func() error {
	if _, err := os.Stat(filepath.Join("judges", "node_modules")); err == nil {
		return nil
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts")
	npm.Dir = "judges"
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in api/judges: %w\n%s", err, out)
	}
	return nil
})

// typesByOrb counts "layer type" as orb reads them; an empty tile has none.
func typesByOrb(tb testing.TB, body []byte) map[string]int {
	tb.Helper()
	layers, err := mvt.Unmarshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	names := []string{"point", "line", "polygon"}
	out := map[string]int{}
	for _, l := range layers {
		for _, f := range l.Features {
			out[l.Name+" "+names[f.Geometry.Dimensions()]]++
		}
	}
	return out
}

// judged is a tile as @mapbox/vector-tile reads it.
type judged struct {
	decoded
	types map[string]int // by "layer type"
}

// readWithNode reads tiles with @mapbox/vector-tile.
func readWithNode(tb testing.TB, urls []string) []judged {
	tb.Helper()
	if err := installJudges(); err != nil {
		tb.Fatal(err)
	}
	node := exec.CommandContext(tb.Context(), "node", "read.mjs")
	node.Dir, node.Stdin = "judges", strings.NewReader(strings.Join(urls, "\n")+"\n")
	var complaint bytes.Buffer
	node.Stderr = &complaint
	out, err := node.Output()
	if err != nil {
		tb.Fatalf("node (20 or later must be there): %v\n%s", err, complaint.Bytes())
	}
	var all []judged
	for line := range strings.Lines(string(out)) {
		var tile struct {
			Status int
			Layers map[string]struct {
				Types map[string]int
				IDs   []int64
			}
		}
		if err := json.Unmarshal([]byte(line), &tile); err != nil {
			tb.Fatal(err)
		}
		if tile.Status != http.StatusOK && tile.Status != http.StatusNoContent {
			tb.Fatalf("%s: status %d", urls[len(all)], tile.Status)
		}
		got := judged{decoded{}, map[string]int{}}
		for name, l := range tile.Layers {
			got.decoded[name] = l.IDs
			for kind, n := range l.Types {
				got.types[name+" "+kind] = n
			}
		}
		got.sorted()
		all = append(all, got)
	}
	if len(all) != len(urls) {
		tb.Fatalf("%d tiles asked, %d read", len(urls), len(all))
	}
	return all
}

// readWithGDAL reads a tile with GDAL's MVT driver over HTTP.
func readWithGDAL(tb testing.TB, url string) decoded {
	tb.Helper()
	ogrinfo := exec.CommandContext(tb.Context(), "ogrinfo", "-ro", "-al", "-geom=NO", "-oo", "CLIP=NO", "MVT:"+url)
	ogrinfo.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "GDAL_PAM_ENABLED=NO")
	var complaint bytes.Buffer
	ogrinfo.Stderr = &complaint
	out, err := ogrinfo.Output()
	if err != nil || complaint.Len() > 0 {
		tb.Fatalf("ogrinfo (gdal-bin must be there) on %s: %v\n%s", url, err, complaint.Bytes())
	}
	got, layer := decoded{}, ""
	lines := bufio.NewScanner(bytes.NewReader(out))
	counts := map[string]int{}
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if name, ok := strings.CutPrefix(line, "Layer name: "); ok {
			layer = name
		} else if n, ok := strings.CutPrefix(line, "Feature Count: "); ok {
			counts[layer], _ = strconv.Atoi(n)
		} else if strings.HasPrefix(line, "OGRFeature(") {
			got.add(layer, 0)
		} else if text, ok := strings.CutPrefix(line, "mvt_id (Integer64) = "); ok {
			got[layer][len(got[layer])-1] = wholeNumber(tb, text)
		} else if text, ok := strings.CutPrefix(line, "count (Integer) = "); ok {
			got[layer][len(got[layer])-1] = -wholeNumber(tb, text)
		}
	}
	for name, n := range counts {
		if len(got[name]) != n {
			tb.Fatalf("%s: %s counts %d features and lists %d", url, name, n, len(got[name]))
		}
	}
	return got.sorted()
}

func wholeNumber(tb testing.TB, text string) int64 {
	tb.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}
