package words

import (
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/redaction"
)

var redacted = map[redaction.Verdict]text{
	redaction.Redacted: {"redacted", "已脱敏"}, redaction.Nothing: {"nothing", "无卡号"}, redaction.Unsure: {"unsure", "待确认"},
}

// Redacted returns the verdict of a redaction.
func (l Language) Redacted(v redaction.Verdict) string { return redacted[v][l] }

// doubts are the reasons of a redaction in Chinese. %s is what a reason is about: an
// image, pages, or a count of rounds.
var doubts = map[redaction.ReasonCode]string{
	redaction.ReasonDamaged:      "文件不完整",
	redaction.ReasonDigitsLeft:   "遮盖 %s 次后仍能找到数字",
	redaction.ReasonNoNumber:     "找到银行卡但读不出卡号，已遮盖卡号可能所在的位置",
	redaction.ReasonImage:        "%s",
	redaction.ReasonText:         "未检查的文字：%s",
	redaction.ReasonDrawings:     "未检查的矢量图形：%s",
	redaction.ReasonInlineImage:  "未检查的内联图像：%s",
	redaction.ReasonNotes:        "未检查的批注或表单域：%s",
	redaction.ReasonNotesRemoved: "已删除的批注或表单域：%s",
	redaction.ReasonAttachments:  "有未检查的附件",
	redaction.ReasonMore:         "还有其他图像未检查或待确认",
}

// Doubt returns a reason why a redaction is unsure. One without words here stays in
// English.
func (l Language) Doubt(r redaction.Reason) string {
	chinese, ok := doubts[r.Code]
	if l != Chinese || !ok {
		return r.Text()
	}
	about := chinesePages(r)
	switch r.Code {
	case redaction.ReasonImage:
		return r.Image + " 未检查：" + r.Cause
	case redaction.ReasonDigitsLeft:
		about = fmt.Sprint(r.Rounds)
	}
	text := strings.Replace(chinese, "%s", about, 1)
	if r.Image != "" {
		text = r.Image + "：" + text
	}
	return text
}

// chinesePages names the pages of a reason in Chinese.
func chinesePages(r redaction.Reason) string {
	pages := make([]string, len(r.Pages))
	for i, n := range r.Pages {
		pages[i] = fmt.Sprint(n)
	}
	text := "第 " + strings.Join(pages, "、") + " 页"
	if r.More > 0 {
		text += fmt.Sprintf("等，另有 %d 页", r.More)
	}
	return text
}

// WrittenAs says in which format a result is written.
func (l Language) WrittenAs(format string) string {
	return [...]string{"written as ", "写为 "}[l] + format
}

// Failed is the verdict of a file that is not redacted, because of an error.
func (l Language) Failed() string { return [...]string{"FAILED", "失败"}[l] }

// Redactions returns how many files ended how.
func (l Language) Redactions(images, redacted, nothing, unsure, failed, others int) string {
	format := "%d images: %d redacted, %d without a number, %d unsure, %d failed; %d other files"
	if l == Chinese {
		format = "共 %d 个文件：已脱敏 %d，无卡号 %d，待确认 %d，失败 %d；另有 %d 个其他文件"
	}
	return fmt.Sprintf(format, images, redacted, nothing, unsure, failed, others)
}

// RedactionInterrupted returns how many files were done when a run was interrupted.
func (l Language) RedactionInterrupted(done, all int) string {
	format := "interrupted: %d of %d images done; no file is half-written"
	if l == Chinese {
		format = "已中断：完成 %d 个，共 %d 个；没有写到一半的文件"
	}
	return fmt.Sprintf(format, done, all)
}

// Semicolon separates clauses.
func (l Language) Semicolon() string { return [...]string{"; ", "；"}[l] }

// Colon precedes an explanation.
func (l Language) Colon() string { return [...]string{": ", "："}[l] }
