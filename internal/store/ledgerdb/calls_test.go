package ledgerdb

import (
	"errors"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

func FuzzParseCalls(f *testing.F) {
	for _, text := range []string{"", "0:2b", "0:2b,-9013:16,0:0", "x", "0", "0:", ":0", "0:0bb", "0:0,", ",", "99999999999999999999:0"} {
		f.Add(text)
	}
	s := New(nil, Options{Bin: func(d time.Duration) int { return int(d) }})
	f.Fuzz(func(t *testing.T, text string) {
		calls, err := parseCalls(text)
		if err != nil {
			return
		}
		// What is read is written as something that reads the same.
		var same []ledger.Call
		for _, c := range calls {
			same = append(same, ledger.Call{Code: c.code, Billed: c.billed, Took: time.Duration(c.bin)})
		}
		back, err := parseCalls(s.encodeCalls(same))
		if err != nil || len(back) != len(calls) {
			t.Fatalf("%q became %q: %v", text, s.encodeCalls(same), err)
		}
		for i := range calls {
			if back[i] != calls[i] {
				t.Errorf("%q: %+v became %+v", text, calls[i], back[i])
			}
		}
	})
}

func TestParseCallsRefuses(t *testing.T) {
	for _, text := range []string{"x", "0", "0:", ":0", "0:0bb", "0:0,", ",", "0:0 b", "99999999999999999999:0"} {
		if calls, err := parseCalls(text); err == nil {
			t.Errorf("%q is read as %v", text, calls)
		}
	}
}

// Who loses a race looks again, and not for ever.
func TestAgain(t *testing.T) {
	s := New(nil, Options{})
	n := 0
	if err := s.retry(func() error {
		if n++; n < 3 {
			return errConflict
		}
		return nil
	}); err != nil || n != 3 {
		t.Errorf("%d tries, %v", n, err)
	}
	n = 0
	if err := s.retry(func() error { n++; return errConflict }); !errors.Is(err, errConflict) || n != maxConflicts {
		t.Errorf("%d tries, %v", n, err)
	}
	n = 0
	mine := errors.New("mine")
	if err := s.retry(func() error { n++; return mine }); err != mine || n != 1 {
		t.Errorf("%d tries, %v", n, err)
	}
}
