package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Validate reports the problems of the values, each by the name of its flag.
func (s Server) Validate() error {
	var errs []error
	for _, m := range s.problems() {
		errs = append(errs, fmt.Errorf("--%s: %s", m.setting, m.text))
	}
	return errors.Join(errs...)
}

func TestDefaultsAreValid(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatalf("Validate of the defaults: %v", err)
	}
	r := Defaults().Resolved(0)
	if r.Workers < 1 || r.Queue != 8*r.Workers || r.ImageMemory != 512*mib || r.BodyMemory != 128*mib {
		t.Errorf("Resolved(0) = %+v, want queue 8 x workers, 512 MiB and 128 MiB", r)
	}
	if err := r.Validate(); err != nil {
		t.Errorf("Validate of the resolved defaults: %v", err)
	}
}

// The memory of all requests is bounded by the memory limit.
func TestResolvedStaysWithinMemory(t *testing.T) {
	for _, limit := range []int64{256 * mib, 460 * mib, 4 * gib} {
		r := Defaults().Resolved(limit)
		// Parsing JSON takes four times the size of a body for a moment.
		if r.ImageMemory+4*r.BodyMemory > limit {
			t.Errorf("limit %d: %d for images and %d for bodies are more", limit, r.ImageMemory, r.BodyMemory)
		}
	}
}

// Plain HTTP is allowed only on this machine, except with --insecure.
func TestInsecure(t *testing.T) {
	for listen, safe := range map[string]bool{
		"127.0.0.1:0": true, "localhost:80": true, "LOCALHOST:80": true, "[::1]:80": true, "127.9.9.9:80": true, "[::ffff:127.0.0.1]:80": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false, "192.168.1.2:80": false, "example.org:80": false,
	} {
		for setting, set := range map[string]func(*Server){
			"listen":         func(s *Server) { s.Listen = listen },
			"metrics-listen": func(s *Server) { s.MetricsListen = listen },
		} {
			s := Defaults()
			set(&s)
			err := s.Validate()
			if (err == nil) != safe {
				t.Errorf("--%s %s: Validate = %v, want valid = %v", setting, listen, err, safe)
			}
			if !safe && (!strings.Contains(err.Error(), "--insecure") || !strings.Contains(err.Error(), "--"+setting)) {
				t.Errorf("--%s %s: %v does not name --insecure and the setting", setting, listen, err)
			}
			s.Insecure = true
			if err := s.Validate(); err != nil {
				t.Errorf("--listen %s --insecure: %v, want no error", listen, err)
			}
		}
	}
}

// Each invalid value is reported with the name of its setting.
func TestValidateRefuses(t *testing.T) {
	for _, c := range []struct {
		setting string
		spoil   func(*Server)
	}{
		{"listen", func(s *Server) { s.Listen = "here" }},
		{"listen", func(s *Server) { s.Listen = "127.0.0.1:70000" }},
		{"listen", func(s *Server) { s.Listen, s.TLSCertFile = "0.0.0.0:80", "cert" }},
		{"tls-cert-file", func(s *Server) { s.TLSKeyFile = "key" }},
		{"tls-cert-file", func(s *Server) { s.TLSCertFile = "cert" }},
		{"trusted-proxies", func(s *Server) { s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }},
		{"trusted-proxies", func(s *Server) { s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("::/0")} }},
		{"cors-origins", func(s *Server) { s.CORSOrigins = []string{"app.example.com"} }},
		{"cors-origins", func(s *Server) { s.CORSOrigins = []string{"https://app.example.com/"} }},
		{"max-connections", func(s *Server) { s.MaxConnections = 0 }},
		{"max-connections-per-ip", func(s *Server) { s.MaxConnectionsPerIP = 0 }},
		{"single-use-age", func(s *Server) { s.SingleUseAge = -1 }},
		{"rate", func(s *Server) { s.Rate = -1 }},
		{"burst", func(s *Server) { s.Burst = 3 }},
		{"rate-per-ip", func(s *Server) { s.RatePerIP = 1e9 }},
		{"burst-per-ip", func(s *Server) { s.BurstPerIP = 3 }},
		{"http-status", func(s *Server) { s.HTTPStatus = "201" }},
		{"max-body", func(s *Server) { s.MaxBody = 1 * mib }},
		{"max-body", func(s *Server) { s.MaxBody = 0 }},
		{"max-image", func(s *Server) { s.MaxImage = 0 }},
		{"max-image", func(s *Server) { s.MaxImage, s.MaxBody = 21*mib, 100*mib }},
		{"max-images", func(s *Server) { s.MaxImages = 0 }},
		{"max-images", func(s *Server) { s.MaxImages = 101 }},
		{"max-pixels", func(s *Server) { s.MaxPixels = 0 }},
		{"keep-results", func(s *Server) { s.KeepResults = 25 * time.Hour }},
		{"api3-rate", func(s *Server) { s.API3Rate = -1 }},
		{"api3-max-body", func(s *Server) { s.API3MaxBody = 1 * kib }},
		{"api3-max-body", func(s *Server) { s.API3MaxBody = 17 * mib }},
		{"api3-checks", func(s *Server) { s.API3Checks = "never" }},
		{"body-memory", func(s *Server) { s.BodyMemory = 9 * mib }},
		{"workers", func(s *Server) { s.Workers = -1 }},
		{"queue", func(s *Server) { s.Queue = 1 << 20 }},
		{"read-timeout", func(s *Server) { s.ReadTimeout = 0 }},
		{"memory-limit", func(s *Server) { s.MemoryLimit = 1 * mib }},
		{"image-memory", func(s *Server) { s.ImageMemory = 1 * mib }},
		{"body-memory", func(s *Server) { s.BodyMemory = 5 * mib }},
		{"fetch-hosts", func(s *Server) { s.FetchHosts = []string{"example.com"} }},
		{"fetch-timeout", func(s *Server) { s.FetchTimeout = time.Minute }},
		{"fetch-redirects", func(s *Server) { s.FetchRedirects = 4 }},
		{"console", func(s *Server) { s.Console = "here" }},
		{"console", func(s *Server) { s.Console = "0.0.0.0:8081" }},
		{"console", func(s *Server) { s.Console = ":8081" }},
		{"console", func(s *Server) { s.Console, s.Insecure = "192.0.2.1:0", true }},
		{"console", func(s *Server) { s.Console = s.Listen }},
		{"console", func(s *Server) { s.Console, s.MetricsListen = "127.0.0.1:9", "127.0.0.1:9" }},
		{"console-behind-proxy", func(s *Server) { s.Console, s.ConsoleBehindProxy = "off", true }},
		{"console-two-step", func(s *Server) { s.Console, s.ConsoleTwoStep = "off", true }},
		{"metrics-listen", func(s *Server) { s.MetricsListen = "here" }},
		{"metrics-listen", func(s *Server) { s.MetricsListen = s.Listen }},
		{"metrics-token-file", func(s *Server) { s.MetricsTokenFile = "token" }},
		{"log-format", func(s *Server) { s.LogFormat = "xml" }},
		{"log-level", func(s *Server) { s.LogLevel = "all" }},
		{"drain", func(s *Server) { s.Drain = time.Hour }},
	} {
		s := Defaults()
		c.spoil(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "--"+c.setting+": ") {
			t.Errorf("Validate = %v, want an error with --%s", err, c.setting)
		}
	}
}

// The console is on by default where there is a database, and elsewhere only if
// it is asked for.
func TestConsoleAddress(t *testing.T) {
	for _, c := range []struct{ console, data, url, want string }{
		{DefaultConsole, "", "", ""}, {DefaultConsole, "d", "", DefaultConsole}, {DefaultConsole, "", "postgres://h/d", DefaultConsole},
		{"127.0.0.1:0", "", "", "127.0.0.1:0"}, {ConsoleOff, "d", "", ""},
	} {
		s := Defaults()
		s.Console, s.Data, s.URL = c.console, c.data, DatabaseURL(c.url)
		if got := s.ConsoleAddress(); got != c.want {
			t.Errorf("ConsoleAddress with --console %s, --data %q, --database-url %q = %q, want %q", c.console, c.data, c.url, got, c.want)
		}
	}
	s := Defaults()
	s.Console, s.ConsoleBehindProxy = "0.0.0.0:8081", true
	if err := s.Validate(); err != nil {
		t.Errorf("--console 0.0.0.0:8081 --console-behind-proxy: %v, want no error", err)
	}
}

func TestValidateReportsEverything(t *testing.T) {
	err := Server{Listen: "here", HTTPStatus: "201", Workers: -1, Queue: 1 << 20, Drain: time.Hour}.Validate()
	if err == nil {
		t.Fatal("Validate accepted everything")
	}
	for _, flag := range []string{"--listen", "--http-status", "--workers", "--queue", "--max-connections:", "--max-connections-per-ip", "--read-timeout", "--drain"} {
		if !strings.Contains(err.Error(), flag) {
			t.Errorf("the error lacks %s:\n%v", flag, err)
		}
	}
}
