package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
)

func TestChecksOfAReading(t *testing.T) {
	at := capture.Polygon{{1, 2}, {3.04, 2}, {3, 4}, {1, 4}}
	checks := &capture.Checks{
		Screen:  capture.Check{P: 0.93, Warn: true},
		Glare:   capture.Check{P: 0.8, Warn: true, Polygons: []capture.Polygon{at}, Fields: []capture.Field{capture.FieldNumber, capture.FieldDate}},
		Quality: 80,
	}
	got := outcome{reading: &kahao.Reading{Checks: checks}}
	line, err := json.Marshal(got.record("a.jpg", false))
	if err != nil {
		t.Fatalf("json.Marshal: %v", err)
	}
	for _, want := range []string{
		`"screen":{"p":0.93,"warn":true,"polygons":[]}`,
		`"glare":{"p":0.8,"warn":true,"polygons":[[[1,2],[3,2],[3,4],[1,4]]],"fields":["number","date"]}`,
		`"date_invalid":{"p":0,"warn":false,"polygons":[]}`, `"quality":80`,
	} {
		if !strings.Contains(string(line), want) {
			t.Errorf("the record %s lacks %s", line, want)
		}
	}
	plain, err := json.Marshal(outcome{reading: &kahao.Reading{}}.record("a.jpg", false))
	if err != nil {
		t.Fatalf("json.Marshal: %v", err)
	}
	for _, extra := range []string{`"checks"`, `"quality"`} {
		if strings.Contains(string(plain), extra) {
			t.Errorf("without checks the record %s has %s", plain, extra)
		}
	}
	var out bytes.Buffer
	p := newTextPrinter(&out, make([]input.Source, 1), false, words.English, term.Style{})
	p.show("a.jpg", got)
	if want := "warnings glare 80.00% over number and date, screen 93.00%"; !strings.Contains(out.String(), want) {
		t.Errorf("the text is %q, want %q in it", out.String(), want)
	}
}
