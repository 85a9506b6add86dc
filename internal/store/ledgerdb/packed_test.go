package ledgerdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/service/usage"
)

// some returns sums of two accounts.
func some() sums {
	s := sums{}
	for i, account := range []string{"1250000001", "1250000002"} {
		for _, api := range []string{"legacy", "api3"} {
			for _, code := range []int{0, -9013, 1 << 40} {
				m := s.group(account).of(api, code)
				m.units = int64(i) << 50
				m.add(0, 1)
				m.add(17+i, 1<<40)
				m.add(usage.Bins-1, 3)
			}
		}
	}
	s.group("1250000003").of("console", 7) // without calls
	return s
}

// unpacked reads packed sums of some APIs.
func unpacked(packed []byte, keep []string) (sums, error) {
	s := sums{}
	err := unpack(packed, keep, func(account []byte) *group { return s.group(string(account)) }, func(api string) string { return api })
	return s, err
}

func text(t testing.TB, s sums) string {
	t.Helper()
	b, err := json.Marshal(s.rows(true))
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	return string(b)
}

func TestPack(t *testing.T) {
	want := some()
	got, err := unpacked(want.pack(), nil)
	if err != nil || text(t, got) != text(t, want) {
		t.Errorf("unpacked sums are %s, %v, want %s", text(t, got), err, text(t, want))
	}
	for _, g := range want {
		g.all = slices.DeleteFunc(g.all, func(m *sum) bool { return m.api != "api3" })
	}
	got, err = unpacked(some().pack(), []string{"api3"})
	if err != nil || text(t, got) != text(t, want) {
		t.Errorf("sums of api3 are %s, %v, want %s", text(t, got), err, text(t, want))
	}
	if got, err := unpacked(sums{}.pack(), nil); err != nil || len(got) != 0 {
		t.Errorf("sums of nothing are %v, %v, want none", got, err)
	}
}

// Bins beyond the known ones count as the nearest, as usage.Histogram does with
// them.
func TestBinsBeyond(t *testing.T) {
	m := &sum{}
	m.add(-3, 1)
	m.add(usage.Bins+5, 2)
	if m.bins[0] != 1 || m.bins[usage.Bins-1] != 2 {
		t.Errorf("bins are %v, want 1 in the first and 2 in the last", m.bins)
	}
}

// Damaged sums are refused, wherever they end.
func TestUnpackDamaged(t *testing.T) {
	whole := some().pack()
	for n := range len(whole) {
		// Sums may end after an account.
		if got, err := unpacked(whole[:n], nil); err == nil && text(t, got) == text(t, some()) {
			t.Errorf("the first %d of %d bytes have all sums", n, len(whole))
		}
	}
	for _, damaged := range [][]byte{nil, {}, {0}, {2, 0}, {1}, {1, 9}, {1, 1, 200, 'a'}, append(bytes.Clone(whole), 1), append(bytes.Clone(whole), 0, 1, 9)} {
		if _, err := unpacked(damaged, nil); !errors.Is(err, errPacked) {
			t.Errorf("unpacking %x: %v, want errPacked", damaged, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(some().pack())
	f.Add(sums{}.pack())
	f.Add([]byte{1, 1, 1, 'a', 0, 1, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1})
	f.Fuzz(func(t *testing.T, packed []byte) {
		s, err := unpacked(packed, nil)
		if err != nil && !errors.Is(err, errPacked) {
			t.Errorf("the error is %v, want errPacked", err)
		}
		_ = text(t, s)
	})
}
