package legacy

import (
	"bytes"
	"encoding/json"
)

// reply is what every request is answered with, but for several images.
type reply struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    *data  `json:"data,omitempty"`
}

// replies are several images' results, in the shape that the sibling
// interfaces document.
type replies struct {
	List []imageReply `json:"result_list"`
}

// imageReply is one image's result: with its url, or the name of the file that was
// uploaded, which may be empty.
type imageReply struct {
	Code     int     `json:"code"`
	Message  string  `json:"message"`
	URL      *string `json:"url,omitempty"`
	FileName *string `json:"filename,omitempty"`
	Data     *data   `json:"data,omitempty"`
}

// Data is what was read in one image.
type data struct {
	SessionID string `json:"session_id"`
	Items     []item `json:"items"`
}

// Item is one line of the result. The three lists are in every documented
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

// Boxes that the documented reply has for what is not read in the image but
// looked up.
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
		panic(err) // replies have no NaN, so they always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
