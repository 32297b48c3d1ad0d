package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// program is a running wanmi.
type program struct {
	cmd *exec.Cmd
	url string
}

// start runs the program until the test ends and waits until it is ready.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "WANMI_TEST_MAIN=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: cmd}
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the program said nothing: %v", lines.Err())
	}
	url, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok {
		t.Fatalf("the first line is %q", lines.Text())
	}
	p.url = url
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the program
	return p
}

// kill is SIGKILL: nothing is finished.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *program) ask(t *testing.T, method, path, body string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+editToken)
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, answer, err)
	}
	return answer
}

const editToken = "a-token-of-the-test-0"

func TestAnAnsweredEditSurvivesAKillAndIsInTheTileAndInWhatGDALReads(t *testing.T) {
	path, city := townFile(t)
	configuration := write(t, "wanmi.yaml", "listen: 127.0.0.1:0\ntokens:\n  - {token: "+editToken+", id: tester, role: admin}\n")
	var old *grids.Component
	for i := range city.Components {
		if c := &city.Components[i]; c.Shape == nil {
			old = c
		}
	}
	target := "/v1/components/" + old.Code
	to := city.Cells[11].At
	p := start(t, "serve", path, "--config", configuration)
	id, _ := tiler.At(to, 18)
	tile := fmt.Sprintf("/tiles/components/%v.mvt", id)
	inTile := func() any { return stateInTile(t, p.ask(t, http.MethodGet, tile, ""), old.Code) }
	if state := inTile(); state != nil {
		t.Fatalf("it is in the tile before it was moved there: %v", state)
	}
	created := p.ask(t, http.MethodPost, "/v1/components", fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"category":%q}`, to.Lon(), to.Lat(), old.Category))
	answer := p.ask(t, http.MethodPatch, target, fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"state":"破损"}`, to.Lon(), to.Lat()))
	if state := inTile(); state != "破损" {
		t.Errorf("the next tile has it in state %v", state)
	}
	last := p.ask(t, http.MethodPatch, target, `{"state":"丢失"}`)
	p.kill()
	for _, companion := range []string{"-wal"} {
		if _, err := os.Stat(path + companion); err != nil {
			t.Errorf("the kill was no kill: %v", err)
		}
	}
	gdalReads(t, path, old.Code, "丢失", to)

	p = start(t, "serve", path, "--config", configuration)
	if got := p.ask(t, http.MethodGet, target, ""); !bytes.Equal(got, last) {
		t.Errorf("after the restart\n%s\nanswered before\n%s", got, last)
	}
	if bytes.Equal(answer, last) {
		t.Error("both edits were answered alike")
	}
	if state := inTile(); state != "丢失" {
		t.Errorf("the tile after the restart has it in state %v", state)
	}
	var made struct {
		ID         int64
		Properties struct{ Code string }
	}
	if err := json.Unmarshal(created, &made); err != nil || stateInTile(t, p.ask(t, http.MethodGet, tile, ""), made.Properties.Code) != "完好" {
		t.Errorf("the new component %+v is not in the tile, %v", made, err)
	}
	gdalReads(t, path, made.Properties.Code, "完好", to)
}

func stateInTile(t *testing.T, tile []byte, code string) any {
	t.Helper()
	layers, err := mvt.Unmarshal(tile)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		for _, f := range l.Features {
			if f.Properties["code"] == code {
				return f.Properties["state"]
			}
		}
	}
	return nil
}

// gdalReads has GDAL find the component by its code and by its place.
func gdalReads(t *testing.T, path, code, state string, at spatial.Coord) {
	t.Helper()
	window := []string{fmt.Sprintf("%.7f", at.Lon()-1e-6), fmt.Sprintf("%.7f", at.Lat()-1e-6), fmt.Sprintf("%.7f", at.Lon()+1e-6), fmt.Sprintf("%.7f", at.Lat()+1e-6)}
	args := append([]string{"-ro", "-q", path, "components", "-where", "code = '" + code + "'", "-spat"}, window...)
	out, err := exec.CommandContext(t.Context(), "ogrinfo", args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "state (String) = "+state) {
		t.Errorf("GDAL reads of %s: %v\n%s", code, err, out)
	}
}

func TestTheDemoTakesEditsOnThisMachineOnly(t *testing.T) {
	for listen, taken := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:80": true, "[::1]:0": true, "127.8.0.1:1": true,
		":8080": false, "0.0.0.0:8080": false, "192.168.1.2:80": false, "example.org:80": false, "[::]:80": false, "nonsense": false,
	} {
		if got := len(demoTokens(listen)) > 0; got != taken {
			t.Errorf("%s: edits are taken: %t", listen, got)
		}
	}
}

func TestServeSaysWhatIsWrongWithItsConfiguration(t *testing.T) {
	path, _ := townFile(t)
	for text, want := range map[string]string{
		"tokens: [{token: short, id: a}]": "tokens[0]: token",
		"listn: x":                        "[1:1]",
		"listen: 127.0.0.1:99999":         "99999",
	} {
		name := write(t, "wanmi.yaml", text)
		err := (&serveCmd{City: path, Config: name}).Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || (want != "99999" && !strings.Contains(err.Error(), filepath.Base(name))) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// pastEdits finds what would miss edits: the components of a snapshot's city are
// as they were built (see grids.Snapshot).
var pastEdits = regexp.MustCompile(`([sS]nap[a-z]*|\bs|Current\(\))\.City\.Components\b`)

func TestNobodyReadsTheComponentsOfASnapshotPastItsEdits(t *testing.T) {
	if !pastEdits.MatchString("c := &snap.City.Components[i]") || pastEdits.MatchString("grids.City.ComponentsOf") {
		t.Error("the pattern finds too little or too much")
	}
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, filepath.Join("grids", "edit.go")) {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if at := pastEdits.FindIndex(text); at != nil {
			t.Errorf("%s:%d: ask Snapshot.Component and Snapshot.All", path, 1+bytes.Count(text[:at[0]], []byte("\n")))
		}
		return err
	})
	if err != nil || files < 50 {
		t.Errorf("%d files, %v", files, err)
	}
}
