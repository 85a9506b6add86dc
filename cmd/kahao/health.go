package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/config"
)

type healthOptions struct {
	*env
	loader  config.Loader
	url     string
	live    bool
	timeout time.Duration
}

func newHealthCommand(e *env) *cobra.Command {
	o := &healthOptions{env: e}
	cmd := &cobra.Command{
		Use:   "health",
		Short: "ask a running server whether it is ready",
		Example: `  kahao health
  kahao health --config /etc/kahao/kahao.toml
  kahao health --live --url https://cards.example.com`,
		Long: `
Asks /readyz of the server that listens at --listen, from the same flags,
environment and file as "kahao serve": it is ready if it accepts requests and
can write to its database. The exit code is 0 if so, and 1 if not or if nothing
answers. Container health checks run it, because an image has no curl.

With --live it asks /healthz: whether the process answers at all. A certificate
is not verified, unless --url names the server.`,
		Args: takes(0, 0),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.url, "url", "", "ask the server at this `URL`")
	fs.BoolVar(&o.live, "live", false, "ask whether the process answers, ready or not")
	fs.DurationVar(&o.timeout, "timeout", 3*time.Second, "maximum `duration` of the request")
	addSettings(fs, o.loader.AddressFlags, config.GroupOf)
	return cmd
}

func (o *healthOptions) run(ctx context.Context, _ []string) error {
	base, client, err := o.server()
	if err != nil {
		return err
	}
	path := "/readyz"
	if o.live {
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+path, nil)
	if err != nil {
		return misuse("--url %q: %v", base, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1000))
	if err != nil {
		return fmt.Errorf("no whole answer from %s: %w", request.URL, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d: %s", request.URL, response.StatusCode, strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprint(o.out, string(text))
	return err
}

// server returns the base URL of the server, and a client for it.
func (o *healthOptions) server() (string, *http.Client, error) {
	if o.url != "" {
		return o.url, http.DefaultClient, nil
	}
	s, _, err := o.loader.Load(os.Environ())
	if err != nil {
		return "", nil, misuse("%v", err)
	}
	address, err := dialAddress(s.Listen)
	if err != nil {
		return "", nil, err
	}
	if s.TLSCertFile == "" {
		return "http://" + address, http.DefaultClient, nil
	}
	// The server is this machine's own, and its certificate has another name.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	return "https://" + address, &http.Client{Transport: transport}, nil
}

// dialAddress turns the address of a listener into one to connect to: a server
// that listens on all addresses also listens on the loopback address.
func dialAddress(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", misuse("--listen %q: %v", listen, err)
	}
	if port == "0" {
		return "", misuse("--listen %q has no fixed port; name the server with --url", listen)
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" || err == nil && ip == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case err == nil && ip == netip.IPv6Unspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}
