package main

import (
	"context"
	"sync"
)

// inOrder does work on every item, at most jobs at a time, and hands the
// results to emit in the order of the items. It returns when all is done,
// when emit fails or when ctx ends, and leaves no goroutine behind.
func inOrder[T, R any](ctx context.Context, jobs int, items []T, work func(context.Context, T) R, emit func(T, R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	// One slow picture holds up the output of later ones, not their reading,
	// until as many results wait.
	type result struct {
		item  T
		value chan R
	}
	results := make(chan result, 8*jobs)
	running.Go(func() {
		defer close(results)
		free := make(chan struct{}, jobs)
		for _, item := range items {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				return
			}
			r := result{item, make(chan R, 1)}
			running.Go(func() {
				r.value <- work(ctx, r.item)
				<-free
			})
			select {
			case results <- r:
			case <-ctx.Done():
				return
			}
		}
	})
	for r := range results {
		value := <-r.value
		if ctx.Err() != nil {
			break
		}
		if err := emit(r.item, value); err != nil {
			return err
		}
	}
	return ctx.Err()
}
