package policy

import (
	"strings"
	"testing"
)

func document(t testing.TB, text string) Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// st is a statement's text; lists are separated by blanks.
func st(effect, actions, resources string) string {
	quote := func(s string) string { return `["` + strings.Join(strings.Fields(s), `","`) + `"]` }
	return `{"effect":"` + effect + `","action":` + quote(actions) + `,"resource":` + quote(resources) + `}`
}

func doc(statements ...string) string {
	return `{"version":"2.0","statement":[` + strings.Join(statements, ",") + `]}`
}

func TestAllows(t *testing.T) {
	const user = "100000000042"
	for _, c := range []struct {
		name             string
		documents        []string
		action, resource string
		want             bool
	}{
		{"nothing allows nothing", nil, Recognise, All, false},
		{"the contract's example", []string{`{"version":"2.0","statement":[{"effect":"allow","action":["ocr:BankCardOCR"],"resource":"*"}]}`}, Recognise, All, true},
		{"and no more than it says", []string{doc(st("allow", "ocr:BankCardOCR", "*"))}, QueryCalls, All, false},
		{"a star", []string{doc(st("allow", "ocr:*", "*"))}, QueryCalls, All, true},
		{"a star for everything", []string{doc(st("allow", "*", "*"))}, Recognise, All, true},
		{"another service's star", []string{doc(st("allow", "cos:*", "*"))}, Recognise, All, false},
		{"a star within", []string{doc(st("allow", "ocr:Bank*OCR", "*"))}, Recognise, All, true},
		{"a star within that does not fit", []string{doc(st("allow", "ocr:Id*OCR", "*"))}, Recognise, All, false},
		{"the second of a list", []string{doc(st("allow", "ocr:IDCardOCR ocr:BankCardOCR", "*"))}, Recognise, All, true},
		{"name/ in front", []string{doc(st("allow", "name/ocr:BankCardOCR", "*"))}, Recognise, All, true},
		{"case", []string{doc(st("allow", "OCR:bankcardocr", "*"))}, Recognise, All, true},
		{"a beginning is not all", []string{doc(st("allow", "ocr:BankCard", "*"))}, Recognise, All, false},
		{"an end is not all", []string{doc(st("allow", "ocr:CardOCR", "*"))}, Recognise, All, false},

		{"a denial wins", []string{doc(st("allow", "*", "*"), st("deny", "ocr:BankCardOCR", "*"))}, Recognise, All, false},
		{"whatever the order", []string{doc(st("deny", "ocr:BankCardOCR", "*"), st("allow", "*", "*"))}, Recognise, All, false},
		{"in another document", []string{doc(st("deny", "ocr:Bank*", "*")), doc(st("allow", "*", "*"))}, Recognise, All, false},
		{"by another spelling", []string{doc(st("allow", "*", "*"), st("deny", "name/ocr:BANKCARDOCR", "*"))}, Recognise, All, false},
		{"of something else", []string{doc(st("allow", "*", "*"), st("deny", "ocr:Query*", "*"))}, Recognise, All, true},
		{"denials allow nothing", []string{doc(st("deny", "ocr:Query*", "*"))}, Recognise, All, false},

		{"a resource of one's own", []string{doc(st("allow", "ocr:Query*", "qcs::ocr:::subUin/${uin}"))}, QueryCalls, UsageOf(user), true},
		{"is not another's", []string{doc(st("allow", "ocr:Query*", "qcs::ocr:::subUin/${uin}"))}, QueryCalls, UsageOf("100000000043"), false},
		{"nor a longer name's", []string{doc(st("allow", "ocr:Query*", "qcs::ocr:::subUin/${uin}"))}, QueryCalls, UsageOf(user + "0"), false},
		{"a user by name", []string{doc(st("allow", "ocr:Query*", "qcs::ocr:::subUin/7"))}, QueryCalls, UsageOf("7"), true},
		{"resources have case", []string{doc(st("allow", "ocr:Query*", "qcs::ocr:::subuin/7"))}, QueryCalls, UsageOf("7"), false},
		{"a resource does not cover all", []string{doc(st("allow", "ocr:BankCardOCR", "qcs::ocr:::subUin/7"))}, Recognise, All, false},
		{"a resource with a star", []string{doc(st("allow", "ocr:Query*", "qcs::ocr:*"))}, QueryCalls, UsageOf("7"), true},
		{"denied for one user", []string{doc(st("allow", "*", "*"), st("deny", "ocr:Query*", "qcs::ocr:::subUin/7"))}, QueryCalls, UsageOf("7"), false},
		{"and not for the next", []string{doc(st("allow", "*", "*"), st("deny", "ocr:Query*", "qcs::ocr:::subUin/7"))}, QueryCalls, UsageOf("8"), true},
	} {
		var documents []Document
		for _, text := range c.documents {
			documents = append(documents, document(t, text))
		}
		if got := NewSet(user, documents...).Allows(c.action, c.resource); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestPresets(t *testing.T) {
	names := Presets()
	if strings.Join(names, " ") != "QcloudOCRFullAccess QcloudOCRReadOnlyaccess QcloudOCRReadSelfUinUsage" {
		t.Errorf("%v", names)
	}
	const closing = "ocr:CloseService" // stands for whatever writes
	for name, want := range map[string]struct {
		recognise, verify, write bool
		usage                    Usage
	}{
		"QcloudOCRFullAccess": {true, true, true, Everyone}, "QcloudOCRReadOnlyaccess": {true, true, false, Everyone}, "QcloudOCRReadSelfUinUsage": {true, true, false, Own},
	} {
		d, ok := Preset(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		s := NewSet("42", d)
		if s.Allows(Recognise, All) != want.recognise || s.Allows("ocr:IdCardOCRVerification", All) != want.verify || s.Allows(closing, All) != want.write || s.Allows("cos:GetObject", All) {
			t.Errorf("%s: recognise %v, verify %v, write %v", name, s.Allows(Recognise, All), s.Allows("ocr:IdCardOCRVerification", All), s.Allows(closing, All))
		}
		for _, query := range []string{QueryCalls, QueryCostTime, QueryQPS} {
			if got := s.Usage(query); got != want.usage {
				t.Errorf("%s, %s: %v", name, query, got)
			}
		}
	}
	for _, name := range []string{"", "QcloudOCRReadOnlyAccess", "AdministratorAccess"} {
		if _, ok := Preset(name); ok {
			t.Errorf("%q is there", name)
		}
	}
}

func TestUsage(t *testing.T) {
	allow := func(resources string) string { return doc(st("allow", "ocr:Query*", resources)) }
	deny := func(resources string) string { return doc(st("deny", "ocr:Query*", resources)) }
	for _, c := range []struct {
		name      string
		documents []string
		want      Usage
	}{
		{"nothing", nil, None},
		{"recognition alone", []string{doc(st("allow", "ocr:BankCardOCR", "*"))}, None},
		{"everyone's", []string{allow("*")}, Everyone},
		{"everyone's, spelt out", []string{allow("qcs::ocr:::subUin/*")}, Everyone},
		{"his own", []string{allow("qcs::ocr:::subUin/${uin}")}, Own},
		{"his own by name", []string{allow("qcs::ocr:::subUin/42")}, Own},
		{"another's alone", []string{allow("qcs::ocr:::subUin/43")}, None},
		{"users whose names start alike", []string{allow("qcs::ocr:::subUin/4*")}, Own},
		{"another query", []string{doc(st("allow", QueryQPS, "*"))}, None},
		{"everyone's but one's: the sum would tell", []string{allow("*"), deny("qcs::ocr:::subUin/43")}, Own},
		{"but some's", []string{allow("*"), deny("qcs::ocr:::subUin/4*3")}, Own},
		{"but his own", []string{allow("*"), deny("qcs::ocr:::subUin/${uin}")}, None},
		{"denied to all", []string{allow("*"), deny("*")}, None},
		{"denied by a beginning", []string{allow("*"), deny("qcs::ocr:*")}, None},
		{"something else denied", []string{allow("*"), deny("qcs::cos:::subUin/43")}, Everyone},
		{"recognition denied", []string{allow("*"), doc(st("deny", "ocr:BankCardOCR", "*"))}, Everyone},
	} {
		var documents []Document
		for _, text := range c.documents {
			documents = append(documents, document(t, text))
		}
		if got := NewSet("42", documents...).Usage(QueryCalls); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	// A star in a user's name is a star, and nothing more.
	own := NewSet("*", document(t, allow("qcs::ocr:::subUin/${uin}")))
	if own.Usage(QueryCalls) != Own || own.Allows(QueryCalls, UsageOf("43")) {
		t.Error("a user named * sees others")
	}
}

// A set does not change with the slice that it was made of.
func TestSetIsItsOwn(t *testing.T) {
	documents := []Document{document(t, doc(st("deny", "*", "*"))), document(t, doc(st("allow", "*", "*")))}
	s := NewSet("42", documents...)
	documents[0] = documents[1]
	if s.Allows(Recognise, All) {
		t.Error("the denial went")
	}
}

// matchSlowly is match by the definition.
func matchSlowly(p, text string) bool {
	switch {
	case p == "":
		return text == ""
	case p[0] == '*':
		return matchSlowly(p[1:], text) || text != "" && matchSlowly(p, text[1:])
	}
	return text != "" && p[0] == text[0] && matchSlowly(p[1:], text[1:])
}

func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{{"", ""}, {"*", "x"}, {"a*a", "a"}, {"a*a", "aa"}, {"a*b*c", "abbcbc"}, {"*ab*ab*", "xabab"}, {"**", ""}, {"a*ab", "aab"}, {"*a*aa", "aa"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, p, text string) {
		if len(p) > 12 || len(text) > 20 {
			return // the definition is slow
		}
		g := pattern(p, "")
		if strings.Contains(p, variable) {
			return
		}
		if got, want := match(g, text), matchSlowly(p, text); got != want {
			t.Errorf("%q of %q: %v, want %v", text, p, got, want)
		}
		if match(g, text) && !overlap(g, text) {
			t.Errorf("%q is of %q, and does not overlap with what begins so", text, p)
		}
	})
}
