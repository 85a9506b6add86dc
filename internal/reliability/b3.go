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

// bombs posts the bombs of internal/vision/picture's tests to the server: each
// to a fresh one for its memory, then four times more for its time, of which
// the least counts: the rest is what else the machine does.
func bombs(r *rig) error {
	dir := filepath.Join(r.dir, "bombs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	c := exec.CommandContext(r.ctx, "go", "test", "-count=1", "-run", "^TestBombs$", "./internal/vision/picture")
	c.Dir, c.Env = r.root, append(os.Environ(), "KAHAO_BOMBS="+dir)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("drawing bombs: %w: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	var worst struct {
		time    time.Duration
		memory  int64
		slowest string
		largest string
	}
	byHeader := 0
	for _, file := range files {
		name := filepath.Base(file)
		picture, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		code, took, used, err := r.explode(picture)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.check(slices.Contains(refusals, code), "%s: code %d", name, code)
		r.timed(took <= bombTime, "%s: %s", name, ms(took))
		if name == scanBomb {
			r.say("  the scan bomb of %d bytes: %s, code %d", len(picture), ms(took), code)
			r.timed(took <= scanBombTime, "%s: %s, the bar is %s", name, ms(took), ms(scanBombTime))
		}
		r.check(used <= bombMemory, "%s: %.1f MiB", name, mib(used))
		if code != 20 && code != 23 {
			byHeader++
		}
		if took > worst.time {
			worst.time, worst.slowest = took, name
		}
		if used > worst.memory {
			worst.memory, worst.largest = used, name
		}
	}
	r.say("  %d bombs, %d refused by their headers, the others by their size", len(files), byHeader)
	r.say("  slowest %s (%s), most memory %.1f MiB (%s)", ms(worst.time), worst.slowest, mib(worst.memory), worst.largest)
	r.check(byHeader >= leastBombs, "%d bombs refused by their headers, the bar is %d", byHeader, leastBombs)
	return nil
}

// explode posts a bomb to a server of its own.
func (r *rig) explode(picture []byte) (code int, took time.Duration, used int64, err error) {
	s, err := r.start("--log-level", "warn", "--drain", "0s")
	if err != nil {
		return 0, 0, 0, err
	}
	defer s.Kill()
	web := client(1)
	defer web.CloseIdleConnections()
	// What a first request costs is not the bomb's doing. This one is as
	// large, and no picture.
	warm := []byte(strings.Repeat("no picture ", len(picture)/11+1))
	if _, err := s.Post(web, warm[:len(picture)]); err != nil {
		return 0, 0, 0, err
	}
	if err := resetPeak(s.Process.Pid); err != nil {
		return 0, 0, 0, err
	}
	before, err := memory(s.Process.Pid, "VmRSS")
	if err != nil {
		return 0, 0, 0, err
	}
	body, contentType := s.Form(picture)
	authorization := s.Authorization()
	var all times
	for i := range 5 {
		begun := time.Now()
		reply, err := s.PostBody(web, authorization, contentType, body)
		if err != nil {
			return 0, 0, 0, err
		}
		all = append(all, time.Since(begun))
		code = reply.Code
		if i == 0 {
			peak, err := memory(s.Process.Pid, "VmHWM")
			if err != nil {
				return 0, 0, 0, err
			}
			used = peak - before
		}
	}
	return code, slices.Min(all), used, nil
}
