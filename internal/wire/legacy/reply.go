package legacy

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// reply is what every request is answered with.
type reply struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    *data  `json:"data,omitempty"`
}

type data struct {
	SessionID string `json:"session_id"`
	Items     []item `json:"items"`
}

// item is one line of the result. The three lists are in every documented
// reply, and empty for bank cards.
type item struct {
	Item       string  `json:"item"`
	Coord      Box     `json:"itemcoord"`
	Confidence float64 `json:"itemconf"`
	String     string  `json:"itemstring"`
	Coords     []Box   `json:"coords"`
	Words      []Box   `json:"words"`
	CandWord   []Box   `json:"candword"`
}

// Boxes that the documented reply has for what is not read in the picture but
// looked up (section 7).
var (
	typeBox = Box{10, 10, 10, 10}
	nameBox = Box{10, 30, 10, 10}
	bankBox = Box{10, 50, 10, 10}
)

// items are the lines of the reply in the documented order. One that could
// not be read stays, without text and confidence.
func (r Reading) items() []item {
	number := newItem("卡号", r.NumberBox, r.NumberConfidence, r.Number.Reveal())
	return []item{
		number,
		newItem("卡类型", typeBox, number.Confidence, r.Type),
		newItem("卡名字", nameBox, number.Confidence, r.CardName),
		newItem("银行信息", bankBox, number.Confidence, r.Bank),
		newItem("有效期", r.ExpiryBox, r.ExpiryConfidence, r.Expiry),
	}
}

func newItem(name string, box Box, confidence float64, text string) item {
	if text == "" || math.IsNaN(confidence) {
		confidence = 0
	}
	return item{
		Item: name, Coord: box, Confidence: min(max(confidence, 0), 1), String: text,
		Coords: []Box{}, Words: []Box{}, CandWord: []Box{},
	}
}

// encode writes the reply as the vendor does: no escapes for HTML.
func (r reply) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		// Nothing in a reply can fail to encode; if it did, the client still
		// needs a JSON body with a number and a string.
		row := Internal.Row()
		return []byte(`{"code":` + strconv.Itoa(row.Code) + `,"message":"` + row.Message + `"}`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
