// Package encode writes the replies of the legacy interface, in the shapes that
// spec/legacy-api.md, sections 7 and 13, documents.
package encode

import (
	"bytes"
	"encoding/json"
)

// Reply is what every request is answered with, but for several pictures.
type Reply struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    *Data  `json:"data,omitempty"`
}

// Replies are several pictures' results, in the shape that the sibling
// interfaces document (section 13).
type Replies struct {
	List []Picture `json:"result_list"`
}

// Picture is one picture's result: with its url, or the name of the file that was
// uploaded, which may be empty.
type Picture struct {
	Code     int     `json:"code"`
	Message  string  `json:"message"`
	URL      *string `json:"url,omitempty"`
	FileName *string `json:"filename,omitempty"`
	Data     *Data   `json:"data,omitempty"`
}

// Data is what was read in one picture.
type Data struct {
	SessionID string `json:"session_id"`
	Items     []Item `json:"items"`
}

// Item is one line of the result. The three lists are in every documented
// reply, and empty for bank cards.
type Item struct {
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
	TypeBox = Box{10, 10, 10, 10}
	NameBox = Box{10, 30, 10, 10}
	BankBox = Box{10, 50, 10, 10}
)

// Box is a rectangle in pixels of the uploaded picture: its top-left corner
// and size.
type Box struct {
	X      int `json:"x"`
	Y      int `json:"y"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// NewItem is a line. One that could not be read stays, without text and
// confidence.
func NewItem(name string, box Box, confidence float64, text string) Item {
	if text == "" {
		confidence = 0
	}
	return Item{
		Item: name, Coord: box, Confidence: min(max(confidence, 0), 1), String: text,
		Coords: []Box{}, Words: []Box{}, CandWord: []Box{},
	}
}

// JSON writes a reply as the vendor does: no escapes for HTML.
func JSON(reply any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(reply); err != nil {
		panic(err) // replies always encode: whoever makes them keeps NaN out
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
