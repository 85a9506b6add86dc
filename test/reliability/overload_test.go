//go:build reliability && linux

package reliability

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// Bounds of TestOverload.
const (
	overloadMemory  = 512 << 20
	overloadFactor  = 4
	rejectTime      = 20 * time.Millisecond
	overloadLatency = 2.0 // p99 of admitted requests, relative to an idle server
)

// TestOverload sends four times the work that the server can do, of the images
// that need most memory, in a control group of 512 MB if one can be created.
func TestOverload(t *testing.T) {
	// The setting for latency-sensitive clients: no request waits for more than
	// one reading (docs/operations.md, Load).
	workers := fmt.Sprint(runtime.GOMAXPROCS(0))
	o := server.Options{Args: []string{"--drain", "0s", "--log-level", "warn", "--workers", workers, "--queue", workers}}
	g, err := newCgroup(t, overloadMemory)
	if err == nil {
		o.Prefix = g.enter()
	} else {
		// The limit that the server would derive from the group.
		program, statErr := os.Stat(kahao)
		if statErr != nil {
			t.Fatalf("the size of the program: %v", statErr)
		}
		o.Args = append(o.Args, "--memory-limit", fmt.Sprint((overloadMemory-program.Size())/10*9))
		t.Logf("no control group (%v): judged by the peak of the process's memory", err)
	}
	s := startWith(t, kahao, o)
	p := &poster{Server: s, web: newClient(t, 512)}
	side := p.findWorstImage(t)

	alone := p.closedLoop(1, pick(2*time.Second, 20*time.Second))
	busy := p.closedLoop(2, pick(3*time.Second, 20*time.Second))
	if len(alone.admitted) == 0 || len(busy.admitted) == 0 {
		t.Fatalf("the worst image is not read by an idle server: %v, %v: %s", alone, busy, s.Log())
	}
	capacity := float64(len(busy.admitted)) / busy.elapsed.Seconds()
	t.Logf("worst image: %dx%d PNG of %d kB; alone p50 %s p99 %s; %.2f a second with two at a time",
		side, side, len(p.body)>>10, ms(alone.admitted.quantile(.5)), ms(alone.admitted.quantile(.99)), capacity)

	over := p.openLoop(overloadFactor*capacity, pick(10*time.Second, 10*time.Minute))
	t.Logf("%.1f a second for %v: %v", overloadFactor*capacity, over.elapsed.Round(time.Second), over)
	if !s.Running() {
		t.Errorf("the server is gone: %s", s.Log())
	} else if peak := processMemory(t, s.Process.Pid, "VmHWM"); peak > overloadMemory {
		t.Errorf("peak memory %.0f MiB, want at most %d", mib(peak), overloadMemory>>20)
	} else {
		t.Logf("peak memory: %.0f MiB of %d", mib(peak), overloadMemory>>20)
	}
	if g != nil {
		if kills := g.kills(t); kills != 0 {
			t.Errorf("the kernel killed %d processes for memory, want none", kills)
		}
	}
	if failed := over.failed + alone.failed + busy.failed; failed != 0 {
		t.Errorf("%d requests got no reply, the last with: %v", failed, over.err)
	}
	if len(over.rejected) == 0 || len(over.admitted) == 0 {
		t.Errorf("%d requests rejected and %d admitted, want some of both", len(over.rejected), len(over.admitted))
	}
	timed(t, over.rejected.quantile(.99) <= rejectTime, "p99 of rejected requests is %s, want at most %s", ms(over.rejected.quantile(.99)), ms(rejectTime))
	ratio := float64(over.admitted.quantile(.99)) / float64(alone.admitted.quantile(.99))
	timed(t, ratio <= overloadLatency, "p99 of admitted requests is %.1f times that of an idle server, want at most %.1f", ratio, overloadLatency)
}

// poster posts one body over and over.
type poster struct {
	*server.Server
	web         *http.Client
	body        []byte
	contentType string
}

// tooManyPixels is the code of an image that is too large to be decoded.
const tooManyPixels = -9010

// findWorstImage sets the body to the largest PNG that the server accepts, and
// returns its side. Of one colour, it needs the most memory for the fewest
// bytes.
func (p *poster) findWorstImage(t *testing.T) (side int) {
	t.Helper()
	for side = 7000; side > 1000; side -= 250 {
		p.body, p.contentType = p.Form(plainPNG(side, side))
		reply, err := p.PostBody(p.web, p.Authorization(), p.contentType, p.body)
		if err != nil {
			t.Fatalf("posting an image of %dx%d: %v", side, side, err)
		}
		if reply.Code != tooManyPixels {
			return side
		}
	}
	t.Fatal("no large image is accepted")
	return 0
}

// outcome counts how many posts ended in which way, and their durations.
type outcome struct {
	mu       sync.Mutex
	admitted durations
	rejected durations // with 503
	failed   int       // no reply
	err      error
	elapsed  time.Duration
}

// String summarises the outcome.
func (o *outcome) String() string {
	return fmt.Sprintf("admitted %d (p50 %s p99 %s), rejected %d (p50 %s p99 %s max %s), without reply %d",
		len(o.admitted), ms(o.admitted.quantile(.5)), ms(o.admitted.quantile(.99)),
		len(o.rejected), ms(o.rejected.quantile(.5)), ms(o.rejected.quantile(.99)), ms(o.rejected.quantile(1)), o.failed)
}

func (p *poster) post(o *outcome) {
	started := time.Now()
	reply, err := p.PostBody(p.web, p.Authorization(), p.contentType, p.body)
	elapsed := time.Since(started)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil:
		o.failed++
		o.err = err
	case reply.Status == http.StatusServiceUnavailable:
		o.rejected = append(o.rejected, elapsed)
	default:
		o.admitted = append(o.admitted, elapsed)
	}
}

// closedLoop has n clients, each of which posts again when it gets its reply.
func (p *poster) closedLoop(n int, during time.Duration) *outcome {
	o := &outcome{}
	started := time.Now()
	var clients sync.WaitGroup
	for range n {
		clients.Go(func() {
			for time.Since(started) < during {
				p.post(o)
			}
		})
	}
	clients.Wait()
	o.elapsed = time.Since(started)
	return o
}

// openLoop posts at a rate, whether or not there are replies.
func (p *poster) openLoop(rate float64, during time.Duration) *outcome {
	o := &outcome{}
	started := time.Now()
	var requests sync.WaitGroup
	for i := 0; ; i++ {
		at := started.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if at.Sub(started) > during {
			break
		}
		time.Sleep(time.Until(at))
		requests.Go(func() { p.post(o) })
	}
	requests.Wait()
	o.elapsed = time.Since(started)
	return o
}

// plainPNG returns an image of one colour. It is written by hand because
// image/png would hold all of it in memory.
func plainPNG(w, h int) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(body)))
		b.WriteString(name)
		b.Write(body)
		_ = binary.Write(&b, binary.BigEndian, crc32.Update(crc32.ChecksumIEEE([]byte(name)), crc32.IEEETable, body))
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(w))
	header = binary.BigEndian.AppendUint32(header, uint32(h))
	chunk("IHDR", append(header, 8, 2, 0, 0, 0)) // 8 bits, RGB
	var coded bytes.Buffer
	z := zlib.NewWriter(&coded)
	row := make([]byte, 1+3*w)
	for range h {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	chunk("IDAT", coded.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}
