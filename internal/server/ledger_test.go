package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// booked is a server with a ledger, and its demo account.
type booked struct {
	*running
	*store.Store
	demo account.Credentials
}

func startWithLedger(t *testing.T, reader Reader, change func(*Config)) *booked {
	t.Helper()
	r := start(t, reader, func(c *Config) {
		if c.Data == "" {
			c.Data = t.TempDir()
		}
		if change != nil {
			change(c)
		}
	})
	return &booked{r, r.store, r.Account()}
}

// ask sends a picture signed with a key, and returns the reply.
func (b *booked) ask(t *testing.T, a account.Credentials, change func(*http.Request, *signature.Params)) (code int, text string, header http.Header) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"appid": a.AppID, "image": base64.StdEncoding.EncodeToString([]byte("picture"))})
	req, err := http.NewRequest("POST", b.url+legacy.Path, bytes.NewReader(body))
	if err != nil {
		t.Fatalf("http.NewRequest: %v", err)
	}
	req.Header.Set("Content-Type", "application/json")
	now := time.Now().Unix()
	p := signature.Params{AppID: a.AppID, Bucket: a.Bucket, SecretID: a.SecretID, Expires: now + 60, Created: now}
	if change != nil {
		change(req, &p)
	}
	req.Header.Set("Authorization", signature.Sign(a.SecretKey, p))
	return b.do(t, req)
}

func (b *booked) do(t *testing.T, req *http.Request) (code int, text string, header http.Header) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	var c struct{ Code int }
	if err := json.Unmarshal(reply, &c); err != nil {
		t.Fatalf("%v: %s", err, reply)
	}
	return c.Code, string(reply), resp.Header
}

// expect asks and compares the code.
func (b *booked) expect(t *testing.T, what string, a account.Credentials, code int) {
	t.Helper()
	if got, text, _ := b.ask(t, a, nil); got != code {
		t.Errorf("%s: %s, want code %d", what, text, code)
	}
}

// set changes the tables behind everybody's back.
func (b *booked) set(t *testing.T, query string, args ...any) {
	t.Helper()
	if err := b.Engine.Write(context.Background(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		t.Fatalf("Engine.Write: %v", err)
	}
}

func (b *booked) whole(t *testing.T) {
	t.Helper()
	if report, err := b.Ledger.Verify(t.Context()); err != nil || report.Break != "" || report.Held != 0 {
		t.Errorf("Verify: %+v, %v, want no break and no hold", report, err)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// Free readings, a pack, postpaid units, arrears, payment: the reply at each step,
// and the ledger after it.
func TestUsedUpAndArrears(t *testing.T) {
	b := startWithLedger(t, &fakeReader{}, func(c *Config) { c.FreeUnits = 2 })
	ctx := t.Context()
	b.expect(t, "the first free one", b.demo, 0)
	b.expect(t, "the second", b.demo, 0)
	b.expect(t, "none left", b.demo, 25)
	p, err := b.Accounts.AddPack(ctx, account.NewPack{Account: b.demo.AppID, Units: 1, Price: 1_00, Paid: true})
	ok(t, err)
	b.expect(t, "out of the pack", b.demo, 0)
	b.expect(t, "the pack is used up", b.demo, 25)
	yes := true
	ok(t, b.Accounts.ChangeAccount(ctx, b.demo.AppID, account.Changes{PostPay: &yes}))
	b.expect(t, "on account", b.demo, 0)

	_, err = b.Accounts.Pay(ctx, b.demo.AppID, -5_00, "a charge")
	ok(t, err)
	b.expect(t, "in debt for a moment", b.demo, 0)
	b.set(t, `UPDATE account SET negative_since = ? WHERE id = ?`, time.Now().Add(-25*time.Hour).UnixMicro(), b.demo.AppID)
	before, err := b.Accounts.ListPacks(ctx, b.demo.AppID)
	ok(t, err)
	if _, text, _ := b.ask(t, b.demo, nil); text != `{"code":3,"message":"account abnormal,errorno is:2"}` {
		t.Errorf("in arrears: %s", text)
	}
	after, err := b.Accounts.ListPacks(ctx, b.demo.AppID)
	ok(t, err)
	for i := range before {
		if before[i].Left != after[i].Left || before[i].Held != after[i].Held {
			t.Errorf("a pack changed while in arrears: %+v, %+v", before[i], after[i])
		}
	}
	_, err = b.Accounts.Pay(ctx, b.demo.AppID, 5_00, "")
	ok(t, err)
	b.expect(t, "paid", b.demo, 0)

	ok(t, b.Accounts.CloseAccount(ctx, b.demo.AppID))
	b.expect(t, "closed", b.demo, 24)
	ok(t, b.Accounts.OpenAccount(ctx, b.demo.AppID))
	b.expect(t, "open again", b.demo, 0)
	if got, err := b.Accounts.ListPacks(ctx, b.demo.AppID); err != nil || got[1].ID != p.ID || got[1].Left != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	b.whole(t)
}

// A reading uses up a single-use signature, and nothing else does. A used one is
// reported before arrears.
func TestSingleUseWithLedger(t *testing.T) {
	b := startWithLedger(t, &fakeReader{}, func(c *Config) { c.FreeUnits = 1 })
	once := func(file string) func(*http.Request, *signature.Params) {
		return func(_ *http.Request, p *signature.Params) { p.Expires, p.FileID = 0, file }
	}
	made := time.Now().Unix()
	same := func(_ *http.Request, p *signature.Params) { p.Expires, p.FileID, p.Created = 0, "a.jpg", made }
	for _, want := range []int{0, 13} {
		if code, text, _ := b.ask(t, b.demo, same); code != want {
			t.Errorf("%s, want %d", text, want)
		}
	}
	b.set(t, `UPDATE account SET balance = -1, negative_since = 0 WHERE id = ?`, b.demo.AppID)
	if code, text, _ := b.ask(t, b.demo, same); code != 13 {
		t.Errorf("used, and in arrears: %s", text)
	}
	if code, text, _ := b.ask(t, b.demo, once("b.jpg")); code != 3 {
		t.Errorf("in arrears: %s", text)
	}
	b.set(t, `UPDATE account SET balance = 0, negative_since = NULL WHERE id = ?`, b.demo.AppID)
	later := func(_ *http.Request, p *signature.Params) { p.Expires, p.FileID, p.Created = 0, "c.jpg", made }
	for range 2 {
		if code, text, _ := b.ask(t, b.demo, later); code != 25 {
			t.Errorf("refused, so not used up: %s", text)
		}
	}
	_, err := b.Accounts.AddPack(t.Context(), account.NewPack{Account: b.demo.AppID, Units: 5})
	ok(t, err)
	for _, want := range []int{0, 13} {
		if code, text, _ := b.ask(t, b.demo, later); code != want {
			t.Errorf("%s, want %d", text, want)
		}
	}
	old := func(_ *http.Request, p *signature.Params) {
		p.Expires, p.FileID, p.Created = 0, "d.jpg", time.Now().Add(-25*time.Hour).Unix()
	}
	if code, text, _ := b.ask(t, b.demo, old); code != 9 {
		t.Errorf("older than --single-use-age: %s", text)
	}
	b.whole(t)
}

// Keys are made, rotated and disabled while the server runs; a sub-account's is
// refused here whatever it may do elsewhere.
func TestKeysWhileServing(t *testing.T) {
	b := startWithLedger(t, &fakeReader{}, nil)
	ctx := t.Context()
	c, err := b.Accounts.CreateAccount(ctx, account.NewAccount{Name: "new", Bucket: "cards"})
	ok(t, err)
	b.expect(t, "a new account", c.Credentials, 0)
	fresh, err := b.Accounts.RotateKey(ctx, c.SecretID, time.Hour)
	ok(t, err)
	b.expect(t, "the new key", fresh.Credentials, 0)
	b.expect(t, "the old one, during the overlap", c.Credentials, 0)
	b.set(t, `UPDATE api_key SET expires_at = ? WHERE secret_id = ?`, time.Now().UnixMicro(), c.SecretID)
	ok(t, b.Accounts.DisableKey(ctx, fresh.SecretID, true))
	b.expect(t, "the old one, after it", c.Credentials, 11)
	b.expect(t, "disabled", fresh.Credentials, 11)
	ok(t, b.Accounts.DisableKey(ctx, fresh.SecretID, false))
	b.expect(t, "enabled", fresh.Credentials, 0)

	u, err := b.Accounts.CreateUser(ctx, c.AppID, "sub")
	ok(t, err)
	ok(t, b.Accounts.SetPolicies(ctx, u.ID, []account.Policy{{Name: "QcloudOCRFullAccess"}}))
	sub, err := b.Accounts.CreateKey(ctx, u.ID, account.KeySettings{})
	ok(t, err)
	b.expect(t, "a sub-account's key", sub.Credentials, 24)
	mixed := fresh.Credentials
	mixed.AppID = b.demo.AppID
	b.expect(t, "a key of another app id", mixed, 12)
	b.whole(t)
}

// What a key's replies carry of the number, in the shape that they always have.
func TestShapedReplies(t *testing.T) {
	b := startWithLedger(t, &fakeReader{}, nil)
	seen := map[string]string{}
	for _, form := range []string{"full", "bin_last4", "token"} {
		ok(t, b.Accounts.SetKey(t.Context(), b.demo.SecretID, account.KeySettings{Shape: json.RawMessage(`{"number":"` + form + `"}`)}))
		code, text, _ := b.ask(t, b.demo, nil)
		var reply struct {
			Data struct {
				Items []struct{ Item, Itemstring string }
			}
		}
		if err := json.Unmarshal([]byte(text), &reply); err != nil || code != 0 || len(reply.Data.Items) != 5 || reply.Data.Items[0].Item != "卡号" {
			t.Fatalf("%s: %s", form, text)
		}
		seen[form] = reply.Data.Items[0].Itemstring
		if full := strings.Contains(text, "4000001234567899"); full != (form == "full") {
			t.Errorf("%s: %s", form, text)
		}
	}
	if seen["full"] != "4000001234567899" || seen["bin_last4"] != "400000******7899" || !strings.HasPrefix(seen["token"], "tok_") {
		t.Errorf("%v", seen)
	}
}

// A request that is sent again gets the same reply and is charged once, also
// after a restart.
func TestIdempotentRetry(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	with := func(key string) func(*http.Request, *signature.Params) {
		return func(r *http.Request, _ *signature.Params) { r.Header.Set("Idempotency-Key", key) }
	}
	reader := &fakeReader{}
	b := startWithLedger(t, reader, func(c *Config) { c.Data = dir })
	_, first, _ := b.ask(t, b.demo, with("order 1"))
	demo := b.demo
	if err := b.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	ok(t, b.Server.Close())
	b = startWithLedger(t, reader, func(c *Config) { c.Data = dir })
	if b.AccountIsNew() || b.demo != demo {
		t.Error("the second start made another account")
	}
	code, again, header := b.ask(t, b.demo, with("order 1"))
	if code != 0 || again != first || header.Get("Idempotent-Replayed") != "true" || reader.n.Load() != 1 {
		t.Errorf("%s\n%s\n%v, %d readings", first, again, header, reader.n.Load())
	}
	packs, err := b.Accounts.ListPacks(t.Context(), b.demo.AppID)
	if err != nil || len(packs) != 1 || packs[0].Left != 999 {
		t.Errorf("%+v, %v", packs, err)
	}
	b.whole(t)
}

// Results are kept by the account's wish alone, sealed, and not a moment too
// long.
func TestResultsBySessionID(t *testing.T) {
	b := startWithLedger(t, &fakeReader{}, nil)
	ctx := t.Context()
	session := func() (id, text string) {
		t.Helper()
		_, text, _ = b.ask(t, b.demo, nil)
		var reply struct {
			Data struct {
				ID string `json:"session_id"`
			}
		}
		ok(t, json.Unmarshal([]byte(text), &reply))
		return reply.Data.ID, text
	}
	get := func(id string) (int, string) {
		t.Helper()
		req, err := http.NewRequest("GET", b.url+legacy.PathSession+id, nil)
		ok(t, err)
		now := time.Now().Unix()
		req.Header.Set("Authorization", signature.Sign(b.demo.SecretKey, signature.Params{AppID: b.demo.AppID, SecretID: b.demo.SecretID, Expires: now + 60, Created: now}))
		code, text, _ := b.do(t, req)
		return code, text
	}
	id, _ := session()
	if code, text := get(id); code != 3 || !strings.Contains(text, "result not found") {
		t.Errorf("kept although nobody asked for it: %s", text)
	}
	keep := time.Hour
	ok(t, b.Accounts.ChangeAccount(ctx, b.demo.AppID, account.Changes{Retention: &keep}))
	id, sent := session()
	if _, text := get(id); text != sent {
		t.Errorf("%s\nwant %s", text, sent)
	}
	ok(t, b.Engine.Read(ctx, func(tx *db.Tx) error {
		var rows, clear int
		err := tx.Row(`SELECT COUNT(*), COALESCE(SUM(CASE WHEN INSTR(ct, CAST('4000001234567899' AS BLOB)) > 0 THEN 1 ELSE 0 END), 0) FROM result`).Scan(&rows, &clear)
		if rows != 1 || clear != 0 {
			t.Errorf("%d results, %d of them in clear", rows, clear)
		}
		return err
	}))
	b.set(t, `UPDATE result SET expires_at = ?`, time.Now().UnixMicro())
	if code, text := get(id); code != 3 {
		t.Errorf("its time is over: %s", text)
	}
}

// Requests that are refused before a hold are counted, too, and the metrics report
// a correct ledger.
func TestRefusalsCount(t *testing.T) {
	b := startWithLedger(t, &fakeReader{}, func(c *Config) { c.Rate, c.Burst, c.MetricsListen = 0.001, 2, "127.0.0.1:0" })
	b.expect(t, "a good one", b.demo, 0)
	wrong := func(r *http.Request, p *signature.Params) { p.Bucket = "other" }
	if code, text, _ := b.ask(t, b.demo, wrong); code != 16 {
		t.Errorf("a bucket that there is not: %s", text)
	}
	b.expect(t, "too often", b.demo, 15)
	// They are observed after their replies were sent: the next flush that
	// comes after has them all.
	deadline := time.Now().Add(30 * time.Second)
	for {
		ok(t, b.jobs.Flush(t.Context()))
		rows, err := ledgerdb.UsageRows(t.Context(), b.Engine, usage.Filter{Accounts: []string{b.demo.AppID}})
		ok(t, err)
		s := usage.Summarise(rows)
		if s.Total == 3 {
			if s.Billed != 1 || s.Succeeded != 1 || s.Failed != 2 || len(s.Errors) != 2 {
				t.Errorf("%+v", s)
			}
			for _, r := range rows {
				if r.User == "" {
					t.Errorf("whose call was it: %+v", r)
				}
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", s)
		}
		time.Sleep(10 * time.Millisecond)
	}
	ok(t, b.jobs.Check(t.Context()))
	resp, err := http.Get("http://" + b.MetricsAddr().String() + "/metrics")
	ok(t, err)
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	ok(t, err)
	for _, want := range []string{"\nkahao_ledger_broken 0\n", "\nkahao_ledger_expired_holds_total 0\n"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the figures lack %q", want)
		}
	}
	keys, err := b.Accounts.ListKeys(t.Context(), b.demo.AppID)
	if err != nil || keys[0].LastUsed != string(b.Calendar.Day(time.Now())) {
		t.Errorf("%+v, %v", keys, err)
	}
	// A broken invariant shows.
	b.set(t, `UPDATE pack SET units_left = units_left - 1`)
	ok(t, b.jobs.Check(t.Context()))
	if b.jobs.Metrics().Broken.Load() != 1 {
		t.Error("Verify accepted a broken ledger")
	}
}

// A key's own rate holds within the account's.
func TestKeyRate(t *testing.T) {
	b := startWithLedger(t, &fakeReader{}, nil)
	rate := account.KeySettings{}
	l := limit(0.001, 1)
	rate.Rate = &l
	ok(t, b.Accounts.SetKey(t.Context(), b.demo.SecretID, rate))
	b.expect(t, "the first", b.demo, 0)
	b.expect(t, "the second", b.demo, 15)
	other, err := b.Accounts.CreateKey(t.Context(), mainUser(t, b), account.KeySettings{})
	ok(t, err)
	b.expect(t, "another key of the account", other.Credentials, 0)
}

func mainUser(t *testing.T, b *booked) string {
	t.Helper()
	users, err := b.Accounts.ListUsers(t.Context(), b.demo.AppID)
	ok(t, err)
	return users[0].ID
}

// Invalid settings that only the files and time zones show are reported before
// anything is created.
func TestCheckOfLedgerSettings(t *testing.T) {
	c := config.Defaults()
	c.TimeZone, c.PriceFile = "Mars/Phobos", filepath.Join(t.TempDir(), "none")
	err := Check(c)
	if err == nil || !strings.Contains(err.Error(), "--time-zone") || !strings.Contains(err.Error(), "--price-file") {
		t.Errorf("Check: %v, want an error with '--time-zone'", err)
	}
}
