package api3

import (
	_ "embed"

	"github.com/kahao/kahao/internal/api/openapi"
)

//go:embed openapi.json
var description []byte

// Describe returns the API's part of the OpenAPI document, with the codes of the
// table.
func Describe() openapi.Part {
	p := openapi.Parse("API 3.0", "The vendor's cloud API.", description)
	meanings := map[string]string{}
	for _, c := range Conditions() {
		if row := c.Row(); c != OK {
			meanings[row.Code] = row.When
		}
	}
	for _, operation := range p.Operations() {
		openapi.Responses(operation)["200"] = openapi.Object{
			"description": "The reply of the action, or an error with one of the codes:\n" + openapi.Codes(meanings),
			"content":     openapi.Schema(jsonType, "API3Reply"),
		}
	}
	return p
}
