package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The bars of B3. The scan bomb that Go's decoder takes 11 s for has its own.
const (
	leastBombs   = 30
	bombTime     = 50 * time.Millisecond
	scanBomb     = "jpeg 4000x4000, 1000 scans"
	scanBombTime = 5 * time.Millisecond
	bombMemory   = 32 << 20
)

// refusals are the codes that a bomb may be answered with: no picture, a kind
// that is not read, too many pixels, too many bytes of picture or of body.
var refusals = []int{-1102, -1400, -9010, 20, 23}

// bombs posts the bombs of internal/vision/imagein's tests to the server: each
// to a fresh one for its memory, then four times more for its time, of which
// the least counts: the rest is what else the machine does.
func bombs(r *rig) error {
	dir := filepath.Join(r.dir, "bombs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	c := exec.CommandContext(r.ctx, "go", "test", "-count=1", "-run", "^TestBombs$", "./internal/vision/imagein")
	c.Dir, c.Env = r.root, append(os.Environ(), "KAHAO_BOMBS="+dir)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("drawing bombs: %w: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	byHeader := 0
	var slowest, costliest, largest worst
	for _, file := range files {
		name := filepath.Base(file)
		picture, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		e, err := r.explode(picture)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		bar := bombTime
		if name == scanBomb {
			bar = scanBombTime
			r.say("  the scan bomb of %d bytes: %s, %s of processor, code %d", len(picture), ms(e.took), ms(e.processor), e.code)
		}
		r.check(slices.Contains(refusals, e.code), "%s: code %d", name, e.code)
		r.check(e.processor <= bar, "%s: %s of processor, the bar is %s", name, ms(e.processor), ms(bar))
		r.timed(e.took <= bar, "%s: %s, the bar is %s", name, ms(e.took), ms(bar))
		r.check(e.memory <= bombMemory, "%s: %.1f MiB", name, mib(e.memory))
		if e.code != 20 && e.code != 23 {
			byHeader++
		}
		slowest.of(name, int64(e.took))
		costliest.of(name, int64(e.processor))
		largest.of(name, e.memory)
	}
	r.say("  %d bombs, %d refused by their headers, the others by their size", len(files), byHeader)
	r.say("  slowest %s (%s), most processor time %s (%s), most memory %.1f MiB (%s)", ms(time.Duration(slowest.figure)), slowest.name,
		ms(time.Duration(costliest.figure)), costliest.name, mib(largest.figure), largest.name)
	r.check(byHeader >= leastBombs, "%d bombs refused by their headers, the bar is %d", byHeader, leastBombs)
	return nil
}

// worst keeps the largest figure and whose it was.
type worst struct {
	name   string
	figure int64
}

func (w *worst) of(name string, figure int64) {
	if figure >= w.figure {
		w.name, w.figure = name, figure
	}
}

// explosion is what a bomb did.
type explosion struct {
	code            int
	took, processor time.Duration // the least of five
	memory          int64         // the first time
}

// explode posts a bomb to a server of its own.
func (r *rig) explode(picture []byte) (e explosion, err error) {
	s, err := r.start("--log-level", "warn", "--drain", "0s")
	if err != nil {
		return e, err
	}
	defer s.Kill()
	web := client(1)
	defer web.CloseIdleConnections()
	// What a first request costs is not the bomb's doing. This one is as
	// large, and no picture.
	warm := []byte(strings.Repeat("no picture ", len(picture)/11+1))
	if _, err := s.Post(web, warm[:len(picture)]); err != nil {
		return e, err
	}
	pid := s.Process.Pid
	if err := resetPeak(pid); err != nil {
		return e, err
	}
	before, err := memory(pid, "VmRSS")
	if err != nil {
		return e, err
	}
	body, contentType := s.Form(picture)
	authorization := s.Authorization()
	for i := range 5 {
		had, err := processor(pid)
		if err != nil {
			return e, err
		}
		begun := time.Now()
		reply, err := s.PostBody(web, authorization, contentType, body)
		if err != nil {
			return e, err
		}
		took := time.Since(begun)
		has, err := processor(pid)
		if err != nil {
			return e, err
		}
		if i == 0 {
			peak, err := memory(pid, "VmHWM")
			if err != nil {
				return e, err
			}
			e = explosion{reply.Code, took, has - had, peak - before}
		}
		e.took, e.processor = min(e.took, took), min(e.processor, has-had)
	}
	return e, nil
}
