package main

import (
	"context"

	"github.com/kahao/kahao"
)

// reader is what the commands need of a kahao.Reader; tests put another in
// its place.
type reader interface {
	ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error)
	ReadLine(ctx context.Context, image []byte) (*kahao.Reading, error)
	Versions() kahao.Versions
}

var open = func(o kahao.Options) (reader, error) { return kahao.New(o) }
