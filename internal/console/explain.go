package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/console/catalogue"
)

// apis are the interfaces as the ledger names them.
var apis = []string{"legacy", "api3", trialAPI}

// explain returns the code of a failure in its API's notation, what it means, and
// the ID of its row on the page of codes; none of the latter two for an unknown
// code.
func explain(lang string, code int) (name, meaning, id string) {
	for _, c := range api3.Conditions() {
		if row := c.Row(); row.Number == code && code != 0 {
			return row.Code, api3Message(lang, row), "api3-" + row.Name
		}
	}
	for _, c := range legacy.Conditions() {
		if row := c.Row(); row.Code == code {
			return strconv.Itoa(code), row.Message, "legacy-" + row.Name
		}
	}
	return strconv.Itoa(code), "", ""
}

// api3Message is the message of a reply without its variable part.
func api3Message(lang string, row api3.Row) string {
	text := row.English
	if lang == catalogue.Chinese {
		text = row.Chinese
	}
	return strings.TrimSpace(strings.ReplaceAll(text, "%s", "…"))
}

type codesData struct{ Tables []codeTable }

type codeTable struct {
	ID   string // of the interface
	Rows []codeRow
}

type codeRow struct {
	ID, Code, Message, When string
	Billed, Retry           bool
}

// showCodes explains every code.
func (p *page) showCodes() error {
	legacyRows, api3Rows := codeTable{ID: "legacy"}, codeTable{ID: "api3"}
	for _, c := range legacy.Conditions() {
		row := c.Row()
		legacyRows.Rows = append(legacyRows.Rows, codeRow{"legacy-" + row.Name, strconv.Itoa(row.Code), row.Message, row.When, c == legacy.OK, row.Retryable})
	}
	for _, c := range api3.Conditions() {
		row := c.Row()
		if row.Code != "" {
			api3Rows.Rows = append(api3Rows.Rows, codeRow{"api3-" + row.Name, row.Code, api3Message(p.lang, row), row.When, row.Billed, row.Retryable})
		}
	}
	return p.render(http.StatusOK, "codes", codesData{[]codeTable{legacyRows, api3Rows}})
}
