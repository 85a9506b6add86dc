package api3

import (
	"encoding/base64"
	"fmt"
	"image"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/api3/params"
	"github.com/kahao/kahao/internal/api/cutout"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/pan"
)

// bankCardQuestion is what a request for BankCardOCR asks for.
type bankCardQuestion struct {
	cardCrop, numberCrop           bool
	copy, reshoot, border, quality bool
}

// parseBankCard takes the parameters of BankCardOCR.
func parseBankCard(p *params.Params) (question, error) {
	return bankCardQuestion{
		cardCrop: p.Bool("RetBorderCutImage"), numberCrop: p.Bool("RetCardNoImage"),
		copy: p.Bool("EnableCopyCheck"), reshoot: p.Bool("EnableReshootCheck"), border: p.Bool("EnableBorderCheck"),
		quality: p.Bool("EnableQualityValue"),
	}, nil
}

func (q bankCardQuestion) digest() string { return fmt.Sprintf("%+v", q) }

// extras asks for the checks in any case: two warnings and the category of the
// card have no flag. With ChecksAsked it asks for the costly ones only if a flag
// does. A key whose replies do not contain whole numbers gets no image of one.
func (q bankCardQuestion) extras(c *call) capture.Extras {
	all := !c.ChecksAsked || q.copy || q.reshoot
	whole := c.access.WholeNumber()
	return capture.Extras{Checks: all, Measured: !all, CardCrop: q.cardCrop && whole, NumberCrop: q.numberCrop && whole}
}

// bankCard is the reply of BankCardOCR, in the order of the vendor's sample.
type bankCard struct {
	CardNo         string
	BankInfo       string
	ValidDate      string
	CardType       string
	CardName       string
	BorderCutImage *string // base64; null unless asked for
	CardNoImage    *string // the same
	WarningCode    []int   // null if there is none
	QualityValue   *int    // null unless asked for
	CardCategory   string
	RequestID      string `json:"RequestId"`
}

// The values of CardCategory. Clients compare them.
const (
	physicalCard   = "标准实体银行卡"
	cardScreenshot = "电子银行卡信息截图"
)

// The warnings.
const (
	warnDate   = -9110
	warnBorder = -9111
	warnGlare  = -9112
	warnCopy   = -9113
	warnScreen = -9114
)

func (b bankCard) named(id string) any {
	b.RequestID = id
	return b
}

// answer makes the reply of BankCardOCR.
func (q bankCardQuestion) answer(c *call, reading *kahao.Reading) (response, Condition) {
	card, err := recognition.Best(reading)
	if err != nil {
		return nil, c.ofReading(err)
	}
	shown, condition := c.show(card.PAN)
	if condition != OK {
		return nil, condition
	}
	b := bankCard{
		CardNo: shown, BankInfo: card.Issuer.BankInfo(), ValidDate: card.Expiry.String(),
		CardType: card.Issuer.TypeText(), CardName: card.Issuer.CardName, CardCategory: physicalCard,
	}
	if checks := card.Checks; checks != nil {
		b.WarningCode = q.warnings(checks)
		if checks.Screenshot.Warn {
			b.CardCategory = cardScreenshot
		}
		if q.quality {
			b.QualityValue = &checks.Quality
		}
	}
	if b.BorderCutImage, condition = c.encodeCrop(card.Crop); condition != OK {
		return nil, condition
	}
	if b.CardNoImage, condition = c.encodeCrop(card.Number.Crop); condition != OK {
		return nil, condition
	}
	return b, OK
}

// warnings are the codes of the checks that warn, and that are asked for.
func (q bankCardQuestion) warnings(checks *capture.Checks) []int {
	var codes []int
	for _, w := range []struct {
		code int
		warn bool
	}{
		{warnDate, checks.DateInvalid.Warn || checks.Expired.Warn},
		{warnBorder, q.border && checks.Border.Warn},
		{warnGlare, checks.Glare.Warn},
		{warnCopy, q.copy && checks.Photocopy.Warn},
		{warnScreen, q.reshoot && checks.Screen.Warn},
	} {
		if w.warn {
			codes = append(codes, w.code)
		}
	}
	return codes
}

// encodeCrop returns a part of the image as a JPEG in base64, nil if there is
// none.
func (c *call) encodeCrop(part *image.RGBA) (*string, Condition) {
	file, err := cutout.JPEG(part)
	if err != nil {
		c.cause = err
		return nil, ServerFault
	}
	if file == nil {
		return nil, OK
	}
	text := base64.StdEncoding.EncodeToString(file)
	return &text, OK
}

// show returns the number as the key's replies contain it: in full, unless the
// key says otherwise.
func (c *call) show(n pan.Number) (string, Condition) {
	if c.access.Shape == nil {
		return n.Reveal(), OK
	}
	shown, err := c.access.Shape.Number(n)
	if err != nil {
		c.cause = err
		return "", ServerFault
	}
	return shown, OK
}
