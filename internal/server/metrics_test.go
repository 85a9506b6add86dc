package server

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// figures asks for the page and returns its status and text.
func (r *running) figures(t *testing.T, authorization string) (int, string) {
	t.Helper()
	req, _ := http.NewRequest("GET", "http://"+r.MetricsAddr().String()+"/metrics", nil)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// counted waits until n requests were counted, which is after their replies,
// and returns the figures.
func (r *running) counted(t *testing.T, n int) string {
	t.Helper()
	for {
		status, text := r.figures(t, "")
		if status != 200 {
			t.Fatalf("status %d", status)
		}
		sum := 0
		for _, m := range requests.FindAllStringSubmatch(text, -1) {
			k, _ := strconv.Atoi(m[1])
			sum += k
		}
		if sum >= n {
			return text
		}
	}
}

var requests = regexp.MustCompile(`(?m)^kahao_requests_total\{.*\} ([0-9]+)$`)

// sample is a line of the text format: a name, labels, a number.
var sample = regexp.MustCompile(`^[a-z_][a-z0-9_]*(\{[a-zA-Z_]+="[^"]*"(, ?[a-zA-Z_]+="[^"]*")*\})? (-?[0-9.]+(e[+-]?[0-9]+)?|\+Inf|NaN)$`)

// What was done is counted, by condition, stage and outcome, and nowhere is
// there anything that a client sent.
func TestMetrics(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) {
		c.MetricsListen, c.MetricsAppID, c.Versions.Kahao = "127.0.0.1:0", true, "v1.2.3"
	})
	r.post(t)
	r.post(t)
	r.get(t, "/secret-path")
	text := r.counted(t, 3)
	for _, want := range []string{
		`kahao_requests_total{route="bankcard",code="0",condition="ok",outcome="ok"} 2`,
		`kahao_requests_total{route="other",code="3",condition="not_found",outcome="refused"} 1`,
		`kahao_account_requests_total{appid="` + r.Account().AppID + `",outcome="ok"} 2`,
		`kahao_request_seconds_count{route="bankcard",outcome="ok"} 2`,
		`kahao_stage_seconds_count{stage="recognise"} 2`, `kahao_stage_seconds_count{stage="wait"} 2`, `kahao_stage_seconds_count{stage="verify"} 2`,
		`kahao_requests_rejected_total{stage="admission"} 0`, `kahao_inflight_weight 0`, `kahao_build_info{version="v1.2.3"} 1`,
		"# TYPE kahao_requests_total counter", "# TYPE kahao_stage_seconds histogram", "go_goroutines", "process_",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not there: %s", want)
		}
	}
	described := map[string]bool{}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "# HELP ")
		name, words, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if ok && (words == "" || described[name]) {
			t.Errorf("the metric %s is described by %q, described before: %v; want one text", name, words, described[name])
		}
		described[name] = described[name] || ok
	}
	if len(described) < 30 {
		t.Errorf("%d metrics are described, want all", len(described))
	}
	for _, secret := range []string{"secret-path", "4000001234567899", "127.0.0.1", r.Account().SecretID} {
		if strings.Contains(text, secret) {
			t.Errorf("there is %s", secret)
		}
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !sample.MatchString(line) {
			t.Errorf("not in the text format: %s", line)
		}
	}
	for path, want := range map[string]int{"/": 404, "/healthz": 404} {
		resp, err := http.Get("http://" + r.MetricsAddr().String() + path)
		if err != nil {
			t.Fatalf("http.Get: %v", err)
		}
		if resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if status, _ := r.get(t, "/metrics"); status != 404 {
		t.Errorf("the figures are served to clients: %d", status)
	}
}

// Without being asked for, there are no app ids.
func TestMetricsWithoutAppID(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) { c.MetricsListen = "127.0.0.1:0" })
	r.post(t)
	if strings.Contains(r.counted(t, 1), r.Account().AppID) {
		t.Error("the metrics contain the app ID")
	}
}

// The page may ask for a token, which can be changed while it runs.
func TestMetricsToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	write("first\n")
	r := start(t, &fakeReader{}, func(c *Config) { c.MetricsListen, c.MetricsTokenFile = "127.0.0.1:0", file })
	check := func(want map[string]int) {
		t.Helper()
		for authorization, status := range want {
			if got, _ := r.figures(t, authorization); got != status {
				t.Errorf("%q: %d, want %d", authorization, got, status)
			}
		}
	}
	check(map[string]int{"": 401, "Bearer first": 200, "Bearer firs": 401, "Bearer ": 401, "first": 401, "Basic first": 401})
	write("second")
	r.Reload()
	check(map[string]int{"Bearer first": 401, "Bearer second": 200})
	write("")
	r.Reload()
	check(map[string]int{"": 401, "Bearer ": 401, "Bearer second": 200})
}
