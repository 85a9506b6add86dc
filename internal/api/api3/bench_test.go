package api3

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// BenchmarkBankCardOCR measures what the API adds to a reading: a request with an
// image of 200 kB over loopback, whose reading takes no time.
func BenchmarkBankCardOCR(b *testing.B) {
	s := startBenchmark(b)
	image := append(bytes.Clone(picture), make([]byte, 200_000-len(picture))...)
	call := testCall{body: []byte(`{"ImageBase64":"` + base64.StdEncoding.EncodeToString(image) + `"}`)}
	for b.Loop() {
		// Signing is the client's work; the clock stands still, so once would do.
		b.StopTimer()
		req := call.request(b, s.URL)
		b.StartTimer()
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !bytes.Contains(text, []byte(number)) {
			b.Fatalf("reply %s", text)
		}
	}
}

// startBenchmark is start with a reader that takes any image for a good one.
func startBenchmark(b *testing.B) *server {
	s := start(b, func(o *Options) {
		o.Reader = anyCardReader{}
		o.Now = func() time.Time { return time.Unix(second, 0) }
	})
	s.Server.Close()
	s.Server = httptest.NewServer(s.handler)
	b.Cleanup(s.Server.Close)
	return s
}
