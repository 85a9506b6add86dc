package server

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature/tc3"
	"github.com/kahao/kahao/internal/testutil"
)

// api3Request is a request of API 3.0 with values that a caller chose.
type api3Request struct {
	fields map[string]any
	signed tc3.Request
	header map[string]string // set after signing
	path   string
}

// api3Values puts a value into every place of a request that a caller chooses.
var api3Values = map[string]func(r *api3Request, v string){
	"SecretId":              func(r *api3Request, v string) { r.signed.SecretID = v },
	"service":               func(r *api3Request, v string) { r.signed.Service = v },
	"signature":             func(r *api3Request, v string) { r.header["Authorization"] = "TC3-HMAC-SHA256 " + v },
	"X-TC-Action":           func(r *api3Request, v string) { r.header["X-TC-Action"] = v },
	"X-TC-Version":          func(r *api3Request, v string) { r.header["X-TC-Version"] = v },
	"X-TC-Timestamp":        func(r *api3Request, v string) { r.header["X-TC-Timestamp"] = v },
	"X-TC-Region":           func(r *api3Request, v string) { r.header["X-TC-Region"] = v },
	"X-TC-Language":         func(r *api3Request, v string) { r.header["X-TC-Language"] = v },
	"X-TC-Token":            func(r *api3Request, v string) { r.header["X-TC-Token"] = v },
	"X-TC-TraceId":          func(r *api3Request, v string) { r.header["X-TC-TraceId"] = v },
	"X-TC-RequestClient":    func(r *api3Request, v string) { r.header["X-TC-RequestClient"] = v },
	"Content-Type":          func(r *api3Request, v string) { r.signed.Header["content-type"] = v + "/" + v },
	"Idempotency-Key":       func(r *api3Request, v string) { r.header["Idempotency-Key"] = v },
	"path":                  func(r *api3Request, v string) { r.path = "/" + v + "/" },
	"query":                 func(r *api3Request, v string) { r.path = "/?" + v + "=" + v },
	"ImageUrl":              func(r *api3Request, v string) { r.fields["ImageUrl"] = "http://" + v + ".test/" + v },
	"ImageUrl, no URL":      func(r *api3Request, v string) { r.fields["ImageUrl"] = v },
	"ImageBase64":           func(r *api3Request, v string) { r.fields["ImageBase64"] = v },
	"ImageBase64, wrong":    func(r *api3Request, v string) { r.fields["ImageBase64"] = "!" + v },
	"a boolean":             func(r *api3Request, v string) { r.fields["EnableCopyCheck"] = v },
	"name of a parameter":   func(r *api3Request, v string) { r.fields[v] = v },
	"X-TC-Content-SHA256":   func(r *api3Request, v string) { r.header["X-TC-Content-SHA256"] = v },
	"name of a header":      func(r *api3Request, v string) { r.header["X-"+v] = v },
	"a header that is sent": func(r *api3Request, v string) { r.header["User-Agent"] = v },
}

// TestAPI3CallerValuesAreBounded is TestCallerValuesAreBounded for API 3.0.
func TestAPI3CallerValuesAreBounded(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	log := &testutil.Buffer{}
	r := start(t, &fakeReader{}, func(c *Config) {
		c.MetricsListen, c.MetricsAppID = "127.0.0.1:0", true
		c.API3Rate, c.FreeUnits = 0, 1<<40
		c.Logger = slog.New(slog.NewJSONHandler(log, nil))
	})
	b := &booked{r, r.store, r.Account()}
	var places []string
	for place := range api3Values {
		places = append(places, place)
	}
	slices.Sort(places)
	round := func(n int) {
		for range n {
			for _, place := range places {
				b.sendAPI3(t, place, strings.ToLower(rand.Text()+rand.Text()))
			}
		}
		if err := b.jobs.Flush(t.Context()); err != nil {
			t.Fatalf("Flush: %v", err)
		}
	}
	round(2)
	rowsBefore, labelsBefore := b.boundedRows(t), b.labels(t)
	round(rounds)
	// Rare outcomes may add some; a value of its own for each request would add
	// hundreds.
	const slack = 20
	rows, labels := b.boundedRows(t), b.labels(t)
	if rows > rowsBefore+slack || labels > labelsBefore+slack {
		t.Errorf("after %d more rounds: rows %d to %d, metrics %d to %d, want no growth", rounds, rowsBefore, rows, labelsBefore, labels)
	}
	if _, text := b.figures(t, ""); callerValue.MatchString(text) {
		t.Errorf("the metrics have the caller's value %s", callerValue.FindString(text))
	}
	if err := b.stop(); err != nil {
		t.Fatalf("stopping the server: %v", err)
	}
	if v := callerValue.FindString(log.String()); v != "" {
		t.Errorf("the log has the caller's value %s", v)
	}
}

func (b *booked) sendAPI3(t *testing.T, place, value string) {
	t.Helper()
	a, now := b.Account(), time.Now()
	r := &api3Request{
		fields: map[string]any{"ImageBase64": "cGljdHVyZQ=="}, path: "/",
		header: map[string]string{"X-TC-Action": "BankCardOCR", "X-TC-Version": "2018-11-19", "X-TC-Timestamp": strconv.FormatInt(now.Unix(), 10)},
		signed: tc3.Request{
			Authorization: tc3.Authorization{SecretID: a.SecretID, Date: now.UTC().Format(time.DateOnly), Service: "ocr", SignedHeaders: []string{"content-type", "host"}},
			Method:        "POST", Timestamp: strconv.FormatInt(now.Unix(), 10), Header: map[string]string{"content-type": "application/json"},
		},
	}
	api3Values[place](r, value)
	body, _ := json.Marshal(r.fields) // strings always marshal
	req, err := http.NewRequestWithContext(t.Context(), "POST", b.url+r.path, bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", place, err)
	}
	r.signed.Host, r.signed.PayloadHash = req.Host, sha256.Sum256(body)
	req.Header.Set("Authorization", r.signed.Sign(a.SecretKey))
	req.Header.Set("Content-Type", r.signed.Header["content-type"])
	for name, v := range r.header {
		req.Header.Set(name, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("%s: %v", place, err)
		return
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: status %d, %v, want 200", place, resp.StatusCode, err)
	}
}
