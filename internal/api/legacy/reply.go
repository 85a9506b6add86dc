package legacy

import (
	"math"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/legacy/request"
)

// items are the lines of the reply in the documented order. A line that could
// not be read stays, without text and confidence.
func (r answer) items() []item {
	c := r.card
	number := newItem("卡号", boxOf(c.Number.Quad), c.Number.Confidence, r.shown)
	return []item{
		number,
		newItem("卡类型", typeBox, number.Confidence, c.Issuer.TypeText()),
		newItem("卡名字", nameBox, number.Confidence, c.Issuer.CardName),
		newItem("银行信息", bankBox, number.Confidence, c.Issuer.BankInfo()),
		newItem("有效期", boxOf(c.Expiry.Quad), c.Expiry.Confidence, c.Expiry.String()),
	}
}

// boxOf returns the box around a quad. Corners are rounded to tenths of a pixel
// first, so that a whole number that is off by an error of computation does not
// widen the box.
func boxOf(q kahao.Quad) box {
	tenths := func(x float64) float64 { return math.Round(x*10) / 10 }
	r := q.Bounds()
	x, y := int(math.Floor(tenths(r.X0))), int(math.Floor(tenths(r.Y0)))
	return box{X: x, Y: y, Width: int(math.Ceil(tenths(r.X1))) - x, Height: int(math.Ceil(tenths(r.Y1))) - y}
}

// encodeAll writes the reply to a request with these images: the plain shape
// for one, a list for several.
func (c *call) encodeAll(images []request.Image, sessionID string) []byte {
	var list []imageReply
	for i, a := range c.answers {
		row := c.row(a.condition)
		r := imageReply{Code: row.Code, Message: row.Message}
		if a.condition == OK {
			r.Data = &data{SessionID: sessionID, Items: a.items()}
		}
		if len(c.answers) == 1 {
			return encodeJSON(reply{Code: r.Code, Message: r.Message, Data: r.Data})
		}
		if images[i].ByURL {
			r.URL = &images[i].URL
		} else {
			r.FileName = &images[i].Name
		}
		list = append(list, r)
	}
	return encodeJSON(replies{List: list})
}
