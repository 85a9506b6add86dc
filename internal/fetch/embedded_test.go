package fetch

import (
	"net/netip"
	"testing"
)

// embeddings are the standards that put an IPv4 address into one of IPv6. A host
// or a router that knows one sends such a packet to the IPv4 address.
var embeddings = []struct {
	name   string
	embed  func(v4 [4]byte) [16]byte
	public bool // if the embedded address is
}{
	{"IPv4-mapped, RFC 4291", at(12, 10, 0xff, 0xff), true},
	{"IPv4-compatible, RFC 4291", at(12, 0), false},
	{"IPv4-translated, RFC 2765", at(12, 8, 0xff, 0xff), false},
	{"NAT64, RFC 6052", at(12, 0, 0x00, 0x64, 0xff, 0x9b), true},
	{"NAT64 local use /48, RFC 8215", split(6), false},
	{"NAT64 local use /56, RFC 8215", split(7), false},
	{"NAT64 local use /64, RFC 8215", at(9, 0, 0x00, 0x64, 0xff, 0x9b, 0, 1), false},
	{"NAT64 local use /96, RFC 8215", at(12, 0, 0x00, 0x64, 0xff, 0x9b, 0, 1), false},
	{"6to4, RFC 3056", at(2, 0, 0x20, 0x02), false},
	{"6to4 of Windows, RFC 3056", func(v4 [4]byte) [16]byte {
		b := at(2, 0, 0x20, 0x02)(v4)
		copy(b[12:], v4[:])
		return b
	}, false},
	{"Teredo server, RFC 4380", at(4, 0, 0x20, 0x01), false},
	{"Teredo client, RFC 4380", func(v4 [4]byte) [16]byte {
		for i := range v4 {
			v4[i] ^= 0xff
		}
		return at(12, 0, 0x20, 0x01, 0, 0, 65, 54, 227, 120, 0x80, 0)(v4)
	}, false},
	{"ISATAP, RFC 5214", isatapIn(0), true},
	{"ISATAP, universal, RFC 5214", isatapIn(2), true},
	{"ISATAP, group, RFC 5214", isatapIn(1), true},
	{"ISATAP, universal and group, RFC 5214", isatapIn(3), true},
}

// at returns a function that puts an address at a byte, and prefix at another.
func at(place, start int, prefix ...byte) func([4]byte) [16]byte {
	return func(v4 [4]byte) (b [16]byte) {
		copy(b[start:], prefix)
		copy(b[place:], v4[:])
		return b
	}
}

// split leaves byte 8 free, as RFC 6052, section 2.2, says.
func split(place int) func([4]byte) [16]byte {
	return func(v4 [4]byte) [16]byte {
		b := at(16, 0, 0x00, 0x64, 0xff, 0x9b, 0, 1)(v4)
		to := place
		for _, x := range v4 {
			if to == 8 {
				to++
			}
			b[to] = x
			to++
		}
		return b
	}
}

func isatapIn(bits byte) func([4]byte) [16]byte {
	return func(v4 [4]byte) [16]byte {
		b := at(12, 0, 0x26, 0x07, 0xf8, 0xb0)(v4)
		b[8], b[10], b[11] = bits, 0x5e, 0xfe
		return b
	}
}

// Every standard with every kind of address that is not public. Filters of other
// programs have forgotten 6to4, IPv4-compatible addresses and carriers' shared
// space.
func TestEmbeddedAddresses(t *testing.T) {
	notPublic := []string{
		"0.0.0.0", "0.0.0.1", "10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255",
		"127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.170.2", "172.16.0.0", "172.31.255.255",
		"192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
	}
	for _, text := range notPublic {
		v4 := netip.MustParseAddr(text)
		if public(v4) {
			t.Errorf("%s: public is true, want false", text)
		}
		for _, e := range embeddings {
			if a := netip.AddrFrom16(e.embed(v4.As4())); public(a) {
				t.Errorf("%s of %s, %v: public is true, want false", e.name, text, a)
			}
		}
	}
	for _, text := range []string{"8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"} {
		v4 := netip.MustParseAddr(text)
		for _, e := range embeddings {
			if a := netip.AddrFrom16(e.embed(v4.As4())); public(a) != e.public {
				t.Errorf("%s of %s, %v: public is %v, want %v", e.name, text, a, !e.public, e.public)
			}
		}
	}
}

// TestRefusedNetworks expects that an address in a network that the options refuse
// is not connected to, however it is written, and that its neighbours are. 6RD (RFC
// 5969) has a prefix of each network's own, so it must be named: here 32 bits, and
// 10.1.2.3 behind them.
func TestRefusedNetworks(t *testing.T) {
	f, err := New(Options{
		Refuse: []netip.Prefix{netip.MustParsePrefix("2a01:e00::/26"), netip.MustParsePrefix("2600:1901:6464::/96"), netip.MustParsePrefix("8.8.4.0/24")},
		Permit: []netip.AddrPort{netip.MustParseAddrPort("8.8.4.9:8080")},
	})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	r := &request{Fetcher: f}
	for _, c := range []struct {
		to   string
		want bool
	}{
		{"[2a01:e00:a01:203::1]:80", false},          // 6RD
		{"[2a01:e3f:ffff::1]:443", false},            // its last block
		{"[2a01:e40::1]:443", true},                  // above it
		{"[2600:1901:6464::a01:203]:443", false},     // NAT64 with a prefix of its own
		{"[2600:1901:6464::1:a01:203]:443", true},    // above it
		{"8.8.4.4:443", false},                       // IPv4
		{"[::ffff:8.8.4.4]:443", false},              // mapped
		{"[64:ff9b::808:404]:443", false},            // through NAT64
		{"[2607:f8b0::200:5efe:808:404]:443", false}, // through ISATAP
		{"8.8.8.8:443", true},                        // another network
		{"[64:ff9b::808:808]:443", true},             // through NAT64
		{"8.8.4.9:8080", true},                       // permitted
		{"8.8.4.9:443", false},                       // on another port
		{"10.1.2.3:443", false},                      // not public anyway
	} {
		network := "tcp4"
		if c.to[0] == '[' {
			network = "tcp6"
		}
		if err := r.control(network, c.to, nil); (err == nil) != c.want {
			t.Errorf("%s: control returns %v, want that it is allowed: %v", c.to, err, c.want)
		}
	}
	for _, wrong := range []netip.Prefix{{}, netip.PrefixFrom(netip.MustParseAddr("::ffff:8.8.4.0"), 120)} {
		if _, err := New(Options{Refuse: []netip.Prefix{wrong}}); err == nil {
			t.Errorf("New with the network %v: no error", wrong)
		}
	}
}
