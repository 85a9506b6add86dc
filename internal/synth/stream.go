package synth

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/attack"
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/line"
)

// Kinds of streams.
const (
	// Crops of number lines, rectified cards with their lines, and scenes
	// letterboxed for the corner network.
	Lines  = "lines"
	Cards  = "cards"
	Scenes = "scenes"
	// Months are crops of dates with the month's name.
	Months = "months"
	// Captures are genuine photographs, and what the capture checks must tell from
	// them.
	Captures = "captures"
)

// hiddenShare is the share of the rectified cards whose number has hidden digits, and
// markShare is how many of those are kept that have marks printed instead: the lines
// network finds marks like digits, but ends lines at bars, tape and fingers.
const (
	hiddenShare = .5
	markShare   = .5
)

// wideShare is the share of the lines with what is rarer on cards. The others keep
// the digits network at what it reads already.
const wideShare = .5

// The corner network's input: images with a long side of sceneLong pixels in
// the middle of a neutral square.
const (
	sceneSide = 256
	sceneLong = 224
	neutral   = 128
)

// record is one encoded image of a stream.
type record struct{ head, pix []byte }

type captureRecord struct {
	W         int         `json:"w"`
	H         int         `json:"h"`
	Kind      attack.Kind `json:"kind"`
	Family    string      `json:"family"`
	Watermark bool        `json:"watermark"`
	Edited    bool        `json:"edited"`
}

type cardRecord struct {
	W     int           `json:"w"`
	H     int           `json:"h"`
	Lines []labels.Line `json:"lines"`
}

type cornersRecord struct {
	Corners [8]float64 `json:"corners"`
}

type sceneRecord struct {
	W     int             `json:"w"`
	H     int             `json:"h"`
	Cards []cornersRecord `json:"cards"`
}

// Stream writes records of a kind to w until ctx ends, w fails, or n records
// are written (0 is without limit). A record is a little-endian uint32 length,
// that many bytes of JSON, another length, and RGB pixels. Several workers
// write in fixed turns, so the stream depends only on its seed.
func (g *Generator) Stream(ctx context.Context, w io.Writer, kind string, n int) error {
	if kind == Lines || kind == Months {
		diff := g.o.difficulty()
		if diff == 1 {
			diff = -1 // each line draws its own
		}
		ld, err := line.New(g.o.Seed, line.Options{Difficulty: diff, Library: g.lib, Wide: wideShare, Months: kind == Months})
		if err != nil {
			return err
		}
		return line.Stream(w, ld, n)
	}
	if kind != Cards && kind != Scenes && kind != Captures {
		return fmt.Errorf("synth: no stream of kind %q", kind)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	turns := make([]chan record, max(1, g.o.Workers))
	for i := range turns {
		turns[i] = make(chan record, 4)
		v := g.fork(g.o.Seed + uint64(i)<<40)
		v.scenes.Reuse = 4
		if kind == Cards {
			v.scenes.Reuse = 2
		}
		go v.produce(ctx, turns[i], kind)
	}
	b := bufio.NewWriterSize(w, 1<<19)
	for i := 0; n == 0 || i < n; i++ {
		select {
		case <-ctx.Done():
			return b.Flush()
		case r := <-turns[i%len(turns)]:
			if err := writeRecord(b, r); err != nil {
				return err
			}
		}
	}
	return b.Flush()
}

func (g *Generator) produce(ctx context.Context, out chan<- record, kind string) {
	next := func() record { return g.record(kind) }
	if kind == Captures {
		d := g.Captures()
		next = func() record { return captured(d.Draw()) }
	}
	for {
		r := next()
		select {
		case <-ctx.Done():
			return
		case out <- r:
		}
	}
}

func (g *Generator) record(kind string) record {
	diff := g.r.Float64() * g.o.difficulty()
	var head any
	var pic *pixel.RGB
	if kind == Cards {
		g.scenes.Constraints.Card.Hidden = g.r.Float64() < hiddenShare
		f := g.scenes.Rectify(g.r.IntN(200)+330, diff)
		for slices.Contains(cover.Marks, f.Card.Hidden) && g.r.Float64() >= markShare {
			f = g.scenes.Rectify(g.r.IntN(200)+330, diff)
		}
		pic = f.Image
		head = cardRecord{pic.W, pic.H, labelLines(f.Card, f.Map, false)}
	} else {
		w, h := g.size(sceneLong)
		s := g.scenes.Draw(w, h, 320, diff)
		pic = pixel.New(sceneSide, sceneSide)
		for i := range pic.Pix {
			pic.Pix[i] = neutral
		}
		x0, y0 := (sceneSide-w)/2, (sceneSide-h)/2
		for y := range h {
			copy(pic.Pix[((y0+y)*sceneSide+x0)*3:], s.Image.Pix[y*w*3:(y+1)*w*3])
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
	return encode(head, pic)
}

// Captures returns a drawer of captures. It shares the generator's banks and
// depends on its seed.
func (g *Generator) Captures() *attack.Drawer { return attack.New(g.bank, g.lib, g.seed) }

func captured(s *attack.Sample) record {
	return encode(captureRecord{s.Image.W, s.Image.H, s.Kind, s.Family, s.Watermark, s.Edited}, s.Image)
}

// ReadCapture reads a record of a stream of captures; io.EOF after the last.
func ReadCapture(r io.Reader) (*attack.Sample, error) {
	head, err := readPart(r, 1<<20)
	if err != nil {
		return nil, err
	}
	var c captureRecord
	if err := json.Unmarshal(head, &c); err != nil {
		return nil, fmt.Errorf("synth: record: %w", err)
	}
	pix, err := readPart(r, 1<<28)
	if err != nil || len(pix) != c.W*c.H*3 {
		return nil, fmt.Errorf("synth: record of %dx%d pixels with %d bytes: %w", c.W, c.H, len(pix), cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return &attack.Sample{
		Image: &pixel.RGB{W: c.W, H: c.H, Pix: pix}, Kind: c.Kind, Family: c.Family, Watermark: c.Watermark, Edited: c.Edited,
	}, nil
}

// readPart reads a length of at most limit and as many bytes.
func readPart(r io.Reader, limit uint32) ([]byte, error) {
	var l [4]byte
	if _, err := io.ReadFull(r, l[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(l[:])
	if n > limit {
		return nil, fmt.Errorf("synth: a part of %d bytes: no stream of records", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return b, nil
}

func encode(head any, pic *pixel.RGB) record {
	j, err := json.Marshal(head)
	if err != nil {
		panic(err) // only a coordinate that is not finite fails, and that is a bug
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
