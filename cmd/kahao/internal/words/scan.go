package words

import "fmt"

// Scan is a text of the table of a scan.
type Scan int

// The texts of a scan.
const (
	ScanFound Scan = iota
	ScanLast4
	ScanFingerprint
	ScanPlace
)

var scanTerms = map[Scan]text{
	ScanFound: {"found", "类型"}, ScanLast4: {"last4", "后四位"}, ScanFingerprint: {"fingerprint", "指纹"}, ScanPlace: {"place", "位置"},
}

// Scan returns a text of the table of a scan.
func (l Language) Scan(w Scan) string { return scanTerms[w][l] }

// regions are the kinds of what a scan finds.
var regions = map[string]text{"number": {"number", "卡号"}, "line": {"line", "数字行"}, "band": {"band", "卡片"}}

// Region returns the kind of a finding, with a question mark if it is not sure.
func (l Language) Region(kind string, sure bool) string {
	s := regions[kind][l]
	if s == "" {
		s = kind
	}
	if !sure {
		s += [...]string{"?", "？"}[l]
	}
	return s
}

// Scanning returns the progress of a scan.
func (l Language) Scanning(files, images int, perSecond float64, found int) string {
	if l == Chinese {
		return fmt.Sprintf("%d 个文件，%d 张图像（每秒 %.0f 张），发现 %d 处", files, images, perSecond, found)
	}
	return fmt.Sprintf("%s, %s (%.0f/s), %s", Counted(files, "file"), Counted(images, "image"), perSecond, Counted(found, "finding"))
}

// Scanned returns the summary of a scan.
func (l Language) Scanned(interrupted bool, files, images, found, problems int) string {
	summary, state := fmt.Sprintf("%s, %s, %s, %s not looked into",
		Counted(files, "file"), Counted(images, "image"), Counted(found, "finding"), Counted(problems, "place")), "interrupted: "
	if l == Chinese {
		summary, state = fmt.Sprintf("%d 个文件，%d 张图像，发现 %d 处，%d 处无法查看", files, images, found, problems), "已中断："
	}
	if !interrupted {
		state = ""
	}
	return state + summary
}

// Counted returns a count and an English noun: "1 file", "2 files".
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
