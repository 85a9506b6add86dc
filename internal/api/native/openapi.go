package native

import (
	_ "embed"
	"fmt"
	"strconv"

	"github.com/kahao/kahao/internal/api/openapi"
)

//go:embed openapi.json
var description []byte

// Describe returns the API's part of the OpenAPI document. Its problems are those
// of the table.
func Describe() openapi.Part {
	p := openapi.Parse("Native API", "Bearer keys, plain images or JSON, and problem documents.", description)
	var codes []string
	byStatus := map[int]map[string]string{}
	for _, c := range Conditions() {
		row := c.Row()
		codes = append(codes, row.Code)
		if row.Status >= 400 {
			if byStatus[row.Status] == nil {
				byStatus[row.Status] = map[string]string{}
			}
			byStatus[row.Status][row.Code] = row.When
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
				"description": fmt.Sprintf("A problem document with one of the codes:\n%s", openapi.Codes(meanings)),
				"content":     openapi.Schema(problemType, "Problem"), "headers": headers,
			}
		}
	}
	return p
}
