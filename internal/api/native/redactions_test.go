package native

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/redaction"
)

// A PDF file is covered where images are, and nowhere else taken. The report says on
// which page.
func TestRedactionOfPDF(t *testing.T) {
	s := start(t, nil)
	a := s.send(t, request{path: PathRedactions, contentType: "application/pdf", body: "%PDF-1.4"})
	if a.status != 200 || a.header.Get("Content-Type") != "application/pdf" || a.text != "%PDF-covered" || s.left(t) != 4 {
		t.Errorf("%d %s %q, %d units left; want the covered file and 4", a.status, a.header.Get("Content-Type"), a.text, s.left(t))
	}
	var r redactionReport
	if err := json.Unmarshal([]byte(a.header.Get(redactionHeader)), &r); err != nil || r.Verdict != redaction.Unsure || len(r.Reasons) != 1 {
		t.Fatalf("%s: %s, %v; want unsure with a reason", redactionHeader, a.header.Get(redactionHeader), err)
	}
	if len(r.Details) != 1 || r.Details[0].Code != redaction.ReasonText || r.Details[0].Text != r.Reasons[0] || !slices.Equal(r.Details[0].Pages, []int{1}) {
		t.Errorf("details %+v, want the code text, page 1 and the text %q", r.Details, r.Reasons[0])
	}
	if len(r.Covers) != 1 || r.Covers[0].Page != 2 {
		t.Errorf("covers %+v, want one on page 2", r.Covers)
	}
	if a := s.send(t, request{path: PathCards, contentType: "application/pdf", body: "%PDF-1.4"}); a.status != 415 {
		t.Errorf("%s: status %d, want 415", PathCards, a.status)
	}
	kind, text := form("%PDF-1.4")
	p := start(t, nil)
	if a := p.redact(t, "x:"+p.key+"@", "", request{contentType: kind, body: text}); a.status != 422 || p.left(t) != 5 {
		t.Errorf("Presidio's dialect: status %d, %d units left; want 422 and no charge", a.status, p.left(t))
	}
}
