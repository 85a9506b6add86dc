package server

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/testutil"
)

// callerRequest is a request with values that a caller chose.
type callerRequest struct {
	method, path string
	sign         signature.Params
	raw          string // in place of the body
	auth         string // in place of the signature
	fields       map[string]any
	header       map[string]string
}

// callerValues puts a value into every place of a request that a caller chooses.
// The names of struct fields are compared with the parsers' structs.
var callerValues = map[string]func(r *callerRequest, v string){
	"Claims.AppID":    func(r *callerRequest, v string) { r.sign.AppID = v },
	"Claims.Bucket":   func(r *callerRequest, v string) { r.sign.Bucket = v },
	"Claims.SecretID": func(r *callerRequest, v string) { r.sign.SecretID = v },
	"Claims.Expires":  func(r *callerRequest, v string) { r.sign.Expires += int64(v[0]) },
	"Claims.Created":  func(r *callerRequest, v string) { r.sign.Created -= int64(v[0]) },
	"Claims.Random":   func(r *callerRequest, v string) { r.sign.Random = uint32(v[0])<<8 | uint32(v[1]) },
	"Claims.UserID":   func(r *callerRequest, v string) { r.sign.UserID = v },
	"Claims.FileID":   func(r *callerRequest, v string) { r.sign.FileID = v },
	"Claims.OneOff":   func(r *callerRequest, v string) { r.sign.Expires, r.sign.FileID = 0, v },

	"Request.AppID":        func(r *callerRequest, v string) { r.fields["appid"] = v },
	"Request.Bucket":       func(r *callerRequest, v string) { r.fields["bucket"] = v },
	"Request.HasAppID":     func(r *callerRequest, _ string) { delete(r.fields, "appid") },
	"Request.Images":       func(r *callerRequest, v string) { r.fields["image"] = []string{v, v} },
	"Request.Count":        func(r *callerRequest, v string) { r.fields["image"] = make([]string, v[0]) },
	"Request.HasURL":       func(r *callerRequest, v string) { r.fields["url"] = v },
	"Request.BadParameter": func(r *callerRequest, v string) { r.fields["bucket"] = []string{v} },
	"Request.TooLong":      func(r *callerRequest, v string) { r.fields["bucket"] = strings.Repeat(v, 100) },
	"Image.ByURL":          func(r *callerRequest, v string) { r.fields["url"] = "http://" + v + ".test/" + v },
	"Image.URL":            func(r *callerRequest, v string) { r.fields["url"] = []string{"http://127.0.0.1:1/" + v} },
	"Image.Name":           func(r *callerRequest, v string) { r.form("name=\"image\"; filename=\"" + v + "\"") },
	"Image.Content":        func(r *callerRequest, v string) { r.fields["image"] = base64.StdEncoding.EncodeToString([]byte(v)) },
	"Image.Fault":          func(r *callerRequest, v string) { r.fields["image"] = "!" + v },

	"signature":         func(r *callerRequest, v string) { r.auth = v },
	"path":              func(r *callerRequest, v string) { r.path = "/" + v },
	"session id":        func(r *callerRequest, v string) { r.method, r.path = "GET", legacy.PathSession+v },
	"method":            func(r *callerRequest, v string) { r.method = strings.ToUpper(v[:8]) },
	"query":             func(r *callerRequest, v string) { r.path += "?" + v },
	"name of a field":   func(r *callerRequest, v string) { r.fields[v] = v },
	"name of a part":    func(r *callerRequest, v string) { r.form("name=\"" + v + "\"") },
	"body":              func(r *callerRequest, v string) { r.raw = v },
	"Content-Type":      func(r *callerRequest, v string) { r.header["Content-Type"] = v + "/" + v },
	metering.HeaderKey:  func(r *callerRequest, v string) { r.header[metering.HeaderKey] = v + strings.Repeat("x", 200) },
	"User-Agent":        func(r *callerRequest, v string) { r.header["User-Agent"] = v },
	"X-Request-Id":      func(r *callerRequest, v string) { r.header["X-Request-Id"] = v },
	"X-Forwarded-For":   func(r *callerRequest, v string) { r.header["X-Forwarded-For"] = v },
	"any other header ": func(r *callerRequest, v string) { r.header["X-"+v] = v },
}

func (r *callerRequest) form(disposition string) {
	r.header["Content-Type"] = "multipart/form-data; boundary=limit"
	r.raw = "--limit\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\nnone\r\n--limit--\r\n"
}

// TestCallerValuesAreComplete expects a place above for each exported field that
// a parser fills.
func TestCallerValuesAreComplete(t *testing.T) {
	for name, of := range map[string]reflect.Type{
		"Claims": reflect.TypeFor[signature.Claims](), "Request": reflect.TypeFor[request.Request](), "Image": reflect.TypeFor[request.Image](),
	} {
		for i := range of.NumField() {
			if f := of.Field(i); f.IsExported() && callerValues[name+"."+f.Name] == nil {
				t.Errorf("%s.%s: callerValues has no request with a value there", name, f.Name)
			}
		}
	}
}

func (b *booked) send(t *testing.T, place, value string) {
	t.Helper()
	a, now := b.Account(), time.Now().Unix()
	r := &callerRequest{
		method: "POST", path: legacy.Path, header: map[string]string{"Content-Type": "application/json"},
		sign:   signature.Params{AppID: a.AppID, SecretID: a.SecretID, Expires: now + 600, Created: now - 60},
		fields: map[string]any{"appid": a.AppID}, // no image: what is accepted otherwise is refused
	}
	callerValues[place](r, value)
	body := []byte(r.raw)
	if r.raw == "" {
		body, _ = json.Marshal(r.fields) // strings always marshal
	}
	req, err := http.NewRequestWithContext(t.Context(), r.method, b.url+r.path, bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s: %v", place, err)
		return
	}
	for name, v := range r.header {
		req.Header.Set(name, v)
	}
	if r.auth == "" {
		r.auth = signature.Sign(a.SecretKey, r.sign)
	}
	req.Header.Set("Authorization", r.auth)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("%s: %v", place, err)
		return
	}
	_ = resp.Body.Close()
}

// TestCallerValuesAreBounded sends random values in every place. Rows that are
// not of a charge, metrics and the length of log lines must not grow with them,
// and no value may be in a log line, a metric or a row.
func TestCallerValuesAreBounded(t *testing.T) {
	requests := 10_000
	if testing.Short() {
		requests = 1_000
	}
	log := &testutil.Buffer{}
	r := start(t, &fakeReader{}, func(c *Config) {
		c.MetricsListen, c.MetricsAppID = "127.0.0.1:0", true
		c.FreeUnits = 1 << 40
		c.Logger = slog.New(slog.NewJSONHandler(log, nil))
	})
	b := &booked{r, r.store, r.Account()}
	places := make([]string, 0, len(callerValues))
	for place := range callerValues {
		places = append(places, place)
	}
	slices.Sort(places)
	round := func(n int) {
		var senders sync.WaitGroup
		for worker := range 4 {
			senders.Go(func() {
				for i := worker; i < n; i += 4 {
					b.send(t, places[i%len(places)], strings.ToLower(rand.Text()+rand.Text()))
				}
			})
		}
		senders.Wait()
		if err := b.jobs.Flush(t.Context()); err != nil {
			t.Fatalf("Flush: %v", err)
		}
	}
	round(requests / 10)
	rowsBefore, labelsBefore := b.boundedRows(t), b.labels(t)
	round(requests - requests/10)
	rows, labels := b.boundedRows(t), b.labels(t)
	// Rare outcomes may add some; a value of its own for each request would add
	// hundreds.
	const slack = 20
	if rows > rowsBefore+slack || labels > labelsBefore+slack {
		t.Errorf("from %d to %d requests: rows %d to %d, metrics %d to %d, want no growth", requests/10, requests, rowsBefore, rows, labelsBefore, labels)
	}
	t.Logf("after %d requests: %d rows, %d metrics", requests, rows, labels)
	if err := b.stop(); err != nil {
		t.Fatalf("stopping the server: %v", err)
	}
	text := log.String()
	for line := range strings.Lines(text) {
		if len(line) > 1024 {
			t.Fatalf("a log line has %d bytes, want at most 1024: %.200s", len(line), line)
		}
	}
	if v := callerValue.FindString(text); v != "" {
		t.Errorf("the log has the caller's value %s", v)
	}
}

// callerValue matches the values that TestCallerValuesAreBounded sends.
var callerValue = regexp.MustCompile(`[a-z2-7]{52}`)

// boundedRows counts the rows of all tables but those with one row for each
// charge, and fails if a charge's rows have a long text.
func (b *booked) boundedRows(t *testing.T) (n int64) {
	t.Helper()
	perCharge := []string{"charge", "charge_part", "idem", "nonce", "entry", "result"}
	ok(t, b.Engine.Read(t.Context(), func(tx *db.Tx) error {
		var tables []string
		if err := tx.Each(func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			tables = append(tables, name)
			return err
		}, `SELECT name FROM sqlite_master WHERE type = 'table'`); err != nil {
			return err
		}
		for _, table := range tables {
			if slices.Contains(perCharge, table) {
				continue
			}
			var rows int64
			query := fmt.Sprintf(`SELECT COUNT(*) FROM %q`, table)
			if table == "call_day" { // a row for each bin of latency, which are a closed set
				query = `SELECT COUNT(*) FROM (SELECT DISTINCT account_id, user_id, bucket, api, day, code FROM call_day)`
			}
			if err := tx.Row(query).Scan(&rows); err != nil {
				return err
			}
			n += rows
		}
		var long int64
		if err := tx.Row(`SELECT COALESCE(MAX(LENGTH(key)), 0) FROM idem`).Scan(&long); err != nil {
			return err
		}
		if long > 64 {
			t.Errorf("an idempotency key takes %d characters in its row, want a hash of at most 64", long)
		}
		return nil
	}))
	return n
}

// labels counts the lines of the metrics.
func (b *booked) labels(t *testing.T) int {
	t.Helper()
	_, text := b.figures(t, "")
	return strings.Count(text, "\n")
}
