package fetch

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"http://example.com/a.jpg", "http://example.com/a.jpg"},
		{"HTTPS://Example.COM.:443/a.jpg?x=1", "https://example.com/a.jpg?x=1"},
		{"http://example.com:080/", "http://example.com/"},
		{"http://example.com:443/", "http://example.com:443/"},
		{"https://example.com:80/", "https://example.com:80/"},
		{"http://example.com:/", "http://example.com/"},
		{"http://bucket_1-1250000001.example.com/图片 1.jpg", "http://bucket_1-1250000001.example.com/%E5%9B%BE%E7%89%87%201.jpg"},
		{"http://8.8.8.8", "http://8.8.8.8"},
		{"http://[2606:4700::1]:443/", "http://[2606:4700::1]:443/"},
		{"https://[2606:4700:0::1]/", "https://[2606:4700::1]/"},
		{"http://[::ffff:8.8.8.8]/", "http://8.8.8.8/"},
		{"http://xn--fiqs8s/", "http://xn--fiqs8s/"},
		{"http://intranet/", "http://intranet/"},
	} {
		if u, ok := parse(c.in, []uint16{80, 443}); !ok || u.String() != c.want {
			t.Errorf("%q: %v, %v; want %q", c.in, u, ok, c.want)
		}
	}
	for _, in := range oddities {
		if u, ok := parse(in, []uint16{80, 443}); ok && !strings.Contains("localhost ::1 127.0.0.1", u.Hostname()) {
			t.Errorf("%q was taken, as %v", in, u)
		}
	}
	for _, in := range []string{"http://1.0x/", "http://127.0.0.0x000000000000000000001/", "http://99999999999999999999999/"} {
		if u, ok := parse(in, []uint16{80}); ok {
			t.Errorf("%q was taken, as %v", in, u)
		}
	}
	if _, ok := parse("https://example.com/", []uint16{80}); ok {
		t.Error("a port that is not open was taken")
	}
}

func TestHostList(t *testing.T) {
	list, err := newHostList([]string{"Example.com.", "*.img.example.org", "8.8.8.8", "[2606:4700::1]"})
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	for host, want := range map[string]bool{
		"example.com": true, "www.example.com": false, "notexample.com": false, "example.com.evil.test": false,
		"a.img.example.org": true, "a.b.img.example.org": true, "img.example.org": false, "evilimg.example.org": false,
		"8.8.8.8": true, "8.8.8.9": false, "2606:4700::1": true, "": false,
	} {
		if list.allows(host) != want {
			t.Errorf("%q: want %v", host, want)
		}
	}
	for _, bad := range []string{"", "*", "*.", "a*.example.com", "*example.com", ".example.com", "http://example.com", "example.com:80", "example.com/a", "*.8.8.8.8", "127.1", "fe80::1%eth0", "图.com", " example.com"} {
		if _, err := newHostList([]string{bad}); err == nil || !strings.Contains(err.Error(), "fetch: allowed host") {
			t.Errorf("%q was taken: %v", bad, err)
		}
	}
}

// What is taken has one meaning: it reads the same again, to this parser and to
// the plain one.
func FuzzParse(f *testing.F) {
	for _, odd := range oddities {
		f.Add(strings.ReplaceAll(odd, "PORT", "80"))
	}
	for _, row := range rows(f, "verdicts.txt") {
		f.Add("http://" + netip.AddrPortFrom(netip.MustParseAddr(row[1]), 80).String() + "/x")
	}
	f.Add("https://Example.com.:443/%2e%2e/a?b#c")
	ports := []uint16{80, 443}
	f.Fuzz(func(t *testing.T, in string) {
		u, ok := parse(in, ports)
		if !ok {
			return
		}
		host := u.Hostname()
		if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "" || host == "" ||
			!slices.Contains([]string{"", "80", "443"}, u.Port()) {
			t.Fatalf("%q was taken, as %#v", in, u)
		}
		if a, err := netip.ParseAddr(host); err == nil {
			if a.Zone() != "" || a.Is4In6() || a.String() != host {
				t.Fatalf("%q gave the address %v", in, a)
			}
		} else if strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.HasSuffix(host, ".") || len(host) > 253 {
			t.Fatalf("%q gave the name %q", in, host)
		}
		plain, err := url.Parse(u.String())
		if err != nil || plain.Host != u.Host || plain.Scheme != u.Scheme || plain.User != nil {
			t.Fatalf("%q became %q, which is read as %v, %v", in, u, plain, err)
		}
		if len(u.String()) > maxURLLen {
			return
		}
		if again, ok := parse(u.String(), ports); !ok || again.String() != u.String() {
			t.Fatalf("%q became %q, and that %v", in, u, again)
		}
	})
}
