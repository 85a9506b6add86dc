package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// network is a dialler whose hosts each behave in one way, for tests in a
// bubble of time. What it does not know goes to the guard by a real dialler.
func network(f *Fetcher) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		switch host, _, _ := net.SplitHostPort(address); host {
		case "closed.test":
			time.Sleep(time.Millisecond)
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		case "filtered.test":
			<-ctx.Done()
			return nil, ctx.Err()
		case "unknown.test":
			time.Sleep(30 * time.Millisecond)
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		case "public.test":
			time.Sleep(100 * time.Millisecond)
			client, server := net.Pipe()
			go redirector(server)
			return client, nil
		default:
			return (&net.Dialer{Control: (&request{Fetcher: f}).control}).DialContext(ctx, network, address)
		}
	}
}

// redirector sends its client to the address in the query, after a second.
func redirector(c net.Conn) {
	defer c.Close()
	q, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	time.Sleep(time.Second)
	fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", q.URL.Query().Get("to"))
	io.Copy(io.Discard, c)
}

// Equal text and equal time, to the nanosecond of a clock that stands
// still while the program computes.
func TestOneTimeForAll(t *testing.T) {
	hosts := []struct {
		host   string
		reason Reason
	}{
		{"http://closed.test/", NoConnect}, {"http://filtered.test/", NoConnect}, {"http://unknown.test/", NoName},
		{"http://10.0.0.1/", NotPublic}, {"http://127.0.0.1/", NotPublic}, {"http://[fd00::1]/", NotPublic},
		{"http://unlisted.test/", NotListed}, {"https://closed.test/", NoConnect}, {"https://filtered.test/", NoConnect},
	}
	for _, c := range []struct {
		name     string
		options  Options
		deadline time.Duration // of the caller
		by       string        // the way there
		want     time.Duration
	}{
		{"first hop", Options{}, 0, "", connectTimeout + grace},
		{"by redirect", Options{}, 0, "http://public.test/?to=", 1100*time.Millisecond + connectTimeout + grace},
		{"cut by the timeout", Options{Timeout: 2 * time.Second, ConnectTimeout: 2 * time.Second}, 0, "http://public.test/?to=", 2*time.Second + grace},
		{"cut by the caller", Options{}, 1500 * time.Millisecond, "http://public.test/?to=", 1500 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, h := range hosts {
				synctest.Test(t, func(t *testing.T) {
					c.options.AllowHosts = []string{"public.test", "closed.test", "filtered.test", "unknown.test", "10.0.0.1", "127.0.0.1", "fd00::1"}
					f, err := New(c.options)
					if err != nil {
						t.Fatalf("setting up the test: %v", err)
					}
					f.test.dial = network(f)
					ctx := t.Context()
					if c.deadline != 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, c.deadline)
						defer cancel()
					}
					start := time.Now()
					_, err = f.Fetch(ctx, c.by+h.host)
					if took := time.Since(start); took != c.want {
						t.Errorf("%s was reported after %v, want %v", h.host, took, c.want)
					}
					var e *Error
					if !errors.As(err, &e) || e.Kind != Unreachable || e.Reason != h.reason || err.Error() != Unreachable.Error() {
						t.Errorf("Fetch of %s = %v, want Unreachable for the reason %s", h.host, err, h.reason)
					}
				})
			}
		})
	}
}

// A connected server that is slow is a Timeout, after Timeout and not after
// ConnectTimeout. The bubble also fails if a handshake continues after it.
func TestSlowIsNotUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, err := New(Options{})
		if err != nil {
			t.Fatalf("setting up the test: %v", err)
		}
		f.test.dial = func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go io.Copy(io.Discard, server)
			return client, nil
		}
		for _, scheme := range []string{"http", "https"} {
			start := time.Now()
			_, err = f.Fetch(t.Context(), scheme+"://slow.test/"+strings.Repeat("x", 10))
			expect(t, scheme, err, Timeout, Slow)
			if took := time.Since(start); took != maxTimeout {
				t.Errorf("%s: reported after %v, want %v", scheme, took, maxTimeout)
			}
		}
	})
}
