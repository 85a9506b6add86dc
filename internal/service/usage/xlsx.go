package usage

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"
)

// The parts of a workbook with one sheet (ECMA-376, SpreadsheetML). A workbook
// needs no more than these, and a library for all of the format would be larger
// than the rest of the console.
const (
	xlsxTypes = xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`
	xlsxRoot = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	xlsxWorkbook = xml.Header + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<sheets><sheet name="usage" sheetId="1" r:id="rId1"/></sheets></workbook>`
	xlsxRelations = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	// The second format is the bold one of the header.
	xlsxStyles = xml.Header + `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>` +
		`<cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`
	xlsxBegin = xml.Header + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>` +
		`<cols><col min="1" max="5" width="16" customWidth="1"/></cols><sheetData>`
	xlsxEnd = `</sheetData></worksheet>`
)

// MaxSheetRows bounds the rows of a workbook: a spreadsheet shows no more.
const MaxSheetRows = 1<<20 - 1

// WriteXLSX writes rows as a workbook with the columns of WriteCSV. Texts are
// cells of text, which no spreadsheet computes. It returns the errors of w.
func WriteXLSX(w io.Writer, rows []Row) error {
	if len(rows) > MaxSheetRows {
		return fmt.Errorf("usage: %d rows, a sheet has at most %d", len(rows), MaxSheetRows)
	}
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xlsxTypes}, {"_rels/.rels", xlsxRoot}, {"xl/workbook.xml", xlsxWorkbook},
		{"xl/_rels/workbook.xml.rels", xlsxRelations}, {"xl/styles.xml", xlsxStyles},
	} {
		f, err := z.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, part.text); err != nil {
			return err
		}
	}
	f, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	b.WriteString(xlsxBegin + "<row>")
	for _, name := range header {
		writeText(b, ` s="1"`, name)
	}
	b.WriteString("</row>")
	for _, r := range rows {
		b.WriteString("<row>")
		for _, text := range []string{string(r.Day), r.API, r.Account, r.User, r.Bucket} {
			writeText(b, "", text)
		}
		for _, n := range []int64{int64(r.Code), r.Calls, r.Units} {
			b.WriteString("<c><v>" + strconv.FormatInt(n, 10) + "</v></c>")
		}
		for _, q := range []float64{0.5, 0.9, 0.99} {
			b.WriteString("<c>")
			if d, ok := r.Latency.Quantile(q); ok {
				b.WriteString("<v>" + strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64) + "</v>")
			}
			b.WriteString("</c>")
		}
		b.WriteString("</row>")
	}
	b.WriteString(xlsxEnd)
	if err := b.Flush(); err != nil {
		return err
	}
	return z.Close()
}

// writeText writes a cell of text. Characters that XML does not have are
// replaced.
func writeText(b *bufio.Writer, attributes, text string) {
	b.WriteString(`<c t="inlineStr"` + attributes + `><is><t xml:space="preserve">`)
	_ = xml.EscapeText(b, []byte(text)) // reported by b.Flush
	b.WriteString(`</t></is></c>`)
}
