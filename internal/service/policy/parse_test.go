package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseAccepts(t *testing.T) {
	for name, text := range map[string]string{
		"texts":             `{"version":"2.0","statement":[{"effect":"allow","action":"ocr:*","resource":"*"}]}`,
		"lists":             `{"version":"2.0","statement":[{"effect":"deny","action":["ocr:*","name/ocr:BankCardOCR"],"resource":["*","qcs::ocr:::subUin/${uin}"]}]}`,
		"another order":     `{"statement":[{"resource":"*","action":"*","effect":"allow"}],"version":"2.0"}`,
		"blanks":            " {\n\t\"version\" : \"2.0\", \"statement\" : [ { \"effect\" : \"allow\" , \"action\" : \"ocr:*\", \"resource\" : \"*\" } ] } \n",
		"several":           doc(st("allow", "ocr:*", "*"), st("deny", "ocr:Query*", "*")),
		"resources by part": doc(st("allow", "ocr:*", "qcs::ocr:ap-beijing:uin/1:subUin/2 qcs::ocr* qcs:*")),
		"an escape":         `{"version":"2.0","statement":[{"effect":"all\u006fw","action":"ocr:*","resource":"*"}]}`,
		"as long as may be": doc(st("allow", "ocr:*", "*")) + strings.Repeat(" ", MaxBytes-len(doc(st("allow", "ocr:*", "*")))),
		"many actions":      doc(st("allow", strings.Repeat("ocr:X ", maxPatterns), "*")),
		"many statements":   doc(strings.Split(strings.TrimSuffix(strings.Repeat(st("allow", "a:b", "*")+";", maxStatements), ";"), ";")...),
	} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const good = `{"effect":"allow","action":"ocr:*","resource":"*"}`
	for name, c := range map[string]struct{ text, says string }{
		"nothing":                  {``, "not JSON"},
		"no JSON":                  {`allow everything`, "not JSON"},
		"cut off":                  {`{"version":"2.0","statement":[` + good, "not JSON"},
		"cut off in a text":        {`{"version":"2.`, "not JSON"},
		"a list":                   {`[]`, "want {"},
		"something after it":       {doc(good) + `{}`, "trailing data"},
		"no version":               {`{"statement":[` + good + `]}`, "lacks a member"},
		"another version":          {`{"version":"1.0","statement":[` + good + `]}`, `"1.0"`},
		"a version of a number":    {`{"version":2.0,"statement":[` + good + `]}`, "want a string"},
		"no statement":             {`{"version":"2.0"}`, "lacks a member"},
		"an empty list":            {doc(), "no statement"},
		"a statement without list": {`{"version":"2.0","statement":` + good + `}`, "want ["},
		"a statement of text":      {doc(`"allow"`), "want {"},
		"null":                     {doc(`null`), "want {"},
		"no effect":                {doc(`{"action":"ocr:*","resource":"*"}`), "lacks a member"},
		"no action":                {doc(`{"effect":"allow","resource":"*"}`), "lacks a member"},
		"no resource":              {doc(`{"effect":"allow","action":"ocr:*"}`), "lacks a member"},
		"an effect in capitals":    {doc(st("Allow", "ocr:*", "*")), "want allow or deny"},
		"a member in capitals":     {doc(`{"Effect":"allow","action":"ocr:*","resource":"*"}`), `"Effect"`},
		"a member twice":           {doc(`{"effect":"deny","effect":"allow","action":"ocr:*","resource":"*"}`), "twice"},
		"twice by an escape":       {doc(`{"effect":"deny","\u0065ffect":"allow","action":"ocr:*","resource":"*"}`), "twice"},
		"a condition":              {doc(`{"effect":"allow","action":"ocr:*","resource":"*","condition":{}}`), `"condition"`},
		"a principal":              {doc(`{"effect":"allow","principal":"*","action":"ocr:*","resource":"*"}`), `"principal"`},
		"an empty action":          {doc(`{"effect":"allow","action":"","resource":"*"}`), "1 to 300"},
		"no actions":               {doc(`{"effect":"allow","action":[],"resource":"*"}`), "empty"},
		"an action of a number":    {doc(`{"effect":"allow","action":1,"resource":"*"}`), "want a string"},
		"a list of numbers":        {doc(`{"effect":"allow","action":["a:b",1],"resource":"*"}`), "list of such"},
		"a list in a list":         {doc(`{"effect":"allow","action":[["a:b"]],"resource":"*"}`), "list of such"},
		"no service":               {doc(st("allow", "BankCardOCR", "*")), "service:Name"},
		"an empty name":            {doc(st("allow", "ocr:", "*")), "service:Name"},
		"two colons":               {doc(st("allow", "ocr:a:b", "*")), "service:Name"},
		"name/ twice":              {doc(st("allow", "name/name/ocr:a", "*")), "service:Name"},
		"another alphabet":         {doc(st("allow", "ocr:ВankCardOCR", "*")), "service:Name"},
		"a question mark":          {doc(st("allow", "ocr:BankCard???", "*")), "service:Name"},
		"a long action":            {doc(st("allow", "ocr:"+strings.Repeat("a", 300), "*")), "1 to 300"},
		"a resource without qcs":   {doc(st("allow", "ocr:*", "subUin/1")), "want * or"},
		"a resource cut short":     {doc(st("allow", "ocr:*", "qcs::ocr")), "want * or"},
		"another variable":         {doc(st("allow", "ocr:*", "qcs::ocr:::subUin/${owner_uin}")), "variable"},
		"half a variable":          {doc(st("allow", "ocr:*", "qcs::ocr:::subUin/${uin")), "variable"},
		"a control character":      {doc(`{"effect":"allow","action":"ocr:*","resource":"qcs::ocr:::\u0000"}`), "character"},
		"not UTF-8":                {doc(st("allow", "ocr:\xff", "*")), "UTF-8"},
		"too long":                 {doc(good) + strings.Repeat(" ", MaxBytes), "bytes"},
		"too many actions":         {doc(st("allow", strings.Repeat("ocr:X ", maxPatterns+1), "*")), "more than"},
		"too many statements":      {doc(strings.Split(strings.TrimSuffix(strings.Repeat(st("allow", "a:b", "*")+";", maxStatements+1), ";"), ";")...), "more than"},
	} {
		d, err := Parse([]byte(c.text))
		if !errors.Is(err, ErrDocument) || !strings.Contains(fmt.Sprint(err), c.says) || d.statements != nil {
			t.Errorf("%s: %v, want one that says %q", name, err, c.says)
		}
	}
}

// What is accepted is JSON that a lenient reader reads alike, and decides
// without a panic; what is refused says nothing that allows.
func FuzzParse(f *testing.F) {
	for _, p := range presets {
		f.Add([]byte(p.text))
	}
	f.Add([]byte(doc(st("allow", "ocr:* name/ocr:a*b", "* qcs::ocr:::subUin/${uin}"), st("deny", "*", "qcs::*"))))
	f.Add([]byte(`{"version":"2.0","statement":[{"effect":"deny","effect":"allow","action":"*","resource":"*"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		if err != nil {
			if !errors.Is(err, ErrDocument) || NewSet("1", d).Allows(Recognise, All) {
				t.Errorf("%v, and allows", err)
			}
			return
		}
		var loose struct {
			Version   string `json:"version"`
			Statement []struct {
				Effect           string
				Action, Resource any
			} `json:"statement"`
		}
		if err := json.Unmarshal(text, &loose); err != nil || loose.Version != "2.0" || len(loose.Statement) != len(d.statements) {
			t.Fatalf("read otherwise by encoding/json: %+v, %v", loose, err)
		}
		for i, s := range loose.Statement {
			if (s.Effect == "allow") != d.statements[i].allow {
				t.Errorf("statement %d: %+v", i, s)
			}
		}
		s := NewSet("42", d)
		for _, action := range []string{Recognise, QueryCalls, ""} {
			for _, resource := range []string{All, UsageOf("42"), ""} {
				// With a denial of everything, nothing is allowed.
				if NewSet("42", d, document(t, doc(st("deny", "*", "*")))).Allows(action, resource) {
					t.Error("a denial does not win")
				}
				s.Allows(action, resource)
			}
		}
		if s.Usage(QueryCalls) == Everyone && !s.Allows(QueryCalls, UsageOf("43")) {
			t.Error("everyone's usage is shown, and one's is not")
		}
	})
}
