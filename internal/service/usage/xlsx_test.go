package usage

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

// sheet reads the cells of a workbook, each with its type.
func sheet(t *testing.T, workbook []byte) [][]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatalf("zip.NewReader: %v", err)
	}
	var parsed struct {
		Rows []struct {
			Cells []struct {
				Type  string `xml:"t,attr"`
				Value string `xml:"v"`
				Text  string `xml:"is>t"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("ReadAll: %v", err)
		}
		into := any(&struct{}{})
		if f.Name == "xl/worksheets/sheet1.xml" {
			into = &parsed
		}
		if err := xml.Unmarshal(text, into); err != nil {
			t.Errorf("%s is not XML: %v", f.Name, err)
		}
	}
	var rows [][]string
	for _, r := range parsed.Rows {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, strings.TrimLeft(c.Type+":"+c.Value+c.Text, ":"))
		}
		rows = append(rows, cells)
	}
	return rows
}

// A workbook has the rows of the CSV; texts are texts, and numbers numbers.
func TestXLSX(t *testing.T) {
	rows := append(Merge(sample()), Row{Day: "2026-11-04", API: "=1+1", Account: "@SUM(A1)", User: "<a & b>", Bucket: "字\x00"})
	var b bytes.Buffer
	if err := WriteXLSX(&b, rows); err != nil {
		t.Fatalf("WriteXLSX: %v", err)
	}
	got := sheet(t, b.Bytes())
	if len(got) != len(rows)+1 {
		t.Fatalf("the sheet has %d rows, want %d and a header", len(got), len(rows))
	}
	for i, name := range header {
		if got[0][i] != "inlineStr:"+name {
			t.Errorf("column %d of the header is %q, want %q", i, got[0][i], name)
		}
	}
	for i, r := range rows {
		for j, want := range []string{"inlineStr:" + string(r.Day), "inlineStr:" + r.API, "inlineStr:" + r.Account, "inlineStr:" + r.User} {
			if got[i+1][j] != want {
				t.Errorf("row %d, column %d is %q, want %q", i, j, got[i+1][j], want)
			}
		}
		if want := fmt.Sprint(r.Code, r.Calls, r.Units); want != strings.Join(got[i+1][5:8], " ") {
			t.Errorf("row %d has the numbers %q, want %s", i, got[i+1][5:8], want)
		}
	}
	if last := got[len(got)-1][4]; last != "inlineStr:字\ufffd" {
		t.Errorf("a text with a control character is %q, want it replaced", last)
	}
	if err := WriteXLSX(broken{}, rows); err == nil {
		t.Error("WriteXLSX to a broken pipe: no error")
	}
}
