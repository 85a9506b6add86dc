package console

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/testutil"
)

// TestRoutes tries every route in every role, and compares who is let in with
// testdata/routes.txt: a route that is not in the table fails, and so does a
// line of the table without a route. KAHAO_UPDATE=1 rewrites it; read the
// difference as a security review.
func TestRoutes(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "%-52s", "route")
	for _, name := range roles {
		fmt.Fprintf(&b, " %-10s", name)
	}
	b.WriteString("\n")
	for _, rt := range routes() {
		line := fmt.Sprintf("%-52s", rt.method+" "+rt.path)
		r := newRig(t)
		for _, name := range roles {
			line += fmt.Sprintf(" %-10s", r.try(rt, name))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	testutil.Golden(t, "testdata/routes.txt", b.String())
}

// roles, from the one that may the least. Foreign is the main user of the
// account, who replaces IDs in the path with those of another account.
var roles = []string{"nobody", "other", "plain", "full", "foreign", "main", "operator"}

// try sends a request for a route of account a in a role, and returns what
// became of it.
func (r *rig) try(rt route, role string) string {
	r.Helper()
	subject := map[string]string{
		"other": r.mainOf(r.b.AppID), "plain": r.plain.ID, "full": r.full.ID, "foreign": r.mainOf(r.a.AppID), "main": r.mainOf(r.a.AppID), "operator": login.Operator,
	}[role]
	ids := r.ids(role == "foreign")
	if role == "foreign" && !slices.ContainsFunc([]string{"{key}", "{user}", "{pack}"}, func(id string) bool { return strings.Contains(rt.path, id) }) {
		return "-"
	}
	b := r.as(subject)
	got := b.send(rt.method, fill(rt.path, ids), formType(rt), nil)
	switch to := got.header.Get("Location"); {
	case strings.HasPrefix(to, "/signin") && rt.path != "/signout", got.status == 401 && role == "nobody" && rt.path != "/signin":
		return "sign in"
	case got.status >= 500:
		r.Errorf("%s %s as %s: %v", rt.method, rt.path, role, got)
		return "fault"
	case got.status == 404 || got.status == 403:
		return fmt.Sprint(got.status)
	}
	return "yes"
}

func formType(rt route) string {
	if rt.method == "POST" {
		return "application/x-www-form-urlencoded"
	}
	return ""
}

// ids are the values of the parameters of paths: of account a, or with foreign
// those of b below a.
func (r *rig) ids(foreign bool) map[string]string {
	r.Helper()
	ids := map[string]string{"appid": r.a.AppID, "token": "none", "key": r.a.SecretID, "user": r.plain.ID, "pack": r.packs[0]}
	if foreign {
		ids["key"], ids["user"], ids["pack"] = r.b.SecretID, r.mainOf(r.b.AppID), r.packs[1]
	}
	return ids
}

// Only these routes may be used without a session, and each operator page is
// closed to customers, whatever the table says.
func TestRoutesAreClosed(t *testing.T) {
	open := []string{"GET /signin", "POST /signin", "POST /language", "GET /signin/code", "POST /signin/code", "GET /setup/{token}", "POST /setup/{token}"}
	for _, rt := range routes() {
		name := rt.method + " " + rt.path
		if rt.need == anybody && !slices.Contains(open, name) {
			t.Errorf("%s may be used by anybody", name)
		}
		if strings.Contains(rt.path, "{appid}") != (rt.need >= member) {
			t.Errorf("%s has need %d: needs of an account go with {appid}", name, rt.need)
		}
		if (rt.need == permit) != (rt.action != "") {
			t.Errorf("%s has need %d and action %q: they go together", name, rt.need, rt.action)
		}
		if rt.method != "GET" && rt.method != "POST" {
			t.Errorf("%s: pages have GET and POST only", name)
		}
	}
}
