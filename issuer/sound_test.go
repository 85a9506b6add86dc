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

// Every row that no list has says which card shows it, and displaces no row of
// a list.
func TestRowsOfCardsAreSound(t *testing.T) {
	rows := lines(cardsText)
	if len(rows) == 0 {
		t.Fatal("cards.tsv has no rows")
	}
	for _, line := range rows {
		f := strings.Split(line, "\t")
		if len(f) != 9 {
			t.Fatalf("%q: %d columns, want 9", line, len(f))
		}
		if f[4] != "0" || f[8] == "" || len(f[0]) != issuerDigits {
			t.Errorf("%q: want 6 digits, no sources and a card", line)
		}
		number := f[0] + strings.Repeat("0", int(small(f[1]))-issuerDigits)
		if r := Lookup(number); r.Prefix != f[0] || r.Issuer != f[6] || r.Network != f[3] || !r.LengthMatches || r.Sources != 0 {
			t.Errorf("Lookup(%s) = %+v, want the row %q", number, r, line)
		}
		if n := strings.Count("\n"+tableText, "\n"+f[0]); n != 0 {
			t.Errorf("%s: the lists have %d rows of it", f[0], n)
		}
	}
}

// issuerDigits is how many first digits of a bank's specimen are not made up.
const issuerDigits = 6

// Ranges that were reported as wrong or missing. Those of Visa without a bank are
// in no list and on no card that we know.
func TestReportedRanges(t *testing.T) {
	for prefix, bank := range map[string]string{
		"451461": "招商银行", "400221": "中国银行", "454936": "渣打银行(中国)", "455878": "建设银行", "406354": "上海银行",
		"403448": "", "466245": "", "430836": "", "430835": "", "462059": "", "400292": "", "481547": "",
		"455879": "", "455880": "", "455428": "", "483817": "", "450818": "", "438540": "",
	} {
		if r := Lookup(fill(prefix, 16)); r.Network != Visa || r.Issuer != bank || r.Listed != (bank != "") {
			t.Errorf("Lookup of %s, 16 digits = %q of %q, listed %v, want visa of %q", prefix, r.Network, r.Issuer, r.Listed, bank)
		}
	}
	for _, w := range table().rows {
		if w.issuer == "" || strings.HasSuffix(w.name, "(银联") {
			t.Errorf("row %s: issuer %q, name %q is cut", w.prefix, w.issuer, w.name)
		}
	}
}
