// Package tracing makes OpenTelemetry spans of requests and sends them to a
// collector by OTLP over HTTP. It is off unless the standard environment
// variables name a collector.
//
// A span contains numbers, times and values of closed sets: no text that a client
// or an image chose gets into one. docs/operations.md, Traces, lists the
// attributes.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/kahao/kahao/internal/redact"
)

const (
	// serviceName is what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES replace.
	serviceName = "kahao"
	scopeName   = "github.com/kahao/kahao/internal/tracing"
	// closeTimeout bounds sending what is left at the end.
	closeTimeout = 5 * time.Second
)

// Tracer makes spans. The methods of a nil Tracer, which is one that is off, do
// nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// FromEnvironment returns the tracer that the OTEL_ variables describe, or nil
// if they name no collector. The SDK reads all but those that enabled checks. A
// mistake in them is logged and leaves tracing off: it must not stop a server.
func FromEnvironment(ctx context.Context, version string, logger *slog.Logger) *Tracer {
	on, err := enabled(os.Getenv)
	if err != nil {
		logger.Warn("traces are off", "cause", err)
	}
	if !on || err != nil {
		return nil
	}
	// The SDK reports what it cannot use or send to a handler of the process.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		logger.Warn("traces", "cause", redact.Error(err))
	}))
	exporter, err := otlptracehttp.New(ctx)
	if err == nil {
		var t *Tracer
		if t, err = newTracer(ctx, version, sdk.WithBatcher(exporter)); err == nil {
			logger.Info("traces are on")
			return t
		}
	}
	logger.Warn("traces are off", "cause", redact.Error(err))
	return nil
}

// enabled decides by the variables whether there are traces. OTLP's default of
// a collector at localhost needs OTEL_TRACES_EXPORTER: nothing is sent unasked.
func enabled(getenv func(string) string) (bool, error) {
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	endpoint := getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") + getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	switch exporter := getenv("OTEL_TRACES_EXPORTER"); {
	case exporter == "none" || exporter == "" && endpoint == "":
		return false, nil
	case exporter != "otlp" && exporter != "":
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER is %q; otlp and none are known", exporter)
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if protocol := getenv(name); protocol == "http/protobuf" {
			break
		} else if protocol != "" {
			return false, fmt.Errorf("%s is %q; only http/protobuf is known", name, protocol)
		}
	}
	return true, nil
}

// newTracer returns a tracer with the sampler and the limits of the variables.
func newTracer(ctx context.Context, version string, options ...sdk.TracerProviderOption) (*Tracer, error) {
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", serviceName), attribute.String("service.version", version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, err
	}
	p := sdk.NewTracerProvider(append(options, sdk.WithResource(about))...)
	return &Tracer{provider: p, tracer: p.Tracer(scopeName, trace.WithInstrumentationVersion(version))}, nil
}

// Close sends the spans that are not sent yet.
func (t *Tracer) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return t.provider.Shutdown(ctx)
}
