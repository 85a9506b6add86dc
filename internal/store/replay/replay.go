// Package replay remembers which one-off signatures were used, across restarts
// and crashes of the server.
//
// The memory is a journal: a file that is only appended to, of records of one
// size. Use answers once its record is on the disk, and callers who come at the
// same time share one fsync. What is past its age is left out when the journal
// is opened, and when it has grown to more than twice what is still needed.
//
// A crash can leave the last write torn. Its records were never answered for,
// so Open cuts it off. Damage further back is no torn write: Open refuses it,
// for what was forgotten there could be used again.
package replay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// Names of the files in the data folder.
const (
	journalName = "one-off.journal"
	lockName    = "one-off.lock"
)

var (
	// ErrDamaged: the journal has records that were written and are no longer
	// whole.
	ErrDamaged = errors.New("replay: the journal is damaged")
	// ErrLocked: another process has the journal.
	ErrLocked = errors.New("replay: another process has the journal open")
	// ErrBroken: a write failed, or the journal is closed. Nothing is accepted
	// until it is opened anew.
	ErrBroken = errors.New("replay: the journal cannot be written")
)

// Options of a Journal.
type Options struct {
	// Age is how long after its creation a one-off signature is accepted: what
	// is older, or does not say when it was made, is refused, and its mark
	// forgotten. 0 accepts all, and keeps all marks for good.
	Age time.Duration
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// Journal is a durable signature.Uses. It is safe for concurrent use.
type Journal struct {
	options Options
	path    string
	lock    *os.File

	mu      sync.Mutex
	used    map[signature.ID]int64 // when the mark may be forgotten, in Unix seconds; 0 is never
	pending *batch
	sweep   int // marks at which those past their age are looked for
	least   int // marks that are never swept, and records never compacted

	disk    sync.Mutex // taken before mu
	file    *os.File
	records int   // in the file
	broken  error // why nothing is written any more
}

var _ signature.Uses = (*Journal)(nil)

// batch is the marks that one write takes to the disk.
type batch struct {
	ids     []signature.ID
	records []byte
	done    bool
	err     error
}

const fewest = 4096 // Journal.least

// Open opens the journal in a folder, which must exist, or begins it. It
// returns ErrDamaged, ErrLocked, or the errors of the file system.
func Open(dir string, o Options) (*Journal, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Age < 0 {
		return nil, fmt.Errorf("replay: an age of %v", o.Age)
	}
	lock, err := takeLock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	j := &Journal{options: o, path: filepath.Join(dir, journalName), lock: lock, pending: &batch{}, sweep: fewest, least: fewest}
	if err := j.load(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return j, nil
}

// Use marks the signature as used, and reports whether it was not yet; of
// callers with one signature exactly one is told so. It returns
// signature.ErrExpired for one past its age, signature.ErrMalformed for one
// that does not say when it was made where that counts, and ErrBroken.
func (j *Journal) Use(_ context.Context, id signature.ID, c signature.Claims) (first bool, err error) {
	until, err := j.until(c)
	if err != nil {
		return false, err
	}
	j.mu.Lock()
	if _, seen := j.used[id]; seen {
		j.mu.Unlock()
		return false, nil
	}
	j.used[id] = until
	b := j.pending
	b.ids = append(b.ids, id)
	b.records = appendRecord(b.records, id, until)
	j.forget()
	j.mu.Unlock()

	if err := j.commit(b); err != nil {
		return false, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return true, nil
}

// Marks are the signatures that were used, each with the time from which on its
// mark may be forgotten, for whoever takes them over. Marks that are kept for
// good have a time of a hundred years from now.
func (j *Journal) Marks() map[signature.ID]time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	marks := make(map[signature.ID]time.Time, len(j.used))
	for id, until := range j.used {
		marks[id] = time.Unix(until, 0)
		if until == 0 {
			marks[id] = j.options.Now().AddDate(100, 0, 0)
		}
	}
	return marks
}

// Remove deletes the journal of a folder, which nobody must have open.
func Remove(dir string) error {
	for _, name := range []string{journalName, lockName} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("replay: %w", err)
		}
	}
	return nil
}

// until is when the signature's mark may be forgotten.
func (j *Journal) until(c signature.Claims) (int64, error) {
	if j.options.Age == 0 {
		return 0, nil
	}
	if c.Created.IsZero() {
		return 0, fmt.Errorf("%w: a one-off signature does not say when it was made", signature.ErrMalformed)
	}
	end := c.Created.Add(j.options.Age)
	if !end.After(j.options.Now()) {
		return 0, fmt.Errorf("%w: a one-off signature is too old", signature.ErrExpired)
	}
	return end.Unix() + 1, nil // the second that it ends in counts
}

// forget drops the marks past their age. It is called with mu held.
func (j *Journal) forget() {
	if len(j.used) < j.sweep {
		return
	}
	now := j.options.Now().Unix()
	for id, until := range j.used {
		if past(until, now) {
			delete(j.used, id)
		}
	}
	j.sweep = max(j.least, 2*len(j.used))
}

func past(until, now int64) bool { return until != 0 && until <= now }

// commit writes the batch, unless another caller whose records are in it did
// so meanwhile.
func (j *Journal) commit(b *batch) error {
	j.disk.Lock()
	defer j.disk.Unlock()
	if b.done {
		return b.err
	}
	j.mu.Lock()
	j.pending = &batch{}
	j.mu.Unlock()
	b.done, b.err = true, j.write(b)
	if b.err == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range b.ids {
		delete(j.used, id)
	}
	return b.err
}

// write appends the batch and waits for the disk. After a failure nobody knows
// what the disk has, so that the journal takes no more.
func (j *Journal) write(b *batch) error {
	if j.broken != nil {
		return j.broken
	}
	if _, err := j.file.Write(b.records); err != nil {
		j.broken = err
		return err
	}
	if err := j.file.Sync(); err != nil {
		j.broken = err
		return err
	}
	j.records += len(b.ids)
	j.mu.Lock()
	needed := len(j.used)
	j.mu.Unlock()
	if j.records > 2*max(needed, j.least) {
		// What was written is safe whether or not this succeeds.
		if err := j.compact(); err != nil {
			j.broken = err
		}
	}
	return nil
}

// Close ends the journal once what was begun is on the disk. It may be called
// twice.
func (j *Journal) Close() error {
	j.disk.Lock()
	defer j.disk.Unlock()
	if errors.Is(j.broken, os.ErrClosed) {
		return nil
	}
	j.broken = os.ErrClosed
	return errors.Join(j.file.Close(), j.lock.Close())
}
