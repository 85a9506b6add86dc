package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// The bars of B13.
const (
	overloadMemory  = 512 << 20
	overloadFactor  = 4
	shedTime        = 20 * time.Millisecond
	overloadLatency = 2.0 // p99 of those that are let in, beside an idle server's
)

// overload sends four times as much as the server can do of the pictures that
// need most memory, in a control group of 512 MB where one can be made.
func overload(r *rig) error {
	// Nobody is to wait for more than one reading (docs/operations.md, "Load").
	workers := fmt.Sprint(runtime.GOMAXPROCS(0))
	o := server.Options{Args: []string{"--drain", "0s", "--log-level", "warn", "--workers", workers, "--queue", workers}}
	g, err := newGroup(overloadMemory)
	if err == nil {
		defer g.remove()
		o.Prefix = g.enter()
	} else {
		// What the server would take from the group it is told.
		o.Args = append(o.Args, "--memory-limit", fmt.Sprint(overloadMemory/10*9))
		r.say("  without a control group (%v): judged by the most memory that the process held", err)
	}
	s, err := server.Start(r.binary, o)
	if err != nil {
		return err
	}
	defer s.Kill()
	post := &poster{Server: s, web: client(512)}
	defer post.web.CloseIdleConnections()
	side, err := post.worst()
	if err != nil {
		return err
	}

	// What it can do: one request at a time, then two.
	alone := post.closed(1, pick(r, 2*time.Second, 20*time.Second))
	busy := post.closed(2, pick(r, 3*time.Second, 20*time.Second))
	if len(alone.served) == 0 || len(busy.served) == 0 {
		r.check(false, "the worst picture is not read even alone: %v, %v: %s", alone, busy, s.Log())
		return nil
	}
	capacity := float64(len(busy.served)) / busy.elapsed.Seconds()
	r.say("  worst picture: %dx%d PNG of %d kB; alone p50 %s p99 %s; %.2f a second with two at a time",
		side, side, len(post.body)>>10, ms(alone.served.at(.5)), ms(alone.served.at(.99)), capacity)

	over := post.open(overloadFactor*capacity, pick(r, 10*time.Second, 10*time.Minute))
	r.say("  %.1f a second for %v: %v", overloadFactor*capacity, over.elapsed.Round(time.Second), over)
	if s.Running() {
		peak, err := memory(s.Process.Pid, "VmHWM")
		if err != nil {
			return err
		}
		r.say("  most memory held: %.0f MiB of %d", mib(peak), overloadMemory>>20)
		r.check(peak <= overloadMemory, "it held %.0f MiB", mib(peak))
	}
	if g != nil {
		kills, err := g.kills()
		if err != nil {
			return err
		}
		r.check(kills == 0, "killed for want of memory: %d", kills)
	}
	r.check(s.Running(), "the server is gone: %s", s.Log())
	r.check(over.failed == 0 && alone.failed == 0 && busy.failed == 0, "%d requests got no reply, such as: %v", over.failed+alone.failed+busy.failed, over.why)
	r.check(len(over.shed) > 0 && len(over.served) > 0, "nothing was turned away, or nothing let in: nothing was tried")
	r.timed(over.shed.at(.99) <= shedTime, "turned away in %s (p99), the bar is %s", ms(over.shed.at(.99)), ms(shedTime))
	ratio := float64(over.served.at(.99)) / float64(alone.served.at(.99))
	r.timed(ratio <= overloadLatency, "p99 of those let in is %.1f times what it is alone, the bar is %.1f", ratio, overloadLatency)
	return nil
}

// poster posts one body over and over.
type poster struct {
	*server.Server
	web         *http.Client
	body        []byte
	contentType string
}

// worst makes the body the largest picture that the server takes, and returns
// its side. Of one colour, it needs the most memory for the fewest bytes.
func (p *poster) worst() (side int, err error) {
	for side = 7000; side > 1000; side -= 250 {
		p.body, p.contentType = p.Form(plainPNG(side, side))
		reply, err := p.PostBody(p.web, p.Authorization(), p.contentType, p.body)
		if err != nil {
			return 0, fmt.Errorf("%dx%d: %w", side, side, err)
		}
		if reply.Code != tooManyPixels {
			return side, nil
		}
	}
	return 0, errors.New("no large picture is taken")
}

// tooManyPixels is the code of a picture that is not decoded for its size.
const tooManyPixels = -9010

// outcome is what became of many posts.
type outcome struct {
	mu      sync.Mutex
	served  times // answered by reading
	shed    times // turned away with 503
	failed  int   // no reply
	why     error
	elapsed time.Duration
}

func (o *outcome) String() string {
	return fmt.Sprintf("let in %d (p50 %s p99 %s), turned away %d (p50 %s p99 %s max %s), without reply %d", len(o.served), ms(o.served.at(.5)), ms(o.served.at(.99)),
		len(o.shed), ms(o.shed.at(.5)), ms(o.shed.at(.99)), ms(o.shed.at(1)), o.failed)
}

func (p *poster) one(o *outcome) {
	begun := time.Now()
	reply, err := p.PostBody(p.web, p.Authorization(), p.contentType, p.body)
	took := time.Since(begun)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil:
		o.failed++
		o.why = err
	case reply.Status == http.StatusServiceUnavailable:
		o.shed = append(o.shed, took)
	default:
		o.served = append(o.served, took)
	}
}

// closed has n clients, each of which posts anew when it is answered.
func (p *poster) closed(n int, during time.Duration) *outcome {
	o := &outcome{}
	begun := time.Now()
	var clients sync.WaitGroup
	for range n {
		clients.Go(func() {
			for time.Since(begun) < during {
				p.one(o)
			}
		})
	}
	clients.Wait()
	o.elapsed = time.Since(begun)
	return o
}

// open posts at a rate, whether or not there are replies.
func (p *poster) open(rate float64, during time.Duration) *outcome {
	o := &outcome{}
	begun := time.Now()
	var flying sync.WaitGroup
	for i := 0; ; i++ {
		at := begun.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if at.Sub(begun) > during {
			break
		}
		time.Sleep(time.Until(at))
		flying.Go(func() { p.one(o) })
	}
	flying.Wait()
	o.elapsed = time.Since(begun)
	return o
}

// plainPNG is a picture of one colour: the most pixels for the fewest bytes.
// PNG is written here by hand, for image/png keeps the whole of it.
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
