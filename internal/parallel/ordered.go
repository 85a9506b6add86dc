// Package parallel runs work concurrently and keeps its order.
package parallel

import (
	"context"
	"sync"
)

// Ordered calls work for 0 to n-1, at most jobs at a time, and passes the
// results to emit in order. It returns the first error of emit or the context's
// error, and leaves no goroutine running.
func Ordered[R any](ctx context.Context, jobs, n int, work func(ctx context.Context, i int) R, emit func(i int, result R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	// One slow call delays the output of later ones, but not their work, until
	// the buffer is full.
	results := make(chan chan R, 8*jobs)
	running.Go(func() {
		defer close(results)
		free := make(chan struct{}, jobs)
		for i := range n {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				return
			}
			result := make(chan R, 1)
			running.Go(func() {
				result <- work(ctx, i)
				<-free
			})
			select {
			case results <- result:
			case <-ctx.Done():
				return
			}
		}
	})
	i := 0
	for result := range results {
		value := <-result
		if ctx.Err() != nil {
			break
		}
		if err := emit(i, value); err != nil {
			return err
		}
		i++
	}
	return ctx.Err()
}
