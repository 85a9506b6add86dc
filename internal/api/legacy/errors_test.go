package legacy

import "testing"

func TestTable(t *testing.T) {
	names := map[string]bool{}
	for c := OK; c < conditions; c++ {
		r := c.Row()
		if r.Name == "" || r.When == "" || r.Message == "" || r.HTTP == 0 || r.HTTP2017 == 0 {
			t.Errorf("condition %d: the row is not complete: %+v", c, r)
		}
		if names[r.Name] {
			t.Errorf("%s stands twice", r.Name)
		}
		names[r.Name] = true
		if to := c.strict(); !inStrictTable(to.Row().Code) {
			t.Errorf("%s: strict mode sends %d", r.Name, to.Row().Code)
		}
		if inStrictTable(r.Code) && c.strict() != c {
			t.Errorf("%s: code %d is published, and strict mode changes it", r.Name, r.Code)
		}
		// Clients take a code of theirs from -1 to -4 for a failure on their
		// own side.
		if r.Code < 0 && r.Code >= -4 {
			t.Errorf("%s: code %d is a client's own", r.Name, r.Code)
		}
	}
}
