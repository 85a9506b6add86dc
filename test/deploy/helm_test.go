package deploy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
)

const chartDir = "../../deploy/helm/kahao"

// everything switches on every template and every optional block.
var everything = map[string]any{
	"database":         map[string]any{"existingSecret": "db", "autoMigrate": false},
	"tls":              map[string]any{"existingSecret": "tls"},
	"ingress":          map[string]any{"enabled": true, "className": "nginx", "tlsSecret": "cards", "annotations": map[string]any{"a": "b"}},
	"autoscaling":      map[string]any{"enabled": true},
	"networkPolicy":    map[string]any{"from": []any{map[string]any{"podSelector": map[string]any{}}}, "metricsFrom": []any{map[string]any{"podSelector": map[string]any{}}}},
	"metrics":          map[string]any{"serviceMonitor": map[string]any{"enabled": true, "labels": map[string]any{"release": "prometheus"}}},
	"settings":         map[string]any{"rate": 10, "fetch": true, "log-level": "warn"},
	"imagePullSecrets": []any{map[string]any{"name": "pull"}},
	"podAnnotations":   map[string]any{"a": "b"},
	"nodeSelector":     map[string]any{"disk": "ssd"},
	"tolerations":      []any{map[string]any{"key": "k", "operator": "Exists"}},
	"affinity":         map[string]any{"podAntiAffinity": map[string]any{}},
	"serviceAccount":   map[string]any{"annotations": map[string]any{"a": "b"}},
	"topologySpreadConstraints": []any{map[string]any{
		"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": map[string]any{},
	}},
}

var least = map[string]any{"database": map[string]any{"existingSecret": "db"}}

func load(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// render returns the documents that the chart makes of values, by kind.
func render(c *chart.Chart, values map[string]any) (map[string][]string, error) {
	all, err := chartutil.ToRenderValues(c, values, chartutil.ReleaseOptions{Name: "cards", Namespace: "default"}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(c, all)
	if err != nil {
		return nil, err
	}
	kinds := map[string][]string{}
	for name, text := range files {
		if strings.HasSuffix(name, ".txt") {
			continue
		}
		for _, document := range strings.Split(text, "\n---\n") {
			if strings.TrimSpace(document) == "" {
				continue
			}
			_, rest, ok := strings.Cut("\n"+document, "\nkind: ")
			if !ok {
				return nil, fmt.Errorf("%s: a document without kind:\n%s", name, document)
			}
			kind, _, _ := strings.Cut(rest, "\n")
			kinds[kind] = append(kinds[kind], document)
		}
	}
	return kinds, nil
}

func TestChartLints(t *testing.T) {
	for name, values := range map[string]map[string]any{"least": least, "everything": everything} {
		result := lint.AllWithKubeVersion(chartDir, values, "default", nil)
		for _, m := range result.Messages {
			if m.Severity >= support.WarningSev {
				t.Errorf("helm lint with %s: %v", name, m)
			}
		}
	}
}

// TestChartSchema decodes every document strictly as the type that Kubernetes has
// for it: an unknown or misplaced field is an error.
func TestChartSchema(t *testing.T) {
	codecs := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict)
	for name, values := range map[string]map[string]any{"least": least, "everything": everything} {
		kinds, err := render(load(t), values)
		if err != nil {
			t.Fatalf("helm template with %s: %v", name, err)
		}
		for kind, documents := range kinds {
			if kind == "ServiceMonitor" { // of the Prometheus operator, not of Kubernetes
				continue
			}
			for _, document := range documents {
				if _, _, err := codecs.UniversalDeserializer().Decode([]byte(document), nil, nil); err != nil {
					t.Errorf("%s with %s: %v\n%s", kind, name, err, document)
				}
			}
		}
		want := []string{"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"}
		if name == "everything" {
			want = append(want, "HorizontalPodAutoscaler", "Ingress", "ServiceMonitor")
		}
		for _, kind := range want {
			if len(kinds[kind]) == 0 {
				t.Errorf("the chart with %s makes no %s", name, kind)
			}
		}
	}
}

func decode[T runtime.Object](t *testing.T, document string) T {
	t.Helper()
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode([]byte(document), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return object.(T)
}

func TestChartDeployment(t *testing.T) {
	kinds, err := render(load(t), everything)
	if err != nil {
		t.Fatal(err)
	}
	d := decode[*appsv1.Deployment](t, kinds["Deployment"][0])
	if d.Spec.Replicas != nil {
		t.Error("the deployment fixes its replicas although the autoscaler sets them")
	}
	pod := d.Spec.Template.Spec
	c := pod.Containers[0]
	if !*c.SecurityContext.ReadOnlyRootFilesystem || *c.SecurityContext.AllowPrivilegeEscalation || !*pod.SecurityContext.RunAsNonRoot {
		t.Errorf("the container is not confined: %+v, %+v", c.SecurityContext, pod.SecurityContext)
	}
	if *pod.AutomountServiceAccountToken {
		t.Error("the pod gets a token of the cluster's API, which kahao does not use")
	}
	if got := c.ReadinessProbe.HTTPGet; got.Path != "/readyz" || got.Scheme != corev1.URISchemeHTTPS {
		t.Errorf("the readiness probe is %+v, want /readyz over HTTPS", got)
	}
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	for name, want := range map[string]string{
		"KAHAO_RATE": "10", "KAHAO_FETCH": "true", "KAHAO_LOG_LEVEL": "warn", "KAHAO_LOG_FORMAT": "json", "KAHAO_AUTO_MIGRATE": "false",
		"KAHAO_TLS_CERT_FILE": "/tls/tls.crt", "KAHAO_DATABASE_URL_FILE": "/secrets/database-url",
	} {
		if env[name] != want {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	if _, plain := env["KAHAO_INSECURE"]; plain {
		t.Error("KAHAO_INSECURE is set although the replicas have a certificate")
	}
	if slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return strings.Contains(e.Value, "postgres://") }) {
		t.Error("a database URL stands in the environment, where it can be read by everyone who may see pods")
	}
	settings(t, env)
}

// TestChartFetch: only a server that fetches images may connect to the Internet.
func TestChartFetch(t *testing.T) {
	for fetch, ports := range map[bool]int{false: 3, true: 5} {
		values := map[string]any{"database": map[string]any{"existingSecret": "db"}, "settings": map[string]any{"fetch": fetch}}
		kinds, err := render(load(t), values)
		if err != nil {
			t.Fatal(err)
		}
		p := decode[*networkingv1.NetworkPolicy](t, kinds["NetworkPolicy"][0])
		got := 0
		for _, e := range p.Spec.Egress {
			got += len(e.Ports)
		}
		if got != ports {
			t.Errorf("with fetch %v the policy opens %d ports, want %d", fetch, got, ports)
		}
	}
}

// TestChartTraces: the replicas know the collector and may connect to its port,
// if there is one.
func TestChartTraces(t *testing.T) {
	for endpoint, ports := range map[string]int{"": 3, "http://collector.monitoring:4318": 4} {
		values := map[string]any{"database": map[string]any{"existingSecret": "db"}, "traces": map[string]any{"endpoint": endpoint}}
		kinds, err := render(load(t), values)
		if err != nil {
			t.Fatal(err)
		}
		d := decode[*appsv1.Deployment](t, kinds["Deployment"][0])
		got := ""
		for _, e := range d.Spec.Template.Spec.Containers[0].Env {
			if e.Name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
				got = e.Value
			}
		}
		if got != endpoint {
			t.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT is %q, want %q", got, endpoint)
		}
		open := 0
		for _, e := range decode[*networkingv1.NetworkPolicy](t, kinds["NetworkPolicy"][0]).Spec.Egress {
			open += len(e.Ports)
		}
		if open != ports {
			t.Errorf("with the collector %q the policy opens %d ports, want %d", endpoint, open, ports)
		}
	}
}

func TestChartRefuses(t *testing.T) {
	for want, values := range map[string]map[string]any{
		"name the secret": {},
		"replicaCount":    {"database": map[string]any{"existingSecret": "db"}, "replicaCount": 0},
		"replicas":        {"database": map[string]any{"existingSecret": "db"}, "replicas": 2},
		"LogLevel":        {"database": map[string]any{"existingSecret": "db"}, "settings": map[string]any{"LogLevel": "warn"}},
	} {
		if _, err := render(load(t), values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("helm template with %v: error %v, want one with %q", values, err, want)
		}
	}
}
