package words

import (
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/redaction"
)

func TestDoubt(t *testing.T) {
	for _, tt := range []struct {
		reason           redaction.Reason
		english, chinese string
	}{
		{redaction.Reason{Code: redaction.ReasonDamaged}, "a part of the file is missing", "文件不完整"},
		{redaction.Reason{Code: redaction.ReasonDigitsLeft, Rounds: 3}, "digits were still found after covering 3 times", "遮盖 3 次后仍能找到数字"},
		{redaction.Reason{Code: redaction.ReasonDamaged, Image: "Im1"}, "Im1: a part of the file is missing", "Im1：文件不完整"},
		{redaction.Reason{Code: redaction.ReasonImage, Image: "Im1", Cause: "unsupported: JPEG 2000"}, "Im1 is not looked at: unsupported: JPEG 2000", "Im1 未检查：unsupported: JPEG 2000"},
		{redaction.Reason{Code: redaction.ReasonText, Pages: []int{1, 2}}, "text that is not looked at on page 1, 2", "未检查的文字：第 1、2 页"},
		{redaction.Reason{Code: redaction.ReasonText, Pages: []int{1, 2}, More: 9}, "text that is not looked at on page 1, 2, 9 more", "未检查的文字：第 1、2 页等，另有 9 页"},
		{redaction.Reason{Code: redaction.ReasonNotesRemoved, Pages: []int{7}}, "notes or form fields, which were removed, on page 7", "已删除的批注或表单域：第 7 页"},
		{redaction.Reason{Code: "unheard_of"}, "unheard_of", "unheard_of"},
		{redaction.Reason{Code: redaction.ReasonMore}, "more images that are not looked at, or are unsure", "还有其他图像未检查或待确认"},
		{redaction.Reason{Code: redaction.ReasonNoNumber}, "a card was found, but not its number: where it may stand is covered", "找到银行卡但读不出卡号，已遮盖卡号可能所在的位置"},
	} {
		if got := Chinese.Doubt(tt.reason); got != tt.chinese {
			t.Errorf("Chinese.Doubt(%+v) = %q, want %q", tt.reason, got, tt.chinese)
		}
		if got := English.Doubt(tt.reason); got != tt.english {
			t.Errorf("English.Doubt(%+v) = %q, want %q", tt.reason, got, tt.english)
		}
	}
	for _, v := range []redaction.Verdict{redaction.Redacted, redaction.Nothing, redaction.Unsure} {
		if English.Redacted(v) != string(v) || Chinese.Redacted(v) == "" {
			t.Errorf("verdict %s has the texts %q and %q, want its code and a Chinese one", v, English.Redacted(v), Chinese.Redacted(v))
		}
	}
}

// TestDoubtsAreComplete: every code of a reason has words in both languages.
func TestDoubtsAreComplete(t *testing.T) {
	for _, code := range redaction.ReasonCodes {
		reason := redaction.Reason{Code: code, Pages: []int{1}, Rounds: 3}
		if text := English.Doubt(reason); text == string(code) {
			t.Errorf("the code %s has no English text", code)
		}
		if text := Chinese.Doubt(reason); text == English.Doubt(reason) || strings.Contains(text, "%") {
			t.Errorf("the code %s has the Chinese text %q, want one of its own", code, text)
		}
	}
	if len(doubts) != len(redaction.ReasonCodes) {
		t.Errorf("%d codes have Chinese words, want %d", len(doubts), len(redaction.ReasonCodes))
	}
}
