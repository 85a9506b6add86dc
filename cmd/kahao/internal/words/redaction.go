package words

import (
	"fmt"
	"regexp"

	"github.com/kahao/kahao/internal/redaction"
)

var redacted = map[redaction.Verdict]text{
	redaction.Redacted: {"redacted", "已脱敏"}, redaction.Nothing: {"nothing", "无卡号"}, redaction.Unsure: {"unsure", "待确认"},
}

// Redacted returns the verdict of a redaction.
func (l Language) Redacted(v redaction.Verdict) string { return redacted[v][l] }

// doubts are the reasons of a redaction in Chinese, in the order in which they are
// tried. JSON has them in English.
var doubts = []struct {
	english *regexp.Regexp
	chinese string
}{
	{regexp.MustCompile(`^a part of the file is missing$`), "文件不完整"},
	{regexp.MustCompile(`^digits were still found after covering (\d+) times$`), "遮盖 $1 次后仍能找到数字"},
	{regexp.MustCompile(`^a card was found, but not its number: where it may stand is covered$`), "找到银行卡但读不出卡号，已遮盖卡号可能所在的位置"},
	{regexp.MustCompile(`^more images that are not looked at, or are unsure$`), "还有其他图像未检查或待确认"},
	{regexp.MustCompile(`^(\S+) is not looked at: (.*)$`), "$1 未检查：$2"},
	{regexp.MustCompile(`^text that is not looked at on page (.*)$`), "未检查的文字：第 $1 页"},
	{regexp.MustCompile(`^drawings that are not looked at on page (.*)$`), "未检查的矢量图形：第 $1 页"},
	{regexp.MustCompile(`^an inline image that is not looked at on page (.*)$`), "未检查的内联图像：第 $1 页"},
	{regexp.MustCompile(`^notes or form fields, which were removed, on page (.*)$`), "已删除的批注或表单域：第 $1 页"},
	{regexp.MustCompile(`^notes or form fields that are not looked at on page (.*)$`), "未检查的批注或表单域：第 $1 页"},
	{regexp.MustCompile(`^attached files that are not looked at$`), "有未检查的附件"},
}

// ofImage begins the reason of one image of a PDF file, morePages ends a list of pages.
var (
	ofImage   = regexp.MustCompile(`^(\S+): (.*)$`)
	morePages = regexp.MustCompile(`, (\d+) more 页$`)
)

// Doubt returns a reason why a redaction is unsure. One without words here stays.
func (l Language) Doubt(reason string) string {
	if l != Chinese {
		return reason
	}
	for _, d := range doubts {
		if d.english.MatchString(reason) {
			return morePages.ReplaceAllString(d.english.ReplaceAllString(reason, d.chinese), " 页等，另有 $1 页")
		}
	}
	if m := ofImage.FindStringSubmatch(reason); m != nil {
		return m[1] + "：" + l.Doubt(m[2])
	}
	return reason
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
