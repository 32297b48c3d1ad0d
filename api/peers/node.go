//go:build peers

package peers

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
)

// Node is a program of the folder peers: it is told by lines, and answers in
// lines of JSON.
type Node struct {
	In  io.Writer
	out *bufio.Reader
}

// StartNode starts a program of a folder, with its packages.
func StartNode(t *testing.T, folder, program string, args ...string) *Node {
	t.Helper()
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci in %s: %v\n%s", folder, err, out)
	}
	node := exec.Command("node", append([]string{"--max-old-space-size=12288", program}, args...)...)
	node.Dir, node.Stderr = folder, os.Stderr
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatalf("node (20 or later) must be there: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := node.Wait(); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return &Node{In: in, out: bufio.NewReaderSize(out, 1<<20)}
}

func (n *Node) Answer(into any) error {
	line, err := n.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}
