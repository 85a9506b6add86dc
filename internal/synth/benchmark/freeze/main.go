// Command freeze draws the benchmark and writes its digests, which freezes this
// version.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/kahao/kahao/internal/synth/benchmark"
	"github.com/kahao/kahao/internal/synth/plan"
)

func main() {
	log.SetFlags(0)
	d, err := plan.New(benchmark.Set())
	if err != nil {
		log.Fatal(err)
	}
	digests := make([]benchmark.Digest, d.Len())
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(digests) {
					return
				}
				p, err := d.Draw(i)
				if err != nil {
					log.Fatal(err)
				}
				if digests[i], err = benchmark.DigestOf(p); err != nil {
					log.Fatal(err)
				}
				if n := done.Add(1); n%100 == 0 {
					fmt.Fprintf(os.Stderr, "%d of %d images\n", n, len(digests))
				}
			}
		})
	}
	workers.Wait()
	out, err := json.MarshalIndent(benchmark.Freeze(digests), "", "\t")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("frozen.json", append(out, '\n'), 0o666); err != nil {
		log.Fatal(err)
	}
}
