package legacy

import (
	_ "embed"
	"fmt"
	"net/http"
	"strconv"

	"github.com/kahao/kahao/internal/api/openapi"
)

//go:embed openapi.json
var description []byte

// Describe returns the API's part of the OpenAPI document, with the codes of the
// table.
func Describe() openapi.Part {
	p := openapi.Parse("Legacy API", "The vendor's older endpoint.", description)
	byStatus := map[int]map[string]string{}
	for _, c := range Conditions() {
		row := c.Row()
		if byStatus[row.HTTP] == nil {
			byStatus[row.HTTP] = map[string]string{}
		}
		byStatus[row.HTTP][fmt.Sprintf("%d %s", row.Code, row.Name)] = row.When
	}
	for _, operation := range p.Operations() {
		for status, meanings := range byStatus {
			about := "One of the codes:\n" + openapi.Codes(meanings)
			if status == http.StatusOK {
				about = "Code 0 with data, or one of the codes:\n" + openapi.Codes(meanings)
			}
			openapi.Responses(operation)[strconv.Itoa(status)] = openapi.Object{"description": about, "content": openapi.Schema("application/json", "LegacyReply")}
		}
	}
	return p
}
