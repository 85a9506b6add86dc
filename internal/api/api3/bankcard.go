package api3

import (
	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/pan"
)

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
	RequestId      string
}

// The values of CardCategory. Clients compare them.
const (
	physicalCard = "标准实体银行卡"
	screenshot   = "电子银行卡信息截图"
)

func (b bankCard) named(id string) any {
	b.RequestId = id
	return b
}

// bankCard makes the reply of BankCardOCR.
func (c *call) bankCard(_ task, reading *kahao.Reading) (response, Condition) {
	card, err := recognition.Best(reading)
	if err != nil {
		return nil, c.ofReading(err)
	}
	shown, condition := c.show(card.PAN)
	if condition != OK {
		return nil, condition
	}
	return bankCard{
		CardNo: shown, BankInfo: card.Issuer.BankInfo(), ValidDate: card.Expiry.String(),
		CardType: card.Issuer.TypeText(), CardName: card.Issuer.CardName, CardCategory: physicalCard,
	}, OK
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
