package fetch

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

func TestPublicVerdicts(t *testing.T) {
	all := rows(t, "verdicts.txt")
	if len(all) < 200 {
		t.Fatalf("only %d verdicts", len(all))
	}
	for _, row := range all {
		if got := public(netip.MustParseAddr(row[1])); got != (row[0] == "allow") {
			t.Errorf("%s (%s): public is %v, want %s", row[1], row[2], got, row[0])
		}
	}
	for _, a := range []netip.Addr{{}, netip.MustParseAddr("2606:4700::1%eth0"), netip.MustParseAddr("fe80::1%1"), netip.MustParseAddr("::ffff:8.8.8.8%1")} {
		if public(a) {
			t.Errorf("%v is public", a)
		}
	}
}

// By bytes written out from the RFCs: a prefix that is wrong in the code and
// wrong in its test alike has been seen in the field.
func TestPublicBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		b    [16]byte
		want bool
	}{
		{"RFC 6052, 10.0.0.1", [16]byte{0x00, 0x64, 0xff, 0x9b, 12: 10, 15: 1}, false},
		{"RFC 6052, 8.8.8.8", [16]byte{0x00, 0x64, 0xff, 0x9b, 12: 8, 13: 8, 14: 8, 15: 8}, true},
		{"RFC 8215, 10.0.0.1", [16]byte{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01, 12: 10, 15: 1}, false},
		{"RFC 8215, 8.8.8.8", [16]byte{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01, 12: 8, 13: 8, 14: 8, 15: 8}, false},
		{"RFC 4291, mapped 127.0.0.1", [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}, false},
		{"RFC 3056, 8.8.8.8", [16]byte{0x20, 0x02, 8, 8, 8, 8, 15: 1}, false},
		{"RFC 4380", [16]byte{0x20, 0x01, 0, 0, 8, 8, 8, 8}, false},
		{"RFC 5214, 192.168.0.1", [16]byte{0x2a, 0, 10: 0x5e, 11: 0xfe, 12: 192, 13: 168, 15: 1}, false},
		{"RFC 3849", [16]byte{0x20, 0x01, 0x0d, 0xb8, 15: 1}, false},
		{"RFC 9637", [16]byte{0x3f, 0xff, 15: 1}, false},
		{"RFC 9602", [16]byte{0x5f, 0x00, 15: 1}, false},
		{"RFC 6666", [16]byte{0x01, 0x00, 15: 1}, false},
		{"RFC 4193", [16]byte{0xfc, 0x00, 15: 1}, false},
		{"RFC 3879", [16]byte{0xfe, 0xc0, 15: 1}, false},
		{"a resolver of the open internet", [16]byte{0x26, 0x20, 0x00, 0xfe, 15: 0xfe}, true},
	} {
		if got := public(netip.AddrFrom16(c.b)); got != c.want {
			t.Errorf("%s: public is %v", c.name, got)
		}
	}
}

// block is a prefix as this test reads it, with no help from net or netip.
type block struct {
	bytes []byte
	bits  int
}

func parseBlock(t testing.TB, text string) block {
	t.Helper()
	address, length, ok := strings.Cut(text, "/")
	bits, err := strconv.Atoi(length)
	if !ok || err != nil {
		t.Fatalf("%q is no block", text)
	}
	number := func(s string, base, size int) uint64 {
		n, err := strconv.ParseUint(s, base, size)
		if err != nil {
			t.Fatalf("%q is no block: %v", text, err)
		}
		return n
	}
	if !strings.Contains(address, ":") {
		b := block{bits: bits}
		for _, part := range strings.Split(address, ".") {
			b.bytes = append(b.bytes, byte(number(part, 10, 8)))
		}
		return b
	}
	groups := func(s string) (out []byte) {
		for _, g := range strings.FieldsFunc(s, func(r rune) bool { return r == ':' }) {
			out = binary.BigEndian.AppendUint16(out, uint16(number(g, 16, 16)))
		}
		return out
	}
	left, right, _ := strings.Cut(address, "::")
	b := block{bytes: make([]byte, 16), bits: bits}
	copy(b.bytes, groups(left))
	tail := groups(right)
	copy(b.bytes[16-len(tail):], tail)
	return b
}

func (b block) holds(a []byte) bool {
	if len(a) != len(b.bytes) {
		return false
	}
	for i := range b.bits {
		mask := byte(0x80) >> (i % 8)
		if a[i/8]&mask != b.bytes[i/8]&mask {
			return false
		}
	}
	return true
}

// oracle says again what public says, by bits and from the registries' text.
func oracle(blocks []block, a []byte) bool {
	if len(a) == 16 {
		embedded := a[12:]
		starts := func(prefix ...byte) bool { return string(a[:len(prefix)]) == string(prefix) }
		switch {
		case starts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), starts(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0):
			return oracle(blocks, embedded)
		case a[0]>>5 != 1:
			return false
		case string(a[9:12]) == "\x00\x5e\xfe" && a[8] < 4 && !oracle(blocks, embedded):
			return false
		}
	} else if string(a) == string([]byte{168, 63, 129, 16}) {
		return false
	}
	for _, b := range blocks {
		if b.holds(a) {
			return false
		}
	}
	return true
}

func registry(t testing.TB) []block {
	var blocks []block
	for _, row := range rows(t, "special.txt") {
		blocks = append(blocks, parseBlock(t, row[0]))
	}
	if len(blocks) < 50 {
		t.Fatalf("only %d blocks", len(blocks))
	}
	return blocks
}

// Addresses that differ from a block's in one bit, and addresses at random.
func TestPublicAgainstRegistry(t *testing.T) {
	blocks := registry(t)
	agree := func(b []byte) {
		a, _ := netip.AddrFromSlice(b)
		if got, want := public(a), oracle(blocks, b); got != want {
			t.Errorf("%v: public is %v, the registry says %v", a, got, want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, b := range blocks {
		for bit := range 8 * len(b.bytes) {
			a := append([]byte(nil), b.bytes...)
			a[bit/8] ^= 0x80 >> (bit % 8)
			agree(a)
			for i := bit + 1; i < 8*len(a); i++ {
				if random.IntN(2) == 0 {
					a[i/8] ^= 0x80 >> (i % 8)
				}
			}
			agree(a)
		}
	}
	for range 20000 {
		var a [16]byte
		binary.BigEndian.PutUint64(a[:], random.Uint64())
		binary.BigEndian.PutUint64(a[8:], random.Uint64())
		agree(a[:4])
		a[0] = a[0]&0x1f | 0x20
		agree(a[:])
	}
}

func FuzzPublic(f *testing.F) {
	blocks := registry(f)
	for _, row := range rows(f, "verdicts.txt") {
		f.Add(netip.MustParseAddr(row[1]).AsSlice())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		if got, want := public(a), oracle(blocks, b); got != want {
			t.Errorf("%v: public is %v, the registry says %v", a, got, want)
		}
	})
}
