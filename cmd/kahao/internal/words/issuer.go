package words

import "fmt"

// marks say where a value of the issuer table comes from.
var marks = map[string]text{"observed": {"observed", "收录"}, "inherited": {"inherited", "继承"}, "inferred": {"inferred", "推断"}}

// Mark returns where a value of the issuer table comes from. An unknown mark stays.
func (l Language) Mark(mark string) string {
	if s := marks[mark][l]; s != "" {
		return s
	}
	return mark
}

// NoRow says that the issuer table has no row for a number.
func (l Language) NoRow() string { return [...]string{"no row", "无匹配"}[l] }

// Row returns the row of the issuer table that a number has.
func (l Language) Row(prefix string, digits, sources int, from string) string {
	format := "prefix %s, %d digits, %d sources, from %s"
	if l == Chinese {
		format = "卡 BIN %s，%d 位，%d 个来源，出自 %s"
	}
	return fmt.Sprintf(format, prefix, digits, sources, from)
}
