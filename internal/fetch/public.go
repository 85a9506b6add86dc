package fetch

import "net/netip"

// special are the blocks of the two IANA special-purpose address registries
// (RFC 6890 and its updates), whatever their purpose, and multicast. Addresses
// outside 2000::/3 are refused without this list.
//
// Blocks inside a larger one of the list are left out: 192.0.0.0/29,
// 192.0.0.8 to .10 and .170, .171, and of 2001::/23 Teredo, PCP, TURN, AMT,
// AS112, benchmarking, ORCHID and DET.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network, RFC 791
	netip.MustParsePrefix("10.0.0.0/8"),      // private, RFC 1918
	netip.MustParsePrefix("100.64.0.0/10"),   // carriers' shared space, RFC 6598
	netip.MustParsePrefix("127.0.0.0/8"),     // loopback, RFC 1122
	netip.MustParsePrefix("169.254.0.0/16"),  // link-local and metadata, RFC 3927
	netip.MustParsePrefix("172.16.0.0/12"),   // private, RFC 1918
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments, RFC 6890
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation, RFC 5737
	netip.MustParsePrefix("192.31.196.0/24"), // AS112, RFC 7535
	netip.MustParsePrefix("192.52.193.0/24"), // AMT, RFC 7450
	netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays, RFC 7526
	netip.MustParsePrefix("192.168.0.0/16"),  // private, RFC 1918
	netip.MustParsePrefix("192.175.48.0/24"), // AS112, RFC 7534
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarking, RFC 2544
	netip.MustParsePrefix("198.51.100.0/24"), // documentation, RFC 5737
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation, RFC 5737
	netip.MustParsePrefix("224.0.0.0/4"),     // multicast, RFC 5771
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved and broadcast, RFC 1112, RFC 919

	netip.MustParsePrefix("2001::/23"),         // protocol assignments, RFC 2928; Teredo, RFC 4380
	netip.MustParsePrefix("2001:db8::/32"),     // documentation, RFC 3849
	netip.MustParsePrefix("2002::/16"),         // 6to4, RFC 3056, given up by RFC 7526
	netip.MustParsePrefix("2620:4f:8000::/48"), // AS112, RFC 7534
	netip.MustParsePrefix("3fff::/20"),         // documentation, RFC 9637

	// Not in a registry, but a metadata address of one cloud's hosts, which only
	// the machine itself should reach.
	netip.MustParsePrefix("168.63.129.16/32"),
}

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")     // all of IPv6 that is assigned, RFC 4291
	nat64         = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
)

// public reports whether the address is on the public internet.
//
// An embedded IPv4 address decides for IPv4-mapped addresses, for NAT64 with the
// well-known prefix, through which networks without IPv4 reach public servers,
// and for ISATAP. Other embeddings are in special blocks and always refused:
// IPv4-compatible, 6to4, Teredo, and NAT64 with the local-use prefix, where the
// position of the IPv4 address depends on the network. A network's own prefix
// with IPv4 addresses in it, for 6RD or NAT64, cannot be told from others:
// Options.Refuse names it.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.Is6() {
		b := a.As16()
		embedded := netip.AddrFrom4([4]byte(b[12:]))
		if nat64.Contains(a) {
			return public(embedded)
		}
		if !globalUnicast.Contains(a) || isatap(b) && !public(embedded) {
			return false
		}
	}
	for _, block := range special {
		if block.Contains(a) {
			return false
		}
	}
	return true
}

// within reports whether an address is in one of the blocks, or embeds an IPv4
// address that is.
func within(blocks []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap()
	if a.Is6() {
		if b := a.As16(); nat64.Contains(a) || isatap(b) {
			if within(blocks, netip.AddrFrom4([4]byte(b[12:]))) {
				return true
			}
		}
	}
	for _, block := range blocks {
		if block.Contains(a) {
			return true
		}
	}
	return false
}

// isatap reports whether the interface identifier is that of RFC 5214, section
// 6.1: 00-00-5E-FE and an IPv4 address, with or without the universal and group
// bits.
func isatap(b [16]byte) bool {
	return b[8]&^3 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
}
