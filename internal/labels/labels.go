// Package labels is the format of labels.jsonl: the ground truth of synthetic
// images, one JSON object a line. Package synth writes it, package evaluate
// reads it.
package labels

// File is the name of the file, in the directory of its images.
const File = "labels.jsonl"

// Image is the ground truth of one image.
type Image struct {
	File      string `json:"file,omitempty"`
	W         int    `json:"w"`
	H         int    `json:"h"`
	Kind      string `json:"kind"` // photo, art, scan or none
	Cards     []Card `json:"cards"`
	Seed      uint64 `json:"seed"`
	Generator string `json:"generator"`
}

// Card is what a card in an image says and where it lies. Points are x, y
// pairs in pixels, from the top left corner as the card is read.
type Card struct {
	Number   string     `json:"number"`
	Grouping []int      `json:"grouping,omitempty"`
	Expiry   string     `json:"expiry,omitempty"`
	Dates    []string   `json:"dates,omitempty"`
	Name     string     `json:"name,omitempty"`
	Bank     string     `json:"bank,omitempty"`
	Network  string     `json:"network,omitempty"`
	Style    string     `json:"style,omitempty"`
	Print    string     `json:"print,omitempty"`
	Layout   string     `json:"layout"`
	Corners  [8]float64 `json:"corners"`
	Rotation float64    `json:"rotation"`
	Lines    []Line     `json:"lines"`
}

// Line is a printed line and its place in the image.
type Line struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	// Quad is the ink box: TL, TR, BR, BL as the line is read.
	Quad [8]float64 `json:"quad"`
	// Height is that of the digits or capitals in pixels.
	Height float64 `json:"height,omitempty"`
	// Digits are the upright boxes x0, y0, x1, y1 around each character.
	Digits [][4]float64 `json:"digits,omitempty"`
}

// Planned is the label of an image in a planned set.
type Planned struct {
	Image
	Slices []Slice `json:"slices"`
	// Unreadable gives for each card the reason why its number cannot be read;
	// empty if it can.
	Unreadable []string `json:"unreadable"`
}

// Slice is one way to group images, and the group that an image is in.
type Slice struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
}
