package words

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/kahao/kahao/capture"
)

var checks = map[string]text{
	"date_invalid": {"date invalid", "日期无效"}, "expired": {"expired", "已过期"}, "border": {"border", "边框不完整"}, "glare": {"glare", "反光"},
	"photocopy": {"photocopy", "复印件"}, "screen": {"screen", "翻拍屏幕"}, "screenshot": {"screenshot", "截屏"},
	"overlap": {"overlap", "遮挡"}, "watermark": {"watermark", "水印"}, "edited": {"edited", "编辑痕迹"},
}

var fields = map[capture.Field]text{capture.FieldNumber: {"number", "卡号"}, capture.FieldDate: {"date", "日期"}}

// Warnings is a list of the checks that warn: "screen 93.10%, glare 80.00% over
// number". It is empty if none does.
func (l Language) Warnings(c *capture.Checks) string {
	var said []string
	for name, check := range c.All() {
		if !check.Warn {
			continue
		}
		// Rounded down, so that 100 % means certainty.
		s := fmt.Sprintf("%s %.2f%%", cmp.Or(checks[name][l], name), math.Floor(check.P*1e4+1e-6)/100)
		var over []string
		for _, f := range check.Fields {
			over = append(over, fields[f][l])
		}
		switch {
		case len(over) > 0 && l == Chinese:
			s += "（" + strings.Join(over, "、") + "处）"
		case len(over) > 0:
			s += " over " + strings.Join(over, " and ")
		}
		said = append(said, s)
	}
	return strings.Join(said, [...]string{", ", "，"}[l])
}
