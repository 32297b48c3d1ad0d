package cityfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// nobody is a user without rights. Root writes into every folder, so tests of
// unwritable ones give their rights away.
const nobody = 65534

// unwritable makes the folder of path one that its reader may not write to and
// runs a program there, as somebody without rights when the test is root's.
func unwritable(t *testing.T, path string, run func(*exec.Cmd), name string, args ...string) {
	t.Helper()
	protect(t, path)
	cmd := exec.CommandContext(t.Context(), name, args...)
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	run(cmd)
}

// protect takes the right to write to the folder and opens the way to it.
func protect(t *testing.T, path string) {
	t.Helper()
	dir := filepath.Dir(path)
	for d, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o555} {
		if err := os.Chmod(d, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) }) // for t.TempDir to clear
}

// powerless runs f with the file rights of nobody: on Linux they belong to the
// thread, which f must not leave. That holds for contexts that never end.
func powerless(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Setfsuid(0); err != nil {
				panic(err) // the thread would go on without rights
			}
		}()
	}
	f()
}
