package sqlite

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// sequence is the file kahao.seq: the number of the last acknowledged commit,
// outside the database, so that a missing tail of the log is noticed.
//
// Every transaction adds one to the user_version in the database's header, and
// its number is written here after the commit and before the callers' answers.
// The file is not fsynced: after a crash of the process the page cache has it,
// and after a power cut it is older than the database, never newer. The
// database's application_id, which is random, ties the two together.
//
// Numbers are compared by their difference, because they wrap around.
type sequence struct {
	file *os.File
	mark
}

// mark is the content of the file: a database and the number of a commit.
type mark struct{ id, commit uint32 }

const sequenceFormat = "kahao commits 1 %08x %08x"

// missing returns how many commits the database lacks of those that were
// acknowledged; it is negative if the database has more.
func (m mark) missing(has uint32) int { return int(int32(m.commit - has)) }

func (m mark) encode() []byte {
	text := fmt.Sprintf(sequenceFormat, m.id, m.commit)
	return fmt.Appendf(nil, "%s %08x\n", text, crc32.ChecksumIEEE([]byte(text)))
}

// parseMark returns false for a damaged file.
func parseMark(content []byte) (m mark, ok bool) {
	_, err := fmt.Sscanf(string(content), sequenceFormat, &m.id, &m.commit)
	return m, err == nil && string(content) == string(m.encode())
}

// readMark reads a file. It returns fs.ErrNotExist, or ErrLoss if the file is
// damaged.
func readMark(path string) (mark, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return mark{}, fmt.Errorf("sqlite: %w", err)
	}
	m, ok := parseMark(content)
	if !ok {
		return mark{}, lossf("%s is damaged, so nobody knows how many commits were acknowledged", filepath.Base(path))
	}
	return m, nil
}

// newMark returns the mark of a new database.
func newMark() (m mark, err error) {
	var random [4]byte
	for m.id == 0 {
		if _, err := rand.Read(random[:]); err != nil {
			return mark{}, fmt.Errorf("sqlite: %w", err)
		}
		m.id = binary.BigEndian.Uint32(random[:])
	}
	return m, nil
}

// writeMark replaces a file.
func writeMark(path string, m mark) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // with mode 0600
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	_, err = f.Write(m.encode())
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("sqlite: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// openSequence opens the file of a database for writing.
func openSequence(path string) (*sequence, error) {
	m, err := readMark(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return &sequence{file: f, mark: m}, nil
}

// write stores the number of an acknowledged commit. A command next to the
// server may have stored a later one.
func (s *sequence) write(commit uint32) error {
	content := s.encode()
	if _, err := s.file.ReadAt(content, 0); err == nil {
		if m, ok := parseMark(content); ok && m.missing(commit) >= 0 {
			return nil
		}
	}
	s.commit = commit
	if _, err := s.file.WriteAt(s.encode(), 0); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

func (s *sequence) close() error {
	if s == nil {
		return nil
	}
	return s.file.Close()
}

// exists reports whether there is a file.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
