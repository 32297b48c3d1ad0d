package viewer

import (
	"io/fs"
	"testing"
)

func TestPlaceholderIsAlwaysThere(t *testing.T) {
	page, err := fs.ReadFile(Files(), "placeholder.html")
	if err != nil {
		t.Fatal(err)
	}
	if len(page) == 0 {
		t.Fatal("placeholder.html is empty")
	}
}

func TestBuiltSaysWhetherThereIsAnIndexPage(t *testing.T) {
	_, err := fs.Stat(Files(), "index.html")
	if got, want := Built(), err == nil; got != want {
		t.Fatalf("Built() = %v, index.html there: %v", got, want)
	}
}
