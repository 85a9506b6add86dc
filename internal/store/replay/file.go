package replay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/kahao/kahao/internal/service/signature"
)

// The journal is a head and records of one size, each with the end of its mark
// in Unix seconds (big-endian, 0 for none), the signature's id, and the
// checksum of both.
const (
	head       = "kahao one-off 1\n"
	idBytes    = len(signature.ID{})
	recordSize = 8 + idBytes + 4
)

// longestTear is how much of the journal's end may be torn: one batch, of more
// callers than come at once.
const longestTear = 4096 * recordSize

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(to []byte, id signature.ID, until int64) []byte {
	start := len(to)
	to = binary.BigEndian.AppendUint64(to, uint64(until))
	to = append(to, id[:]...)
	return binary.BigEndian.AppendUint32(to, crc32.Checksum(to[start:], castagnoli))
}

func readRecord(r []byte) (id signature.ID, until int64, ok bool) {
	body := r[:recordSize-4]
	ok = binary.BigEndian.Uint32(r[recordSize-4:]) == crc32.Checksum(body, castagnoli)
	copy(id[:], body[8:])
	return id, int64(binary.BigEndian.Uint64(body)), ok
}

// load reads the journal, and writes it anew where there is something to leave
// out.
func (j *Journal) load() error {
	text, err := os.ReadFile(j.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replay: %w", err)
	}
	whole, err := j.read(text)
	if err != nil {
		return err
	}
	if len(j.used) < j.records || whole != len(text) || whole == 0 {
		return j.compact()
	}
	if j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

// read takes the records out of the journal's text, and returns how much of it
// is whole.
func (j *Journal) read(text []byte) (whole int, err error) {
	j.used, j.records = map[signature.ID]int64{}, 0
	if len(text) < len(head) && bytes.HasPrefix([]byte(head), text) {
		return 0, nil // new, or torn at its very beginning
	}
	if !bytes.HasPrefix(text, []byte(head)) {
		return 0, fmt.Errorf("%w: %s does not begin as one", ErrDamaged, j.path)
	}
	now := j.options.Now().Unix()
	for whole = len(head); len(text)-whole >= recordSize; whole += recordSize {
		id, until, ok := readRecord(text[whole:][:recordSize])
		if !ok {
			break
		}
		j.records++
		if !past(until, now) {
			j.used[id] = until
		}
	}
	if len(text)-whole > longestTear {
		return 0, fmt.Errorf("%w: %s at byte %d of %d", ErrDamaged, j.path, whole, len(text))
	}
	return whole, nil
}

// compact writes the marks that are still needed to a new file, and puts it in
// the place of the journal. On an error the journal is as it was, but not open.
func (j *Journal) compact() (err error) {
	j.mu.Lock()
	marks := maps.Clone(j.used)
	waiting := slices.Clone(j.pending.ids) // theirs are still to be written
	j.mu.Unlock()
	for _, id := range waiting {
		delete(marks, id)
	}
	text := append(make([]byte, 0, len(head)+len(marks)*recordSize), head...)
	for id, until := range marks {
		text = appendRecord(text, id, until)
	}
	if j.file != nil {
		_ = j.file.Close() // all of it is on the disk
	}
	if err := replaceFile(j.path, text); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	if j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	j.records = len(marks)
	return nil
}

// replaceFile gives a file a new content, which is there as a whole or not at
// all, and on the disk.
func replaceFile(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new name in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if runtime.GOOS == "windows" { // which has no such thing
		return nil
	}
	return d.Sync()
}
