package batch_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

func TestTextIsUTF8WhateverTheEncoding(t *testing.T) {
	want := "经度,纬度,单元网格\n" + strings.Repeat("114.3,34.8,东市\n", 10_000)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"UTF-8": want, "with a mark": "\ufeff" + want, "GBK": gbk} {
		r, err := batch.Text(iotest.OneByteReader(strings.NewReader(in)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want {
			t.Errorf("%s: %.60q…, %v", name, got, err)
		}
	}
}

func TestTextNamesWhatItCannotRead(t *testing.T) {
	for in, want := range map[string]string{"\xff\xfel\x00o\x00": "UTF-16", "lon\x00,lat": "no text"} {
		if _, err := batch.Text(strings.NewReader(in)); !errors.Is(err, batch.ErrTable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
	broken := io.MultiReader(strings.NewReader("lon,lat\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	r, err := batch.Text(broken)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "lon,lat\n" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", got, err)
	}
}
