package legacy

import (
	"github.com/kahao/kahao/internal/api/legacy/encode"
	"github.com/kahao/kahao/internal/api/legacy/request"
)

// items are the lines of the reply in the documented order. One that could
// not be read stays, without text and confidence.
func (r answer) items() []encode.Item {
	number := encode.NewItem("卡号", r.NumberBox, r.NumberConfidence, r.shown)
	return []encode.Item{
		number,
		encode.NewItem("卡类型", encode.TypeBox, number.Confidence, r.Type),
		encode.NewItem("卡名字", encode.NameBox, number.Confidence, r.CardName),
		encode.NewItem("银行信息", encode.BankBox, number.Confidence, r.Bank),
		encode.NewItem("有效期", r.ExpiryBox, r.ExpiryConfidence, r.Expiry),
	}
}

// encodeAll writes the reply to a request with these pictures: the plain shape
// for one, a list for several.
func (c *call) encodeAll(pictures []request.Picture, sessionID string) []byte {
	var list []encode.Picture
	for i, a := range c.answers {
		row := c.row(a.condition)
		r := encode.Picture{Code: row.Code, Message: row.Message}
		if a.condition == OK {
			r.Data = &encode.Data{SessionID: sessionID, Items: a.items()}
		}
		if len(c.answers) == 1 {
			return encode.JSON(encode.Reply{Code: r.Code, Message: r.Message, Data: r.Data})
		}
		if pictures[i].ByURL {
			r.URL = &pictures[i].URL
		} else {
			r.FileName = &pictures[i].Name
		}
		list = append(list, r)
	}
	return encode.JSON(encode.Replies{List: list})
}
