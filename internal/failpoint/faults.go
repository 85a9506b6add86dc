//go:build faults

// Package failpoint kills the process where a charge could be lost, for the crash
// loops of test/reliability.
package failpoint

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

// Variable says where to die, and how many times that place is come to first:
// hold, held, reading, post or posted, a colon, and a number.
const Variable = "FAULT_KAHAO"

// soon is within the reading of a card.
const soon = 10 * time.Millisecond

// Ledger is where a process can be killed.
type Ledger interface {
	Hold(ctx context.Context, h ledger.Hold) (ledger.Charge, error)
	Post(ctx context.Context, id string, o ledger.Outcome) error
	Spent(ctx context.Context, n ledger.Nonce) (bool, error)
}

// Inject returns the ledger, with a failpoint if Variable names one.
func Inject(books Ledger) Ledger {
	point, count, _ := strings.Cut(os.Getenv(Variable), ":")
	if point == "" {
		return books
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", Variable, err))
	}
	d := &deadly{Ledger: books, point: point}
	d.left.Store(n)
	return d
}

type deadly struct {
	Ledger
	point string
	left  atomic.Int64
}

// at ends the process, if this is the place.
func (d *deadly) at(point string, after time.Duration) {
	if point != d.point || d.left.Add(-1) != 0 {
		return
	}
	time.AfterFunc(after, func() {
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
	})
	if after == 0 {
		select {}
	}
}

func (d *deadly) Hold(ctx context.Context, h ledger.Hold) (ledger.Charge, error) {
	d.at("hold", 0)
	c, err := d.Ledger.Hold(ctx, h)
	d.at("held", 0)
	d.at("reading", soon)
	return c, err
}

func (d *deadly) Post(ctx context.Context, id string, o ledger.Outcome) error {
	d.at("post", 0)
	err := d.Ledger.Post(ctx, id, o)
	d.at("posted", 0)
	return err
}
