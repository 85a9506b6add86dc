package ledgerdb

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// Sums of a day are stored packed, because as rows they would be as many as
// calls. The form: packedForm; the number of APIs, and each; then for each
// account (one without a name, for the sums of all) its ID, the number of its
// sums, and each: the API's index, the code, the units, the number of bins, and
// for each its distance from the one before and its calls. Failed calls are in one
// bin. A text begins with its length.
// Numbers are variable-length integers as in encoding/binary; codes are signed.
const packedForm = 1

// errPacked means that stored sums do not have the form.
var errPacked = errors.New("ledger: packed sums are damaged")

// pack encodes the sums of accounts.
func (s sums) pack() []byte {
	apis := map[string]bool{}
	for _, g := range s {
		for _, m := range g.all {
			apis[m.api] = true
		}
	}
	names := slices.Sorted(maps.Keys(apis))
	text := func(b []byte, t string) []byte { return append(binary.AppendUvarint(b, uint64(len(t))), t...) }
	b := binary.AppendUvarint([]byte{packedForm}, uint64(len(names)))
	index := map[string]uint64{}
	for i, name := range names {
		index[name], b = uint64(i), text(b, name)
	}
	for _, account := range slices.Sorted(maps.Keys(s)) {
		all := s[account].sorted()
		b = binary.AppendUvarint(text(b, account), uint64(len(all)))
		for _, m := range all {
			b = m.pack(b, index[m.api])
		}
	}
	return b
}

func (m *sum) pack(b []byte, api uint64) []byte {
	b = binary.AppendUvarint(b, api)
	b = binary.AppendVarint(b, int64(m.code))
	b = binary.AppendUvarint(b, uint64(m.units))
	if m.bins == nil {
		return binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(b, 1), 0), uint64(m.calls))
	}
	bins := uint64(0)
	for _, calls := range m.bins {
		if calls > 0 {
			bins++
		}
	}
	b = binary.AppendUvarint(b, bins)
	last := 0
	for bin, calls := range m.bins {
		if calls > 0 {
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(bin-last)), uint64(calls))
			last = bin
		}
	}
	return b
}

// unpacker reads packed sums.
type unpacker struct {
	rest   []byte
	failed bool
}

func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.rest)
	if size <= 0 {
		u.failed, u.rest = true, nil
		return 0
	}
	u.rest = u.rest[size:]
	return n
}

func (u *unpacker) signed() int64 {
	n := u.number()
	return int64(n>>1) ^ -int64(n&1)
}

func (u *unpacker) text() []byte {
	n := u.number()
	if n > uint64(len(u.rest)) {
		u.failed, u.rest = true, nil
		return nil
	}
	t := u.rest[:n]
	u.rest = u.rest[n:]
	return t
}

// unpack adds packed sums of the APIs that keep has; of all for nil. It asks to
// for the group of an account, and for the name of an API under which it is
// added.
func unpack(packed []byte, keep []string, to func(account []byte) *group, name func(api string) string) error {
	u := &unpacker{rest: packed}
	if u.number() != packedForm {
		return errPacked
	}
	type api struct {
		name string
		kept bool
	}
	var apis []api
	for range u.number() {
		if u.failed {
			return errPacked
		}
		a := string(u.text())
		apis = append(apis, api{name(a), keep == nil || slices.Contains(keep, a)})
	}
	for len(u.rest) > 0 {
		g := to(u.text())
		for range u.number() {
			i := u.number()
			if u.failed || i >= uint64(len(apis)) {
				return errPacked
			}
			u.sum(g, apis[i].name, apis[i].kept)
		}
	}
	if u.failed {
		return errPacked
	}
	return nil
}

// sum reads one sum and adds it, if it is kept.
func (u *unpacker) sum(g *group, api string, kept bool) {
	code, units, bins := int(u.signed()), int64(u.number()), u.number()
	var m *sum
	if kept && !u.failed {
		m = g.of(api, code)
		m.units += units
	}
	bin := uint64(0)
	for range bins {
		bin += u.number()
		calls := u.number()
		if u.failed {
			return
		}
		if m != nil {
			m.add(int(min(bin, 1<<20)), int64(calls))
		}
	}
}
