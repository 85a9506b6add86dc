package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/pan"
)

// fakeReader answers with one card once it is let go.
type fakeReader struct {
	hold         chan struct{} // nil: at once
	now, most, n atomic.Int32
}

func (f *fakeReader) Inspect([]byte) (kahao.Info, error) { return kahao.Info{}, nil }

func (f *fakeReader) ReadWith(ctx context.Context, image []byte, _ capture.Extras) (*kahao.Reading, error) {
	return f.ReadAll(ctx, image)
}

func (f *fakeReader) ReadAll(ctx context.Context, _ []byte) (*kahao.Reading, error) {
	f.n.Add(1)
	for now := f.now.Add(1); ; {
		most := f.most.Load()
		if now <= most || f.most.CompareAndSwap(most, now) {
			break
		}
	}
	defer f.now.Add(-1)
	if f.hold != nil {
		select {
		case <-f.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	n, err := pan.New("4000001234567899")
	return &kahao.Reading{Cards: []*kahao.Card{{PAN: n, Number: kahao.Number{Confidence: 1}, Verdict: kahao.VerdictAccept}}}, err
}

// running is a server under test.
type running struct {
	*Server
	url  string
	stop func() error // ends Run's context and returns what Run returns
}

func start(t *testing.T, reader Reader, change func(*Config)) *running {
	t.Helper()
	c := Config{Server: config.Defaults(), Reader: reader}
	c.Listen, c.Drain = "127.0.0.1:0", 0
	c.ReadTimeout = time.Minute // a busy machine reads slowly
	if change != nil {
		change(&c)
	}
	a, err := New(context.Background(), c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	r := &running{Server: a, url: "http://" + (<-a.Ready()).String()}
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

func (r *running) sign() string {
	a, now := r.Account(), time.Now().Unix()
	return signature.Sign(a.SecretKey, signature.Params{AppID: a.AppID, Bucket: a.Bucket, SecretID: a.SecretID, Expires: now + 60, Created: now})
}

// post sends a picture and returns the status, the code and the header.
func (r *running) post(t *testing.T) (int, int, http.Header) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{
		"appid": r.Account().AppID, "bucket": r.Account().Bucket, "image": base64.StdEncoding.EncodeToString([]byte("picture")),
	})
	req, _ := http.NewRequest("POST", r.url+legacy.Path, bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", r.sign())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("Do: %v", err)
		return 0, -1, nil
	}
	defer resp.Body.Close()
	var reply struct {
		Code int
		Data struct{ Items []struct{ Itemstring string } }
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		t.Errorf("json.NewDecoder: %v", err)
	}
	if reply.Code == 0 && (len(reply.Data.Items) != 5 || reply.Data.Items[0].Itemstring != "4000001234567899") {
		t.Errorf("%+v", reply)
	}
	return resp.StatusCode, reply.Code, resp.Header
}

func (r *running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(r.url + path)
	if err != nil {
		t.Fatalf("http.Get: %v", err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func TestServe(t *testing.T) {
	r := start(t, &fakeReader{}, nil)
	for range 3 {
		if status, code, _ := r.post(t); status != 200 || code != 0 {
			t.Fatalf("%d, code %d", status, code)
		}
	}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if status, text := r.get(t, path); status != 200 || text != want {
			t.Errorf("%s: %d %q", path, status, text)
		}
	}
	if status, _ := r.get(t, "/"); status != 404 {
		t.Errorf("/: %d", status)
	}
	if err := r.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := net.Dial("tcp", r.Addr().String()); err == nil {
		t.Error("it listens after it stopped")
	}
	if err := r.Run(context.Background()); err == nil {
		t.Error("Run ran twice")
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config{Server: config.Defaults(), Reader: &fakeReader{}}
	good.Listen = "127.0.0.1:0"
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("net.Listen: %v", err)
	}
	defer taken.Close()
	for want, spoil := range map[string]func(*Config){
		"Reader":        func(c *Config) { c.Reader = nil },
		"cannot listen": func(c *Config) { c.Listen = taken.Addr().String() },
	} {
		c := good
		spoil(&c)
		if a, err := New(context.Background(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
			if a != nil {
				a.Close()
			}
		}
	}
}

// Requests beyond the workers wait, and those beyond the queue are turned
// away with the time to come back.
func TestOverload(t *testing.T) {
	reader := &fakeReader{hold: make(chan struct{})}
	r := start(t, reader, func(c *Config) { c.Workers, c.Queue = 2, 3 })
	var wg sync.WaitGroup
	var ok, turned atomic.Int32
	for range 5 {
		wg.Go(func() {
			if _, code, _ := r.post(t); code == 0 {
				ok.Add(1)
			}
		})
	}
	for r.limiter.State().Inflight < 5 {
		time.Sleep(time.Millisecond)
	}
	for turned.Load() == 0 {
		req, _ := http.NewRequest("POST", r.url+legacy.Path, strings.NewReader("{}"))
		req.Header.Set("Authorization", r.sign())
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("Do: %v", err)
		}
		resp.Body.Close()
		if resp.StatusCode == 503 {
			turned.Add(1)
			if resp.Header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
			}
		}
	}
	close(reader.hold)
	wg.Wait()
	if ok.Load() != 5 || reader.most.Load() > 2 {
		t.Errorf("%d answered, %d read at once", ok.Load(), reader.most.Load())
	}
	if _, code, _ := r.post(t); code != 0 {
		t.Error("the places were not given back")
	}
}

// A server whose disk is full is not ready until there is space again, although
// nobody sends it requests meanwhile.
func TestNotReadyWithFullDisk(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) { c.Data = t.TempDir() })
	limit := func(pages int) {
		if err := r.store.Engine.Write(t.Context(), func(tx *db.Tx) error {
			var now int
			return tx.Row(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&now)
		}); err != nil {
			t.Fatalf("setting max_page_count: %v", err)
		}
	}
	limit(1) // as many as there are
	err := r.store.Engine.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, strings.Repeat("x", 1<<20))
		return err
	})
	if err == nil {
		t.Fatal("the disk is not full")
	}
	if status, text := r.get(t, "/readyz"); status != 503 || text != "the database cannot be written\n" {
		t.Errorf("/readyz with a full disk: %d %q, want 503", status, text)
	}
	if status, _ := r.get(t, "/healthz"); status != 200 {
		t.Errorf("/healthz with a full disk: %d, want 200", status)
	}
	// A small write can succeed on a full disk, as a background job's may.
	if err := r.store.Engine.Write(t.Context(), func(tx *db.Tx) error { return nil }); err != nil {
		t.Fatalf("a write that needs no space: %v", err)
	}
	if status, _ := r.get(t, "/readyz"); status != 503 {
		t.Errorf("/readyz with a full disk, after a small write: %d, want 503", status)
	}
	limit(1 << 20)
	status, text := r.get(t, "/readyz")
	for deadline := time.Now().Add(10 * time.Second); status != 200 && time.Now().Before(deadline); status, text = r.get(t, "/readyz") {
		time.Sleep(50 * time.Millisecond) // it probes once a second
	}
	if status != 200 {
		t.Errorf("/readyz with space: %d %q, want 200", status, text)
	}
	if err := r.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// A running request is answered although the server stops; one that arrives while
// it drains is refused.
func TestOrderlyStop(t *testing.T) {
	reader := &fakeReader{hold: make(chan struct{})}
	r := start(t, reader, func(c *Config) { c.Drain = 300 * time.Millisecond })
	answered := make(chan int, 1)
	go func() { _, code, _ := r.post(t); answered <- code }()
	for reader.n.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for !r.draining.Load() {
		time.Sleep(time.Millisecond)
	}
	if status, text := r.get(t, "/readyz"); status != 503 || text != "draining\n" {
		t.Errorf("/readyz: %d %q", status, text)
	}
	if status, _ := r.get(t, "/healthz"); status != 200 {
		t.Errorf("/healthz: %d", status)
	}
	if status, code, header := r.post(t); status != 503 || code != -5208 || header.Get("Retry-After") != "60" {
		t.Errorf("while draining: %d, code %d, %v", status, code, header)
	}
	close(reader.hold)
	if code := <-answered; code != 0 {
		t.Errorf("the running request: code %d", code)
	}
	if err := <-stopped; err != nil {
		t.Errorf("result from stopped: %v", err)
	}
}

// What does not end in time is cut off, and Run says so.
func TestStopIsBounded(t *testing.T) {
	reader := &fakeReader{hold: make(chan struct{})}
	c := Config{Server: config.Defaults(), Reader: reader}
	c.Listen, c.Drain, c.Stop = "127.0.0.1:0", 0, 50*time.Millisecond
	a, err := New(context.Background(), c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	defer a.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	r := &running{Server: a, url: "http://" + (<-a.Ready()).String()}
	go func() {
		req, _ := http.NewRequest("POST", r.url+legacy.Path, strings.NewReader(fmt.Sprintf(`{"appid":%q,"image":"AAAA"}`, a.Account().AppID)))
		req.Header.Set("Authorization", r.sign())
		req.Header.Set("Content-Type", "application/json")
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	for reader.n.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("result from done: %v, want an error with 'cut off'", err)
	}
	close(reader.hold)
}

// A wait for a worker that takes too long is a timeout of the interface.
func TestReadTimeout(t *testing.T) {
	reader := &fakeReader{hold: make(chan struct{})}
	r := start(t, reader, func(c *Config) { c.ReadTimeout = 20 * time.Millisecond; c.Workers = 1 })
	if _, code, _ := r.post(t); code != 203 {
		t.Errorf("code %d", code)
	}
	close(reader.hold)
}

// Nothing that is logged has a number, a secret or a signature in it.
func TestLog(t *testing.T) {
	var b testutil.Buffer
	r := start(t, &fakeReader{}, func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&b, nil)); c.Data = t.TempDir() })
	header := r.sign()
	r.post(t)
	if err := r.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	log := b.String()
	for _, want := range []string{"listening", `"condition":"ok"`, `"request_id":"`, `"client":"127.0.0.1"`, "stopping", "stopped"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	for _, secret := range []string{"4000001234567899", string(r.Account().SecretKey), r.Account().SecretID, header} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// Requests whose end is in doubt are refused, and nothing behind them is
// answered; test/reliability has the whole list.
func TestDoubtfulRequests(t *testing.T) {
	r := start(t, &fakeReader{}, nil)
	for _, doubtful := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\nHost: x\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", r.Addr().String())
		if err != nil {
			t.Fatalf("net.Dial: %v", err)
		}
		fmt.Fprint(conn, doubtful+"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		text, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(text), "HTTP/1.1 400") || strings.Contains(string(text), "ok") {
			t.Errorf("%q: %q", doubtful, text)
		}
	}
}
