package issuer

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// No row has a cut name, a network that its leading digits cannot have, or a
// longer range of another network over it.
func TestRowsAreSound(t *testing.T) {
	for i := range table().rows {
		w := &table().rows[i]
		for _, name := range []string{w.issuer, w.name} {
			if strings.Count(name, "(") != strings.Count(name, ")") || strings.ContainsAny(name, "（）�") ||
				strings.TrimFunc(name, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("-,、，·", c) }) != name {
				t.Errorf("row %s, %d digits: the name %q is cut", w.prefix, w.length, name)
			}
		}
		if want := leadingNetwork(w.prefix); want != "" && w.network != want {
			t.Errorf("row %s, %d digits: network %s, want %s", w.prefix, w.length, w.network, want)
		}
		if len(w.prefix) <= 3 {
			continue // the ranges within 65 displace it on purpose
		}
		for _, rest := range []string{"0", "5", "9"} {
			number := w.prefix + strings.Repeat(rest, int(w.length)-len(w.prefix))
			if displaces(number, w, true) && len(w.prefix) >= maxRange {
				t.Errorf("row %s, %d digits: a range displaces it", w.prefix, w.length)
			}
		}
	}
}

// leadingNetwork is the network that alone has the leading digits, or "".
func leadingNetwork(prefix string) string {
	switch {
	case prefix[0] == '4':
		return Visa
	case strings.HasPrefix(prefix, "34"), strings.HasPrefix(prefix, "37"):
		return Amex
	case prefix >= "51" && prefix < "56":
		return Mastercard
	case strings.HasPrefix(prefix, "62"):
		return UnionPay
	case prefix >= "3528" && prefix < "359":
		return JCB
	}
	return ""
}

func TestRangesAreSound(t *testing.T) {
	for i, n := range networkRanges {
		if i > 0 && n.digits > networkRanges[i-1].digits {
			t.Errorf("range %d comes after a shorter one", n.from)
		}
		if n.digits > maxRange || n.from > n.to || len(strconv.Itoa(n.from)) != n.digits || len(strconv.Itoa(n.to)) != n.digits {
			t.Errorf("range %d to %d has not %d digits", n.from, n.to, n.digits)
		}
		if n.minLength > n.maxLength {
			t.Errorf("range %d: lengths %d to %d", n.from, n.minLength, n.maxLength)
		}
		for _, m := range networkRanges[:i] {
			if m.digits == n.digits && m.from <= n.to && n.from <= m.to && m.minLength <= n.maxLength && n.minLength <= m.maxLength {
				t.Errorf("ranges %d to %d of %s and %d to %d of %s overlap", m.from, m.to, m.network, n.from, n.to, n.network)
			}
		}
	}
}

// The longest prefix names the network. The issuer of a displaced row goes with
// it.
func TestLongestPrefixNamesTheNetwork(t *testing.T) {
	for number, want := range map[string]string{
		"6521501111111111":    RuPay,
		"6530001111111111":    RuPay,
		"6500311111111111":    Elo,
		"6507001111111111":    Elo,
		"6516521111111111":    Elo,
		"6500021111111111":    Verve,
		"6220181111111111111": Maestro,
		"9860111111111111":    Humo,
		"8600111111111111":    Uzcard,
		"9704111111111111":    Napas,
		"9704111111111111111": Napas,
		"6037991111111111":    Shetab,
		"6219861111111111":    Shetab,
		"8888888888888888":    "",
	} {
		if r := Lookup(number); r.Network != want || r.Listed || r.Issuer != "" {
			t.Errorf("Lookup(%s) = %q, %q, listed %v, want %q, no issuer, not listed", number, r.Network, r.Issuer, r.Listed, want)
		}
	}
	for number, want := range map[string]string{
		"6540001111111111":   "Discover Financial Services",
		"622018111111111111": "工商银行",
		"8880001111111111":   "贵阳银行",
		"6501561111111111":   "工商银行",
	} {
		if r := Lookup(number); r.Issuer != want || !r.Listed {
			t.Errorf("Lookup(%s) = issuer %q, listed %v, want %q, listed", number, r.Issuer, r.Listed, want)
		}
	}
}

// A prefix of eight digits comes before the six digits that it begins with.
func TestEightDigitPrefixes(t *testing.T) {
	tab := table()
	i := slices.IndexFunc(tab.rows, func(w row) bool { return len(w.prefix) == 8 && tab.widerThan(&w) >= 0 })
	if i < 0 {
		t.Fatal("no row of 8 digits under a shorter one")
	}
	w := &tab.rows[i]
	if r := Lookup(w.prefix + strings.Repeat("0", int(w.length)-8)); r.Prefix != w.prefix && !strings.HasPrefix(r.Prefix, w.prefix) {
		t.Errorf("Lookup of prefix %s gives the row of %s", w.prefix, r.Prefix)
	}
}

// Visa ranges of Chinese banks that were reported as missing are in no list: they have
// their network and no bank. No row of the table has a name that is cut off.
func TestReportedRanges(t *testing.T) {
	for _, prefix := range []string{
		"451461", "403448", "466245", "430836", "430835", "462059", "400221", "400292", "481547",
		"455878", "455879", "455880", "455428", "406354", "483817", "454936", "450818", "438540",
	} {
		if r := Lookup(fill(prefix, 16)); r.Network != Visa || r.Issuer != "" || r.Listed {
			t.Errorf("Lookup of %s, 16 digits = %q of %q, listed %v, want visa of no bank", prefix, r.Network, r.Issuer, r.Listed)
		}
	}
	for _, w := range table().rows {
		if w.issuer == "" || strings.HasSuffix(w.name, "(银联") {
			t.Errorf("row %s: issuer %q, name %q is cut", w.prefix, w.issuer, w.name)
		}
	}
}
