package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/signature/tc3"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// call sends a request of API 3.0 and returns the status, and the code or the card
// number.
func (r *running) call(t *testing.T, key account.Credentials, action string, body []byte) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", r.url+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatalf("http.NewRequest: %v", err)
	}
	now := time.Now()
	signed := &tc3.Request{
		Authorization: tc3.Authorization{SecretID: key.SecretID, Date: now.UTC().Format(time.DateOnly), Service: "ocr", SignedHeaders: []string{"content-type", "host"}},
		Method:        "POST", Host: req.Host, Timestamp: strconv.FormatInt(now.Unix(), 10),
		Header: map[string]string{"content-type": "application/json"}, PayloadHash: sha256.Sum256(body),
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-TC-Action": action, "X-TC-Version": "2018-11-19", "X-TC-Timestamp": signed.Timestamp,
		"Authorization": signed.Sign(key.SecretKey),
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	var reply struct {
		Response struct {
			CardNo string
			Error  struct{ Code string }
		}
	}
	if err := json.Unmarshal(text, &reply); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return resp.StatusCode, reply.Response.CardNo + reply.Response.Error.Code
}

var cardBody = []byte(`{"ImageBase64":"cGljdHVyZQ=="}`)

// Both APIs answer on one listener, and share accounts, the free pack and the
// usage, in which each action is an interface of its own.
func TestBothAPIs(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) { c.FreeUnits = 3; c.MetricsListen = "127.0.0.1:0"; c.MetricsAppID = true })
	off := false
	if err := r.store.Accounts.ChangeAccount(t.Context(), r.Account().AppID, account.Changes{PostPay: &off}); err != nil {
		t.Fatalf("ChangeAccount: %v", err)
	}
	user, err := r.store.Accounts.CreateUser(t.Context(), r.Account().AppID, "clerk")
	if err != nil {
		t.Fatalf("CreateUser: %v", err)
	}
	allow := json.RawMessage(`{"version":"2.0","statement":[{"effect":"allow","action":["ocr:BankCardOCR"],"resource":"*"}]}`)
	if err := r.store.Accounts.SetPolicies(t.Context(), user.ID, []account.Policy{{Name: "cards", Document: allow}}); err != nil {
		t.Fatalf("SetPolicies: %v", err)
	}
	sub, err := r.store.Accounts.CreateKey(t.Context(), user.ID, account.KeySettings{})
	if err != nil {
		t.Fatalf("CreateKey: %v", err)
	}
	if _, code, _ := r.post(t); code != 0 {
		t.Errorf("legacy: code %d, want 0", code)
	}
	for i, c := range []struct {
		key          account.Credentials
		action, want string
	}{
		{r.Account(), "BankCardOCR", "4000001234567899"},
		{sub.Credentials, "BankCardOCR", "4000001234567899"},
		{sub.Credentials, "ClassifyDetectOCR", "AuthFailure.UnauthorizedOperation"},
		{sub.Credentials, "BankCardOCR", "ResourceUnavailable.ResourcePackageRunOut"},
		{r.Account(), "BankCardOCR", "ResourceUnavailable.ResourcePackageRunOut"},
		{r.Account(), "IDCardOCR", "InvalidAction"},
		{account.Credentials{SecretID: "NOBODY", SecretKey: "x"}, "BankCardOCR", "AuthFailure.SecretIdNotFound"},
	} {
		if status, got := r.call(t, c.key, c.action, cardBody); status != 200 || got != c.want {
			t.Errorf("call %d, %s: %d %s, want 200 %s", i, c.action, status, got, c.want)
		}
	}
	if _, code, _ := r.post(t); code != 25 {
		t.Errorf("legacy with an empty pack: code %d, want 25", code)
	}
	r.awaitUsage(t, map[string]int64{
		"legacy/" + r.Account().AppID: 2, "BankCardOCR/main": 2, "BankCardOCR/sub": 2, "ClassifyDetectOCR/sub": 1, "api3/main": 1,
	}, user.ID)
	r.checkVendorMetrics(t)
}

// awaitUsage waits until the refusals are in the ledger, which are written in
// batches, and compares the calls by interface and user.
func (r *running) awaitUsage(t *testing.T, want map[string]int64, sub string) {
	t.Helper()
	var got map[string]int64
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		rows, err := ledgerdb.UsageRows(t.Context(), r.store.Engine, usage.Filter{})
		if err != nil {
			t.Fatalf("UsageRows: %v", err)
		}
		got = map[string]int64{}
		total := int64(0)
		for _, row := range rows {
			name := row.API + "/main"
			switch {
			case row.API == "legacy":
				name = row.API + "/" + row.Account
			case row.User == sub:
				name = row.API + "/sub"
			}
			got[name] += row.Calls
			total += row.Calls
		}
		if total == 8 {
			break
		}
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("usage %v, want %v", got, want)
			break
		}
	}
}

// checkVendorMetrics compares the figures after the calls of TestBothAPIs.
func (r *running) checkVendorMetrics(t *testing.T) {
	t.Helper()
	_, text := r.figures(t, "")
	id := r.Account().AppID
	for _, want := range []string{
		`qce_ocr_count_total{action="BankCardOCR"} 5`, `qce_ocr_error_count_total{action="BankCardOCR"} 3`, `qce_ocr_error_ratio{action="BankCardOCR"} 60`,
		`qce_ocr_quantity{action="BankCardOCR"} 4`, `qce_ocr_ratio{action="BankCardOCR"} NaN`, `qce_ocr_count_total{action="ClassifyDetectOCR"} 1`,
		`qce_ocr_count_total{action="RecognizeGeneralCardWarn"} 0`, `qce_ocr_count_appid_total{action="BankCardOCR",appid="` + id + `"} 4`,
		`qce_ocr_error_count_appid_total{action="BankCardOCR",appid="` + id + `"} 2`, `qce_ocr_error_ratio_appid{action="BankCardOCR",appid="` + id + `"} 50`,
		`qce_ocr_quantity_appid{action="BankCardOCR",appid="` + id + `"} 4`, `qce_ocr_ratio_appid{action="BankCardOCR",appid="` + id + `"} NaN`,
		`kahao_requests_total{route="BankCardOCR",code="",condition="ok",outcome="ok"} 2`,
		`kahao_requests_total{route="other",code="InvalidAction",condition="unknown_action",outcome="refused"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not there: %s", want)
		}
	}
}

// Today is compared with yesterday by the ledger's days, and the ratio of errors
// is that of the last minute.
func TestVendorMetrics(t *testing.T) {
	calendar, err := billing.NewCalendar("Asia/Shanghai")
	if err != nil {
		t.Fatalf("NewCalendar: %v", err)
	}
	at := time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC) // 23:00 in Beijing
	var broken error
	asked := 0
	m := newMeasures(false, "test")
	v := newVendorMetrics(m, func() time.Time { return at }, calendar, func(_ context.Context, f usage.Filter) ([]usage.Row, error) {
		asked++
		return []usage.Row{
			{Day: "2026-11-29", API: api3.BankCardOCR, Account: "1", Calls: 8}, {Day: "2026-11-30", API: api3.BankCardOCR, Account: "1", Calls: 4},
			{Day: "2026-11-30", API: api3.BankCardOCR, Account: "2", Code: 3027, Calls: 2},
		}, broken
	})
	expect := func(want ...string) {
		t.Helper()
		var b bytes.Buffer
		m.set.WritePrometheus(&b)
		for _, line := range want {
			if !strings.Contains(b.String(), line+"\n") {
				t.Errorf("at %v: not there: %s", at, line)
			}
		}
	}
	for i := range 4 {
		v.observe(api3.Outcome{Action: api3.BankCardOCR, AppID: "1", Condition: []api3.Condition{api3.OK, api3.NotACard}[i%2]})
	}
	expect(`qce_ocr_quantity{action="BankCardOCR"} 6`, `qce_ocr_ratio{action="BankCardOCR"} 75`, `qce_ocr_error_ratio{action="BankCardOCR"} 50`, `qce_ocr_count_total{action="BankCardOCR"} 4`)
	if asked != 1 {
		t.Errorf("the ledger was asked %d times for one page, want once", asked)
	}
	at = at.Add(59 * time.Second)
	v.observe(api3.Outcome{Action: api3.BankCardOCR, Condition: api3.OK})
	broken = errors.New("no database")
	expect(`qce_ocr_error_ratio{action="BankCardOCR"} 40`, `qce_ocr_quantity{action="BankCardOCR"} 6`)
	at = at.Add(2 * time.Minute)
	expect(`qce_ocr_error_ratio{action="BankCardOCR"} 0`)
	at, broken = at.Add(2*time.Hour), nil
	expect(`qce_ocr_quantity{action="BankCardOCR"} 0`, `qce_ocr_ratio{action="BankCardOCR"} 0`)
}

// The example of alert rules names only series that exist.
func TestAlerts(t *testing.T) {
	rules, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, &fakeReader{}, func(c *Config) { c.MetricsListen = "127.0.0.1:0" })
	r.get(t, "/ocr/bankcard") // series with labels begin with the first request
	_, text := r.figures(t, "")
	names := regexp.MustCompile(`\b(qce_ocr|kahao)_[a-z_]+`).FindAllString(string(rules), -1)
	if len(names) < 8 {
		t.Errorf("the rules name %d series, want at least 8", len(names))
	}
	for _, name := range names {
		name = strings.TrimSuffix(name, "_bucket")                                          // of a histogram
		if name != "kahao_certificate_not_after_seconds" && !strings.Contains(text, name) { // of a server with TLS
			t.Errorf("alerts.yaml: the server has no series %s", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("alerts.yaml: docs/operations.md does not explain %s", name)
		}
	}
}
