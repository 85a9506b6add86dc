package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxURLLen is the maximum length of a URL, in bytes.
const maxURLLen = 2048

// parse parses a URL and normalizes it to the one form that is both checked and
// used.
func parse(rawURL string, ports []uint16) (*url.URL, bool) {
	if len(rawURL) > maxURLLen {
		return nil, false
	}
	u, err := url.Parse(rawURL)
	if err != nil || !normalize(u, ports) {
		return nil, false
	}
	return u, true
}

// normalize checks scheme, user and port, and normalizes the host: lower case, no
// final dot, no default port.
func normalize(u *url.URL, ports []uint16) bool {
	if u.Opaque != "" || u.User != nil {
		return false
	}
	var defaultPort uint16
	switch u.Scheme {
	case "http":
		defaultPort = 80
	case "https":
		defaultPort = 443
	default:
		return false
	}
	host, ok := canonical(u.Hostname())
	if !ok {
		return false
	}
	port := defaultPort
	if text := u.Port(); text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return false
		}
		port = uint16(n)
	}
	if !slices.Contains(ports, port) {
		return false
	}
	switch {
	case port != defaultPort:
		u.Host = net.JoinHostPort(host, strconv.Itoa(int(port)))
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	default:
		u.Host = host
	}
	return true
}

// canonical returns the normal form of a host: an IP address without a zone, or
// a name of letters, digits, hyphens and underscores. Other scripts must be
// given as xn--, because mapping them to ASCII also maps circled digits to an IP
// address.
func canonical(host string) (string, bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String(), a.Zone() == ""
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if len(host) > 253 {
		return "", false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool {
				return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
			}) {
			return "", false
		}
		last = label
	}
	// Some parsers take 127.1, 0x7f.1, 2130706433 and 127.0.0.1. for IP
	// addresses, others for names. No top-level domain is a number.
	if _, err := strconv.ParseUint(last, 0, 64); err == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", false
	}
	return host, true
}

// hostList is an allow-list. An empty list allows all hosts.
type hostList []string

// newHostList parses hosts, and "*.example.com" for every name below
// example.com.
func newHostList(entries []string) (hostList, error) {
	var list hostList
	for _, entry := range entries {
		name, wild := strings.CutPrefix(entry, "*.")
		if !wild && strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
			name = name[1 : len(name)-1]
		}
		host, ok := canonical(name)
		if _, err := netip.ParseAddr(host); !ok || wild && err == nil {
			return nil, fmt.Errorf("fetch: allowed host %q is not a host, nor *. and a name", entry)
		}
		if wild {
			host = "." + host
		}
		list = append(list, host)
	}
	return list, nil
}

func (l hostList) allows(host string) bool {
	return len(l) == 0 || slices.ContainsFunc(l, func(entry string) bool {
		if strings.HasPrefix(entry, ".") {
			return strings.HasSuffix(host, entry)
		}
		return host == entry
	})
}
