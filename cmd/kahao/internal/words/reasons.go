package words

import (
	"fmt"
	"strings"

	"github.com/kahao/kahao"
)

// reasons say what stands in the way of a reading.
var reasons = map[kahao.ReasonCode]text{
	kahao.ReasonNoCard:        {"nothing in the image looks like a card", "图像中没有类似银行卡的区域"},
	kahao.ReasonNoNumber:      {"there is a card, but no number on it that can be read", "有卡片，但读不出卡号"},
	kahao.ReasonSeveralCards:  {"several cards", "有多张卡"},
	kahao.ReasonDamaged:       {"the file is damaged", "文件已损坏"},
	kahao.ReasonCutOff:        {"cut off", "不完整"},
	kahao.ReasonTooSmall:      {"too few pixels", "像素不足"},
	kahao.ReasonBlur:          {"blur", "模糊"},
	kahao.ReasonGlare:         {"glare", "反光"},
	kahao.ReasonLowContrast:   {"low contrast", "对比度低"},
	kahao.ReasonCovered:       {"covered", "有遮挡"},
	kahao.ReasonUnsureDigit:   {"unsure digit", "数字不确定"},
	kahao.ReasonCheckDigit:    {"check digit", "校验位不符"},
	kahao.ReasonOddLength:     {"odd length", "位数异常"},
	kahao.ReasonUnknownCard:   {"unknown card", "未知卡种"},
	kahao.ReasonCoveredDigits: {"covered digits", "数字被遮挡"},
}

// Reasons is a list of reasons: "glare at 9-12, check digit". A reason without
// words here is its code.
func (l Language) Reasons(all []kahao.Reason) string {
	said := make([]string, len(all))
	for i, r := range all {
		said[i] = l.reason(r)
	}
	return strings.Join(said, [...]string{", ", "，"}[l])
}

func (l Language) reason(r kahao.Reason) string {
	words := reasons[r.Code][l]
	if words == "" {
		words = strings.ReplaceAll(string(r.Code), "_", " ")
	}
	if !r.Digits.OK() {
		return words
	}
	digits := fmt.Sprint(r.Digits.To)
	if r.Digits.From+1 < r.Digits.To {
		digits = fmt.Sprintf("%d-%d", r.Digits.From+1, r.Digits.To)
	}
	if l == Chinese {
		return words + "（第 " + digits + " 位）"
	}
	return words + " at " + digits
}
