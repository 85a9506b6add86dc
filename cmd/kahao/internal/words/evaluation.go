package words

import (
	"fmt"
	"strings"
)

// Evaluation is a text of the tables of an evaluation.
type Evaluation int

// The texts of an evaluation.
const (
	Numbers Evaluation = iota
	Count
	ExactShare
	WrongShare
	RefusedShare
	AcceptedShare
	DatesTable
	GivenFrom
	GivenNote
	ConfidenceTable
	GivenCount
	MostConfident
	RiskNote
	All
	FailureFile
	FailureNumber
	FailureWant
	FailureGot
	FailureProbability
	FailureDate
	FailureAccepted
)

var evaluationTerms = map[Evaluation]text{
	Numbers: {"NUMBERS", "卡号"}, Count: {"N", "数量"}, ExactShare: {"EXACT", "完全正确"}, WrongShare: {"WRONG", "错误"},
	RefusedShare: {"REFUSED", "未给出"}, AcceptedShare: {"ACCEPTED", "通过"}, DatesTable: {"DATES", "日期"},
	GivenFrom: {"GIVEN FROM", "置信度不低于"}, GivenNote: {"(share, wrong of it)", "（给出的比例，其中错误）"},
	ConfidenceTable: {"CONFIDENCE", "置信度"}, GivenCount: {"GIVEN", "给出"}, MostConfident: {"MOST CONFIDENT", "置信度最高的"},
	RiskNote: {"(wrong of so many)", "（错误/总数）"}, All: {"all", "全部"},
	FailureFile: {"FILE", "文件"}, FailureNumber: {"NUMBER", "卡号"}, FailureWant: {"WANT", "应为"}, FailureGot: {"GOT", "读出"},
	FailureProbability: {"PROB", "概率"}, FailureDate: {"DATE", "日期"}, FailureAccepted: {"accepted", "通过"},
}

// Evaluation returns a text of an evaluation.
func (l Language) Evaluation(w Evaluation) string { return evaluationTerms[w][l] }

// outcomes of a number or a date.
var outcomes = map[string]string{"exact": "正确", "wrong": "错误", "refused": "未给出", "unscored": "不计"}

// ScoredAs returns how a number or a date was read.
func (l Language) ScoredAs(outcome string) string {
	if s := outcomes[outcome]; s != "" && l == Chinese {
		return s
	}
	return outcome
}

// dimensions and values of slices in Chinese. Labels may have others.
var (
	dimensions = map[string]string{
		"total": "合计", "set": "图像集", "kind": "类别", "print": "印刷方式", "layout": "版式", "length": "位数", "check digit": "校验位", "background": "背景",
		"light": "光照", "blur": "模糊", "tilt": "倾斜角", "rotation": "旋转", "size": "卡片大小", "long side": "长边像素", "cards": "卡片数", "group": "分组",
		"image kind": "图像类型", "unreadable": "不可读原因", "no number": "无卡号", "hidden": "隐藏数字", "hidden, check digit": "隐藏数字、校验位",
		"negative": "非卡号长数字", "date": "日期形式", "date print": "日期印刷方式", "copy": "复印件", "document": "文档",
	}
	sliceValues = map[string]string{
		"no number": "无卡号", "declared unreadable": "标注为不可读", "all but unreadable": "除不可读外", "all numbers": "全部卡号", "partly hidden": "部分隐藏",
		"clean": "无干扰", "spoilt in one way": "一种干扰", "spoilt in several ways": "多种干扰",
		"flat": "平印", "laser": "激光雕刻", "tipped": "凸字烫印", "untipped": "凸字无色", "emboss": "凸字", "embossed": "凸字",
		"one line": "一行", "two lines": "两行", "portrait": "竖版", "stacked": "叠排", "right": "正确", "wrong": "错误",
		"art": "卡面图", "busy": "杂乱", "plain": "素色", "scan": "扫描", "dark": "昏暗", "glare": "反光", "shadow": "阴影", "motion": "运动模糊", "soft": "失焦", "sharp": "清晰",
		"up to 10": "10 度以内", "10 to 30": "10–30 度", "30 to 45": "30–45 度", "upright": "正向", "rotated": "旋转", "leaning": "歪斜", "on its side": "横置", "upside down": "倒置",
		"large": "大", "small": "小", "tiny": "很小", "beyond": "超出画面", "one": "一张", "several": "多张",
		"photos": "照片", "strips": "行裁剪图", "card": "卡片", "strip": "行裁剪图", "photo": "照片",
		"desk": "桌面", "thing": "物品", "blank": "空白卡", "back": "卡背面", "hidden": "隐藏数字", "negative": "非卡号长数字", "date": "日期", "copy": "复印件",
	}
)

// Slice returns the name of a slice: "print: laser". In Chinese its parts are
// translated as far as they are known.
func (l Language) Slice(dimension, value string) string {
	if dimension == "all" {
		return l.Evaluation(All)
	}
	if l != Chinese {
		return dimension + ": " + value
	}
	return translated(dimensions, dimension) + "：" + translated(sliceValues, value)
}

// translated translates a name, or the parts of a list of names.
func translated(table map[string]string, names string) string {
	if s := table[names]; s != "" {
		return s
	}
	parts := strings.Split(names, ", ")
	for i, part := range parts {
		if s := table[part]; s != "" {
			parts[i] = s
		}
	}
	return strings.Join(parts, "、")
}

// Accepted returns how many readings were accepted, and how many of them are wrong.
func (l Language) Accepted(percent float64, wrong, of int) string {
	if l == Chinese {
		return fmt.Sprintf("%5.1f%%，%d 个中错 %d 个", percent, of, wrong)
	}
	return fmt.Sprintf("%5.1f%%, %d of %d wrong", percent, wrong, of)
}

// Scored returns how many images an evaluation has, above the times.
func (l Language) Scored(images, unreadable, jobs int) string {
	if l == Chinese {
		s := fmt.Sprintf("%d 张图像", images)
		if unreadable > 0 {
			s += fmt.Sprintf("，其中 %d 张无法读取", unreadable)
		}
		return s + fmt.Sprintf("；每张耗时（毫秒），并发 %d：", jobs)
	}
	s := fmt.Sprintf("%d images", images)
	if unreadable > 0 {
		s += fmt.Sprintf(", %d of them unreadable", unreadable)
	}
	return s + fmt.Sprintf("; milliseconds an image, %d at once:", jobs)
}

// Times returns the mean, quantiles and maximum of times in milliseconds.
func (l Language) Times(mean, p50, p95, longest float64) string {
	format := "mean %.1f, p50 %.1f, p95 %.1f, max %.1f"
	if l == Chinese {
		format = "平均 %.1f，p50 %.1f，p95 %.1f，最大 %.1f"
	}
	return fmt.Sprintf(format, mean, p50, p95, longest)
}

// Drawn returns which benchmark was drawn, and the time that it took.
func (l Language) Drawn(version string, seconds float64) string {
	format := "benchmark %s, drawn and read in %.0f s"
	if l == Chinese {
		format = "基准测试 %s，生成并读取共 %.0f 秒"
	}
	return fmt.Sprintf(format, version, seconds)
}

// MadeWith returns the versions behind an evaluation.
func (l Language) MadeWith(program, compiler, platform, luhn, table string) string {
	format := "kahao %s, %s %s, luhn %s, issuers %s"
	if l == Chinese {
		format = "kahao %s，%s %s，luhn %s，发卡行表 %s"
	}
	return fmt.Sprintf(format, program, compiler, platform, luhn, table)
}

// Trained returns the version of a network, Calibrated that of the calibration.
func (l Language) Trained(name, version string) string {
	return [...]string{"network ", "网络 "}[l] + name + ": " + version
}

// Calibrated returns the version of the calibration.
func (l Language) Calibrated(version string) string {
	return [...]string{"calibration: ", "校准："}[l] + version
}
