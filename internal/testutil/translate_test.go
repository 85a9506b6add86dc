package testutil

import (
	"slices"
	"testing"
)

const someEnglish = "# Page\n\nTwo lines\nare one.\n\n* An item\n  goes on.\n\n```\nkahao read    # a remark\n```\n\n| code | when | said |\n|---|---|---|\n| `a` | never | kept as it is |\n| InternalError | `x` |  |\n"

func TestTranslation(t *testing.T) {
	texts := map[string]string{
		"Page": "页", "Two lines are one.": "两行为一段。", "An item goes on.": "一项。", "a remark": "备注", "code": "码", "when": "何时", "said": "内容", "never": "从不",
	}
	tr := translation{texts: texts, used: map[string]bool{}, keep: []string{"said"}}
	want := "# 页\n\n两行为一段。\n\n* 一项。\n\n```\nkahao read    # 备注\n```\n\n| 码 | 何时 | 内容 |\n|---|---|---|\n| `a` | 从不 | kept as it is |\n| InternalError | `x` |  |\n"
	if got := tr.page(someEnglish); got != want {
		t.Errorf("page = %q, want %q", got, want)
	}
	if len(tr.missing) > 0 {
		t.Errorf("missing = %q, want none", tr.missing)
	}
	for text := range texts {
		if !tr.used[text] {
			t.Errorf("%q was not used", text)
		}
	}

	delete(texts, "never")
	delete(texts, "An item goes on.")
	tr = translation{texts: texts, used: map[string]bool{}}
	tr.page(someEnglish)
	if want := []string{"An item goes on.", "never", "kept as it is"}; !slices.Equal(tr.missing, want) {
		t.Errorf("missing = %q, want %q", tr.missing, want)
	}
}
