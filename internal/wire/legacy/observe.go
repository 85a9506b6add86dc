package legacy

import (
	"strings"
	"time"
)

// Outcome is what became of one request, for metrics. But for AppID it has
// only what comes out of closed sets, and numbers.
type Outcome struct {
	Route     string // "bankcard", "session" or "other"
	Condition Condition
	Status    int         // of HTTP
	AppID     string      // where the signature is good
	Pictures  []Condition // what became of each, once reading has begun
	Bytes     int         // of all pictures that were read
	Took      time.Duration
	Stages    []Stage // those that the request came to
}

// Stage is a part of the work on a request.
type Stage struct {
	Name string // one of StageNames
	Took time.Duration
}

// The stages. What lies between them is counted to none.
const (
	stageNone = iota
	stageVerify
	stageBody
	stageFetch
	stageRead
	stageReply
	stages
)

var stageNames = [stages]string{"", "verify", "body", "fetch", "read", "reply"}

// stageFaults are the conditions of a fault in each stage.
var stageFaults = [stages]Condition{ServerFault, SignatureFault, UnpackFault, LinkFault, Internal, PackFault}

// StageNames are the names of all stages, in their order.
func StageNames() []string { return append([]string(nil), stageNames[1:]...) }

// watch tells how long each stage takes. A stage may be come to more than once.
type watch struct {
	now     func() time.Time
	since   time.Time
	stage   int
	took    [stages]time.Duration
	entered [stages]bool
}

// enter begins a stage, and so ends the one before.
func (w *watch) enter(stage int) {
	now := w.now()
	w.took[w.stage] += now.Sub(w.since)
	w.stage, w.since = stage, now
	w.entered[stage] = true
}

func (w *watch) stages() []Stage {
	var list []Stage
	for i := 1; i < stages; i++ {
		if w.entered[i] {
			list = append(list, Stage{stageNames[i], w.took[i]})
		}
	}
	return list
}

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
	c.watch.enter(stageNone)
	return Outcome{
		Route: route, Condition: c.condition, Status: c.status, AppID: c.claims.AppID, Pictures: c.pictures, Bytes: c.bytes,
		Took: c.Now().Sub(c.begun), Stages: c.watch.stages(),
	}
}
