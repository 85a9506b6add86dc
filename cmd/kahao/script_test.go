package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/db"
)

// script has the commands of the scripts that work on the database in
// $KAHAO_DATA.
type script struct{ lastMonth time.Time }

// exitsWith is "exits CODE COMMAND ARGUMENTS...".
func exitsWith(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if err != nil || neg {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// let is "let VARIABLE FIELD": a field of the JSON object that the last command
// printed.
func let(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: let VARIABLE FIELD")
	}
	var v map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	if v[args[1]] == nil {
		ts.Fatalf("the output has no field %s", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(v[args[1]]))
}

// when is a time in a script: an age, or "lastmonth".
func (s *script) when(ts *testscript.TestScript, text string) time.Time {
	if text == "lastmonth" {
		return s.lastMonth
	}
	age, err := time.ParseDuration(text)
	ts.Check(err)
	return time.Now().Add(-age)
}

func (s *script) exec(ts *testscript.TestScript, query string, args ...any) {
	st, err := openData(ts.Getenv("KAHAO_DATA"), time.Now())
	ts.Check(err)
	ts.Check(errors.Join(st.Engine.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}), st.Close()))
}

// sql is "sql STATEMENT".
func (s *script) sql(ts *testscript.TestScript, _ bool, args []string) { s.exec(ts, args[0]) }

// backdate is "backdate TIME": accounts and packs are of that time.
func (s *script) backdate(ts *testscript.TestScript, _ bool, args []string) {
	at := s.when(ts, args[0]).Add(-time.Hour).UnixMicro()
	s.exec(ts, `UPDATE account SET created_at = ?`, at)
	s.exec(ts, `UPDATE pack SET valid_from = ? WHERE valid_from > ?`, at, at)
}

// charge is "charge APPID UIN SECRETID BUCKET N TIME": one charge of N calls.
func (s *script) charge(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[4])
	ts.Check(err)
	ts.Check(chargeCalls(ts.Getenv("KAHAO_DATA"), ledger.Caller{Account: args[0], User: args[1], Key: args[2], Bucket: args[3], API: "legacy"}, n, s.when(ts, args[5])))
}

func openData(data string, now time.Time) (*store.Store, error) {
	c := config.Defaults().Store
	c.Data = data
	return store.Open(context.Background(), store.Options{Store: c, Now: func() time.Time { return now }})
}

// chargeCalls makes one charge of n calls.
func chargeCalls(data string, caller ledger.Caller, n int, at time.Time) error {
	st, err := openData(data, at)
	if err != nil {
		return err
	}
	id, ctx := fmt.Sprint("charge-", at.UnixNano()), context.Background()
	_, err = st.Ledger.Hold(ctx, ledger.Hold{ID: id, At: at, Units: int64(n), Caller: caller})
	o := ledger.Outcome{At: at}
	for range n {
		o.Calls = append(o.Calls, ledger.Call{Billed: true, Took: 80 * time.Millisecond})
	}
	if err == nil {
		err = st.Ledger.Post(ctx, id, o)
	}
	return errors.Join(err, st.Close())
}

// firstLine is "firstline FILE": the other lines go.
func firstLine(ts *testscript.TestScript, _ bool, args []string) {
	first, _, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(first), 0o600))
}
