package synth

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/line"
)

// Kinds of streams: crops of number lines, flattened cards with their lines,
// and scenes letterboxed for the corner network.
const (
	Lines  = "lines"
	Cards  = "cards"
	Scenes = "scenes"
)

// The corner network's input: pictures with a long side of sceneLong pixels
// in the middle of a square, the rest neutral.
const (
	sceneSide = 256
	sceneLong = 224
	neutral   = 128
)

// record is one drawing of a stream, encoded.
type record struct{ head, pix []byte }

type cardRecord struct {
	W     int    `json:"w"`
	H     int    `json:"h"`
	Lines []Line `json:"lines"`
}

type cornersRecord struct {
	Corners [8]float64 `json:"corners"`
}

type sceneRecord struct {
	W     int             `json:"w"`
	H     int             `json:"h"`
	Cards []cornersRecord `json:"cards"`
}

// Stream writes records of a kind to w until ctx ends, w fails, or n are
// written where n is above 0. A record is a little-endian uint32 length, so
// many bytes of JSON, another length, and RGB pixels. With several workers the
// order is theirs in turn, so that a stream still follows from its seed.
func (d *Drawer) Stream(ctx context.Context, w io.Writer, kind string, n int) error {
	if kind == Lines {
		diff := d.o.difficulty()
		if diff == 1 {
			diff = -1 // drawn per line
		}
		ld, err := line.New(d.o.Seed, line.Options{Difficulty: diff, Library: d.lib})
		if err != nil {
			return err
		}
		return line.Stream(w, ld, n)
	}
	if kind != Cards && kind != Scenes {
		return fmt.Errorf("synth: no stream of kind %q", kind)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	turn := make([]chan record, max(1, d.o.Workers))
	for i := range turn {
		turn[i] = make(chan record, 4)
		v := &Drawer{o: d.o, lib: d.lib, bank: d.bank}
		v.seed(d.o.Seed + uint64(i)<<40)
		v.d.Reuse = 4
		if kind == Cards {
			v.d.Reuse = 2
		}
		go v.produce(ctx, turn[i], kind)
	}
	b := bufio.NewWriterSize(w, 1<<19)
	for i := 0; n == 0 || i < n; i++ {
		select {
		case <-ctx.Done():
			return b.Flush()
		case r := <-turn[i%len(turn)]:
			if err := writeRecord(b, r); err != nil {
				return err
			}
		}
	}
	return b.Flush()
}

func (d *Drawer) produce(ctx context.Context, out chan<- record, kind string) {
	for {
		r := d.record(kind)
		select {
		case <-ctx.Done():
			return
		case out <- r:
		}
	}
}

func (d *Drawer) record(kind string) record {
	diff := d.r.Float64() * d.o.difficulty()
	var head any
	var pic *pixel.RGB
	if kind == Cards {
		f := d.d.Flatten(d.r.IntN(200)+330, diff)
		pic = f.Picture
		head = cardRecord{pic.W, pic.H, lines(f.Card, f.Map, false)}
	} else {
		w, h := d.size(sceneLong)
		s := d.d.Draw(w, h, 320, diff)
		pic = pixel.New(sceneSide, sceneSide)
		for i := range pic.Pix {
			pic.Pix[i] = neutral
		}
		x0, y0 := (sceneSide-w)/2, (sceneSide-h)/2
		for y := range h {
			copy(pic.Pix[((y0+y)*sceneSide+x0)*3:], s.Picture.Pix[y*w*3:(y+1)*w*3])
		}
		rec := sceneRecord{sceneSide, sceneSide, []cornersRecord{}}
		for _, c := range s.Cards {
			q := c.Corners
			for i := range q {
				q[i].X += float64(x0)
				q[i].Y += float64(y0)
			}
			rec.Cards = append(rec.Cards, cornersRecord{flatQuad(q)})
		}
		head = rec
	}
	j, err := json.Marshal(head)
	if err != nil {
		panic(err) // a number that is not finite: a fault of the drawing
	}
	return record{j, pic.Pix}
}

func writeRecord(w io.Writer, r record) error {
	for _, part := range [][]byte{r.head, r.pix} {
		var l [4]byte
		binary.LittleEndian.PutUint32(l[:], uint32(len(part)))
		if _, err := w.Write(l[:]); err != nil {
			return err
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}
