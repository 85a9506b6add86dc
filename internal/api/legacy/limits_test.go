package legacy

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// raw sends a request with the given first line and returns the whole answer.
func raw(t *testing.T, s *server, line, host string, body []byte) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatalf("net.Dial: %v", err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s\r\nHost: %s\r\nContent-Type: application/json\r\nAuthorization: %s\r\nExpect: \r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", line, host, sign(), len(body), body)
	answer, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	return string(answer)
}

// padded is a good picture of n bytes, as far as the fake reader goes: it is
// told as malformed.
func padded(n int) []byte { return append(bytes.Clone(picture), make([]byte, n-len(picture))...) }

func TestImageLimit(t *testing.T) {
	s := start(t, nil)
	for size, code := range map[int]int{1 << 20: -1102, 1<<20 + 1: 20, 3 << 20: 20} {
		p := padded(size)
		for name, c := range map[string]testCall{
			"JSON":   jsonCall(object{"appid": demo.AppID, "image": base64.StdEncoding.EncodeToString(p)}),
			"form":   formCall(text("appid", demo.AppID), file("image", p)),
			"buffer": formCall(text("appid", demo.AppID), text("image", string(p))),
			"base64": formCall(text("appid", demo.AppID), text("image", base64.StdEncoding.EncodeToString(p))),
			"second": formCall(text("appid", demo.AppID), file("image[0]", picture), file("image[1]", p)),
		} {
			a := s.do(t, c)
			got := a.Code
			if name == "second" && len(a.List) == 2 && a.List[0].Code == 0 {
				got = a.List[1].Code
			}
			if got != code {
				t.Errorf("%s, %d bytes: code %d, want %d", name, size, got, code)
			}
		}
	}
}

func TestBodyLimit(t *testing.T) {
	s := start(t, nil)
	big := jsonCall(object{"appid": demo.AppID, "x": strings.Repeat("A", 6<<20)}).body
	a := s.do(t, testCall{body: big})
	if a.status != 413 || a.Code != 23 {
		t.Errorf("with a length: %d %s", a.status, a.text)
	}
	// Without a length the bytes are counted.
	a = s.do(t, testCall{body: big, header: map[string]string{"X": "1"}})
	if a.status != 413 {
		t.Error(a.status)
	}
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatalf("net.Dial: %v", err)
	}
	defer conn.Close()
	go func() {
		fmt.Fprintf(conn, "POST /ocr/bankcard HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: %s\r\nTransfer-Encoding: chunked\r\n\r\n", sign())
		for range 7 {
			fmt.Fprintf(conn, "%x\r\n%s\r\n", 1<<20, bytes.Repeat([]byte(" "), 1<<20))
		}
	}()
	status, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(status, "413") {
		t.Errorf("chunked: %q, %v", status, err)
	}
	// 6 MiB exactly is allowed.
	frame := `{"appid":"1250000001","image":"` + encoded + `","x":"%"}`
	exact := strings.Replace(frame, "%", strings.Repeat("A", 6<<20-len(frame)+1), 1)
	if a := s.do(t, testCall{body: []byte(exact)}); a.Code != 0 || len(exact) != 6<<20 {
		t.Errorf("%d bytes: %s", len(exact), a.text)
	}
}

// A client that is still sending when it is refused sees the reply and not a
// closed connection, and its connection stays good.
func TestRefusedWhileSending(t *testing.T) {
	s := start(t, nil)
	body := jsonCall(object{"appid": demo.AppID, "image": strings.Repeat("A", 4<<20)}).body
	for range 5 {
		if a := s.do(t, testCall{auth: "abc", body: body}); a.Code != 5 {
			t.Fatal(a.text)
		}
	}
}

// Bodies of every kind of length, refused: with the reply comes no panic of
// net/http, which a request on the same connection would meet.
func TestRefusedBodiesOfAnyLength(t *testing.T) {
	s := start(t, func(o *Options) { o.MaxBody = 1000 })
	for _, size := range []int{1, 999, 1000, 1001, 1999, 2000, 2001, 2100, 4000, 300_000, 1_000_000} {
		for _, auth := range []string{"abc", sign()} {
			for range 3 {
				if a := s.do(t, testCall{auth: auth, body: bytes.Repeat([]byte("A"), size)}); a.Code == 0 {
					t.Fatal(a.text)
				}
			}
		}
	}
	if text := s.httpLog.String(); strings.Contains(text, "panic") {
		t.Error(text)
	}
}
