package grids

import (
	"fmt"
	"reflect"
	"testing"
)

func TestReport_KeepsTheFirstOfEachRuleAndCountsAll(t *testing.T) {
	var r Report
	if r.Count(Error) != 0 || len(r.Summary()) != 0 {
		t.Error("an empty report counts something")
	}
	for i := range 250 {
		r.Add(Fault{Severity: Warning, Rule: "gap", Feature: i + 1})
		if i%2 == 0 {
			r.Add(Fault{Severity: Error, Rule: "gap"})
		}
	}
	r.Add(Fault{Severity: Error, Rule: "overlap"})
	r.Add(Fault{Severity: Note, Rule: "zones-by"})
	for severity, want := range map[Severity]int{Warning: 250, Error: 126, Note: 1} {
		if got := r.Count(severity); got != want {
			t.Errorf("%d of severity %s, want %d", got, severity, want)
		}
	}
	if want := []string{"warning gap: 250", "error gap: 125", "error overlap: 1", "note zones-by: 1"}; !reflect.DeepEqual(r.Summary(), want) {
		t.Errorf("summary %q", r.Summary())
	}
	kept := map[string]int{}
	for _, f := range r.Faults {
		kept[f.Severity.String()+" "+f.Rule]++
	}
	if want := (map[string]int{"warning gap": 100, "error gap": 100, "error overlap": 1, "note zones-by": 1}); !reflect.DeepEqual(kept, want) {
		t.Errorf("kept %v", kept)
	}
	if r.Faults[0].Feature != 1 {
		t.Error("the first fault is not the first")
	}
}

func TestFault_StringSaysWhatWhereWhyAndWhatToDo(t *testing.T) {
	for want, f := range map[string]Fault{
		"error overlap: two cells": {Severity: Error, Rule: "overlap", Reason: "two cells"},
		"warning gap: cells.csv [cells] feature 3 (410204): 2 m² — close it": {
			Severity: Warning, Rule: "gap", File: "cells.csv", Layer: Cells, Feature: 3, Code: "410204", Reason: "2 m²", Hint: "close it",
		},
	} {
		if f.String() != want || fmt.Sprint(f) != want {
			t.Errorf("%q, want %q", f, want)
		}
	}
}
