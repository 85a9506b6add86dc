package console

import (
	"context"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/service/audit"
	"github.com/kahao/kahao/internal/service/ledger"
)

// Books verifies the ledger.
type Books struct {
	Verify func(ctx context.Context) (ledger.Report, error)
	// Last returns when this server last verified the ledger by itself, and
	// whether it was broken; the zero time before the first.
	Last func() (at time.Time, broken bool)
}

type booksData struct {
	Last   time.Time
	Broken bool
	Report *ledger.Report // of a verification now
	Took   time.Duration
}

func (p *page) showBooks() error {
	var d booksData
	d.Last, d.Broken = p.Books.Last()
	return p.render(http.StatusOK, "books", d)
}

// verifyBooks verifies every invariant now. It changes nothing, so there is no
// entry in the audit log.
func (p *page) verifyBooks() error {
	d := booksData{}
	d.Last, d.Broken = p.Books.Last()
	start := time.Now()
	r, err := p.Books.Verify(p.r.Context())
	if err != nil {
		return err
	}
	// What is broken names rows by their IDs; it is cleared of numbers all the same.
	r.Break = audit.Values{"break": r.Break}.Redacted()["break"]
	d.Report, d.Took = &r, time.Since(start)
	return p.render(http.StatusOK, "books", d)
}
