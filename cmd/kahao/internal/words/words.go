// Package words has the words of the command's output in English and in
// Chinese. Codes, which JSON has beside the words, are the same in both.
package words

import (
	"fmt"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/issuer"
)

// Language is a language of the output. The zero Language is English.
type Language int

// The languages.
const (
	English Language = iota
	Chinese
)

// Names are the values of --lang.
var Names = []string{"en", "zh"}

// Parse returns the language with a name.
func Parse(name string) (Language, error) {
	for i, n := range Names {
		if n == name {
			return Language(i), nil
		}
	}
	return English, fmt.Errorf("language %q: must be one of %s", name, strings.Join(Names, ", "))
}

// Of returns the language of an environment: that of the first of LC_ALL,
// LC_MESSAGES and LANG that is set, as POSIX has it.
func Of(getenv func(string) string) Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "zh") {
				return Chinese
			}
			return English
		}
	}
	return English
}

// text is a text in every language.
type text [2]string

// Word is a text of the output.
type Word int

// The texts.
const (
	File Word = iota
	Number
	Probability
	Verdict
	Expiry
	Issued
	Type
	Bank
	Product
	Network
	BankCode
	WhyNot
	NoCard
	Warnings
	Quality
	None
	Blurred
)

var terms = map[Word]text{
	File: {"file", "文件"}, Number: {"number", "卡号"}, Probability: {"prob", "概率"}, Verdict: {"verdict", "结论"}, Expiry: {"expiry", "有效期"}, Issued: {"issued", "签发日期"},
	Type: {"type", "卡类型"}, Bank: {"bank", "发卡行"}, Product: {"product", "卡名"}, Network: {"network", "卡组织"}, BankCode: {"code", "机构代码"}, WhyNot: {"why not", "原因"},
	NoCard: {"no card found", "未找到银行卡"}, Warnings: {"warnings", "告警"}, Quality: {"quality", "质量分"}, None: {"none", "无"},
	Blurred: {"blurred: --reveal shows the image", "已模糊处理：加 --reveal 显示原图"},
}

// Text returns a text.
func (l Language) Text(w Word) string { return terms[w][l] }

var verdicts = map[kahao.Verdict]text{
	kahao.VerdictAccept: {"accept", "通过"}, kahao.VerdictReview: {"review", "待复核"}, kahao.VerdictReject: {"reject", "不采用"},
}

// Verdict returns a verdict.
func (l Language) Verdict(v kahao.Verdict) string { return verdicts[v][l] }

// Type returns the type of a card, or "" for an unknown one.
func (l Language) Type(t issuer.Type) string {
	if l == Chinese {
		return t.Text()
	}
	return t.String()
}

// Bank returns the issuer of a card with its code, such as
// "China Construction Bank (01050000)"; in Chinese as replies have it. An issuer
// without an English name here keeps the one that the card table has.
func (l Language) Bank(r issuer.Result) string {
	name := banks[r.Issuer]
	if l == Chinese || name == "" {
		return r.BankInfo()
	}
	if r.Code == "" {
		return name
	}
	return name + " (" + r.Code + ")"
}

// Outcome returns how many images ended how.
func (l Language) Outcome(images, accepted, review, rejected, none, failed int) string {
	if l == Chinese {
		return fmt.Sprintf("共 %d 张图像：通过 %d，待复核 %d，不采用 %d，无卡 %d，失败 %d", images, accepted, review, rejected, none, failed)
	}
	return fmt.Sprintf("%s: %d accepted, %d to review, %d rejected, %d without a card, %d failed",
		Counted(images, "image"), accepted, review, rejected, none, failed)
}

// Rate returns how many images were read in a second.
func (l Language) Rate(perSecond float64) string {
	if l == Chinese {
		return fmt.Sprintf("；每秒 %.1f 张", perSecond)
	}
	return fmt.Sprintf("; %.1f a second", perSecond)
}

// Interrupted returns how many images were done when a run was interrupted.
func (l Language) Interrupted(done, all int) string {
	if l == Chinese {
		return fmt.Sprintf("已中断：完成 %d 张，共 %d 张", done, all)
	}
	return fmt.Sprintf("interrupted: %d of %d images were done", done, all)
}

// Skipped returns the line about files of directories that are no images.
func (l Language) Skipped(n int, names string) string {
	switch {
	case l == Chinese:
		return fmt.Sprintf("跳过 %d 个非图像文件：%s", n, names)
	case n == 1:
		return "skipped 1 file that is not an image: " + names
	}
	return fmt.Sprintf("skipped %d files that are not images: %s", n, names)
}
