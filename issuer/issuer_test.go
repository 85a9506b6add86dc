package issuer

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// fill pads a prefix with eights to a number's length.
func fill(prefix string, length int) string {
	return prefix + strings.Repeat("8", length-len(prefix))
}

// Rows of the card list, and the sample of the vendor's interface.
func TestLookup(t *testing.T) {
	for _, c := range []struct {
		number, bank, name, kind, network string
		exact                             bool
	}{
		{"514958888888888", "中国银行(01040000)", "中银万事达信用卡", "贷记卡", "mastercard", false},
		{fill("514958", 16), "中国银行(01040000)", "中银万事达信用卡", "贷记卡", "mastercard", true},
		{fill("621700", 19), "建设银行(01050000)", "龙卡通", "借记卡", "unionpay", true},
		{fill("622576", 16), "招商银行(03080000)", "招商银行信用卡", "贷记卡", "unionpay", true},
		{fill("621226", 19), "工商银行(01020000)", "牡丹卡普卡", "借记卡", "unionpay", true},
	} {
		r := Lookup(c.number)
		got := [4]string{r.BankInfo(), r.CardName, r.TypeText(), r.Network}
		if want := [4]string{c.bank, c.name, c.kind, c.network}; got != want {
			t.Errorf("Lookup(%s) = %q, want %q", c.number, got, want)
		}
		if !r.Listed || r.LengthMatches != c.exact {
			t.Errorf("Lookup(%s): Listed %v, LengthMatches %v, want true, %v", c.number, r.Listed, r.LengthMatches, c.exact)
		}
		for _, m := range []Mark{r.IssuerMark, r.CardNameMark, r.TypeMark, r.CodeMark} {
			if m != Observed {
				t.Errorf("Lookup(%s) = %+v, want every field Observed", c.number, r)
				break
			}
		}
	}
}

// Every row of the table is found by its own prefix and length.
func TestLookupFindsEveryRow(t *testing.T) {
	for i := range table().rows {
		w := &table().rows[i]
		number := fill(w.prefix, int(w.length))
		if w.permissive() { // 888 repeated is a specimen's
			number = w.prefix + strings.Repeat("0", int(w.length)-len(w.prefix))
		}
		r := Lookup(number)
		// A longer prefix may claim the number that is padded with eights.
		if r.Prefix != w.prefix && !strings.HasPrefix(r.Prefix, w.prefix) {
			t.Fatalf("%s, %d digits, gives the row of %s", w.prefix, w.length, r.Prefix)
		}
		if r.Prefix == w.prefix && (r.Length != int(w.length) || r.Issuer != w.issuer || r.Network != w.network) {
			t.Fatalf("Lookup of prefix %s = %+v, want the row %+v", w.prefix, r, *w)
		}
		if !r.LengthMatches || r.Sources == 0 {
			t.Fatalf("Lookup of prefix %s = %+v, want LengthMatches and Sources", w.prefix, r)
		}
	}
}

// Figures of the card list.
func TestTableFigures(t *testing.T) {
	rows := table().rows
	got := map[string]int{}
	for i := range rows {
		w := &rows[i]
		got["rows"]++
		got[w.network]++
		if w.name == "" || w.inferredName {
			got["no name"]++
		}
		if w.kind == 0 || w.inferredType {
			got["no type"]++
		}
		if w.code == "" {
			got["no code"]++
		}
		if w.inferredCode {
			got["code filled by name"]++
		}
		if w.inferredType {
			got["inferred types"]++
		}
		if w.inferredName {
			got["inferred names"]++
		}
		if j := table().widerThan(w); j >= 0 {
			got["under a shorter prefix"]++
			if !sameIssuer(w, &rows[j]) {
				got["of another issuer"]++
			}
		}
		var r Result
		table().describe(w, &r)
		if r.CardNameMark == Inherited {
			got["inherited names"]++
		}
	}
	for what, want := range map[string]int{
		"rows": 5672, "unionpay": 5119, "mastercard": 194, "visa": 193, "discover": 92, "jcb": 43, "amex": 24,
		"diners": 7, "no name": 2901, "no type": 2545, "no code": 47, "code filled by name": 199,
		"inferred types": 1786, "inferred names": 736, "under a shorter prefix": 1110,
		"of another issuer": 321, "inherited names": 642,
	} {
		if got[what] != want {
			t.Errorf("%s: %d, want %d", what, got[what], want)
		}
	}
}

// A village bank under its parent's BIN keeps its own name and does not take
// the parent's product; a branch does.
func TestInheritance(t *testing.T) {
	tab := &cardTable{byLength: map[uint64]int32{}, anyLength: map[uint64]int32{}}
	for i, line := range []string{
		"621000\t19\td\tunionpay\t5\t01050000\t建设银行\t龙卡通",
		"62100001\t19\t\tunionpay\t1\t03140000\t村镇银行\t",
		"62100002\t19\t\tunionpay\t1\t01059999\t建设银行某分行\t",
		"62100003\t19\t~c\tunionpay\t1\t01050000\t建设银行\t~猜的",
		"62100004\t19\t~c\tunionpay\t1\t\t别的银行\t~猜的",
	} {
		w := parse(line)
		tab.rows = append(tab.rows, w)
		tab.byLength[withLength(key(w.prefix), int(w.length))] = int32(i)
	}
	for i, want := range []struct {
		name     string
		nameMark Mark
		kind     Type
		kindMark Mark
	}{
		{"龙卡通", Observed, Debit, Observed},
		{"", None, 0, None},
		{"龙卡通", Inherited, Debit, Inherited},
		{"龙卡通", Inherited, Debit, Inherited},
		{"猜的", Inferred, Credit, Inferred},
	} {
		var r Result
		tab.describe(&tab.rows[i], &r)
		if r.CardName != want.name || r.CardNameMark != want.nameMark {
			t.Errorf("row %d: name %q %v, want %q %v", i, r.CardName, r.CardNameMark, want.name, want.nameMark)
		}
		if r.Type != want.kind || r.TypeMark != want.kindMark {
			t.Errorf("row %d: type %v %v, want %v %v", i, r.Type, r.TypeMark, want.kind, want.kindMark)
		}
	}
}

func TestOutsideTheTable(t *testing.T) {
	for number, network := range map[string]string{
		"4111111111111111": Visa, "5105105105105100": Mastercard, "2223003122003222": Mastercard,
		"378282246310005": Amex, "340000000000009": Amex, "30569309025904": Diners,
		"3530111333300000": JCB, "6759649826438453": Maestro, "2200000000000004": Mir,
		"5019717010103742": Dankort, "9792000000000001": Troy, "5061000000000000001": Verve,
		"8171000000000000": UnionPay, "8200000000000000": RuPay, "6062820000000000": Hipercard,
		"135410014004955": UATP, "1354100140049550": "", "7000000000000000": "", "": "", "4": "", "62": "", "x111111111111111": "",
	} {
		r := Lookup(number)
		if r.Listed {
			t.Errorf("%s is in the table: %+v", number, r)
			continue
		}
		if r.Network != network {
			t.Errorf("%s: %q, want %q", number, r.Network, network)
		}
		if r.Issuer+r.CardName+r.BankInfo()+r.Prefix != "" {
			t.Errorf("Lookup(%s) = %+v, want no issuer outside the table", number, r)
		}
		if (r.NetworkMark == None) != (network == "") {
			t.Errorf("%s: network marked %v", number, r.NetworkMark)
		}
	}
	if r := Lookup("6219999999999999"); r.Listed || r.Type != Debit || r.TypeMark != Inferred {
		t.Errorf("the statistic of 621 is not used: %+v", r)
	}
	for _, junk := range []string{"6222x2", "６２２２０２８８８８８８８８８８", "-62220288888888888"} {
		if r := Lookup(junk); r != (Result{}) {
			t.Errorf("Lookup(%q) = %+v, want the zero Result", junk, r)
		}
	}
}

func TestNoNetworkDigitsBeforeItsTable(t *testing.T) {
	// 65, 644 and 6011 are Discover's and in the card list as well.
	for _, prefix := range []string{"65", "644"} {
		r := Lookup(fill(prefix, 16))
		if r.Network != Discover || !r.Listed {
			t.Errorf("Lookup of prefix %s = %+v, want Discover, Listed", prefix, r)
		}
	}
	for _, prefix := range []string{"65", "644", "303", "888", "103", "159"} {
		if r := Lookup(prefix + strings.Repeat("0", 13)); r.Prefix == prefix && !r.Permissive {
			t.Errorf("%s is not marked permissive", prefix)
		}
	}
	if Lookup(fill("622576", 16)).Permissive {
		t.Error("622576 is marked permissive")
	}
}

func TestLuhnRequired(t *testing.T) {
	for _, n := range []string{Visa, Mastercard, Amex, JCB, Diners, Discover} {
		if !LuhnRequired(n) {
			t.Errorf("LuhnRequired(%q) = false, want true", n)
		}
	}
	for _, n := range []string{UnionPay, RuPay, Elo, ""} {
		if LuhnRequired(n) {
			t.Errorf("LuhnRequired(%q) = true, want false", n)
		}
	}
}

func TestWording(t *testing.T) {
	for _, c := range []struct{ issuer, code, want string }{
		{"大新银行(香港)", "01234567", "大新银行(香港)(01234567)"}, {"某银行", "", "某银行"}, {"", "01040000", ""},
	} {
		if got := (Result{Issuer: c.issuer, Code: c.code}).BankInfo(); got != c.want {
			t.Errorf("BankInfo = %q, want %q", got, c.want)
		}
	}
	for kind, want := range map[Type]string{Debit: "借记卡", Credit: "贷记卡", QuasiCredit: "准贷记卡", Prepaid: "预付费卡", 0: ""} {
		if kind.Text() != want {
			t.Errorf("%v.Text() = %q, want %q", kind, kind.Text(), want)
		}
	}
}

func TestRandomDrawsRowsByTheirSources(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sum, n := 0, 20000
	for range n {
		prefix, length := Random(r)
		at, ok := table().byLength[withLength(key(prefix), length)]
		if !ok {
			t.Fatalf("%s, %d digits: no such row", prefix, length)
		}
		if table().rows[at].permissive() {
			t.Fatalf("%s is permissive", prefix)
		}
		sum += int(table().rows[at].sources)
	}
	// Drawn by weight w, the mean weight is E[w²]/E[w], here 6.0; drawn
	// evenly it would be 3.4.
	if mean := float64(sum) / float64(n); mean < 5 {
		t.Errorf("mean count of sources %.2f: not weighted", mean)
	}
}

func TestVersionNamesTheTable(t *testing.T) {
	file, err := os.ReadFile("table.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if text() != string(file) {
		t.Error("table.tsv.gz is not table.tsv: run go generate")
	}
	sum := sha256.Sum256(file)
	if want := strconv.Itoa(len(table().rows)) + fmt.Sprintf("-%x", sum[:4]); Version != want {
		t.Errorf("Version %s, table %s: run go generate", Version, want)
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	number := fill("621700", 19)
	if n := testing.AllocsPerRun(100, func() { Lookup(number) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkLookup(b *testing.B) {
	number := fill("621700", 19)
	for b.Loop() {
		Lookup(number)
	}
}
