// Command streamer writes drawings to standard output for training, until the
// synth command of kahao does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/kahao/kahao/internal/synth"
)

func main() { os.Exit(run()) }

func run() int {
	var o synth.Options
	kind := flag.String("stream", "scenes", "lines, cards or scenes")
	flag.Uint64Var(&o.Seed, "seed", 1, "seed of the stream")
	flag.Float64Var(&o.Difficulty, "difficulty", 1, "bound of the difficulty, 0..1")
	flag.StringVar(&o.Fonts, "fonts", "", "directory of fonts besides the embedded ones")
	flag.BoolVar(&o.Held, "held", false, "draw the held-out fonts of --fonts only")
	flag.IntVar(&o.Workers, "workers", 1, "goroutines that draw")
	flag.IntVar(&o.Bank, "bank", 0, "backgrounds drawn beforehand")
	n := flag.Int("n", 0, "records to write; 0: without end")
	prof := flag.String("profile", "", "write a CPU profile")
	flag.Parse()
	if o.Difficulty < 0 { // as training asks for every difficulty
		o.Difficulty = 1
	}
	d, err := synth.New(o)
	if *prof != "" {
		if f, err := os.Create(*prof); err == nil {
			defer f.Close()
			_ = pprof.StartCPUProfile(f)
			defer pprof.StopCPUProfile()
		}
	}
	if err == nil {
		err = d.Stream(context.Background(), os.Stdout, *kind, *n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
