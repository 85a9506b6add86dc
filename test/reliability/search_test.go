package reliability

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// encodings returns the forms in which a number might be found in a log, a file
// or memory, by name. Each has at least seedLength bytes.
func encodings(number string) map[string]string {
	reversed := []byte(number)
	slices.Reverse(reversed)
	all := map[string]string{
		"plain":      number,
		"spaced":     inFours(number, " "),
		"hyphenated": inFours(number, "-"),
		"reversed":   string(reversed),
		"hex":        hex.EncodeToString([]byte(number)),
		"UTF-16 LE":  inUTF16(number, 0),
		"UTF-16 BE":  inUTF16(number, 1),
	}
	// A text has three forms in base64, by its offset in a group of three
	// bytes. Characters that also depend on its neighbours are left out.
	for offset := range 3 {
		coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + number))
		first := (8*offset + 5) / 6 // the first character of the number's bits alone
		last := 8 * (offset + len(number)) / 6
		all["base64 at "+string(rune('0'+offset))] = coded[first:last]
	}
	return all
}

func inFours(number, separator string) string {
	var groups []string
	for group := range slices.Chunk([]byte(number), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, separator)
}

// inUTF16 encodes with the low byte of each unit first (0) or last (1).
func inUTF16(text string, low int) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		pair := [2]byte{}
		pair[low], pair[1-low] = byte(unit), byte(unit>>8)
		b = append(b, pair[:]...)
	}
	return string(b)
}

// seedLength is how many first bytes of an encoding are looked up at each
// position of what is searched.
const seedLength = 8

// searcher finds the encodings of many numbers in one pass.
type searcher struct {
	seeds map[[seedLength]byte][]encoding
}

type encoding struct{ name, text string }

func newSearcher(numbers []string) *searcher {
	s := &searcher{map[[seedLength]byte][]encoding{}}
	for _, number := range numbers {
		for name, text := range encodings(number) {
			seed := [seedLength]byte([]byte(text))
			s.seeds[seed] = append(s.seeds[seed], encoding{name, text})
		}
	}
	return s
}

// count counts what is found, by encoding. It does not reveal the numbers.
func (s *searcher) count(in []byte) map[string]int {
	found := map[string]int{}
	for at := 0; at+seedLength <= len(in); at++ {
		for _, e := range s.seeds[[seedLength]byte(in[at:at+seedLength])] {
			if len(in)-at >= len(e.text) && string(in[at:at+len(e.text)]) == e.text {
				found[e.name]++
			}
		}
	}
	return found
}

// A public test number, and another that differs in its last digits.
const (
	testNumber  = "4111111111111111"
	otherNumber = "4111111111111129"
)

// TestSearchFindsEncodings expects each encoding to be found as common encoders
// write it, whatever is around it.
func TestSearchFindsEncodings(t *testing.T) {
	s := newSearcher([]string{"6222021234567890128", testNumber})
	for name, text := range map[string]string{
		"plain": testNumber, "spaced": "4111 1111 1111 1111", "hyphenated": "4111-1111-1111-1111",
		"hex": hex.EncodeToString([]byte(testNumber)), "reversed": "1111111111111114",
		"UTF-16 LE":   "4\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x00",
		"UTF-16 BE":   "\x004\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001\x001",
		"base64 at 0": base64.StdEncoding.EncodeToString([]byte("abc" + testNumber + "xyz")),
		"base64 at 1": base64.StdEncoding.EncodeToString([]byte("a" + testNumber + "xyz")),
		"base64 at 2": base64.RawURLEncoding.EncodeToString([]byte("ab" + testNumber)),
	} {
		for _, around := range []string{"", "z", "level=INFO msg="} {
			if found := s.count([]byte(around + text + around)); found[name] != 1 {
				t.Errorf("%s between %q: found %v, want it once", name, around, found)
			}
		}
	}
	for _, harmless := range []string{"", "4", "411111******1111", otherNumber, base64.StdEncoding.EncodeToString([]byte(otherNumber)), strings.Repeat("0", 100)} {
		if found := s.count([]byte(harmless)); len(found) != 0 {
			t.Errorf("found %v in %q, want nothing", found, harmless)
		}
	}
}

func TestSearchCounts(t *testing.T) {
	s := newSearcher([]string{testNumber})
	in := []byte(strings.Repeat(testNumber+"\n", 3))
	if found := s.count(in); found["plain"] != 3 || len(found) != 1 {
		t.Errorf("found %v, want plain three times", found)
	}
}
