package replicadb

import (
	"reflect"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/migrate"
	"github.com/kahao/kahao/internal/store/postgres"
	"github.com/kahao/kahao/internal/store/postgres/pgtest"
	"github.com/kahao/kahao/internal/store/sqlite"
)

func TestReplicas(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (db.Engine, error){
		"sqlite": func(t *testing.T) (db.Engine, error) { return sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{}) },
		"postgres": func(t *testing.T) (db.Engine, error) {
			return postgres.Open(t.Context(), postgres.Options{URL: pgtest.URL(t)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := open(t)
			if err != nil {
				t.Fatalf("open failed: %v", err)
			}
			defer e.Close()
			if _, err := migrate.Up(t.Context(), e, time.Now); err != nil {
				t.Fatalf("Up failed: %v", err)
			}
			testReplicas(t, New(e))
		})
	}
}

func testReplicas(t *testing.T, s *Store) {
	at := time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)
	a := Replica{ID: "1", Host: "a", Address: "http://192.0.2.1:8080", Version: "v1", State: Ready, Started: at, Seen: at, Workers: 4, Reading: 2, Queue: 64, Queued: 3, Memory: 1 << 33}
	b := a
	b.ID, b.Host = "2", "b"
	report := func(r Replica, want ...Replica) {
		t.Helper()
		if err := s.Report(t.Context(), r); err != nil {
			t.Fatalf("Report: %v", err)
		}
		if all, err := s.List(t.Context()); err != nil || !reflect.DeepEqual(all, want) {
			t.Errorf("List = %+v, %v, want %+v", all, err, want)
		}
	}
	report(b, b)
	report(a, a, b)
	a.State, a.Seen, a.Reading, a.Queued, a.Memory = Draining, at.Add(10*time.Second), 0, 0, 5
	report(a, a, b)
	a.Seen = at.Add(keep)
	report(a, a, b)
	a.Seen = at.Add(keep + time.Second) // b has not reported for longer than a day
	report(a, a)
	if err := s.Remove(t.Context(), a.ID); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	if all, err := s.List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("List after Remove = %+v, %v, want none", all, err)
	}
}
