package tracing

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/kahao/kahao/internal/api/stopwatch"
)

// recording returns a tracer that keeps its spans.
func recording(t *testing.T) (*Tracer, *tracetest.InMemoryExporter) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	tracer, err := newTracer(t.Context(), "1.2.3", sdk.WithSyncer(spans))
	if err != nil {
		t.Fatalf("newTracer: %v", err)
	}
	return tracer, spans
}

// Nothing is sent unless a variable asks for it, and mistakes are told.
func TestEnabled(t *testing.T) {
	for env, want := range map[string]string{
		"":                          "off",
		"OTEL_SERVICE_NAME=x":       "off",
		"OTEL_TRACES_EXPORTER=otlp": "on",
		"OTEL_TRACES_EXPORTER=none OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318":                                                         "off",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318":                                                                                   "on",
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318/v1/traces":                                                                  "on",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_SDK_DISABLED=true":                                                            "off",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf":                                         "on",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_EXPORTER_OTLP_PROTOCOL=grpc":                                                  "error",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf": "on",
		"OTEL_TRACES_EXPORTER=zipkin":                                                                                                 "error",
	} {
		values := map[string]string{}
		for pair := range strings.FieldsSeq(env) {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = value
		}
		on, err := enabled(func(name string) string { return values[name] })
		got := "off"
		if on {
			got = "on"
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("with %q traces are %s (%v), want %s", env, got, err, want)
		}
	}
}

// A request's span continues the client's trace, and has the stages below it.
func TestWrap(t *testing.T) {
	tracer, spans := recording(t)
	start := time.Unix(1700000000, 0)
	h := tracer.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Record(r.Context(), Request{API: "legacy", Route: "bankcard", Condition: "internal", Outcome: "fault", Images: 2, Bytes: 500,
			Stages: []stopwatch.Interval{{Stage: stopwatch.Stage{Name: "body", Took: time.Second}, Start: start}}})
		w.WriteHeader(http.StatusBadGateway)
	}))
	r := httptest.NewRequest("CARD6222020000000000", "/ocr/bankcard", nil)
	r.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.Header.Set("tracestate", "card=6222020000000000")
	h.ServeHTTP(httptest.NewRecorder(), r)

	got := spans.GetSpans()
	if len(got) != 2 {
		t.Fatalf("%d spans, want the request's and one stage's", len(got))
	}
	stage, request := got[0], got[1]
	if id := request.SpanContext.TraceID().String(); id != "0af7651916cd43dd8448eb211c80319c" || request.Parent.SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("the span is in trace %s below %s, want those of traceparent", id, request.Parent.SpanID())
	}
	if state := request.SpanContext.TraceState().String(); state != "" {
		t.Errorf("the span has the client's tracestate %q", state)
	}
	if request.Name != "legacy bankcard" || request.Status.Code != codes.Error {
		t.Errorf("span %q with status %v, want legacy bankcard, an error", request.Name, request.Status)
	}
	for _, want := range []attribute.KeyValue{
		attribute.String("http.request.method", "_OTHER"), attribute.Int("http.response.status_code", http.StatusBadGateway),
		attribute.String("http.route", "bankcard"), attribute.String("kahao.condition", "internal"), attribute.Int("kahao.images", 2),
	} {
		if !slices.Contains(request.Attributes, want) {
			t.Errorf("attributes %v, want %v among them", request.Attributes, want)
		}
	}
	if stage.Name != "body" || stage.Parent.SpanID() != request.SpanContext.SpanID() {
		t.Errorf("stage %q below %s, want body below the request", stage.Name, stage.Parent.SpanID())
	}
	if !stage.StartTime.Equal(start) || !stage.EndTime.Equal(start.Add(time.Second)) {
		t.Errorf("the stage lasts from %v to %v, want one second from %v", stage.StartTime, stage.EndTime, start)
	}
	if text := request.Resource.String(); !strings.Contains(text, "service.name=kahao") || !strings.Contains(text, "service.version=1.2.3") {
		t.Errorf("resource %s, want the service's name and version", text)
	}
}

// A traceparent in which a card number may hide starts a trace of its own, and
// so does one that is malformed or there twice.
func TestUnusableTraceparent(t *testing.T) {
	for _, values := range [][]string{
		nil,
		{"00-00000000000062220212345678940000-b7ad6b7169203331-01"}, // its check digit is valid
		{"00-0af7651916cd43dd8448eb211c80319c-6222021234567894-01"},
		{"00-xyz"},
		{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
	} {
		tracer, spans := recording(t)
		r := httptest.NewRequest(http.MethodPost, "/ocr/bankcard", nil)
		for _, v := range values {
			r.Header.Add("traceparent", v)
		}
		tracer.Wrap(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
		got := spans.GetSpans()
		if len(got) != 1 || got[0].Parent.IsValid() || strings.Contains(got[0].SpanContext.TraceID().String(), "6222") {
			t.Errorf("traceparent %q: %+v, want one span without a parent", values, got)
		}
	}
}

// The span ends even if the handler's reply is cut off.
func TestWrapPanic(t *testing.T) {
	tracer, spans := recording(t)
	defer func() {
		if recover() == nil {
			t.Error("the panic did not go on")
		}
		if n := len(spans.GetSpans()); n != 1 {
			t.Errorf("%d spans, want 1", n)
		}
	}()
	tracer.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

// A tracer that is off leaves requests alone.
func TestNilTracer(t *testing.T) {
	var tracer *Tracer
	h := tracer.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Record(r.Context(), Request{})
		Add(r.Context(), "read", time.Now(), time.Second)
		w.WriteHeader(http.StatusTeapot)
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusTeapot {
		t.Errorf("status %d, want %d", w.Code, http.StatusTeapot)
	}
	if err := tracer.Close(); err != nil {
		t.Errorf("Close of a nil Tracer: %v", err)
	}
}

// Log records with a request's context have the ids of its span.
func TestLogHandler(t *testing.T) {
	tracer, spans := recording(t)
	var log bytes.Buffer
	logger := slog.New(LogHandler{slog.NewTextHandler(&log, nil)}).With("a", 1)
	tracer.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { logger.InfoContext(r.Context(), "request") })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	logger.InfoContext(t.Context(), "no request")
	c := spans.GetSpans()[0].SpanContext
	first, second, _ := strings.Cut(log.String(), "\n")
	if want := "trace_id=" + c.TraceID().String() + " span_id=" + c.SpanID().String(); !strings.HasSuffix(first, want) {
		t.Errorf("log line %q, want %s at its end", first, want)
	}
	if strings.Contains(second, "trace_id") {
		t.Errorf("log line %q has a trace, want none", second)
	}
}

// The collector that the variables name gets the spans by OTLP over HTTP, with
// the headers that they give.
func TestFromEnvironment(t *testing.T) {
	logger := slog.New(slog.DiscardHandler)
	type request struct{ path, kind, token, body string }
	got := make(chan request, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("X-Token"), string(body)}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-token=abc")
	t.Setenv("OTEL_SERVICE_NAME", "cards")
	tracer := FromEnvironment(t.Context(), "1.2.3", logger)
	if tracer == nil {
		t.Fatal("FromEnvironment returned nil, want a tracer")
	}
	tracer.Wrap(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPatch, "/", nil))
	if err := tracer.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	select {
	case r := <-got:
		if r.path != "/v1/traces" || r.kind != "application/x-protobuf" || r.token != "abc" {
			t.Errorf("the collector got path %q, type %q, token %q", r.path, r.kind, r.token)
		}
		if !strings.Contains(r.body, "cards") || !strings.Contains(r.body, "PATCH") {
			t.Errorf("the spans %q lack the service or the method", r.body)
		}
	default:
		t.Error("the collector got nothing")
	}

	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	var log bytes.Buffer
	if FromEnvironment(context.Background(), "1.2.3", slog.New(slog.NewTextHandler(&log, nil))) != nil || !strings.Contains(log.String(), "only http/protobuf") {
		t.Errorf("with gRPC the log is %q, want a warning and no tracer", log.String())
	}
}

// Stages of a reading are spans below the reading's, one after the other, and
// those that follow each other under one name are one span.
func TestWork(t *testing.T) {
	tracer, spans := recording(t)
	ctx, request := tracer.tracer.Start(t.Context(), "request")
	start := time.Now()
	w := Begin(ctx, "recognise", start)
	for _, stage := range []string{"decode", "detect", "lines", "lines", "detect"} {
		w.Mark(stage)
	}
	w.End()
	request.End()
	got := spans.GetSpans()
	var names []string
	for _, s := range got {
		names = append(names, s.Name)
	}
	if want := []string{"decode", "detect", "lines", "detect", "recognise", "request"}; !slices.Equal(names, want) {
		t.Fatalf("spans %q, want %q", names, want)
	}
	work := got[4]
	if work.Parent.SpanID() != got[5].SpanContext.SpanID() {
		t.Errorf("recognise is below %s, want it below the request", work.Parent.SpanID())
	}
	at := start
	for _, s := range got[:4] {
		if s.Parent.SpanID() != work.SpanContext.SpanID() {
			t.Errorf("%s is below %s, want it below recognise", s.Name, s.Parent.SpanID())
		}
		if !s.StartTime.Equal(at) || s.EndTime.Before(at) {
			t.Errorf("%s lasts from %v to %v, want it from %v, the end of the one before", s.Name, s.StartTime, s.EndTime, at)
		}
		if len(s.Attributes) != 0 {
			t.Errorf("%s has attributes %v, want none", s.Name, s.Attributes)
		}
		at = s.EndTime
	}
}

// Work has a bounded number of spans, and none at all if the request is not
// recorded.
func TestWorkIsBounded(t *testing.T) {
	tracer, spans := recording(t)
	ctx, _ := tracer.tracer.Start(t.Context(), "request")
	w := Begin(ctx, "recognise", time.Now())
	for range maxStages {
		w.Mark("recognize")
		w.Mark("ctc")
	}
	w.End()
	if got := len(spans.GetSpans()); got != maxStages+1 {
		t.Errorf("%d spans after many stages, want %d and the work's", got, maxStages)
	}
	w = Begin(t.Context(), "recognise", time.Now())
	w.Mark("decode")
	w.End()
	if w != nil {
		t.Error("Begin without a recorded request gives work, want nil")
	}
}
