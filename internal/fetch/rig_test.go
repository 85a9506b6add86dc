package fetch

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// dns is a name server on a pipe, behind Go's own resolver. A name has a list
// of answers: the first query for each kind of record gets the first, and so
// on; the last one stays.
type dns struct {
	mu      sync.Mutex
	answers map[string][]netip.Addr // by name with its final dot
	asked   map[string]int          // by kind and name
}

func (d *dns) bind(name string, answers ...netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[name+"."] = answers
}

func (d *dns) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go d.serve(server)
		return client, nil
	}}
}

func (d *dns) serve(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		answer := d.answer(query)
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// answer is written by RFC 1035, section 4.1.
func (d *dns) answer(query []byte) []byte {
	var labels []string
	at := 12
	for query[at] != 0 {
		labels = append(labels, string(query[at+1:at+1+int(query[at])]))
		at += 1 + int(query[at])
	}
	name := strings.ToLower(strings.Join(labels, ".")) + "."
	kind := binary.BigEndian.Uint16(query[at+1:])
	question := query[12 : at+5]

	d.mu.Lock()
	defer d.mu.Unlock()
	answers := d.answers[name]
	key := string(rune(kind)) + name
	n := min(d.asked[key], len(answers)-1)
	d.asked[key]++

	head := append([]byte{query[0], query[1], 0x81, 0x80}, 0, 1, 0, 0, 0, 0, 0, 0)
	if n < 0 {
		head[3] |= 3 // no such name
		return append(head, question...)
	}
	var data []byte
	switch a := answers[n]; {
	case kind == 1 && a.Is4():
		data = a.AsSlice()
	case kind == 28 && !a.Is4():
		data = a.AsSlice()
	default:
		return append(head, question...)
	}
	head[7] = 1
	reply := append(head, question...)
	reply = append(reply, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(data)))
	return append(reply, data...)
}

// rig has one public server, which the guard allows, and a trap on every address
// of this machine, to which no connection is allowed. It reports failed
// connections immediately: TestOneTimeForAll tests the time.
type rig struct {
	*Fetcher
	names     *dns
	public    *httptest.Server
	publicAt  netip.AddrPort
	hits      atomic.Int64 // requests to the public server
	trapPort  uint16
	trapped   atomic.Int64 // connections to the trap
	elsewhere atomic.Int64 // sockets that were about to connect to any but the public server
}

func newRig(t *testing.T, o Options, serve http.HandlerFunc) *rig {
	t.Helper()
	f, err := New(o)
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	r := &rig{Fetcher: f, names: &dns{answers: map[string][]netip.Addr{}, asked: map[string]int{}}}
	r.public = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.hits.Add(1)
		serve(w, q)
	}))
	t.Cleanup(r.public.Close)
	r.publicAt = r.public.Listener.Addr().(*net.TCPAddr).AddrPort()

	trap, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	t.Cleanup(func() { trap.Close() })
	r.trapPort = uint16(trap.Addr().(*net.TCPAddr).Port)
	go func() {
		for {
			c, err := trap.Accept()
			if err != nil {
				return
			}
			r.trapped.Add(1)
			go func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
				}
			}()
		}
	}()

	f.ports = append(f.ports, r.publicAt.Port(), r.trapPort)
	f.permit = []netip.AddrPort{r.publicAt}
	f.test = testHooks{noDelay: true, resolver: r.names.resolver(), connecting: func(to netip.AddrPort) {
		if to != r.publicAt {
			r.elsewhere.Add(1)
		}
	}}
	return r
}

// quiet fails if there was a connection to any but the public server.
func (r *rig) quiet(t *testing.T) {
	t.Helper()
	if n, m := r.trapped.Load(), r.elsewhere.Load(); n != 0 || m != 0 {
		t.Errorf("%d connections to the trap, %d sockets about to connect elsewhere; want none", n, m)
	}
}

// rows reads a file of testdata: fields between tabs, # before comments.
func rows(t testing.TB, name string) [][]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatalf("setting up the test: %v", err)
	}
	defer file.Close()
	var out [][]string
	for s := bufio.NewScanner(file); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}

// verdicts are the addresses of testdata with the given verdict.
func verdicts(t testing.TB, verdict string) []netip.Addr {
	t.Helper()
	var out []netip.Addr
	for _, row := range rows(t, "verdicts.txt") {
		if row[0] == verdict {
			out = append(out, netip.MustParseAddr(row[1]))
		}
	}
	return out
}
