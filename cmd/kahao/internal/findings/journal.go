package findings

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Journal remembers the files that are done. The zero Journal remembers none.
type Journal struct {
	file  *os.File
	known map[string]entry
}

// entry is a line of the file.
type entry struct {
	Path string    `json:"path"`
	Size int64     `json:"size"`
	Time time.Time `json:"time"` // of its last change
}

// NewJournal returns a journal that is in no file.
func NewJournal() *Journal { return &Journal{known: map[string]entry{}} }

// OpenJournal reads a journal, or starts one. The last line is left out if a
// crash cut it.
func OpenJournal(name string) (*Journal, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &Journal{file: f, known: map[string]entry{}}
	end, err := j.read()
	if err == nil {
		err = f.Truncate(end)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the journal %s: %w", name, err), f.Close())
	}
	return j, nil
}

// read reads the whole lines, and returns where the last one ends.
func (j *Journal) read() (end int64, err error) {
	in := bufio.NewReader(j.file)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return end, nil // the end, or a line that a crash cut
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil || e.Path == "" {
			return end, fmt.Errorf("byte %d is not a line of a journal", end)
		}
		j.known[e.Path] = e
		end += int64(len(line))
	}
}

// Kept reports whether the journal remembers anything.
func (j *Journal) Kept() bool { return j.known != nil }

// Has reports whether a file is done and has not changed since.
func (j *Journal) Has(path string, info fs.FileInfo) bool {
	e, ok := j.known[absolute(path)]
	return ok && e.Size == info.Size() && e.Time.Equal(info.ModTime())
}

// Add records that a file is done.
func (j *Journal) Add(path string, info fs.FileInfo) error {
	if j.known == nil {
		return nil
	}
	e := entry{absolute(path), info.Size(), info.ModTime()}
	j.known[e.Path] = e
	if j.file == nil {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// absolute makes a journal independent of the working directory.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// Close closes the file.
func (j *Journal) Close() error {
	if j.file == nil {
		return nil
	}
	return errors.Join(j.file.Sync(), j.file.Close())
}
