package replay

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// Callers who come at once share the disk's time: compare one with 64.
func BenchmarkUse(b *testing.B) {
	for name, callers := range map[string]int{"one caller": 1, "64 callers": 64} {
		b.Run(name, func(b *testing.B) {
			j, err := Open(b.TempDir(), Options{Age: time.Hour})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			var n atomic.Int64
			claims := signature.Claims{Created: time.Now(), OneOff: true}
			each := func(next func() bool) {
				for next() {
					if first, err := j.Use(context.Background(), id(int(n.Add(1))), claims); !first || err != nil {
						b.Error(first, err)
					}
				}
			}
			b.ResetTimer()
			if callers == 1 {
				each(func() bool { return n.Load() < int64(b.N) })
				return
			}
			b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
			b.RunParallel(func(p *testing.PB) { each(p.Next) })
		})
	}
}
