package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// problem is a setting with an invalid value, and the reason.
type problem struct{ setting, text string }

// validator collects problems.
type validator []problem

func (v *validator) add(setting, format string, args ...any) {
	*v = append(*v, problem{setting, fmt.Sprintf(format, args...)})
}

// checkRange reports a number outside its bounds.
func checkRange[T int | int64 | float64](v *validator, setting string, value, lowest, highest T) {
	if !(value >= lowest && value <= highest) { // NaN is outside, too
		v.add(setting, "%v is not between %v and %v", value, lowest, highest)
	}
}

// checkDuration reports a duration outside its bounds.
func checkDuration(v *validator, setting string, value, lowest, highest time.Duration) {
	if value < lowest || value > highest {
		v.add(setting, "%v is not between %v and %v", value, lowest, highest)
	}
}

func (v *validator) checkOneOf(setting, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		v.add(setting, "%q is not one of %s", value, strings.Join(allowed, ", "))
	}
}

// problems are those of the values themselves.
func (s Server) problems() []problem {
	var v validator
	s.checkListening(&v)
	s.checkAccounts(&v)
	s.checkStore(&v)
	s.checkLimits(&v)
	s.checkFetching(&v)
	v.checkOneOf("http-status", s.HTTPStatus, "200", "2017")
	v.checkOneOf("api3-checks", s.API3Checks, "always", "asked")
	v.checkOneOf("log-format", s.LogFormat, "text", "json")
	v.checkOneOf("log-level", s.LogLevel, "debug", "info", "warn", "error")
	if s.Drain < 0 || s.Stop <= 0 || s.Drain >= s.Stop {
		v.add("drain", "%v is not less than --stop %v", s.Drain, s.Stop)
	}
	return v
}

func (s Server) checkListening(v *validator) {
	host, port, err := net.SplitHostPort(s.Listen)
	v.checkAddress("listen", s.Listen)
	secure := s.TLSCertFile != "" && s.TLSKeyFile != ""
	if err == nil && !secure && !s.Insecure && !loopback(host) {
		v.add("listen", "other machines can reach %q over plain HTTP: give --tls-cert-file and --tls-key-file, put a TLS proxy in front of a loopback address, or give --insecure", s.Listen)
	}
	if (s.TLSCertFile == "") != (s.TLSKeyFile == "") {
		v.add("tls-cert-file", "give both --tls-cert-file and --tls-key-file, or neither")
	}
	for _, p := range s.TrustedProxies {
		if p.Bits() == 0 {
			v.add("trusted-proxies", "%v includes every address: any client could claim to be any other", p)
		}
	}
	for _, origin := range s.CORSOrigins {
		if u, err := url.Parse(origin); origin != "*" && (err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin) {
			v.add("cors-origins", "%q is no origin: give a scheme and a host, such as https://app.example.com, or *", origin)
		}
	}
	s.checkConsole(v, secure)
	checkRange(v, "max-connections", s.MaxConnections, 1, 1_000_000)
	checkRange(v, "max-connections-per-ip", s.MaxConnectionsPerIP, 1, 1_000_000)

	if s.MetricsListen == "" {
		if s.MetricsTokenFile != "" {
			v.add("metrics-token-file", "it has no effect without --metrics-listen")
		}
		return
	}
	v.checkAddress("metrics-listen", s.MetricsListen)
	metricsHost, metricsPort, err := net.SplitHostPort(s.MetricsListen)
	if err == nil && s.MetricsTokenFile == "" && !s.Insecure && !loopback(metricsHost) {
		v.add("metrics-listen", "other machines can reach %q: give --metrics-token-file, or --insecure", s.MetricsListen)
	}
	if host == metricsHost && port == metricsPort && port != "0" {
		v.add("metrics-listen", "%q is the address of --listen", s.MetricsListen)
	}
}

func (s Server) checkConsole(v *validator, secure bool) {
	if s.Console == ConsoleOff {
		if s.ConsoleBehindProxy {
			v.add("console-behind-proxy", "it has no effect with --console off")
		}
		if s.ConsoleTwoStep {
			v.add("console-two-step", "it has no effect with --console off")
		}
		return
	}
	v.checkAddress("console", s.Console)
	host, port, err := net.SplitHostPort(s.Console)
	if err == nil && !secure && !s.ConsoleBehindProxy && !loopback(host) {
		v.add("console", "other machines can reach %q over plain HTTP, and passwords are sent to it: give --tls-cert-file and --tls-key-file, or --console-behind-proxy if a proxy serves it over HTTPS", s.Console)
	}
	for _, other := range []struct{ setting, address string }{{"listen", s.Listen}, {"metrics-listen", s.MetricsListen}} {
		if s.Console == other.address && port != "0" {
			v.add("console", "%q is the address of --%s", s.Console, other.setting)
		}
	}
}

// checkAddress reports a value that is not host:port.
func (v *validator) checkAddress(setting, address string) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		v.add(setting, "%q is not host:port", address)
		return
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		v.add(setting, "%q is not a port number", port)
	}
}

func (s Server) checkAccounts(v *validator) {
	checkDuration(v, "single-use-age", s.SingleUseAge, 0, 100*24*time.Hour)
	for _, r := range []struct {
		rate, burst string
		perSecond   float64
		atOnce      int
	}{{"rate", "burst", s.Rate, s.Burst}, {"rate-per-ip", "burst-per-ip", s.RatePerIP, s.BurstPerIP}} {
		checkRange(v, r.rate, r.perSecond, 0, 1_000_000)
		checkRange(v, r.burst, r.atOnce, 0, 1_000_000)
		if r.atOnce > 0 && r.perSecond == 0 {
			v.add(r.burst, "%d has no effect without --%s", r.atOnce, r.rate)
		}
	}
	// Results hold card numbers.
	checkDuration(v, "keep-results", s.KeepResults, 0, 24*time.Hour)
}

func (s Server) checkLimits(v *validator) {
	checkRange(v, "workers", s.Workers, 0, 1024)
	checkRange(v, "queue", s.Queue, 0, 100_000)
	checkRange(v, "max-image", s.MaxImage, 1, 20*mib)
	checkRange(v, "max-images", s.MaxImages, 1, 100)
	checkRange(v, "max-pixels", s.MaxPixels, 1, 50_000_000)
	checkRange(v, "max-body", s.MaxBody, 1, 256*mib)
	if s.MaxImage > 0 && s.MaxBody < s.MaxImage/3*4+64*kib {
		v.add("max-body", "%d bytes are too few for an image of --max-image %d in base64: at least a third more and 64KiB are needed", s.MaxBody, s.MaxImage)
	}
	checkRange(v, "api3-rate", s.API3Rate, 0, 1_000_000)
	checkRange(v, "api3-max-body", s.API3MaxBody, 64*kib, 16*mib)
	if s.ReadTimeout <= 0 || s.ReadTimeout > time.Minute {
		v.add("read-timeout", "%v is not between 0 and 1m0s", s.ReadTimeout)
	}
	for _, m := range []struct {
		setting       string
		value, lowest int64
	}{{"memory-limit", s.MemoryLimit, 64 * mib}, {"image-memory", s.ImageMemory, 16 * mib}, {"body-memory", s.BodyMemory, max(s.MaxBody, s.API3MaxBody)}} {
		if m.value != 0 && m.value < m.lowest {
			v.add(m.setting, "%d bytes are less than the minimum of %d", m.value, m.lowest)
		}
	}
}

func (s Server) checkFetching(v *validator) {
	if !s.Fetch && len(s.FetchHosts)+len(s.FetchPermit)+len(s.FetchRefuse) > 0 {
		v.add("fetch-hosts", "--fetch-hosts, --fetch-permit and --fetch-refuse have no effect without --fetch")
	}
	if s.FetchTimeout <= 0 || s.FetchTimeout > 10*time.Second {
		v.add("fetch-timeout", "%v is not between 0 and 10s", s.FetchTimeout)
	}
	checkRange(v, "fetch-redirects", s.FetchRedirects, 0, 3)
}

// fileProblems are those of the files that the settings name.
func (s Server) fileProblems() []problem {
	var v validator
	for _, f := range []struct{ setting, file string }{
		{"tls-key-file", s.TLSKeyFile}, {"accounts-file", s.AccountsFile}, {"key-file", s.KeyFile}, {"metrics-token-file", s.MetricsTokenFile},
	} {
		if f.file == "" {
			continue
		}
		if _, err := ReadSecret(f.file); err != nil {
			v.add(f.setting, "%v", err)
		}
	}
	if s.TLSCertFile != "" && s.TLSKeyFile != "" && !slices.ContainsFunc(v, func(p problem) bool { return p.setting == "tls-key-file" }) {
		if _, err := tls.LoadX509KeyPair(s.TLSCertFile, s.TLSKeyFile); err != nil {
			v.add("tls-cert-file", "%v", err)
		}
	}
	return v
}

// loopback reports whether a host is certainly this machine only. A name other
// than localhost may resolve to anything, and no host means every address.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
