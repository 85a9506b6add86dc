package api3

import (
	"fmt"
	"math"
	"slices"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/api3/params"
)

// Card types of RecognizeGeneralCardWarn. The vendor has more, of which kahao
// knows nothing.
const (
	anyCard      = "General" // in a request: find out
	bankCardType = "BankCard"
)

// cardWarnQuestion is what a request for RecognizeGeneralCardWarn asks for.
type cardWarnQuestion struct{ cardType string }

// parseCardWarn takes the parameters of RecognizeGeneralCardWarn. Images are read
// whatever IsPdf says, and no PDF is.
func parseCardWarn(p *params.Params) (question, error) {
	q := cardWarnQuestion{cardType: anyCard}
	if text, given := p.Text("CardType"); given && len(text) > 0 {
		q.cardType = string(text)
	}
	p.Bool("IsPdf")
	page, given := p.Int("PdfPageNumber")
	if given && page < 1 || q.cardType != anyCard && q.cardType != bankCardType {
		return q, errValue
	}
	return q, nil
}

func (q cardWarnQuestion) digest() string { return fmt.Sprintf("%+v", q) }

func (cardWarnQuestion) extras(*call) capture.Extras { return capture.Extras{Checks: true} }

// cardWarn is the reply of RecognizeGeneralCardWarn.
type cardWarn struct {
	CardType         string
	Blur             warnInfo
	BorderIncomplete warnInfo
	Copy             warnInfo
	Ps               warnInfo
	Reflection       warnInfo
	Reprint          warnInfo
	Screenshot       warnInfo
	Cover            warnInfo
	Overlap          warnInfo
	Watermark        warnInfo
	Electron         warnInfo // of electronic identity cards and licences: never a bank card
	RequestID        string   `json:"RequestId"`
}

// warnInfo is the result of one check.
type warnInfo struct {
	IsWarn         bool
	RiskConfidence float64
	Polygon        []polygon // empty if it is about the whole image
}

type polygon struct{ LeftTop, RightTop, RightBottom, LeftBottom coord }

type coord struct{ X, Y int }

func (w cardWarn) named(id string) any {
	w.RequestID = id
	return w
}

// goodQuality is the quality from which an image is not blurred.
const goodQuality = 50

// answer makes the reply of RecognizeGeneralCardWarn. It needs no number, and not
// even a card: the checks are then of the whole image.
func (q cardWarnQuestion) answer(_ *call, reading *kahao.Reading) (response, Condition) {
	w := cardWarn{CardType: q.cardType}
	if w.CardType == anyCard && len(reading.Cards) > 0 {
		w.CardType = bankCardType
	}
	checks := reading.Checks
	if checks == nil {
		checks = &capture.Checks{}
	}
	blur := capture.Check{P: 1 - float64(checks.Quality)/100, Warn: checks.Quality < goodQuality}
	border := infoOf(checks.Border)
	w.Blur, w.BorderIncomplete, w.Cover = infoOf(blur), border, border
	w.Copy, w.Reprint = infoOf(checks.Photocopy), infoOf(likelier(checks.Photocopy, checks.Screen))
	w.Ps, w.Reflection, w.Screenshot = infoOf(checks.Edited), infoOf(checks.Glare), infoOf(checks.Screenshot)
	w.Overlap, w.Watermark, w.Electron = infoOf(checks.Overlap), infoOf(checks.Watermark), infoOf(capture.Check{})
	return w, OK
}

// likelier returns the check that warns, or else the more probable one.
func likelier(a, b capture.Check) capture.Check {
	if a.Warn != b.Warn {
		if a.Warn {
			return a
		}
		return b
	}
	if a.P >= b.P {
		return a
	}
	return b
}

// infoOf converts a check.
func infoOf(c capture.Check) warnInfo {
	info := warnInfo{IsWarn: c.Warn, RiskConfidence: confidence(c.P), Polygon: []polygon{}}
	for _, p := range c.Polygons {
		at := func(i int) coord { return coord{X: whole(p[i][0]), Y: whole(p[i][1])} }
		info.Polygon = append(info.Polygon, polygon{at(0), at(1), at(2), at(3)})
	}
	return info
}

// confidence rounds a probability to four digits, and takes what is none for 0.
func confidence(p float64) float64 {
	if math.IsNaN(p) {
		return 0
	}
	return math.Round(min(max(p, 0), 1)*1e4) / 1e4
}

// whole rounds a coordinate.
func whole(x float64) int {
	if math.IsNaN(x) {
		return 0
	}
	return int(math.Round(min(max(x, -1e6), 1e6)))
}

// discernTypes are the values of DiscernType.
var discernTypes = []string{
	"IDCardFront", "IDCardBack", "Passport", "BusinessCard", bankCardType, "VehicleLicenseFront", "VehicleLicenseBack", "DriverLicenseFront",
	"DriverLicenseBack", "PermitFront", "ResidenceBooklet", "MainlandPermitFront", "HmtResidentPermitFront", "HmtResidentPermitBack",
	"EstateCert", "BizLicense", "ForeignPermanentResidentFront", "ForeignPermanentResidentBack", "RoadTransportQualificationCert",
	"RoadTransportPermit", "BirthCert", "MarriageCert",
}

// classifyQuestion is what a request for ClassifyDetectOCR asks for.
type classifyQuestion struct{ types []string } // empty means all

// parseClassify takes the parameters of ClassifyDetectOCR.
func parseClassify(p *params.Params) (question, error) {
	q := classifyQuestion{types: p.List("DiscernType")}
	for _, t := range q.types {
		if !slices.Contains(discernTypes, t) {
			return q, errValue
		}
	}
	return q, nil
}

func (q classifyQuestion) digest() string { return fmt.Sprintf("%q", q.types) }

func (classifyQuestion) extras(*call) capture.Extras { return capture.Extras{} }

// classified is the reply of ClassifyDetectOCR.
type classified struct {
	ClassifyDetectInfos []classifyInfo
	RequestID           string `json:"RequestId"`
}

type classifyInfo struct {
	Name string
	Type string
	Rect rectangle
}

type rectangle struct{ X, Y, Width, Height int }

func (r classified) named(id string) any {
	r.RequestID = id
	return r
}

// Names of ClassifyDetectOCR. The vendor has more.
const (
	bankCardName = "银行卡"
	otherName    = "其它"
)

// answer makes the reply of ClassifyDetectOCR: one entry for each card, or one for
// an image without any.
func (q classifyQuestion) answer(_ *call, reading *kahao.Reading) (response, Condition) {
	var r classified
	asked := len(q.types) == 0 || slices.Contains(q.types, bankCardType)
	for _, card := range reading.Cards {
		info := classifyInfo{Name: otherName, Rect: clip(card.Corners.Bounds(), reading.Width, reading.Height)}
		if asked {
			info.Name, info.Type = bankCardName, bankCardType
		}
		r.ClassifyDetectInfos = append(r.ClassifyDetectInfos, info)
	}
	if len(reading.Cards) == 0 {
		r.ClassifyDetectInfos = []classifyInfo{{Name: otherName, Rect: rectangle{Width: reading.Width, Height: reading.Height}}}
	}
	return r, OK
}

// clip returns the part of a rectangle that is in the image, in whole pixels.
func clip(b kahao.Rect, width, height int) rectangle {
	x0, y0 := max(0, whole(math.Floor(b.X0))), max(0, whole(math.Floor(b.Y0)))
	x1, y1 := min(width, whole(math.Ceil(b.X1))), min(height, whole(math.Ceil(b.Y1)))
	return rectangle{X: x0, Y: y0, Width: max(0, x1-x0), Height: max(0, y1-y0)}
}
