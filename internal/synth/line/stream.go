package line

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
)

// record is the ground truth of one crop in the stream.
type record struct {
	W     int       `json:"w"`
	H     int       `json:"h"`
	Text  string    `json:"text"`
	X     []float64 `json:"x"`
	Style string    `json:"style"`
}

// Stream writes n records to w, or without end if n is 0, until writing fails (as
// it does when a pipe is closed). A record is a little-endian uint32 length,
// that many bytes of JSON, another length, and the RGB pixels.
func Stream(w io.Writer, d *Renderer, n int) error {
	b := bufio.NewWriterSize(w, 1<<18)
	for i := 0; n == 0 || i < n; i++ {
		s := d.Draw()
		r := record{W: s.Image.W, H: s.Image.H, Text: s.Text, X: make([]float64, len(s.X)), Style: s.Style}
		for k, x := range s.X {
			r.X[k] = math.Round(x*100) / 100
		}
		head, err := json.Marshal(r)
		if err != nil {
			return err
		}
		for _, part := range [][]byte{head, s.Image.Pix} {
			var l [4]byte
			binary.LittleEndian.PutUint32(l[:], uint32(len(part)))
			if _, err := b.Write(l[:]); err != nil {
				return err
			}
			if _, err := b.Write(part); err != nil {
				return err
			}
		}
	}
	return b.Flush()
}
