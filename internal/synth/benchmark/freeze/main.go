// Command freeze draws the benchmark and writes its digests, which freezes it:
// those of version 1, or with -v2 those of the images that version 2 has in
// addition.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/kahao/kahao/internal/synth/benchmark"
)

func main() {
	log.SetFlags(0)
	second := flag.Bool("v2", false, "freeze the images that version 2 has in addition")
	flag.Parse()
	version, file, from := benchmark.Version, "frozen.json", 0
	d, err := benchmark.Open(version)
	if err == nil && *second {
		version, file, from = benchmark.Version2, "frozen-v2.json", d.Len()
		d, err = benchmark.Open(version)
	}
	if err != nil {
		log.Fatal(err)
	}
	digests := make([]benchmark.Digest, d.Len()-from)
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(digests) {
					return
				}
				p, err := d.Draw(from + i)
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
	out, err := json.MarshalIndent(benchmark.Freeze(version, digests), "", "\t")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(file, append(out, '\n'), 0o666); err != nil {
		log.Fatal(err)
	}
}
