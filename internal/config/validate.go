package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mistake is a setting that cannot be used, and why.
type mistake struct{ setting, text string }

// Validate reports every setting that cannot be used, by its name on the
// command line.
func (s Server) Validate() error {
	var errs []error
	for _, m := range s.mistakes() {
		errs = append(errs, fmt.Errorf("--%s: %s", m.setting, m.text))
	}
	return errors.Join(errs...)
}

// judge collects mistakes.
type judge []mistake

func (j *judge) bad(setting, format string, args ...any) {
	*j = append(*j, mistake{setting, fmt.Sprintf(format, args...)})
}

// between notes a number outside its bounds.
func between[T int | int64 | float64](j *judge, setting string, value, least, most T) {
	if !(value >= least && value <= most) {
		j.bad(setting, "%v is not between %v and %v", value, least, most)
	}
}

// within notes a time outside its bounds.
func within(j *judge, setting string, value, least, most time.Duration) {
	if value < least || value > most {
		j.bad(setting, "%v is not between %v and %v", value, least, most)
	}
}

func (j *judge) oneOf(setting, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		j.bad(setting, "%q is none of %s", value, strings.Join(allowed, ", "))
	}
}

// mistakes are those that the values show by themselves.
func (s Server) mistakes() []mistake {
	var j judge
	s.judgeListening(&j)
	s.judgeAccounts(&j)
	s.judgeStore(&j)
	s.judgeLimits(&j)
	s.judgeFetching(&j)
	j.oneOf("http-status", s.HTTPStatus, "200", "2017")
	j.oneOf("luhn", s.Luhn, "prior", "strict", "off")
	j.oneOf("log-format", s.LogFormat, "text", "json")
	j.oneOf("log-level", s.LogLevel, "debug", "info", "warn", "error")
	if s.Drain < 0 || s.Stop <= 0 || s.Drain >= s.Stop {
		j.bad("drain", "%v and --stop %v: stopping must take longer than draining", s.Drain, s.Stop)
	}
	return j
}

func (s Server) judgeListening(j *judge) {
	host, port, err := net.SplitHostPort(s.Listen)
	j.address("listen", s.Listen)
	secure := s.TLSCertFile != "" && s.TLSKeyFile != ""
	if err == nil && !secure && !s.Insecure && !loopback(host) {
		j.bad("listen", "%q can be reached from other machines, and this is plain HTTP: give --tls-cert-file and --tls-key-file, put a TLS proxy in front of a loopback address, or give --insecure", s.Listen)
	}
	if (s.TLSCertFile == "") != (s.TLSKeyFile == "") {
		j.bad("tls-cert-file", "a certificate and --tls-key-file belong together")
	}
	for _, p := range s.TrustedProxies {
		if p.Bits() == 0 {
			j.bad("trusted-proxies", "%v is everybody: anyone could claim any address", p)
		}
	}
	between(j, "max-connections", s.MaxConnections, 1, 1_000_000)
	between(j, "max-connections-per-ip", s.MaxConnectionsPerIP, 1, 1_000_000)

	if s.MetricsListen == "" {
		if s.MetricsTokenFile != "" {
			j.bad("metrics-token-file", "there is no --metrics-listen that it could protect")
		}
		return
	}
	j.address("metrics-listen", s.MetricsListen)
	metricsHost, metricsPort, err := net.SplitHostPort(s.MetricsListen)
	if err == nil && s.MetricsTokenFile == "" && !s.Insecure && !loopback(metricsHost) {
		j.bad("metrics-listen", "%q can be reached from other machines: give --metrics-token-file, or --insecure", s.MetricsListen)
	}
	if host == metricsHost && port == metricsPort && port != "0" {
		j.bad("metrics-listen", "%q is what --listen has", s.MetricsListen)
	}
}

// address notes what is not host:port.
func (j *judge) address(setting, address string) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		j.bad(setting, "%q is not host:port", address)
		return
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		j.bad(setting, "%q is not a port number", port)
	}
}

func (s Server) judgeAccounts(j *judge) {
	within(j, "one-off-age", s.OneOffAge, 0, 100*24*time.Hour)
	for _, r := range []struct {
		rate, burst string
		perSecond   float64
		atOnce      int
	}{{"rate", "burst", s.Rate, s.Burst}, {"rate-per-ip", "burst-per-ip", s.RatePerIP, s.BurstPerIP}} {
		between(j, r.rate, r.perSecond, 0, 1_000_000)
		between(j, r.burst, r.atOnce, 0, 1_000_000)
		if r.atOnce > 0 && r.perSecond == 0 {
			j.bad(r.burst, "%d is of no use without --%s", r.atOnce, r.rate)
		}
	}
	// What is kept are card numbers in clear.
	within(j, "keep-results", s.KeepResults, 0, 24*time.Hour)
}

func (s Server) judgeLimits(j *judge) {
	between(j, "workers", s.Workers, 0, 1024)
	between(j, "queue", s.Queue, 0, 100_000)
	between(j, "max-picture", s.MaxPicture, 1, 20*mib)
	between(j, "max-pictures", s.MaxPictures, 1, 100)
	between(j, "max-pixels", s.MaxPixels, 1, 50_000_000)
	between(j, "max-body", s.MaxBody, 1, 256*mib)
	if s.MaxPicture > 0 && s.MaxBody < s.MaxPicture/3*4+64*kib {
		j.bad("max-body", "%d bytes hold no picture of --max-picture %d as base64: give a third more, and 64KiB", s.MaxBody, s.MaxPicture)
	}
	if s.ReadTimeout <= 0 || s.ReadTimeout > time.Minute {
		j.bad("read-timeout", "%v is not between 0 and 1m0s", s.ReadTimeout)
	}
	for _, m := range []struct {
		setting      string
		value, least int64
	}{{"memory-limit", s.MemoryLimit, 64 * mib}, {"picture-memory", s.PictureMemory, 16 * mib}, {"body-memory", s.BodyMemory, s.MaxBody}} {
		if m.value != 0 && m.value < m.least {
			j.bad(m.setting, "%d bytes are less than %d", m.value, m.least)
		}
	}
}

func (s Server) judgeFetching(j *judge) {
	if !s.Fetch && (len(s.FetchHosts) > 0 || len(s.FetchPermit) > 0) {
		j.bad("fetch-hosts", "this and --fetch-permit are of no use without --fetch")
	}
	if s.FetchTimeout <= 0 || s.FetchTimeout > 10*time.Second {
		j.bad("fetch-timeout", "%v is not between 0 and 10s", s.FetchTimeout)
	}
	between(j, "fetch-redirects", s.FetchRedirects, 0, 3)
}

// fileMistakes are those that only a look at the named files shows.
func (s Server) fileMistakes() []mistake {
	var j judge
	for _, f := range []struct{ setting, file string }{
		{"tls-key-file", s.TLSKeyFile}, {"accounts-file", s.AccountsFile}, {"key-file", s.KeyFile}, {"metrics-token-file", s.MetricsTokenFile},
	} {
		if f.file == "" {
			continue
		}
		if _, err := ReadSecret(f.file); err != nil {
			j.bad(f.setting, "%v", err)
		}
	}
	if s.TLSCertFile != "" && s.TLSKeyFile != "" && !slices.ContainsFunc(j, func(m mistake) bool { return m.setting == "tls-key-file" }) {
		if _, err := tls.LoadX509KeyPair(s.TLSCertFile, s.TLSKeyFile); err != nil {
			j.bad("tls-cert-file", "%v", err)
		}
	}
	return j
}

// loopback reports whether a host is this machine's own for certain. A name
// other than localhost may lead anywhere, and no name at all is every
// address.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
