package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrLoss means that acknowledged commits are missing, or that nobody can tell:
// the files of the data directory do not belong together or are damaged. Open
// changes nothing then. See Recover.
var ErrLoss = errors.New("acknowledged data may be missing")

func lossf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrLoss}, args...)...)
}

// inspection is what the files of a database hold, read without SQLite, which
// would take a damaged log for an empty one and write an old one over a newer
// database.
type inspection struct {
	acknowledged mark // from kahao.seq
	missing      bool // there is no kahao.seq
	file         mark // of the database file alone
	empty        bool // there is no database file, or nothing in it
	log          logState
}

// has is the mark of the database file with its log.
func (i inspection) has() mark {
	if i.log.counted {
		return i.log.last
	}
	return i.file
}

// inspectAttempts is how often an inspection is repeated: another process may
// write meanwhile.
const inspectAttempts = 5

// inspect reads the files of a database. It returns ErrLoss, ErrDamaged, or an
// error of the file system.
func inspect(path string) (i inspection, err error) {
	for attempt := range inspectAttempts {
		if attempt > 0 {
			time.Sleep(20 * time.Millisecond)
		}
		if i, err = readFiles(path); err == nil {
			err = i.check()
		}
		if !errors.Is(err, ErrLoss) {
			break
		}
	}
	return i, err
}

// readFiles reads kahao.seq first and the log last: a process that writes
// meanwhile can only add to what was read before.
func readFiles(path string) (i inspection, err error) {
	i.acknowledged, err = readMark(sequencePath(path))
	if i.missing = errors.Is(err, fs.ErrNotExist); err != nil && !i.missing {
		return i, err
	}
	if i.file, i.empty, err = readHeader(path); err != nil {
		return i, err
	}
	if i.log, err = readLog(path + "-wal"); err != nil {
		return i, fmt.Errorf("sqlite: %w", err)
	}
	return i, nil
}

func sequencePath(path string) string { return filepath.Join(filepath.Dir(path), SequenceName) }

// readHeader reads the mark in a database file's header.
func readHeader(path string) (m mark, empty bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, true, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("sqlite: %w", err)
	}
	defer func() { _ = f.Close() }()
	header := make([]byte, fileHeaderLen)
	switch n, err := io.ReadFull(f, header); {
	case n == 0 && err == io.EOF:
		return m, true, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return m, false, fmt.Errorf("sqlite: %w", err)
	case err != nil || string(header[:len(fileMagic)]) != fileMagic:
		return m, false, fmt.Errorf("%w: %s is not a database", ErrDamaged, filepath.Base(path))
	}
	return headerMark(header), false, nil
}

// check returns ErrLoss unless the files belong together and have every
// acknowledged commit.
func (i inspection) check() error {
	if err := i.checkLog(); err != nil {
		return err
	}
	has := i.has()
	switch {
	case i.missing && has.id == 0: // new, a backup, or of an earlier version
		return nil
	case i.missing:
		return lossf("%s is missing, so nobody knows how many commits were acknowledged; the database has %d", SequenceName, has.commit)
	case has.id == 0 && i.acknowledged.commit == 0: // new
		return nil
	case i.empty:
		return lossf("the database is empty, but %d commits were acknowledged", i.acknowledged.commit)
	case has.id == 0:
		return lossf("%d commits were acknowledged, but the database has none of them", i.acknowledged.commit)
	case has.id != i.acknowledged.id:
		return lossf("%s belongs to another database, of which %d commits were acknowledged; this one has %d", SequenceName, i.acknowledged.commit, has.commit)
	}
	return i.acknowledged.check(has.commit)
}

// check returns ErrLoss if the database has fewer commits than were
// acknowledged.
func (m mark) check(has uint32) error {
	if n := m.missing(has); n > 0 {
		return lossf("%d commits were acknowledged, but the database has %d: the last %d are missing", m.commit, has, n)
	}
	return nil
}

// checkLog returns ErrLoss for a log that is damaged before its last
// transaction, or that does not continue the database file.
func (i inspection) checkLog() error {
	l := i.log
	switch {
	case l.badHeader:
		return lossf("the header of the write-ahead log is damaged")
	case l.lost > 1:
		// Each commit waited for the fsync of the one before.
		return lossf("the write-ahead log is damaged at byte %d, and %d transactions follow", l.invalid, l.lost)
	case i.empty && l.commits > 0:
		return lossf("the database is empty, but its write-ahead log has %d transactions", l.commits)
	}
	return i.checkContinues()
}

// checkContinues returns ErrLoss for a log that does not continue the database
// file.
func (i inspection) checkContinues() error {
	l := i.log
	switch {
	case !l.counted:
		return nil
	case l.foreign || l.gap || i.file.id != 0 && l.first.id != i.file.id:
		return lossf("the write-ahead log belongs to another database")
	case l.first.missing(i.file.commit) > 1:
		return lossf("the database file is older than its write-ahead log: it has %d commits, and the log continues with number %d", i.file.commit, l.first.commit)
	case i.file.missing(l.last.commit) > 0:
		return lossf("the write-ahead log is older than the database file: it ends with commit %d, and the file has %d", l.last.commit, i.file.commit)
	}
	return nil
}

// Inspect returns ErrLoss if a data directory has lost acknowledged commits,
// ErrDamaged, or an error of the file system. It changes nothing.
func Inspect(dir string) error {
	_, err := inspect(filepath.Join(dir, FileName))
	return err
}
