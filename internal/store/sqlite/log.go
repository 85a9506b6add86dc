package sqlite

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Layout of the write-ahead log and of a database's header,
// https://www.sqlite.org/fileformat.html
const (
	logHeaderLen   = 32
	frameHeaderLen = 24
	logMagic       = 0x377f0682 // with big-endian checksums one more
	fileHeaderLen  = 100
	fileMagic      = "SQLite format 3\x00"
	versionOffset  = 60 // of user_version: the number of the last commit
	idOffset       = 68 // of application_id: the database
)

// logState is what a write-ahead log holds. SQLite's recovery reads the log up
// to its first invalid frame, and takes a log with an invalid header for an
// empty one. Both are normal after a power cut, and both hide damage.
type logState struct {
	commits     int  // transactions before the first invalid frame
	first, last mark // of the first and the last of them with a header page
	counted     bool // whether there is such a transaction
	foreign     bool // a transaction is of another database than an earlier one
	gap         bool // the numbers of the transactions are not consecutive

	badHeader bool
	// lost is the number of transactions behind the first invalid frame, at
	// offset invalid. The last of them may be one that the power cut.
	lost    int
	invalid int64
}

// readLog reads a write-ahead log as SQLite's recovery does.
func readLog(path string) (s logState, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer func() { _ = f.Close() }()
	r := bufio.NewReaderSize(f, 1<<20)
	header := make([]byte, logHeaderLen)
	if _, err := io.ReadFull(r, header); err != nil {
		return s, endOfLog(err)
	}
	l, ok := newLogReader(header)
	if !ok {
		// Frames follow only a header that was synced.
		_, err := r.Peek(frameHeaderLen)
		s.badHeader = err == nil
		return s, endOfLog(err)
	}
	frame := make([]byte, frameHeaderLen+l.page)
	var header1 mark // from page 1 in the present transaction
	var has1 bool
	for at := int64(logHeaderLen); ; at += int64(len(frame)) {
		if _, err := io.ReadFull(r, frame); err != nil {
			return s, endOfLog(err)
		}
		commits := binary.BigEndian.Uint32(frame[4:]) != 0
		if s.invalid == 0 && !l.valid(frame) {
			s.invalid = at
		}
		if s.invalid != 0 {
			// Earlier uses of the log have other salts.
			if commits && l.ofThisLog(frame) {
				s.lost++
			}
			continue
		}
		if page := frame[frameHeaderLen:]; binary.BigEndian.Uint32(frame) == 1 {
			header1, has1 = headerMark(page), true
		}
		if commits {
			s.add(header1, has1)
			has1 = false
		}
	}
}

// endOfLog returns nil for an error that means the end of the file.
func endOfLog(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// add adds a valid transaction.
func (s *logState) add(m mark, has bool) {
	s.commits++
	if !has {
		return
	}
	if !s.counted {
		s.first, s.last, s.counted = m, m, true
		return
	}
	if s.last.id != 0 && m.id != s.last.id {
		s.foreign = true
	}
	if step := m.commit - s.last.commit; step > 1 {
		s.gap = true
	}
	s.last = m
}

// headerMark reads the number of the last commit in the first page.
func headerMark(page []byte) mark {
	return mark{id: binary.BigEndian.Uint32(page[idOffset:]), commit: binary.BigEndian.Uint32(page[versionOffset:])}
}

// logReader validates frames.
type logReader struct {
	page  int
	order binary.ByteOrder
	salts [8]byte
	a, b  uint32 // checksum so far
}

func newLogReader(header []byte) (*logReader, bool) {
	l := &logReader{page: int(binary.BigEndian.Uint32(header[8:])), order: binary.LittleEndian, salts: [8]byte(header[16:])}
	magic := binary.BigEndian.Uint32(header)
	if magic == logMagic+1 {
		l.order = binary.BigEndian
	}
	l.sum(header[:24])
	ok := magic&^1 == logMagic && l.page >= 512 && l.page <= 65536 && l.page&(l.page-1) == 0 && l.summed(header[24:])
	return l, ok
}

// sum adds bytes to the checksum; there is a multiple of eight.
func (l *logReader) sum(b []byte) {
	for ; len(b) > 0; b = b[8:] {
		l.a += l.order.Uint32(b) + l.b
		l.b += l.order.Uint32(b[4:]) + l.a
	}
}

func (l *logReader) summed(want []byte) bool {
	return binary.BigEndian.Uint32(want) == l.a && binary.BigEndian.Uint32(want[4:]) == l.b
}

func (l *logReader) ofThisLog(frame []byte) bool { return [8]byte(frame[8:]) == l.salts }

// valid reports whether SQLite takes the next frame for one of this log.
func (l *logReader) valid(frame []byte) bool {
	l.sum(frame[:8])
	l.sum(frame[frameHeaderLen:])
	return l.ofThisLog(frame) && binary.BigEndian.Uint32(frame) != 0 && l.summed(frame[16:])
}
