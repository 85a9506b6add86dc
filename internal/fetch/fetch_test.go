package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// expect fails the test unless the error is of the kind and for the reason.
func expect(t *testing.T, what string, err error, kind Kind, reason Reason) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, kind) || e.Reason != reason {
		var got Reason
		if e != nil {
			got = e.Reason
		}
		t.Errorf("%s: got %v (%s), want %v (%s)", what, err, got, kind, reason)
	}
}

// answers is a server of every kind of answer that matters.
func answers(w http.ResponseWriter, q *http.Request) {
	switch path := q.URL.Path; path {
	case "/picture":
		io.WriteString(w, "0123456789")
	case "/stream":
		io.WriteString(w, "01234")
		w.(http.Flusher).Flush()
		io.WriteString(w, "56789")
	case "/empty", "/gone", "/partial", "/plain300":
		w.WriteHeader(map[string]int{"/empty": 200, "/gone": 404, "/partial": 206, "/plain300": 301}[path])
	case "/gzip":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "0123456789")
		z.Close()
	case "/liar":
		w.Header().Set("Content-Length", "1000000000000")
		io.WriteString(w, "0123456789")
	case "/short":
		w.Header().Set("Content-Length", "20")
		io.WriteString(w, "0123456789")
	case "/head":
		for i := range 100 {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
		}
	case "/stall":
		<-q.Context().Done()
	case "/drip":
		for q.Context().Err() == nil {
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	case "/noise":
		c, _, _ := w.(http.Hijacker).Hijack()
		io.WriteString(c, "220 mail.example.com ESMTP\r\n")
		c.Close()
	case "/cookie":
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		w.Header().Set("Www-Authenticate", "Basic")
		http.Redirect(w, q, "/echo", http.StatusFound)
	case "/echo":
		q.Header.Write(w)
	case "/to":
		w.Header().Set("Location", q.URL.Query().Get("l"))
		w.WriteHeader(http.StatusFound)
	case "/1", "/2", "/3", "/4":
		http.Redirect(w, q, map[string]string{"/4": "/3", "/3": "/2", "/2": "/1", "/1": "/picture"}[path], http.StatusSeeOther)
	default:
		http.NotFound(w, q)
	}
}

func TestAnswers(t *testing.T) {
	r := newRig(t, Options{MaxBytes: 10}, answers)
	for _, c := range []struct {
		path   string
		want   string
		kind   Kind
		reason Reason
	}{
		{path: "/picture", want: "0123456789"},
		{path: "/stream", want: "0123456789"},
		{path: "/empty"},
		{path: "/3", want: "0123456789"},
		{path: "/4", kind: Failed, reason: Redirects},
		{path: "/plain300", kind: BadStatus, reason: Status},
		{path: "/to?l=http://[", kind: Failed, reason: Broken},
		{path: "/gone", kind: BadStatus, reason: Status},
		{path: "/partial", kind: BadStatus, reason: Status},
		{path: "/gzip", kind: Failed, reason: Encoding},
		{path: "/liar", kind: TooLarge, reason: Size},
		{path: "/drip", kind: TooLarge, reason: Size},
		{path: "/short", kind: TooLarge, reason: Size},
		{path: "/head", kind: Failed, reason: Broken},
		{path: "/noise", kind: Failed, reason: Broken},
	} {
		body, err := r.Fetch(t.Context(), r.public.URL+c.path)
		if c.kind != 0 {
			expect(t, c.path, err, c.kind, c.reason)
		} else if err != nil || string(body) != c.want {
			t.Errorf("Fetch of %s = %q, %v; want %q", c.path, body, err, c.want)
		}
	}
	_, err := r.FetchUpTo(t.Context(), r.public.URL+"/picture", 9)
	expect(t, "one byte over the limit of a call", err, TooLarge, Size)
	_, err = r.FetchUpTo(t.Context(), r.public.URL+"/stream", 9)
	expect(t, "one byte over in a stream", err, TooLarge, Size)
	if _, err = r.FetchUpTo(t.Context(), r.public.URL+"/picture", 1<<40); err != nil {
		t.Errorf("FetchUpTo with a limit above MaxBytes: %v", err)
	}
	r.maxBytes = 1000
	_, err = r.Fetch(t.Context(), r.public.URL+"/short")
	expect(t, "a picture that breaks off", err, Failed, Broken)
	r.quiet(t)
}

func TestTimeouts(t *testing.T) {
	r := newRig(t, Options{Timeout: 500 * time.Millisecond}, answers)
	for _, path := range []string{"/stall", "/drip"} {
		_, err := r.Fetch(t.Context(), r.public.URL+path)
		expect(t, path, err, Timeout, Slow)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := r.Fetch(ctx, r.public.URL+"/stall")
	expect(t, "the caller's deadline", err, Timeout, Slow)

	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	_, err = r.Fetch(ctx, r.public.URL+"/stall")
	expect(t, "a caller that goes away", err, Canceled, GaveUp)
	_, err = r.Fetch(ctx, "http://10.0.0.1/")
	expect(t, "a caller that is away", err, Canceled, GaveUp)
}

// A later hop is checked as the first is, and refused as an address is.
func TestRedirectsRefused(t *testing.T) {
	r := newRig(t, Options{}, answers)
	r.lists = append(r.lists, hostList{r.publicAt.Addr().String(), "bound.test"})
	var wait sync.WaitGroup
	for to, reason := range map[string]Reason{
		"ftp://" + r.publicAt.String() + "/":            BadRedirect,
		"file:///etc/passwd":                            BadRedirect,
		"http://user@" + r.publicAt.String() + "/":      BadRedirect,
		"//" + r.publicAt.Addr().String() + ":22/":      BadRedirect,
		"http://2130706433/":                            BadRedirect,
		"http://other.test/":                            NotListed,
		"http://bound.test.other.test/":                 NotListed,
		fmt.Sprintf("http://bound.test:%d", r.trapPort): NoName,
	} {
		wait.Go(func() {
			_, err := r.Fetch(t.Context(), r.public.URL+"/to?l="+to)
			expect(t, to, err, Unreachable, reason)
		})
	}
	wait.Wait()
	r.quiet(t)
}

func TestAllowList(t *testing.T) {
	r := newRig(t, Options{AllowHosts: []string{"a.test", "b.test", "127.0.0.1"}}, answers)
	for _, name := range []string{"a.test", "b.test", "c.test"} {
		r.names.bind(name, r.publicAt.Addr())
	}
	at := func(name string) string { return fmt.Sprintf("http://%s:%d/picture", name, r.publicAt.Port()) }
	account, err := r.Within([]string{"b.test", "c.test"})
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	for name, want := range map[string][2]bool{"a.test": {true, false}, "b.test": {true, true}, "B.TEST.": {true, true}, "c.test": {false, false}} {
		for i, f := range []*Fetcher{r.Fetcher, account} {
			_, err := f.Fetch(t.Context(), at(name))
			if (err == nil) != want[i] {
				t.Errorf("%s, list %d: %v", name, i, err)
			}
			if err != nil {
				expect(t, name, err, Unreachable, NotListed)
			}
		}
	}
	// An allow-list does not make an address public.
	_, err = r.Fetch(t.Context(), fmt.Sprintf("http://127.0.0.1:%d/", r.trapPort))
	expect(t, "a private host on the list", err, Unreachable, NotPublic)
	if same, err := r.Within(nil); err != nil || len(same.lists) != 2 {
		t.Errorf("Within(nil) = %v, %v; want two lists", same, err)
	}
	if _, err := r.Within([]string{"*"}); err == nil {
		t.Error("Within of an invalid list succeeded")
	}
	r.quiet(t)
}

// No data of the client or of an earlier hop is sent, no proxy is used, and every
// hop has its own connection.
func TestNothingCarried(t *testing.T) {
	r := newRig(t, Options{}, answers)
	connections := 0
	r.test.connecting = func(to netip.AddrPort) { connections++ }
	body, err := r.Fetch(t.Context(), r.public.URL+"/cookie?key=secret")
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	const want = "Accept: image/*\r\nAccept-Encoding: identity\r\nConnection: close\r\nUser-Agent: kahao\r\n"
	if string(body) != want {
		t.Errorf("sent\n%s", body)
	}
	if connections != 2 {
		t.Errorf("%d connections for two hops", connections)
	}
	// The environment is read once in a process, and not for addresses of this
	// machine, so that the requests above could not show this.
	if (&request{Fetcher: r.Fetcher}).transport().Proxy != nil {
		t.Error("a proxy would be asked")
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(answers))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	defer server.Close()
	r := newRig(t, Options{}, answers)
	r.roots = x509.NewCertPool()
	r.roots.AddCert(server.Certificate())
	at := server.Listener.Addr().(*net.TCPAddr).AddrPort()
	r.permit = []netip.AddrPort{at}
	for _, name := range []string{"example.com", "wrong.test"} { // httptest's certificate is for the first
		r.names.bind(name, at.Addr())
	}
	body, err := r.Fetch(t.Context(), fmt.Sprintf("https://example.com:%d/picture", at.Port()))
	if err != nil || string(body) != "0123456789" {
		t.Errorf("Fetch over TLS = %q, %v; want 0123456789", body, err)
	}
	_, err = r.Fetch(t.Context(), fmt.Sprintf("https://wrong.test:%d/picture", at.Port()))
	expect(t, "a certificate for another name", err, Failed, TLS)
	r.roots = x509.NewCertPool()
	_, err = r.Fetch(t.Context(), fmt.Sprintf("https://example.com:%d/picture", at.Port()))
	expect(t, "a certificate by an unknown authority", err, Failed, TLS)
	r.permit = []netip.AddrPort{r.publicAt}
	_, err = r.Fetch(t.Context(), strings.Replace(r.public.URL, "http:", "https:", 1)+"/picture")
	expect(t, "no TLS", err, Failed, TLS)
}

func TestOptions(t *testing.T) {
	f, err := New(Options{})
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	if f.maxBytes != 10<<20 || f.maxRedirects != 3 || f.timeout != 10*time.Second || f.connectTimeout != 3*time.Second ||
		!reflect.DeepEqual(f.ports, []uint16{80, 443}) {
		t.Errorf("the zero options give %+v", f)
	}
	if !reflect.ValueOf(f.test).IsZero() {
		t.Error("New set a test hook, want none")
	}
	if f, err := New(Options{Timeout: time.Second, MaxRedirects: -1, Ports: []uint16{443}}); err != nil || f.connectTimeout != time.Second || f.maxRedirects != 0 {
		t.Errorf("New = %+v, %v; want a connect timeout of 1 s and no redirects", f, err)
	}
	_, err = New(Options{AllowHosts: []string{"*"}, Ports: []uint16{443, 8080}, MaxRedirects: 4, MaxBytes: 11 << 20, Timeout: time.Minute, ConnectTimeout: time.Hour})
	for _, part := range []string{`"*"`, "8080", "4 redirects", "11534336 bytes", "timeout of 1m0s", "connect timeout of 1h0m0s"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("New = %v, want an error with %q", err, part)
		}
	}
	if _, err := New(Options{MaxBytes: -1, Timeout: -1, ConnectTimeout: -1}); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("New with negative bounds = %v, want three errors", err)
	}
}

func TestNoRedirects(t *testing.T) {
	r := newRig(t, Options{MaxRedirects: -1}, answers)
	_, err := r.Fetch(t.Context(), r.public.URL+"/1")
	expect(t, "a redirect", err, Failed, Redirects)
	if r.hits.Load() != 1 {
		t.Errorf("%d requests", r.hits.Load())
	}
}

// What a client could be shown is the same for all reasons of a kind, and
// neither that nor the log has a part of the address.
func TestErrorTexts(t *testing.T) {
	seen := map[string]Kind{}
	for k := Kind(1); k < kinds; k++ {
		a, b := &Error{k, NotPublic, 0}, &Error{k, NoConnect, 503}
		for _, format := range []string{"%v", "%s", "%+v", "%#v", "%q"} {
			if x, y := fmt.Sprintf(format, a), fmt.Sprintf(format, b); x != y || strings.Contains(x, "public") {
				t.Errorf("%s: %s and %s", format, x, y)
			}
		}
		if texts[k] == "" || names[k] == "" || seen[a.Error()] != 0 || k.String() != names[k] {
			t.Errorf("kind %d: %q, %q", k, texts[k], names[k])
		}
		seen[a.Error()] = k
	}
	if Kind(0).String() != "unknown" || kinds.Error() != "fetch: unknown error" {
		t.Error("kinds outside the set have names")
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "err", &Error{BadStatus, Status, 404})
	if !strings.Contains(log.String(), "err.kind=bad_status err.reason=status err.status=404") {
		t.Error(log.String())
	}
}

// No goroutine outlives its fetch for long.
func TestNoLeak(t *testing.T) {
	r := newRig(t, Options{Timeout: 100 * time.Millisecond, ConnectTimeout: 50 * time.Millisecond}, answers)
	before := runtime.NumGoroutine()
	for _, path := range []string{"/picture", "/stall", "/drip", "/to?l=http://10.0.0.1/", "/noise", "/liar"} {
		r.Fetch(t.Context(), r.public.URL+path)
	}
	r.public.CloseClientConnections()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, now\n%s", before, stacks[:runtime.Stack(stacks, true)])
}
