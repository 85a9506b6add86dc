package main

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf16"
)

// forms are the ways in which a number might lie about, by name: every one of
// at least seedLength bytes.
func forms(number string) map[string]string {
	reversed := []byte(number)
	slices.Reverse(reversed)
	all := map[string]string{
		"plain":      number,
		"spaced":     inFours(number, " "),
		"hyphenated": inFours(number, "-"),
		"reversed":   string(reversed),
		"hex":        hex.EncodeToString([]byte(number)),
		"UTF-16 LE":  wide(number, 0),
		"UTF-16 BE":  wide(number, 1),
	}
	// In base64 a text looks in three ways, by where in a group of three
	// bytes it begins. What the neighbours have a part in is left out.
	for offset := range 3 {
		coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + number))
		first := (8*offset + 5) / 6 // the first character of the number's bits alone
		last := 8 * (offset + len(number)) / 6
		all["base64 at "+string(rune('0'+offset))] = coded[first:last]
	}
	return all
}

func inFours(number, between string) string {
	var groups []string
	for group := range slices.Chunk([]byte(number), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, between)
}

// wide is UTF-16 with the low byte of each unit first (0) or last (1).
func wide(text string, low int) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		pair := [2]byte{}
		pair[low], pair[1-low] = byte(unit), byte(unit>>8)
		b = append(b, pair[:]...)
	}
	return string(b)
}

// seedLength is how many first bytes of a form are looked up at every place
// of what is searched.
const seedLength = 8

// search finds forms of many numbers at once.
type search struct {
	seeds map[[seedLength]byte][]form
}

type form struct{ name, text string }

func newSearch(numbers []string) *search {
	s := &search{map[[seedLength]byte][]form{}}
	for _, number := range numbers {
		for name, text := range forms(number) {
			seed := [seedLength]byte([]byte(text))
			s.seeds[seed] = append(s.seeds[seed], form{name, text})
		}
	}
	return s
}

// hits counts what is found, by form. It does not tell the numbers.
func (s *search) hits(in []byte) map[string]int {
	found := map[string]int{}
	for at := 0; at+seedLength <= len(in); at++ {
		for _, f := range s.seeds[[seedLength]byte(in[at:at+seedLength])] {
			if len(in)-at >= len(f.text) && string(in[at:at+len(f.text)]) == f.text {
				found[f.name]++
			}
		}
	}
	return found
}
