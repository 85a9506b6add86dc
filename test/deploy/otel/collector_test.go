// Package otel checks the configuration of the OpenTelemetry Collector with the
// Collector's own code.
package otel

import (
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/otelcol/otelcoltest"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
)

// The Collector accepts the configuration, with the components that its
// distributions have.
func TestCollectorAcceptsConfiguration(t *testing.T) {
	receivers, err := otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory())
	if err != nil {
		t.Fatalf("receivers: %v", err)
	}
	processors, err := otelcol.MakeFactoryMap[processor.Factory](batchprocessor.NewFactory(), memorylimiterprocessor.NewFactory())
	if err != nil {
		t.Fatalf("processors: %v", err)
	}
	exporters, err := otelcol.MakeFactoryMap[exporter.Factory](otlphttpexporter.NewFactory())
	if err != nil {
		t.Fatalf("exporters: %v", err)
	}
	none, err := otelcoltest.NopFactories() // for the Collector's own telemetry
	if err != nil {
		t.Fatalf("NopFactories: %v", err)
	}
	t.Setenv("TRACES_ENDPOINT", "http://127.0.0.1:4319")
	c, err := otelcoltest.LoadConfigAndValidate("../../../deploy/otel/collector.yaml", otelcol.Factories{
		Receivers: receivers, Processors: processors, Exporters: exporters, Telemetry: none.Telemetry,
	})
	if err != nil {
		t.Fatalf("the Collector refuses deploy/otel/collector.yaml: %v", err)
	}
	if len(c.Service.Pipelines) != 1 {
		t.Errorf("%d pipelines, want one", len(c.Service.Pipelines))
	}
	at := component.MustNewID("otlp_http")
	if got := c.Exporters[at].(*otlphttpexporter.Config).ClientConfig.Endpoint; got != "http://127.0.0.1:4319" {
		t.Errorf("the exporter sends to %q, want the value of TRACES_ENDPOINT", got)
	}
}
