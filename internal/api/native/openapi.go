package native

import (
	_ "embed"
	"fmt"
	"strconv"

	"github.com/kahao/kahao/internal/api/openapi"
)

//go:embed openapi.json
var description []byte

//go:embed presidio.json
var presidioDescription []byte

// Describe returns the API's part of the OpenAPI document. Its problems are those
// of the table.
func Describe() openapi.Part {
	p := openapi.Parse("Native API", "Bearer keys, plain images or JSON, and problem documents.", description)
	addErrors(p, func(row Row, _ Condition) int { return row.Status }, openapi.Schema(problemType, "Problem"), "A problem document")
	return p
}

// DescribePresidio returns the part of POST /redact, for servers that answer it. It
// goes with Describe, whose schema of redactions it uses.
func DescribePresidio() openapi.Part {
	p := openapi.Parse("Presidio's image redactor", "POST /redact, for clients of Presidio; card numbers alone are covered.", presidioDescription)
	addErrors(p, presidioStatus, openapi.Schema(jsonType, "RedactorError"), "An error")
	return p
}

// addErrors adds the replies of the table's refusals, and the headers of all
// replies, to each operation of a part.
func addErrors(p openapi.Part, status func(Row, Condition) int, content openapi.Object, name string) {
	var codes []string
	byStatus := map[int]map[string]string{}
	for _, c := range Conditions() {
		row := c.Row()
		codes = append(codes, row.Code)
		if row.Status >= 400 {
			at := status(row, c)
			if byStatus[at] == nil {
				byStatus[at] = map[string]string{}
			}
			byStatus[at][row.Code] = row.When
		}
	}
	p.Schemas["Code"] = openapi.Object{"type": "string", "enum": codes, "description": "Codes of the closed table of docs/errors.md."}
	headers := openapi.Object{}
	for name, about := range map[string]string{
		requestIDHeader: "Id of the request, which the server's log has, too.", timingHeader: "Milliseconds of each stage (W3C Server Timing).",
	} {
		headers[name] = openapi.Object{"description": about, "schema": openapi.Object{"type": "string"}}
	}
	for _, operation := range p.Operations() {
		responses := openapi.Responses(operation)
		ok := responses["200"].(openapi.Object)
		own, _ := ok["headers"].(openapi.Object)
		all := openapi.Object{}
		for _, some := range []openapi.Object{headers, own} {
			for name, header := range some {
				all[name] = header
			}
		}
		ok["headers"] = all
		for status, meanings := range byStatus {
			responses[strconv.Itoa(status)] = openapi.Object{
				"description": fmt.Sprintf("%s with one of the codes:\n%s", name, openapi.Codes(meanings)),
				"content":     content, "headers": headers,
			}
		}
	}
}
