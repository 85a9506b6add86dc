package sqlite

import (
	"bytes"
	"testing"
)

// FuzzMark: a mark is read from what it is written as, and from nothing else: a
// single other byte is noticed.
func FuzzMark(f *testing.F) {
	f.Add([]byte("kahao commits 1 00000001 00000002 deadbeef\n"), uint32(1), uint32(2), uint16(20), byte(1))
	f.Add(mark{1, 2}.encode(), uint32(0xffffffff), uint32(0), uint16(0), byte(0x80))
	f.Add(mark{7, 1 << 31}.encode()[:20], uint32(7), uint32(1<<31), uint16(41), byte('0'))
	f.Fuzz(func(t *testing.T, content []byte, id, commit uint32, place uint16, flip byte) {
		if m, ok := parseMark(content); ok && !bytes.Equal(m.encode(), content) {
			t.Fatalf("%q is read as %+v, which is written as %q", content, m, m.encode())
		}
		m := mark{id, commit}
		text := m.encode()
		if got, ok := parseMark(text); !ok || got != m {
			t.Fatalf("%+v is written as %q and read as %+v, %v", m, text, got, ok)
		}
		if flip == 0 {
			return
		}
		text[int(place)%len(text)] ^= flip
		if got, ok := parseMark(text); ok {
			t.Fatalf("%+v with another byte, %q, is read as %+v", m, text, got)
		}
	})
}
