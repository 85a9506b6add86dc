package replay

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

var begin = time.Unix(1_700_000_000, 0)

func id(n int) (id signature.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func made(at time.Time) signature.Claims { return signature.Claims{Created: at, OneOff: true} }

func open(t *testing.T, dir string, o Options) *Journal {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return begin }
	}
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// use expects whether signature n is accepted.
func use(t *testing.T, j *Journal, n int, want bool) {
	t.Helper()
	first, err := j.Use(t.Context(), id(n), made(begin))
	if err != nil || first != want {
		t.Fatalf("use of %d: %v, %v, want %v", n, first, err, want)
	}
}

func shut(t *testing.T, j *Journal) {
	t.Helper()
	for range 2 {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnceAndAcrossRestarts(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		j := open(t, dir, Options{})
		for n := range 10 * round {
			use(t, j, n, false)
		}
		for n := 10 * round; n < 10*(round+1); n++ {
			use(t, j, n, true)
			use(t, j, n, false)
		}
		shut(t, j)
	}
	info, err := os.Stat(filepath.Join(dir, journalName))
	if err != nil || info.Size() != int64(len(head)+40*recordSize) || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

func TestClosedTakesNothing(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	shut(t, j)
	for range 2 { // it isn't taken for used either
		if first, err := j.Use(t.Context(), id(1), made(begin)); first || !errors.Is(err, ErrBroken) {
			t.Error(first, err)
		}
	}
}

func TestOneProcess(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	shut(t, j)
	shut(t, open(t, dir, Options{}))
	if _, err := Open(filepath.Join(dir, "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Open(dir, Options{Age: -1}); err == nil {
		t.Error("a negative age")
	}
}

// Age decides what is accepted, and how long it is remembered: never less long
// than it would be accepted.
func TestAge(t *testing.T) {
	dir, now := t.TempDir(), begin
	o := Options{Age: time.Hour, Now: func() time.Time { return now }}
	j := open(t, dir, o)
	for _, c := range []struct {
		made  time.Time
		first bool
		err   error
	}{
		{begin, true, nil},
		{begin.Add(-time.Hour), false, signature.ErrExpired},
		{begin.Add(-time.Hour + time.Nanosecond), true, nil},
		{begin.Add(-time.Hour + time.Second), true, nil},
		{begin.Add(24 * time.Hour), true, nil}, // a clock ahead
		{time.Time{}, false, signature.ErrMalformed},
	} {
		n := int(c.made.UnixNano())
		if first, err := j.Use(t.Context(), id(n), made(c.made)); first != c.first || !errors.Is(err, c.err) {
			t.Errorf("made at %v: %v, %v", c.made, first, err)
		}
	}
	for _, passed := range []time.Duration{0, 30 * time.Minute, time.Hour - time.Nanosecond, time.Hour, 24 * time.Hour, 25*time.Hour - time.Nanosecond} {
		now = begin.Add(passed)
		shut(t, j)
		j = open(t, dir, o)
		for _, at := range []time.Time{begin, begin.Add(24 * time.Hour)} {
			first, err := j.Use(t.Context(), id(int(at.UnixNano())), made(at))
			if first || err != nil && !errors.Is(err, signature.ErrExpired) {
				t.Fatalf("%v later, what was made at %v is used again", passed, at)
			}
		}
	}
	now = begin.Add(26 * time.Hour)
	shut(t, j)
	j = open(t, dir, o)
	if info, _ := os.Stat(j.path); info.Size() != int64(len(head)) || len(j.used) != 0 {
		t.Errorf("%d bytes, %d marks when all are past their age", info.Size(), len(j.used))
	}
}

// Past marks do not pile up while the server runs, and what is needed stays.
func TestCompactsWhileRunning(t *testing.T) {
	dir, now := t.TempDir(), begin
	o := Options{Age: 10 * time.Second, Now: func() time.Time { return now }}
	j := open(t, dir, o)
	j.least, j.sweep = 16, 16
	largest := int64(0)
	for n := range 400 {
		now = now.Add(time.Second)
		if first, err := j.Use(t.Context(), id(n), made(now)); !first || err != nil {
			t.Fatal(first, err)
		}
		for back := range min(n, 9) {
			if first, err := j.Use(t.Context(), id(n-back), made(now.Add(-time.Duration(back)*time.Second))); first || err != nil {
				t.Fatalf("%d of %d: %v, %v", back, n, first, err)
			}
		}
		info, _ := os.Stat(j.path)
		largest = max(largest, info.Size())
	}
	if most := int64(len(head) + 80*recordSize); largest > most || len(j.used) > 40 {
		t.Errorf("%d bytes and %d marks, of which ten are needed", largest, len(j.used))
	}
	shut(t, j)
	j = open(t, dir, o)
	for back := range 9 {
		if first, err := j.Use(t.Context(), id(399-back), made(now.Add(-time.Duration(back)*time.Second))); first || err != nil {
			t.Fatalf("%d back, after a restart: %v, %v", back, first, err)
		}
	}
}

// Of callers with one signature exactly one is accepted, and all that were
// accepted are remembered.
func TestAtOnce(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	const signatures, callers = 40, 16
	var accepted [signatures]atomic.Int64
	var wait sync.WaitGroup
	for c := range callers {
		wait.Go(func() {
			for i := range signatures {
				n := (i + c*signatures/callers) % signatures
				first, err := j.Use(context.Background(), id(n), made(begin))
				if err != nil {
					t.Error(err)
				}
				if first {
					accepted[n].Add(1)
				}
			}
		})
	}
	wait.Wait()
	shut(t, j)
	j = open(t, dir, Options{})
	for n := range signatures {
		if got := accepted[n].Load(); got != 1 {
			t.Errorf("%d accepted %d times", n, got)
		}
		use(t, j, n, false)
	}
}

// Those who come while the disk is busy go there together.
func TestOneWriteForMany(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	j.disk.Lock()
	const callers = 50
	var wait sync.WaitGroup
	for n := range callers {
		wait.Go(func() {
			if first, err := j.Use(context.Background(), id(n), made(begin)); !first || err != nil {
				t.Error(first, err)
			}
		})
	}
	var b *batch
	for waiting := 0; waiting < callers; {
		j.mu.Lock()
		b = j.pending
		waiting = len(b.ids)
		j.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	j.disk.Unlock()
	wait.Wait()
	if !b.done || len(b.records) != callers*recordSize || j.records != callers {
		t.Errorf("%v, %d bytes, %d records", b.done, len(b.records), j.records)
	}
}

// A disk that fails: nobody is accepted, then or later, and nothing is taken
// for used that was not.
func TestDiskFails(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	use(t, j, 1, true)
	good := j.file
	j.file, _ = os.Open(j.path) // which cannot be written
	for n := range 3 {
		if first, err := j.Use(t.Context(), id(2), made(begin)); first || !errors.Is(err, ErrBroken) {
			t.Fatalf("%d: %v, %v", n, first, err)
		}
	}
	j.file.Close()
	j.file = good
	if first, err := j.Use(t.Context(), id(3), made(begin)); first || !errors.Is(err, ErrBroken) {
		t.Fatal("it goes on writing after a failure: ", first, err)
	}
	shut(t, j)
	j = open(t, dir, Options{})
	use(t, j, 1, false)
	use(t, j, 2, true)
}

// journal returns the text of a journal with n marks.
func journal(n int) []byte {
	text := []byte(head)
	for i := range n {
		text = appendRecord(text, id(i), 0)
	}
	return text
}

func write(t *testing.T, dir string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, journalName), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Wherever the end is torn off, what is whole before is remembered, the rest
// is as if it had never been, and the journal goes on.
func TestTornAtEveryByte(t *testing.T) {
	const marks = 2
	text := journal(marks)
	dir := t.TempDir()
	for cut := range len(text) + 1 {
		for _, junk := range [][]byte{nil, make([]byte, 7), bytes.Repeat([]byte{0xff}, 2*recordSize)} {
			if junk != nil && (cut < len(head) || cut%9 != 0) {
				continue // in the head it's no journal; elsewhere every ninth will do
			}
			write(t, dir, append(bytes.Clone(text[:cut]), junk...))
			j := open(t, dir, Options{})
			whole := max(0, cut-len(head)) / recordSize
			if len(j.used) != whole {
				t.Fatalf("cut at %d: %d marks, want %d", cut, len(j.used), whole)
			}
			use(t, j, 99, true)
			shut(t, j)
			j = open(t, dir, Options{})
			for n := range marks {
				if _, seen := j.used[id(n)]; seen != (n < whole) {
					t.Fatalf("cut at %d: mark %d", cut, n)
				}
			}
			use(t, j, 99, false)
			shut(t, j)
		}
	}
}

// A changed byte is found wherever it is: near the end it may be a torn write,
// further back it is damage, which is not passed over in silence.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	few := journal(2)
	for at := range few {
		changed := bytes.Clone(few)
		changed[at] ^= 4
		write(t, dir, changed)
		j, err := Open(dir, Options{})
		if at < len(head) {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("byte %d of the head: %v", at, err)
			}
			continue
		}
		if err != nil || len(j.used) != (at-len(head))/recordSize {
			t.Fatalf("byte %d: %v", at, err)
		}
		shut(t, j)
	}
	many := journal(2 * longestTear / recordSize)
	many[len(head)+5*recordSize] ^= 1
	write(t, dir, many)
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	if left, _ := os.ReadFile(filepath.Join(dir, journalName)); !bytes.Equal(left, many) {
		t.Error("a damaged journal was changed")
	}
}

// FuzzOpen: whatever the file holds, Open reads it or says that it is damaged.
func FuzzOpen(f *testing.F) {
	for _, text := range [][]byte{nil, []byte(head), journal(3), journal(3)[:100], []byte("something else\n..")} {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		write(t, dir, text)
		j, err := Open(dir, Options{Age: time.Hour, Now: func() time.Time { return begin }})
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		first, err := j.Use(context.Background(), id(1), made(begin))
		if again, _ := j.Use(context.Background(), id(1), made(begin)); err != nil || again {
			t.Fatal(first, err, again)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// What is taken over is what was used, each for as long as it counts.
func TestMarks(t *testing.T) {
	for age, until := range map[time.Duration]time.Time{time.Hour: begin.Add(time.Hour + time.Second), 0: begin.AddDate(100, 0, 0)} {
		j := open(t, t.TempDir(), Options{Age: age})
		use(t, j, 1, true)
		use(t, j, 2, true)
		if m := j.Marks(); len(m) != 2 || !m[id(1)].Equal(until) || !m[id(2)].Equal(until) {
			t.Errorf("age %v: %v", age, m)
		}
	}
}
