package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/test/reliability/server"
)

const overheadBar = time.Millisecond

// load measures the server with 1, 4, 16 and 64 clients that post mixed
// pictures one after another, and what it adds to Reader.Read.
func load(r *rig) error {
	kinds, err := r.mixed()
	if err != nil {
		return err
	}
	// Enough room for all clients and pictures: what is turned away is quick,
	// and would make the figures better.
	s, err := r.start("--drain", "0s", "--log-level", "warn", "--queue", "256", "--max-picture", "8MiB", "--max-body", "12MiB", "--body-memory", "1GiB")
	if err != nil {
		return err
	}
	defer s.Kill()
	r.say("  %d processors; each client posts these kinds of pictures by turns, over one connection:", runtime.NumCPU())
	for _, k := range kinds {
		r.say("    %-12s %d pictures, %d to %d kB", k.name, len(k.pictures), k.least()>>10, k.most()>>10)
	}
	r.say("  %7s %9s %9s %9s %9s %9s", "clients", "req/s", "p50", "p95", "p99", "failed")
	for _, clients := range []int{1, 4, 16, 64} {
		c := newCrew(s, kinds)
		c.work(clients, pick(r, 2*time.Second, 30*time.Second))
		all := times{}
		for _, t := range c.took {
			all = append(all, t...)
		}
		r.say("  %7d %9.1f %9s %9s %9s %9d", clients, float64(len(all))/c.elapsed.Seconds(), ms(all.at(.5)), ms(all.at(.95)), ms(all.at(.99)), c.failed)
		r.check(c.failed == 0, "%d requests with %d clients got no answer or were turned away, such as: %v", c.failed, clients, c.why)
		if clients == 1 {
			for i, k := range kinds {
				r.say("          of them %-12s p50 %s p95 %s", k.name, ms(c.took[i].at(.5)), ms(c.took[i].at(.95)))
			}
		}
	}
	card, err := os.ReadFile(filepath.Join(r.root, "testdata", "card.jpg"))
	if err != nil {
		return err
	}
	return r.overhead(s, card)
}

// overhead compares what the server takes with what Reader.Read takes.
func (r *rig) overhead(s *server.Server, picture []byte) error {
	web := client(1)
	defer web.CloseIdleConnections()
	// A picture that the reader refuses at its first bytes: all that is left
	// is the server, with the whole upload.
	none := slices.Clone(picture)
	copy(none, "none")
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		return err
	}
	post := func(p []byte) (time.Duration, error) {
		begun := time.Now()
		_, err := s.Post(web, p)
		return time.Since(begun), err
	}
	var server, through, alone times
	for range pick(r, 100, 2000) {
		d, err := post(none)
		if err != nil {
			return err
		}
		server = append(server, d)
	}
	// Beside it, by turns, the same card through the server and without it.
	for range pick(r, 10, 200) {
		d, err := post(picture)
		if err != nil {
			return err
		}
		through = append(through, d)
		begun := time.Now()
		if _, err := reader.Read(r.ctx, picture); err != nil {
			return err
		}
		alone = append(alone, time.Since(begun))
	}
	r.say("  over Reader.Read: %s p50, %s p99 (%d kB that are no picture, with connection, signature, form, log and reply)", ms(server.at(.5)), ms(server.at(.99)), len(none)>>10)
	r.say("  a card by turns: through the server p50 %s least %s, Reader.Read p50 %s least %s", ms(through.at(.5)), ms(through.at(0)), ms(alone.at(.5)), ms(alone.at(0)))
	r.timed(server.at(.5) <= overheadBar, "the server adds %s, the bar is %s", ms(server.at(.5)), ms(overheadBar))
	return nil
}

// mix is a kind of picture.
type mix struct {
	name     string
	pictures [][]byte
}

func (m mix) least() int { return len(slices.MinFunc(m.pictures, byLength)) }
func (m mix) most() int  { return len(slices.MaxFunc(m.pictures, byLength)) }

func byLength(a, b []byte) int { return len(a) - len(b) }

// mixed draws the four kinds.
func (r *rig) mixed() ([]mix, error) {
	kinds := []mix{{name: "800x600"}, {name: "12 MP"}, {name: "strip"}, {name: "no card"}}
	drawn, err := r.draw(pick(r, 24, 120), 21, 800, 0.5)
	if err != nil {
		return nil, err
	}
	for _, d := range drawn {
		switch {
		case !jpeg(d.data):
		case len(d.numbers) == 0:
			kinds[3].pictures = append(kinds[3].pictures, d.data)
		default:
			kinds[0].pictures = append(kinds[0].pictures, d.data)
		}
	}
	if drawn, err = r.draw(pick(r, 2, 8), 3, 4000, 0.2); err != nil {
		return nil, err
	}
	for _, d := range drawn {
		if jpeg(d.data) && len(d.numbers) > 0 {
			kinds[1].pictures = append(kinds[1].pictures, d.data)
		}
	}
	if kinds[2].pictures, err = r.strips(20); err != nil {
		return nil, err
	}
	for _, k := range kinds {
		if len(k.pictures) == 0 {
			return nil, fmt.Errorf("the generator drew no picture of the kind %q", k.name)
		}
	}
	return kinds, nil
}

func jpeg(file []byte) bool { return bytes.HasPrefix(file, []byte{0xff, 0xd8}) }

// strips has the binary draw crops of one line of print, and makes BMPs of
// them.
func (r *rig) strips(n int) ([][]byte, error) {
	c := exec.CommandContext(r.ctx, r.binary, "synth", "--stream", "lines", "--n", fmt.Sprint(n), "--seed", "5", "--difficulty", "0.3")
	stream, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("kahao synth --stream: %w", err)
	}
	var all [][]byte
	for in := bytes.NewReader(stream); in.Len() > 0; {
		label, err := block(in)
		if err != nil {
			return nil, err
		}
		var size struct{ W, H int }
		if err := json.Unmarshal(label, &size); err != nil {
			return nil, err
		}
		pixels, err := block(in)
		if err != nil {
			return nil, err
		}
		all = append(all, bitmap(size.W, size.H, pixels))
	}
	return all, nil
}

// block reads a length and as many bytes.
func block(in io.Reader) ([]byte, error) {
	var n uint32
	if err := binary.Read(in, binary.LittleEndian, &n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err := io.ReadFull(in, b)
	return b, err
}

// bitmap is a BMP of 24 bits a pixel, top row first, from RGB.
func bitmap(w, h int, rgb []byte) []byte {
	stride := (3*w + 3) &^ 3
	b := make([]byte, 54+stride*h)
	copy(b, "BM")
	for at, v := range map[int]uint32{2: uint32(len(b)), 10: 54, 14: 40, 18: uint32(w), 22: uint32(-h), 26: 1 | 24<<16} {
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	for y := range h {
		row := b[54+y*stride:]
		for x := range w {
			p := rgb[3*(y*w+x):]
			row[3*x], row[3*x+1], row[3*x+2] = p[2], p[1], p[0]
		}
	}
	return b
}

// crew are clients at work.
type crew struct {
	*server.Server
	kinds   []mix
	bodies  [][][]byte // of each kind and picture
	formats [][]string

	mu      sync.Mutex
	took    []times // by kind
	failed  int
	why     error
	elapsed time.Duration
}

func newCrew(s *server.Server, kinds []mix) *crew {
	c := &crew{Server: s, kinds: kinds, took: make([]times, len(kinds))}
	for _, k := range kinds {
		var bodies [][]byte
		var formats []string
		for _, p := range k.pictures {
			body, format := s.Form(p)
			bodies, formats = append(bodies, body), append(formats, format)
		}
		c.bodies, c.formats = append(c.bodies, bodies), append(c.formats, formats)
	}
	return c
}

// work has n clients post, each the kinds by turns and the pictures of each
// kind by turns, beginning at a place of its own.
func (c *crew) work(n int, during time.Duration) {
	begun := time.Now()
	var clients sync.WaitGroup
	for first := range n {
		clients.Go(func() {
			web := client(1)
			defer web.CloseIdleConnections()
			for i := first; time.Since(begun) < during; i++ {
				kind := i % len(c.kinds)
				c.post(web, kind, i/len(c.kinds)%len(c.bodies[kind]))
			}
		})
	}
	clients.Wait()
	c.elapsed = time.Since(begun)
}

func (c *crew) post(web *http.Client, kind, picture int) {
	begun := time.Now()
	reply, err := c.PostBody(web, c.Authorization(), c.formats[kind][picture], c.bodies[kind][picture])
	took := time.Since(begun)
	if err == nil && reply.Status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", reply.Status, reply.Message)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failed++
		c.why = err
		return
	}
	c.took[kind] = append(c.took[kind], took)
}
