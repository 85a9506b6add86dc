package deploy

import (
	"os"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestCollectorConfiguration checks that the pipeline of the Collector's configuration
// uses the components that it defines, all of them, and that it listens where its
// comment and docs/operations.md have the server send. The module otel
// has the Collector itself check it.
func TestCollectorConfiguration(t *testing.T) {
	text, err := os.ReadFile("../../deploy/otel/collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type components map[string]map[string]any
	var c struct {
		Receivers struct {
			OTLP struct {
				Protocols struct{ HTTP struct{ Endpoint string } }
			}
		}
		Processors, Exporters components
		Service               struct {
			Pipelines map[string]struct{ Receivers, Processors, Exporters []string }
		}
	}
	if err := yaml.UnmarshalStrict(text, &c); err != nil {
		t.Fatal(err)
	}
	if got := c.Receivers.OTLP.Protocols.HTTP.Endpoint; got != "127.0.0.1:4318" {
		t.Errorf("it listens on %q, want 127.0.0.1:4318", got)
	}
	traces, ok := c.Service.Pipelines["traces"]
	if !ok || len(c.Service.Pipelines) != 1 || !slices.Equal(traces.Receivers, []string{"otlp"}) {
		t.Errorf("pipelines %v, want one of traces that otlp receives", c.Service.Pipelines)
	}
	for _, part := range []struct {
		defined components
		used    []string
	}{{c.Processors, traces.Processors}, {c.Exporters, traces.Exporters}} {
		if len(part.used) != len(part.defined) || len(part.used) == 0 {
			t.Errorf("%v are used, want all that are defined: %v", part.used, part.defined)
		}
		for _, name := range part.used {
			if part.defined[name] == nil {
				t.Errorf("%s is used and not defined", name)
			}
		}
	}
}
