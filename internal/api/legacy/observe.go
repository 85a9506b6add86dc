package legacy

import (
	"strings"
	"time"

	"github.com/kahao/kahao/internal/api/stopwatch"
)

// Outcome describes a finished request, for metrics. Except for AppID,
// Key and Bucket it has only numbers and values of closed sets.
type Outcome struct {
	Route     string // "bankcard", "session" or "other"
	Condition Condition
	Status    int         // of HTTP
	AppID     string      // if the signature is valid
	Key       string      // its SecretId, likewise
	Bucket    string      // that it names
	Counted   bool        // the ledger has counted the request
	Images    []Condition // of each image that was read
	Bytes     int         // of all images that were read
	Took      time.Duration
	Stages    []stopwatch.Stage // that the request reached
	Intervals []stopwatch.Interval
}

// stageFaults are the conditions of a fault in each stage.
var stageFaults = [stopwatch.Count]Condition{ServerFault, SignatureFault, UnpackFault, LinkFault, Internal, PackFault}

// route names what was asked for, and path is how the log writes it: a path may
// hold anything, so that none but known ones get there.
func (c *call) route() (route, path string) {
	switch path := c.r.URL.Path; {
	case path == Path, path == PathAlias:
		return "bankcard", path
	case c.Results != nil && strings.HasPrefix(path, PathSession):
		return "session", PathSession + "{id}"
	}
	return "other", "other"
}

func (c *call) outcome() Outcome {
	route, _ := c.route()
	c.watch.Enter(stopwatch.None)
	return Outcome{
		Route: route, Condition: c.condition, Status: c.status, AppID: c.claims.AppID,
		Key: c.claims.SecretID, Bucket: c.claims.Bucket, Counted: c.charge.Counted(), Images: c.images, Bytes: c.bytes,
		Took: c.Now().Sub(c.start), Stages: c.watch.Stages(), Intervals: c.watch.Intervals(),
	}
}
