package cases_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// part names what a process of this test binary plays: the tests themselves, or
// one of the two that they start and end.
//
//	tests ──orders──▶ disk ──FUSE──▶ the kernel ◀──files── server
//	  └──────────job──────────────────────────────▶ server ──what it did──▶ tests
//
// The disk is a process of its own because one that serves a file system and
// also maps a file of it waits for itself. The server is, because a power cut
// ends the programs too.
const part = "WANMI_TEST_PART"

const (
	diskPart   = "disk"
	serverPart = "server"
)

func TestMain(m *testing.M) {
	switch os.Getenv(part) {
	case diskPart:
		serveDisk()
	case serverPart:
		serveCases()
	default:
		os.Exit(m.Run())
	}
}

// child is a process that plays a part.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser // closed, it ends the child
	out  io.ReadCloser
	says bytes.Buffer // its complaints, to be read after end
}

// started starts a process for the part. It ends when end is called or this one
// dies, whatever of.
func started(t testing.TB, plays string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(exe)}
	c.cmd.Env = append(os.Environ(), part+"="+plays)
	c.cmd.Stderr = &c.says
	// A group of its own: who kills that of the tests leaves it the time to unmount.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if c.out, err = c.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// end waits for the child; its output must have been read.
func (c *child) end() error {
	c.in.Close()
	return c.cmd.Wait()
}

// Read, Write and Close make the child's pipes one connection.
func (c *child) Read(p []byte) (int, error)  { return c.out.Read(p) }
func (c *child) Write(p []byte) (int, error) { return c.in.Write(p) }
func (c *child) Close() error                { return c.in.Close() }
