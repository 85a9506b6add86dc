package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// Sizes in SQLite's log, https://www.sqlite.org/fileformat.html#the_write_ahead_log
const (
	walHeader = logHeaderLen
	pageSize  = 4096
	frame     = frameHeaderLen + pageSize
)

// image is what a disk may hold after the power went: the file, its log, and
// the number of the last acknowledged commit at most.
type image struct {
	name           string
	file, log, seq []byte
	// acknowledged are the charges whose callers were told before.
	acknowledged []string
}

// recorder notes how long the log was when each charge was acknowledged: all
// that it needs lies before that.
type recorder struct {
	mu   sync.Mutex
	seen []seen
}

// seen is an acknowledged charge, and the files afterwards.
type seen struct {
	id  string
	seq []byte // read first: the log has this commit
	log int64
}

func (r *recorder) note(t *testing.T, dir, id string) {
	seq, err := os.ReadFile(filepath.Join(dir, SequenceName))
	if err != nil {
		t.Errorf("ReadFile failed: %v", err)
		return
	}
	info, err := os.Stat(filepath.Join(dir, FileName+"-wal"))
	if err != nil {
		t.Errorf("Stat failed: %v", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, seen{id, seq, info.Size()})
}

// before returns the charges that were acknowledged with a log that long.
func (r *recorder) before(size int) (ids []string) {
	for _, s := range r.seen {
		if s.log <= int64(size) {
			ids = append(ids, s.id)
		}
	}
	return ids
}

// sequence returns the number of the last commit that was acknowledged with a
// log that long.
func (r *recorder) sequence(size int, last []byte) []byte {
	high, _ := parseMark(last)
	for _, s := range r.seen {
		if m, ok := parseMark(s.seq); ok && s.log <= int64(size) && m.missing(high.commit) > 0 {
			high, last = m, s.seq
		}
	}
	return last
}

var powerDay = time.Date(2026, 11, 18, 4, 0, 0, 0, time.UTC)

func powerLedger(e db.Engine) *ledgerdb.Store {
	return ledgerdb.New(e, ledgerdb.Options{Bin: func(time.Duration) int { return 0 }})
}

// charge makes charges from four callers at once.
func charge(t *testing.T, d *DB, dir, prefix string, r *recorder) {
	b := powerLedger(d)
	var all sync.WaitGroup
	for caller := range 4 {
		all.Go(func() {
			for i := range 15 {
				id := fmt.Sprintf("%s-%d-%02d", prefix, caller, i)
				_, err := b.Hold(t.Context(), ledger.Hold{ID: id, At: powerDay, Units: 1, Caller: ledger.Caller{Account: "1", API: "legacy"}})
				if err == nil {
					err = b.Post(t.Context(), id, ledger.Outcome{At: powerDay, Calls: []ledger.Call{{Billed: true}}})
				}
				if err != nil {
					t.Errorf("charge %s: %v", id, err)
					return
				}
				r.note(t, dir, id)
			}
		})
	}
	all.Wait()
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatalf("ReadFile failed: %v", err)
	}
	return b
}

// checkpoint takes the log into the file.
func checkpoint(t *testing.T, d *DB) {
	t.Helper()
	p, err := pool(d.path, 1, writing)
	if err != nil {
		t.Fatalf("pool failed: %v", err)
	}
	defer func() { _ = p.Close() }()
	var busy, log, done int
	if err := p.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil || busy != 0 {
		t.Fatal(busy, err)
	}
}

// images are 200 states that a disk may be left in: the log cut off at ends of
// frames, within them, or with zeros after the cut, and the file with some of
// the pages that a checkpoint was writing.
func images(t *testing.T, random *rand.Rand) (all []image) {
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO account (id, created_at) VALUES ('1', 0)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, created_at) VALUES ('p', '1', 'paid', 100000, 100000, 0, ?, 0)`,
			powerDay.Add(time.Hour).UnixMicro())
		return err
	}); err != nil {
		t.Fatalf("Write: %v", err)
	}
	var earlier []string
	for epoch := range 2 {
		checkpoint(t, d)
		file, seq := read(t, dir, FileName), read(t, dir, SequenceName)
		var r recorder
		charge(t, d, dir, fmt.Sprint(epoch), &r)
		log := read(t, dir, FileName+"-wal")
		frames := (len(log) - walHeader) / frame
		if frames < 100 || (len(log)-walHeader)%frame != 0 || len(file)%pageSize != 0 {
			t.Fatalf("a log of %d bytes, a file of %d", len(log), len(file))
		}
		cut := func(name string, at int, tail []byte) {
			all = append(all, image{fmt.Sprintf("%d: %s %d of %d", epoch, name, at, len(log)), file,
				append(bytes.Clone(log[:at]), tail...), r.sequence(at, seq), append(r.before(at), earlier...)})
		}
		cut("the log's head, cut at", random.IntN(walHeader), nil)
		for i := range 70 { // evenly over all ends of frames
			cut("cut at", walHeader+frames*i/69*frame, nil)
		}
		for range 10 {
			cut("torn at", walHeader+random.IntN(frames)*frame+1+random.IntN(frame-1), nil)
		}
		for range 10 {
			cut("zeros from", walHeader+random.IntN(frames)*frame, make([]byte, 3*frame))
		}
		checkpoint(t, d)
		after := read(t, dir, FileName)
		for i := range 9 {
			mixed := bytes.Clone(file)
			mixed = append(mixed, after[len(file):]...)
			for p := 0; p < len(after); p += pageSize {
				if random.IntN(2) == 0 {
					copy(mixed[p:p+pageSize], after[p:p+pageSize])
				}
			}
			all = append(all, image{fmt.Sprintf("%d: checkpoint %d", epoch, i), mixed, log, r.sequence(len(log), seq), append(r.before(len(log)), earlier...)})
		}
		earlier = append(earlier, r.before(len(log))...)
	}
	return all
}

// Whatever the disk is left with, what was acknowledged is there, and nothing
// is there by half.
func TestPowerCut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := images(t, random)
	if len(all) != 200 {
		t.Fatalf("%d images", len(all))
	}
	acknowledged := 0
	for _, i := range all {
		acknowledged += len(i.acknowledged)
		dir := t.TempDir()
		for name, content := range map[string][]byte{FileName: i.file, FileName + "-wal": i.log, SequenceName: i.seq, pidName: []byte("1\n")} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatalf("WriteFile failed: %v", err)
			}
		}
		if err := look(dir, i.acknowledged); err != nil {
			t.Errorf("%s: %v", i.name, err)
		}
	}
	if acknowledged < 5000 {
		t.Errorf("only %d charges were acknowledged in all images: they say nothing", acknowledged)
	}
}

// look opens an image and checks it.
func look(dir string, acknowledged []string) error {
	d, err := Open(context.Background(), dir, Options{Readers: 1})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	b := powerLedger(d)
	r, err := b.Verify(context.Background())
	if err != nil || r.Break != "" {
		return fmt.Errorf("verify: %s, %w", r.Break, err)
	}
	posted := map[string]bool{}
	err = d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Each(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			posted[id] = true
			return err
		}, `SELECT id FROM charge WHERE state = 'posted'`)
	})
	if err != nil {
		return err
	}
	for _, id := range acknowledged {
		if !posted[id] {
			return fmt.Errorf("%s was acknowledged and is gone", id)
		}
	}
	// It goes on: a charge that was never acknowledged can be made again.
	if _, err := b.SweepHeld(context.Background(), powerDay.Add(time.Hour)); err != nil {
		return err
	}
	_, err = b.Hold(context.Background(), ledger.Hold{ID: "new", At: powerDay, Units: 1, Caller: ledger.Caller{Account: "1"}})
	return err
}

// The images would show a commit that was not on the disk when its callers were
// told: one from which the last commit is missing must be found wanting.
func TestPowerCutIsFound(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO account (id, postpay, created_at) VALUES ('1', 1, 0)`)
		return err
	}); err != nil {
		t.Fatalf("Write: %v", err)
	}
	checkpoint(t, d)
	file, seq := read(t, dir, FileName), read(t, dir, SequenceName)
	var r recorder
	charge(t, d, dir, "x", &r)
	log := read(t, dir, FileName+"-wal")
	last := len(log) - frame
	for last > walHeader && binary.BigEndian.Uint32(log[last-frame+4:]) == 0 { // back to the commit before
		last -= frame
	}
	// With the number of the last commit Open notices it, with an older one look.
	for _, seq := range [][]byte{r.sequence(len(log), seq), seq} {
		image := t.TempDir()
		for name, content := range map[string][]byte{FileName: file, FileName + "-wal": log[:last], SequenceName: seq} {
			if err := os.WriteFile(filepath.Join(image, name), content, 0o600); err != nil {
				t.Fatalf("WriteFile failed: %v", err)
			}
		}
		if err := look(image, r.before(len(log))); err == nil {
			t.Error("a lost commit is not noticed")
		}
	}
}
