package postgres

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
)

// A database of every released version opens, comes to the tables of today, and
// its books verify. The dumps were written by pg_dump --inserts of a filled
// schema; they are never changed: who fails here has changed a migration that
// databases were made with, and wants a new one instead.
func TestUpgrade(t *testing.T) {
	dumps, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(dumps) == 0 {
		t.Fatal("no dumps", err)
	}
	for _, name := range dumps {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			address := pgtest.URL(t)
			if err := open(t, address).Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(string(text))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			e, err := opened(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			b := ledgerdb.New(e, ledgerdb.Options{Free: 5, Bin: func(time.Duration) int { return 0 }})
			r, err := b.Verify(t.Context())
			if want := (ledger.Report{Accounts: 2, Packs: 3, Charges: 5, Entries: 5, Held: 1, Units: 14}); err != nil || r != want {
				t.Errorf("%+v, %v; want %+v", r, err, want)
			}
			outcome := ledger.Outcome{At: time.UnixMicro(1794974400000000), Calls: []ledger.Call{{Billed: true}}}
			if err := b.Post(t.Context(), "held", outcome); err != nil { // which takes the next number of an entry
				t.Error(err)
			}
		})
	}
}
