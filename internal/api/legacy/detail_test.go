package legacy

import (
	"strings"
	"testing"
)

// A refused request says what is wrong with it, in the reply and in the log, and
// in strict mode in the log alone. Nothing of the body's content is there.
func TestDetail(t *testing.T) {
	// More digits than a log line's time has by chance.
	const inside = "622200001111222"
	for _, c := range []struct {
		name, detail string
		call         testCall
	}{
		{"broken JSON", "the JSON is broken at byte 13", testCall{body: []byte(`{"appid":"1",` + inside + `}`)}},
		{"short JSON", "the JSON ends too early", testCall{body: []byte(`{"appid":"` + inside)}},
		{"a list", "the body is not one JSON object", testCall{body: []byte(`[` + inside + `]`)}},
		{"a content type", "Content-Type must be application/json or multipart/form-data", testCall{body: []byte(inside), header: map[string]string{"Content-Type": "text/" + inside}}},
		{"a form", "the form is not multipart/form-data with the boundary of its header",
			testCall{body: []byte(inside), header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, strict := range []bool{false, true} {
				s := start(t, func(o *Options) { o.Strict = strict })
				a := s.do(t, c.call)
				if got := strings.Contains(a.text, `"detail":"`+c.detail+`"`); got == strict {
					t.Errorf("strict %v: the reply %s has the detail: %v, want %v", strict, a.text, got, !strict)
				}
				if log := s.logged(); !strings.Contains(log, c.detail) || strings.Contains(log, inside) {
					t.Errorf("strict %v: the log is %s, want the detail %q and nothing of the body", strict, log, c.detail)
				}
			}
		})
	}
}
