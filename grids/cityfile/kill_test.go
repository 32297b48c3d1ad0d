package cityfile

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// killedFile names the file for the helper process of the kill test.
const killedFile = "WANMI_TEST_KILLED_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killedFile); path != "" {
		writeUntilKilled(path)
	}
	os.Exit(m.Run())
}

// writeUntilKilled acknowledges on stdout each write that Store.Write did, one
// line a write; writes are long enough for checkpoints to happen.
func writeUntilKilled(path string) {
	ctx := context.Background()
	s, err := Open(ctx, path)
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	var mu sync.Mutex
	body := strings.Repeat("x", 20_000)
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				v, err := s.Write(ctx, Change{Kind: "kill", Key: key, Body: body}, func(tx *sql.Tx) error {
					_, err := tx.Exec("INSERT INTO components (geom, code, state) SELECT geom, ?, ? FROM components WHERE fid = 1", key, key)
					return err
				})
				mu.Lock()
				fmt.Printf("%d %s %v\n", v, key, err)
				mu.Unlock()
			}
		}()
	}
	select {}
}

func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	path := created(t, town(t))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]string{}
	for range 20 {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), killedFile+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n, until := 0, 1+random.IntN(60); lines.Scan(); n++ {
			version, key, failed := acknowledgement(lines.Text())
			if failed {
				t.Fatalf("the writer says %q", lines.Text())
			}
			if acknowledged[version] != "" {
				t.Fatalf("version %s was given to %s and %s", version, acknowledged[version], key)
			}
			acknowledged[version] = key
			if n == until {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
	}
	s := opened(t, path)
	city, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, c := range city.Components {
		codes[c.Code] = true
	}
	stored := map[string]string{}
	changes(t, path, city, func(i int, version int64, key, _, _ string) {
		stored[fmt.Sprint(version)] = key
		if version != int64(i+2) || !codes[key] {
			t.Errorf("change %d has version %d; its row is there: %t", i, version, codes[key])
		}
	})
	for v, key := range acknowledged {
		if stored[v] != key {
			t.Errorf("version %s was acknowledged to %s, the file has %q", v, key, stored[v])
		}
	}
	if len(acknowledged) < 20 {
		t.Errorf("only %d writes were acknowledged", len(acknowledged))
	}
	var sound string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("integrity_check: %s, %v", sound, err)
	}
	compareTree(t, path, "components")
}

func acknowledgement(line string) (version, key string, failed bool) {
	words := strings.Fields(line)
	if len(words) != 3 || words[2] != "<nil>" {
		return "", "", true
	}
	return words[0], words[1], false
}

// A kill amid a checkpoint may leave the header with the new page count and the
// file without the pages, which are still in the log.
func TestAFileShortForAKillAmidACheckpointOpensByItsLog(t *testing.T) {
	path := created(t, town(t))
	s := opened(t, path)
	if _, err := s.Write(t.Context(), Change{Kind: "grow", Body: strings.Repeat("x", 400_000)}, state("grown")); err != nil {
		t.Fatal(err)
	}
	short, log := content(t, path), content(t, path+"-wal")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	const page = 4096
	whole := content(t, path)
	if len(whole) <= len(short) || log == "" {
		t.Fatalf("the file has %d bytes before and %d after the checkpoint", len(short), len(whole))
	}
	// Page 1 as the checkpoint writes it: of the log, not of the closed file.
	first := log[32+24:][:page]
	for at := 32; at+24+page <= len(log); at += 24 + page {
		if strings.HasPrefix(log[at:], "\x00\x00\x00\x01") {
			first = log[at+24:][:page]
		}
	}
	torn := t.TempDir() + "/torn.gpkg"
	for name, text := range map[string]string{torn: first + short[page:], torn + "-wal": log} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	city, err := opened(t, torn).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if city.Components[0].State != "grown" || city.Version != 2 {
		t.Errorf("state %q, version %d", city.Components[0].State, city.Version)
	}
}
