//go:build reliability && linux

package reliability

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	kahaolib "github.com/kahao/kahao"
	"github.com/kahao/kahao/test/reliability/server"
)

// overheadTime bounds what the server adds to a reading.
const overheadTime = time.Millisecond

// TestOverhead compares the time of a request with that of Reader.Read.
func TestOverhead(t *testing.T) {
	s := startForLoad(t)
	web := newClient(t, 1)
	image := card(t)
	// The reader rejects this at its first bytes. What is left is the server's
	// work on the whole upload.
	noImage := slices.Clone(image)
	copy(noImage, "none")
	reader, err := kahaolib.New(kahaolib.Options{})
	if err != nil {
		t.Fatalf("opening the reader: %v", err)
	}
	post := func(image []byte) time.Duration {
		started := time.Now()
		if _, err := s.Post(web, image); err != nil {
			t.Fatalf("posting: %v", err)
		}
		return time.Since(started)
	}
	var overhead, through, alone durations
	for range pick(100, 2000) {
		overhead = append(overhead, post(noImage))
	}
	for range pick(10, 200) { // by turns, so that other work of the machine hits both
		through = append(through, post(image))
		started := time.Now()
		if _, err := reader.Read(t.Context(), image); err != nil {
			t.Fatalf("reading the card: %v", err)
		}
		alone = append(alone, time.Since(started))
	}
	t.Logf("over Reader.Read: p50 %s, p99 %s (connection, signature, form of %d kB, log and reply)", ms(overhead.quantile(.5)), ms(overhead.quantile(.99)), len(noImage)>>10)
	t.Logf("a card by turns: through the server p50 %s min %s, Reader.Read p50 %s min %s", ms(through.quantile(.5)), ms(through.quantile(0)), ms(alone.quantile(.5)), ms(alone.quantile(0)))
	timed(t, overhead.quantile(.5) <= overheadTime, "the server adds %s, want at most %s", ms(overhead.quantile(.5)), ms(overheadTime))
}

// BenchmarkLoad measures the server with clients that post mixed images one
// after another, each over one connection.
func BenchmarkLoad(b *testing.B) {
	kinds := mixedImages(b)
	s := startForLoad(b)
	for _, k := range kinds {
		b.Logf("%-12s %d images, %d to %d kB", k.name, len(k.images), len(slices.MinFunc(k.images, byLength))>>10, len(slices.MaxFunc(k.images, byLength))>>10)
	}
	for _, clients := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			g := newLoadGenerator(b, s, kinds)
			b.ResetTimer()
			g.run(clients, b.N)
			b.StopTimer()
			var all durations
			for _, d := range g.elapsed {
				all = append(all, d...)
			}
			b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "req/s")
			for _, percent := range []float64{50, 95, 99} {
				b.ReportMetric(float64(all.quantile(percent/100))/1e6, fmt.Sprintf("p%.0f-ms", percent))
			}
			if g.failed != 0 {
				b.Errorf("%d of %d requests failed or were rejected, the last with: %v", g.failed, b.N, g.err)
			}
			if clients == 1 {
				for i, k := range kinds {
					b.Logf("%d requests, %-12s p50 %s p95 %s", b.N, k.name, ms(g.elapsed[i].quantile(.5)), ms(g.elapsed[i].quantile(.95)))
				}
			}
		})
	}
}

// startForLoad starts a server that rejects none of the load's requests: a
// rejection is quick, and would improve the figures.
func startForLoad(t testing.TB) *server.Server {
	return start(t, "--drain", "0s", "--log-level", "warn", "--queue", "256", "--max-image", "8MiB", "--max-body", "12MiB", "--body-memory", "1GiB")
}

// imageKind is a kind of images with examples.
type imageKind struct {
	name   string
	images [][]byte
}

func byLength(a, b []byte) int { return len(a) - len(b) }

// mixedImages generates four kinds of images.
func mixedImages(t testing.TB) []imageKind {
	t.Helper()
	kinds := []imageKind{{name: "800x600"}, {name: "12 MP"}, {name: "strip"}, {name: "no card"}}
	for _, s := range generate(t, 120, 21, 800, 0.5) {
		switch {
		case !isJPEG(s.data):
		case len(s.numbers) == 0:
			kinds[3].images = append(kinds[3].images, s.data)
		default:
			kinds[0].images = append(kinds[0].images, s.data)
		}
	}
	for _, s := range generate(t, 8, 3, 4000, 0.2) {
		if isJPEG(s.data) && len(s.numbers) > 0 {
			kinds[1].images = append(kinds[1].images, s.data)
		}
	}
	kinds[2].images = generateStrips(t, 20)
	for _, k := range kinds {
		if len(k.images) == 0 {
			t.Fatalf("the generator made no image of the kind %q", k.name)
		}
	}
	return kinds
}

func isJPEG(file []byte) bool { return bytes.HasPrefix(file, []byte{0xff, 0xd8}) }

// generateStrips has the binary generate crops of one printed line, and encodes
// them as BMPs.
func generateStrips(t testing.TB, n int) (all [][]byte) {
	t.Helper()
	c := server.Command(t.Context(), kahao, "synth", "--stream", "lines", "-n", fmt.Sprint(n), "--seed", "5", "--difficulty", "0.3")
	stream, err := c.Output()
	if err != nil {
		t.Fatalf("kahao synth --stream: %v", err)
	}
	for in := bytes.NewReader(stream); in.Len() > 0; {
		var size struct{ W, H int }
		if err := json.Unmarshal(readBlock(t, in), &size); err != nil {
			t.Fatalf("parsing a label: %v", err)
		}
		all = append(all, encodeBMP(size.W, size.H, readBlock(t, in)))
	}
	return all
}

// readBlock reads a length and as many bytes.
func readBlock(t testing.TB, in io.Reader) []byte {
	t.Helper()
	var n uint32
	if err := binary.Read(in, binary.LittleEndian, &n); err != nil {
		t.Fatalf("reading the length of a block: %v", err)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(in, b); err != nil {
		t.Fatalf("reading a block: %v", err)
	}
	return b
}

// encodeBMP encodes RGB as a BMP of 24 bits per pixel, top row first.
func encodeBMP(w, h int, rgb []byte) []byte {
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

// loadGenerator posts images of several kinds by turns.
type loadGenerator struct {
	*server.Server
	t            testing.TB
	bodies       [][][]byte // by kind and image
	contentTypes [][]string

	mu      sync.Mutex
	elapsed []durations // by kind
	failed  int
	err     error
}

func newLoadGenerator(t testing.TB, s *server.Server, kinds []imageKind) *loadGenerator {
	g := &loadGenerator{Server: s, t: t, elapsed: make([]durations, len(kinds))}
	for _, k := range kinds {
		var bodies [][]byte
		var types []string
		for _, image := range k.images {
			body, contentType := s.Form(image)
			bodies, types = append(bodies, body), append(types, contentType)
		}
		g.bodies, g.contentTypes = append(g.bodies, bodies), append(g.contentTypes, types)
	}
	return g
}

// run has clients post so many requests together.
func (g *loadGenerator) run(clients, requests int) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range clients {
		web := newClient(g.t, 1)
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(requests); n = next.Add(1) - 1 {
				kind := int(n) % len(g.bodies)
				g.post(web, kind, int(n)/len(g.bodies)%len(g.bodies[kind]))
			}
		})
	}
	all.Wait()
}

func (g *loadGenerator) post(web *http.Client, kind, image int) {
	started := time.Now()
	reply, err := g.PostBody(web, g.Authorization(), g.contentTypes[kind][image], g.bodies[kind][image])
	elapsed := time.Since(started)
	if err == nil && reply.Status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", reply.Status, reply.Message)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.failed++
		g.err = err
		return
	}
	g.elapsed[kind] = append(g.elapsed[kind], elapsed)
}
