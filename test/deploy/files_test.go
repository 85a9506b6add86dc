// Package deploy checks the files of deploy/, each with the program that will
// read it.
package deploy

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
)

// need returns the path of a program. With CI set its absence is a failure.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", program)
	}
	t.Skipf("%s is missing", program)
	return ""
}

// kahao returns the binary under test.
func kahao(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("KAHAO_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "kahao")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/kahao")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// run runs kahao without the variables of this test, which it would refuse.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(kahao(t), args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "KAHAO_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// settings checks that the server knows the variables of an environment.
func settings(t *testing.T, env map[string]string) {
	t.Helper()
	out, err := run(t, "config", "print")
	if err != nil {
		t.Fatalf("kahao config print: %v\n%s", err, out)
	}
	for name := range env {
		setting := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "KAHAO_"), "_", "-"))
		if strings.HasPrefix(name, "KAHAO_") && !regexp.MustCompile(`(?m)^#? *`+regexp.QuoteMeta(setting)+` *=`).MatchString(out) {
			t.Errorf("%s: kahao has no setting %s", name, setting)
		}
	}
}

func succeeds(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(need(t, name), args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func copyTo(t *testing.T, from, to string, edit ...string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(edit...).Replace(string(text))
	for i := 0; i < len(edit); i += 2 {
		if !strings.Contains(string(text), edit[i]) {
			t.Fatalf("%s does not contain %q", from, edit[i])
		}
	}
	if err := os.WriteFile(to, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSystemd(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, "../../deploy/systemd/kahao.service", filepath.Join(dir, "kahao.service"), "/usr/bin/kahao", kahao(t))
	cmd := exec.Command(need(t, "systemd-analyze"), "verify", filepath.Join(dir, "kahao.service"))
	out, err := cmd.CombinedOutput()
	// Warnings about units of the machine are none of ours.
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "kahao.service") && !strings.Contains(line, "user 'kahao'") {
			t.Errorf("systemd-analyze verify (%v): %s", err, line)
		}
	}
	out, err = exec.Command(need(t, "systemd-analyze"), "security", "--offline=true", "--threshold=20", filepath.Join(dir, "kahao.service")).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security finds an exposure above 2.0: %v\n%s", err, out)
	}
}

func TestPackagedConfiguration(t *testing.T) {
	out, err := run(t, "config", "check", "--config", "../../deploy/package/kahao.toml")
	if err != nil {
		t.Errorf("kahao config check: %v\n%s", err, out)
	}
}

func TestPrometheus(t *testing.T) {
	const dir = "../../deploy/prometheus"
	succeeds(t, dir, "promtool", "check", "rules", "alerts.yaml")
	succeeds(t, dir, "promtool", "test", "rules", "alerts_test.yaml")
	succeeds(t, dir, "promtool", "check", "config", "prometheus.yaml")
}

func TestNginx(t *testing.T) {
	dir := t.TempDir()
	key, certificate := filepath.Join(dir, "key.pem"), filepath.Join(dir, "certificate.pem")
	succeeds(t, dir, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
		"-subj", "/CN=cards.example.com", "-keyout", key, "-out", certificate)
	copyTo(t, "../../deploy/nginx/kahao.conf", filepath.Join(dir, "kahao.conf"),
		"/etc/ssl/certs/cards.example.com.pem", certificate, "/etc/ssl/private/cards.example.com.key", key)
	main := "pid " + dir + "/pid; error_log stderr; events {} http { access_log off; include " + dir + "/kahao.conf; }"
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(main), 0o644); err != nil {
		t.Fatal(err)
	}
	succeeds(t, dir, "nginx", "-t", "-c", filepath.Join(dir, "nginx.conf"))
}

func TestCaddy(t *testing.T) {
	succeeds(t, "../../deploy/caddy", "caddy", "validate", "--adapter", "caddyfile", "--config", "Caddyfile")
}

func TestCompose(t *testing.T) {
	options, err := cli.NewProjectOptions([]string{"../../deploy/compose/compose.yaml"}, cli.WithEnv([]string{"KAHAO_VERSION=1.2.3"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s, err := project.GetService("kahao")
	if err != nil {
		t.Fatal(err)
	}
	if s.Image != "kahao:1.2.3" || !s.ReadOnly {
		t.Errorf("the service runs %q, read-only %v, want kahao:1.2.3 with a read-only file system", s.Image, s.ReadOnly)
	}
	env := map[string]string{}
	for name, value := range s.Environment {
		env[name] = *value
	}
	settings(t, env)
	without, err := cli.NewProjectOptions([]string{"../../deploy/compose/compose.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := without.LoadProject(context.Background()); err == nil || !strings.Contains(err.Error(), "KAHAO_VERSION") {
		t.Errorf("without KAHAO_VERSION the error is %v, want one that names it", err)
	}
}

var metric = regexp.MustCompile(`kahao_[a-z_]+`)

// TestQueries: the dashboard and the alerts ask for metrics that the
// documentation describes. A test of the server holds the documentation to what
// it exports.
func TestQueries(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	known := metric.FindAllString(string(page), -1)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text, err := os.ReadFile("../../deploy/grafana/kahao.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal("the dashboard is not JSON:", err)
	}
	queries := map[string]string{}
	for _, p := range dashboard.Panels {
		for i, q := range p.Targets {
			queries[p.Title+"/"+string(rune('A'+i))] = q.Expr
		}
	}
	rules, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(rules), "\n") {
		if name, expression, ok := strings.Cut(line, "expr: "); ok {
			queries["alert"+name+expression] = expression
		}
	}
	if len(queries) < 30 {
		t.Fatalf("%d queries were found, want 30 or more", len(queries))
	}
	for name, query := range queries {
		for _, used := range metric.FindAllString(query, -1) {
			base := used
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				base = strings.TrimSuffix(base, suffix)
			}
			if !slices.Contains(known, base) {
				t.Errorf("%s uses %s, which docs/operations.md does not have", name, used)
			}
		}
	}
}
