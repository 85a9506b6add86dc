package httpserver

import "net/netip"

// ParseRemoteAddr returns the IP address of "host:port" in the one form in
// which addresses are compared: IPv4 unmapped, without a zone. It is invalid if
// the text has no address.
func ParseRemoteAddr(hostPort string) netip.Addr {
	at, _ := netip.ParseAddrPort(hostPort)
	return normalize(at.Addr())
}

func normalize(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// ClientNetwork returns the address by which limits per client count: an IPv4
// address itself, and of IPv6 the first address of its /64, because that is
// what one customer of a provider gets. The loopback address stays itself.
func ClientNetwork(a netip.Addr) netip.Addr {
	a = normalize(a)
	if a.Is6() && !a.IsLoopback() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

func containedIn(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
