// Command streamer writes drawn line crops to standard output for training.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/line"
)

func main() { os.Exit(run()) }

func run() int {
	seed := flag.Uint64("seed", 1, "seed of the stream")
	width := flag.Int("width", 352, "largest width of a crop")
	diff := flag.Float64("difficulty", -1, "0..1; below 0: drawn per line")
	fonts := flag.String("fonts", "", "directory of fonts besides the embedded ones")
	heldOut := flag.Bool("held", false, "draw the held-out fonts of --fonts only")
	n := flag.Int("n", 0, "lines to write; 0: without end")
	prof := flag.String("profile", "", "write a CPU profile")
	flag.Parse()
	if *prof != "" {
		f, err := os.Create(*prof)
		if err == nil {
			defer f.Close()
			_ = pprof.StartCPUProfile(f)
			defer pprof.StopCPUProfile()
		}
	}
	lib, err := glyph.Open(glyph.Options{Dir: *fonts, Held: *heldOut})
	if err == nil {
		var d *line.Drawer
		if d, err = line.New(*seed, line.Options{Width: *width, Difficulty: *diff, Library: lib}); err == nil {
			err = line.Stream(os.Stdout, d, *n)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
