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

// maxAddress is the longest address taken, in bytes.
const maxAddress = 2048

// parse reads an address and brings it into the one form in which it is both
// checked and used.
func parse(address string, ports []uint16) (*url.URL, bool) {
	if len(address) > maxAddress {
		return nil, false
	}
	u, err := url.Parse(address)
	if err != nil || !normalize(u, ports) {
		return nil, false
	}
	return u, true
}

// normalize checks scheme, user and port, and writes the host in its one form:
// lower case, no final dot, no port that goes without saying.
func normalize(u *url.URL, ports []uint16) bool {
	if u.Opaque != "" || u.User != nil {
		return false
	}
	var standard uint16
	switch u.Scheme {
	case "http":
		standard = 80
	case "https":
		standard = 443
	default:
		return false
	}
	host, ok := canonical(u.Hostname())
	if !ok {
		return false
	}
	port := standard
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
	case port != standard:
		u.Host = net.JoinHostPort(host, strconv.Itoa(int(port)))
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	default:
		u.Host = host
	}
	return true
}

// canonical is the one form of a host: an IP address without a zone, or a name
// of letters, digits, hyphens and underscores. Other scripts come as xn--,
// because what maps them to ASCII also maps circled digits to an IP address.
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
	// 127.1, 0x7f.1, 2130706433 and 127.0.0.1. are IP addresses to some and
	// names to others (R12); no top-level domain is a number.
	if _, err := strconv.ParseUint(last, 0, 64); err == nil || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", false
	}
	return host, true
}

// hostList is an allow-list. The empty list allows all.
type hostList []string

// newHostList takes hosts, and "*.example.com" for every name below
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
			return nil, fmt.Errorf("fetch: allowed host %q is neither a host nor *. and a name", entry)
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
