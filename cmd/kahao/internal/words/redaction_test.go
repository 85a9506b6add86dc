package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/redaction"
)

func TestDoubt(t *testing.T) {
	for reason, want := range map[string]string{
		"a part of the file is missing":                                       "文件不完整",
		"digits were still found after covering 3 times":                      "遮盖 3 次后仍能找到数字",
		"Im1: a part of the file is missing":                                  "Im1：文件不完整",
		"Im1 is not looked at: unsupported: JPEG 2000":                        "Im1 未检查：unsupported: JPEG 2000",
		"text that is not looked at on page 1, 2":                             "未检查的文字：第 1, 2 页",
		"text that is not looked at on page 1, 2, 9 more":                     "未检查的文字：第 1, 2 页等，另有 9 页",
		"notes or form fields, which were removed, on page 7":                 "已删除的批注或表单域：第 7 页",
		"a reason that nobody knows":                                          "a reason that nobody knows",
		"more images that are not looked at, or are unsure":                   "还有其他图像未检查或待确认",
		"a card was found, but not its number: where it may stand is covered": "找到银行卡但读不出卡号，已遮盖卡号可能所在的位置",
	} {
		if got := Chinese.Doubt(reason); got != want {
			t.Errorf("Chinese.Doubt(%q) = %q, want %q", reason, got, want)
		}
		if got := English.Doubt(reason); got != reason {
			t.Errorf("English.Doubt(%q) = %q, want the same", reason, got)
		}
	}
	for _, v := range []redaction.Verdict{redaction.Redacted, redaction.Nothing, redaction.Unsure} {
		if English.Redacted(v) != string(v) || Chinese.Redacted(v) == "" {
			t.Errorf("verdict %s has the texts %q and %q, want its code and a Chinese one", v, English.Redacted(v), Chinese.Redacted(v))
		}
	}
}

// TestDoubtsAreComplete: every text that the code adds to the reasons of a
// redaction has Chinese words.
func TestDoubtsAreComplete(t *testing.T) {
	fill := strings.NewReplacer("%d", "3", "%s: %s", "Im1: a part of the file is missing", "%s", "Im1", "%v", "unsupported")
	found := 0
	for _, pattern := range []string{"redaction/*.go", "contents/pdf/*.go"} {
		files, err := filepath.Glob("../../../../internal/" + pattern)
		if err != nil {
			t.Fatalf("Glob: %v", err)
		}
		for _, file := range files {
			code, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatalf("ParseFile: %v", err)
			}
			for n := range ast.Preorder(code) {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					continue
				}
				for _, s := range reasonTexts(call) {
					found++
					reason := fill.Replace(s)
					if Chinese.Doubt(reason) == reason {
						t.Errorf("%s has the reason %q, which has no Chinese words", file, reason)
					}
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("the code has %d reasons, want 10 or more", found)
	}
}

// reasonTexts returns the texts that a call adds to reasons: those of doubt, pages
// and append.
func reasonTexts(call *ast.CallExpr) (texts []string) {
	name := called(call.Fun)
	args := call.Args
	switch {
	case name == "doubt" || name == "pages":
		args = args[:1]
	case name == "append" && strings.EqualFold(called(args[0]), "reasons"):
		args = args[1:]
	default:
		return nil
	}
	for _, arg := range args {
		if inner, ok := arg.(*ast.CallExpr); ok && called(inner.Fun) == "Sprintf" {
			arg = inner.Args[0]
		}
		if literal, ok := arg.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			s, err := strconv.Unquote(literal.Value)
			if err != nil {
				continue
			}
			if name == "pages" {
				s += " on page 3"
			}
			texts = append(texts, s)
		}
	}
	return texts
}

// called returns the last name of an expression: r.doubt is "doubt".
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
