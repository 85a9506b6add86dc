package legacy

import (
	"bytes"
	"encoding/json"

	"github.com/kahao/kahao/internal/wire/legacy/body"
)

// reply is what every request is answered with, but for several pictures.
type reply struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    *data  `json:"data,omitempty"`
}

// replies are several pictures' results, in the shape that the sibling
// interfaces document (section 13).
type replies struct {
	List []pictureReply `json:"result_list"`
}

// pictureReply is one picture's result: with its url, or the name of the file that was
// uploaded, which may be empty.
type pictureReply struct {
	Code     int     `json:"code"`
	Message  string  `json:"message"`
	URL      *string `json:"url,omitempty"`
	FileName *string `json:"filename,omitempty"`
	Data     *data   `json:"data,omitempty"`
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
	if text == "" {
		confidence = 0
	}
	return item{
		Item: name, Coord: box, Confidence: min(max(confidence, 0), 1), String: text,
		Coords: []Box{}, Words: []Box{}, CandWord: []Box{},
	}
}

// encodeAll writes the reply to a request with these pictures: the plain shape
// for one, a list for several.
func (c *call) encodeAll(pictures []body.Picture, answers []answer, sessionID string) []byte {
	var list []pictureReply
	for i, a := range answers {
		row := c.row(a.condition)
		r := pictureReply{Code: row.Code, Message: row.Message}
		if a.condition == OK {
			r.Data = &data{sessionID, a.items()}
		}
		if len(answers) == 1 {
			return encode(reply{r.Code, r.Message, r.Data})
		}
		if pictures[i].ByURL {
			r.URL = &pictures[i].URL
		} else {
			r.FileName = &pictures[i].Name
		}
		list = append(list, r)
	}
	return encode(replies{list})
}

// encode writes a reply as the vendor does: no escapes for HTML.
func encode(reply any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(reply); err != nil {
		panic(err) // the types above always encode: see Reading.tellable
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
