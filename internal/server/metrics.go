package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/native"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/usage"
)

// measures are the metrics of one server. Label values come from closed sets,
// and with the setting from the app ids of known accounts: clients cannot choose
// them.
type measures struct {
	set   *metrics.Set
	appID bool

	mu     sync.Mutex
	stages map[string]usage.Histogram // for the console
}

// Names of metrics; docs/operations.md lists them.
const (
	requestsTotal  = "kahao_requests_total"
	requestsByApp  = "kahao_account_requests_total"
	imagesTotal    = "kahao_images_total"
	requestSeconds = "kahao_request_seconds"
	stageSeconds   = "kahao_stage_seconds"
	rejectedTotal  = "kahao_requests_rejected_total"
)

// buckets of times, in seconds.
var buckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 60}

// withTypes adds the metrics' types to the page, for every set of the process:
// the library offers nothing finer.
var withTypes = sync.OnceFunc(func() { metrics.ExposeMetadata(true) })

func newMeasures(byAppID bool, version string) *measures {
	withTypes()
	m := &measures{set: metrics.NewSet(), appID: byAppID, stages: map[string]usage.Histogram{}}
	m.gauge(fmt.Sprintf("kahao_build_info{version=%q}", version), func() float64 { return 1 })
	return m
}

func (m *measures) gauge(name string, f func() float64) { m.set.NewGauge(name, f) }

// counter exports a count that is kept elsewhere.
func (m *measures) counter(name string, f func() uint64) {
	m.set.RegisterMetricsWriter(func(w io.Writer) { metrics.WriteCounterUint64(w, name, f()) })
}

// observeLimiter exposes the state of admission control.
func (m *measures) observeLimiter(l *admission.Limiter) {
	for name, get := range map[string]func(admission.State) float64{
		"kahao_inflight_weight":   func(s admission.State) float64 { return float64(s.Inflight) },
		"kahao_queued_images":     func(s admission.State) float64 { return float64(s.Queued) },
		"kahao_reading_images":    func(s admission.State) float64 { return float64(s.Reading) },
		"kahao_body_bytes":        func(s admission.State) float64 { return float64(s.Bodies) },
		"kahao_image_bytes":       func(s admission.State) float64 { return float64(s.Memory) },
		"kahao_unit_cost_seconds": func(s admission.State) float64 { return s.UnitCost.Seconds() },
	} {
		m.gauge(name, func() float64 { return get(l.State()) })
	}
	m.counter(rejectedTotal+`{stage="admission"}`, func() uint64 { return l.State().RejectedAdmission })
	m.counter(rejectedTotal+`{stage="queue"}`, func() uint64 { return l.State().RejectedQueue })
}

// ofListener shows the connections.
func (m *measures) ofListener(l *httpserver.Listener) {
	m.gauge("kahao_connections", func() float64 { open, _ := l.Count(); return float64(open) })
	m.counter("kahao_connections_refused_total", func() uint64 { _, refused := l.Count(); return refused })
}

// outcome groups conditions for a label.
func outcome(c legacy.Condition) string {
	switch {
	case c == legacy.OK:
		return "ok"
	case c == legacy.Overloaded:
		return "overloaded"
	case c.Row().HTTP2017 >= http.StatusInternalServerError:
		return "fault"
	}
	return "refused"
}

// observe counts one request.
func (m *measures) observe(_ context.Context, o legacy.Outcome) {
	row := o.Condition.Row()
	m.set.GetOrCreateCounter(fmt.Sprintf(`%s{route=%q,code="%d",condition=%q,outcome=%q}`,
		requestsTotal, o.Route, row.Code, row.Name, outcome(o.Condition))).Inc()
	for _, c := range o.Images {
		m.set.GetOrCreateCounter(fmt.Sprintf(`%s{condition=%q}`, imagesTotal, c)).Inc()
	}
	if m.appID && o.AppID != "" {
		m.set.GetOrCreateCounter(fmt.Sprintf(`%s{appid=%q,outcome=%q}`, requestsByApp, o.AppID, outcome(o.Condition))).Inc()
	}
	m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf(`%s{route=%q,outcome=%q}`, requestSeconds, o.Route, outcome(o.Condition)), buckets).
		Update(o.Took.Seconds())
	for _, s := range o.Stages {
		m.stage(s.Name, s.Took)
	}
}

// outcomeAPI3 groups conditions for a label.
func outcomeAPI3(c api3.Condition) string {
	switch c {
	case api3.OK:
		return "ok"
	case api3.Overloaded:
		return "overloaded"
	case api3.ServerFault, api3.RecogniserFault, api3.Timeout, api3.ChargeFault:
		return "fault"
	}
	return "refused"
}

// observeAPI3 counts one request of API 3.0.
func (m *measures) observeAPI3(_ context.Context, o api3.Outcome) {
	row, outcome := o.Condition.Row(), outcomeAPI3(o.Condition)
	m.set.GetOrCreateCounter(fmt.Sprintf(`%s{route=%q,code=%q,condition=%q,outcome=%q}`,
		requestsTotal, o.Action, row.Code, row.Name, outcome)).Inc()
	if m.appID && o.AppID != "" {
		m.set.GetOrCreateCounter(fmt.Sprintf(`%s{appid=%q,outcome=%q}`, requestsByApp, o.AppID, outcome)).Inc()
	}
	m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf(`%s{route=%q,outcome=%q}`, requestSeconds, o.Action, outcome), buckets).
		Update(o.Took.Seconds())
	for _, s := range o.Stages {
		m.stage(s.Name, s.Took)
	}
}

// outcomeNative groups conditions for a label.
func outcomeNative(c native.Condition) string {
	switch {
	case c == native.OK:
		return "ok"
	case c == native.Overloaded:
		return "overloaded"
	case c.Row().Status >= http.StatusInternalServerError:
		return "fault"
	}
	return "refused"
}

// observeNative counts one request of the native API.
func (m *measures) observeNative(_ context.Context, o native.Outcome) {
	row, outcome := o.Condition.Row(), outcomeNative(o.Condition)
	m.set.GetOrCreateCounter(fmt.Sprintf(`%s{route=%q,code="%d",condition=%q,outcome=%q}`, requestsTotal, o.Route, row.Number, row.Code, outcome)).Inc()
	for _, c := range o.Images {
		m.set.GetOrCreateCounter(fmt.Sprintf(`%s{condition=%q}`, imagesTotal, c)).Inc()
	}
	if m.appID && o.AppID != "" {
		m.set.GetOrCreateCounter(fmt.Sprintf(`%s{appid=%q,outcome=%q}`, requestsByApp, o.AppID, outcome)).Inc()
	}
	m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf(`%s{route=%q,outcome=%q}`, requestSeconds, o.Route, outcome), buckets).
		Update(o.Took.Seconds())
	for _, s := range o.Stages {
		m.stage(s.Name, s.Took)
	}
}

// stage records the duration of a stage of a request.
func (m *measures) stage(name string, took time.Duration) {
	m.set.GetOrCreatePrometheusHistogramExt(fmt.Sprintf("%s{stage=%q}", stageSeconds, name), buckets).Update(took.Seconds())
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stages[name] == nil {
		m.stages[name] = usage.Histogram{}
	}
	m.stages[name].Add(took)
}

// page serves the metrics, to clients with the token if there is one.
type page struct {
	*measures
	token atomic.Pointer[secret.Bytes]
}

// ServeHTTP answers GET /metrics.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/metrics":
		httpserver.WriteText(w, http.StatusNotFound, "not found")
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		httpserver.WriteText(w, http.StatusMethodNotAllowed, "method not allowed")
	case !p.allows(r.Header.Get("Authorization")):
		w.Header().Set("WWW-Authenticate", "Bearer")
		httpserver.WriteText(w, http.StatusUnauthorized, "token required")
	default:
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		var text bytes.Buffer
		p.set.WritePrometheus(&text)
		metrics.WriteProcessMetrics(&text)
		writeWithHelp(w, text.Bytes())
	}
}

// readToken reads the token from a file; without one no token is required.
func (p *page) readToken(file string) error {
	if file == "" {
		return nil
	}
	token, err := config.ReadSecret(file)
	if err != nil {
		return fmt.Errorf("metrics token: %w", err)
	}
	p.token.Store(&token)
	return nil
}

func (p *page) allows(authorization string) bool {
	token := p.token.Load()
	if token == nil {
		return true
	}
	given, ok := strings.CutPrefix(authorization, "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256(*token)
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok
}
