package ledgerdb

import (
	"errors"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

func FuzzReadCalls(f *testing.F) {
	for _, text := range []string{"", "0:2b", "0:2b,-9013:16,0:0", "x", "0", "0:", ":0", "0:0bb", "0:0,", ",", "99999999999999999999:0"} {
		f.Add(text)
	}
	b := New(nil, Options{Bin: func(d time.Duration) int { return int(d) }})
	f.Fuzz(func(t *testing.T, text string) {
		calls, err := readCalls(text)
		if err != nil {
			return
		}
		// What is read is written as something that reads the same.
		var again []ledger.Call
		for _, c := range calls {
			again = append(again, ledger.Call{Code: c.code, Billed: c.billed, Took: time.Duration(c.bin)})
		}
		back, err := readCalls(b.write(again))
		if err != nil || len(back) != len(calls) {
			t.Fatalf("%q became %q: %v", text, b.write(again), err)
		}
		for i := range calls {
			if back[i] != calls[i] {
				t.Errorf("%q: %+v became %+v", text, calls[i], back[i])
			}
		}
	})
}

func TestReadCallsRefuses(t *testing.T) {
	for _, text := range []string{"x", "0", "0:", ":0", "0:0bb", "0:0,", ",", "0:0 b", "99999999999999999999:0"} {
		if calls, err := readCalls(text); err == nil {
			t.Errorf("%q is read as %v", text, calls)
		}
	}
}

// Who loses a race looks again, and not for ever.
func TestAgain(t *testing.T) {
	b := New(nil, Options{})
	n := 0
	if err := b.again(func() error {
		if n++; n < 3 {
			return errRaced
		}
		return nil
	}); err != nil || n != 3 {
		t.Errorf("%d tries, %v", n, err)
	}
	n = 0
	if err := b.again(func() error { n++; return errRaced }); !errors.Is(err, errRaced) || n != mostRaces {
		t.Errorf("%d tries, %v", n, err)
	}
	n = 0
	mine := errors.New("mine")
	if err := b.again(func() error { n++; return mine }); err != mine || n != 1 {
		t.Errorf("%d tries, %v", n, err)
	}
}
