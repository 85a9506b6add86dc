package console

import (
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// Every page works with PostgreSQL as it does with SQLite.
func TestPostgres(t *testing.T) {
	line, err := envelope.NewKey("k1")
	if err != nil {
		t.Fatalf("NewKey: %v", err)
	}
	o := store.Options{Store: config.Defaults().Store}
	o.URL, o.AutoMigrate, o.Keys = config.DatabaseURL(pgtest.URL(t)), true, secret.Bytes(line)
	r := rigOn(t, o)
	r.seed()
	op, main := r.as(login.Operator), r.as(r.mainOf(r.a.AppID))
	for _, rt := range routes() {
		if rt.method != "GET" || strings.Contains(rt.path, "{token}") {
			continue
		}
		path := fill(rt.path, r.ids(false))
		if got := op.get(path); got.status != 200 && got.status != 303 {
			t.Errorf("GET %s as the operator: %v", path, got)
		}
		if got := main.get(path); rt.need >= member && rt.need != operatorOf && got.status != 200 {
			t.Errorf("GET %s as the main user: %v", path, got)
		}
	}
	main.wants("an image", main.upload("/a/"+r.a.AppID+"/try", "image", []byte("picture")), 200)
	rows, err := ledgerdb.UsageRows(t.Context(), r.store.Engine, usage.Filter{})
	if err != nil || usage.Summarise(rows).Total != 12 {
		t.Errorf("the ledger has %d calls, %v, want 12", usage.Summarise(rows).Total, err)
	}
	page := op.get("/usage?by=account&span=365d")
	op.wants("all accounts", page, 200, r.a.AppID)
	if got := tile(page.body, "Calls"); got != "12" {
		t.Errorf("all accounts have %s calls, want 12", got)
	}
	main.wants("the hours of today", main.get("/a/"+r.a.AppID+"/usage?span=today"), 200, "Calls by the hour", "Calls a second, at most")
	op.wants("the ledger", op.post("/books"), 200, "consistent")
	main.wants("a key", main.post("/a/"+r.a.AppID+"/keys"), 201)
	main.wants("the log", main.get("/a/"+r.a.AppID+"/audit"), 200, "key created")
}
