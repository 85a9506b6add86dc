package legacy

import (
	"bytes"
	"encoding/json"
)

// reply is the reply to every request except one with several images.
type reply struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"` // ours: what is wrong
	Data    *data  `json:"data,omitempty"`
}

// replies is the reply to a request with several images, in the format of the
// vendor's related APIs.
type replies struct {
	List []imageReply `json:"result_list"`
}

// imageReply is the result of one image, with its URL or the name of the uploaded
// file, which may be empty.
type imageReply struct {
	Code     int     `json:"code"`
	Message  string  `json:"message"`
	URL      *string `json:"url,omitempty"`
	FileName *string `json:"filename,omitempty"`
	Data     *data   `json:"data,omitempty"`
}

// data is the text read in one image.
type data struct {
	SessionID string `json:"session_id"`
	Items     []item `json:"items"`
}

// item is one line of the result. The three lists are in every documented
// reply, and empty for bank cards.
type item struct {
	Item       string  `json:"item"`
	Coord      box     `json:"itemcoord"`
	Confidence float64 `json:"itemconf"`
	String     string  `json:"itemstring"`
	Coords     []box   `json:"coords"`
	Words      []box   `json:"words"`
	CandWord   []box   `json:"candword"`
}

// Boxes of the documented reply for items that are looked up, not read in the
// image.
var (
	typeBox = box{10, 10, 10, 10}
	nameBox = box{10, 30, 10, 10}
	bankBox = box{10, 50, 10, 10}
)

// box is a rectangle in pixels of the uploaded image: its top-left corner
// and size.
type box struct {
	X      int `json:"x"`
	Y      int `json:"y"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// newItem is a line. One that could not be read stays, without text and
// confidence.
func newItem(name string, b box, confidence float64, text string) item {
	if text == "" {
		confidence = 0
	}
	return item{
		Item: name, Coord: b, Confidence: min(max(confidence, 0), 1), String: text,
		Coords: []box{}, Words: []box{}, CandWord: []box{},
	}
}

// JSON writes a reply as the vendor does: no escapes for HTML.
func encodeJSON(reply any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(reply); err != nil {
		panic(err) // replies always encode: they contain no NaN
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
