//go:build faults

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

// Variable is the environment variable with the place and the number of passes
// after which to kill the process: hold, held, reading, post or posted, a colon,
// a number.
const Variable = "FAULT_KAHAO"

// soon is a time within the reading of a card.
const soon = 10 * time.Millisecond

// Inject returns a ledger that kills the process at the place that Variable names.
func Inject(l Ledger) Ledger {
	point, count, _ := strings.Cut(os.Getenv(Variable), ":")
	if point == "" {
		return l
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", Variable, err))
	}
	d := &deadly{Ledger: l, point: point}
	d.left.Store(n)
	return d
}

type deadly struct {
	Ledger
	point string
	left  atomic.Int64
}

// at kills the process if this is the place.
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
