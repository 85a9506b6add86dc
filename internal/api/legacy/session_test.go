package legacy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

// keeping is a server that keeps replies for a minute, and its clock.
func keeping(t *testing.T, change func(*Options)) (s *server, pass func(time.Duration)) {
	t.Helper()
	s = start(t, func(o *Options) {
		o.Results = o.Meter.Replies
		keep := time.Minute
		for _, id := range []string{demo.AppID, other.AppID} {
			if err := registry(o).ChangeAccount(t.Context(), id, account.Changes{Retention: &keep}); err != nil {
				t.Fatalf("ChangeAccount: %v", err)
			}
		}
		if change != nil {
			change(o)
		}
	})
	return s, func(d time.Duration) { s.clock.Set(s.clock.Now().Add(d)) }
}

func query(id string) testCall {
	return testCall{method: "GET", path: PathSession + id, contentType: "-", auth: signed(func(p *signature.Params) { p.Expires += 1000 })}
}

// A reply can be queried byte for byte by its app ID until it expires.
func TestResultBySessionID(t *testing.T) {
	s, pass := keeping(t, nil)
	sent := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
	id := sent.Data.SessionID
	pass(time.Minute - 1)
	for range 2 {
		if a := s.do(t, query(id)); a.text != sent.text || a.text != documented || a.status != 200 || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%d %v %s", a.status, a.header, a.text)
		}
	}
	missing := ResultNotFound.Row()
	absent := func(what string, c testCall) {
		t.Helper()
		if a := s.do(t, c); a.status != 404 || a.Code != missing.Code || a.Message != missing.Message {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
	others := query(id)
	others.auth = signature.Sign(other.SecretKey, signature.Params{AppID: other.AppID, SecretID: other.SecretID, Created: second, Expires: second + 900})
	absent("another app id", others)
	absent("another id", query(id[:len(id)-1]+"0"))
	absent("no id", query(""))
	absent("a longer path", query(id+"/x"))
	pass(1)
	absent("its time is over", query(id))
}

// The query is signed like everything else.
func TestQueryIsSigned(t *testing.T) {
	s, _ := keeping(t, nil)
	sent := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
	good := query(sent.Data.SessionID)
	for name, c := range map[string]struct {
		change func(*testCall)
		code   int
	}{
		"good":      {func(*testCall) {}, 0},
		"none":      {func(c *testCall) { c.noAuth = true }, 4},
		"no base64": {func(c *testCall) { c.auth = "abc" }, 5},
		"one-off":   {func(c *testCall) { c.auth = signed(func(p *signature.Params) { p.Expires, p.FileID = 0, "x" }) }, 5},
		"over": {func(c *testCall) {
			c.auth = signed(func(p *signature.Params) { p.Expires, p.Created = second, second-1 })
		}, 9},
		"unknown key": {func(c *testCall) { c.auth = signed(func(p *signature.Params) { p.SecretID = "NOBODY" }) }, 11},
		"wrong key": {func(c *testCall) {
			c.auth = signature.Sign("WRONG", signature.Params{AppID: demo.AppID, SecretID: demo.SecretID, Created: second, Expires: second + 9})
		}, 14},
		"POST": {func(c *testCall) { c.method = "POST" }, 3},
	} {
		call := good
		c.change(&call)
		a := s.do(t, call)
		if a.Code != c.code || c.code != 0 && strings.Contains(a.text, "514958888888888") {
			t.Errorf("%s: %s", name, a.text)
		}
		if name == "POST" && (a.status != 405 || a.header.Get("Allow") != "GET") {
			t.Errorf("%d %v", a.status, a.header)
		}
	}
}

// Off, which is the default, there is no such path and nothing is kept.
func TestQueryIsOff(t *testing.T) {
	s := start(t, nil)
	sent := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
	if a := s.do(t, query(sent.Data.SessionID)); a.status != 404 || a.Code != 3 || a.Message != "path not found" {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// A caller that may not send requests may not query results.
func TestQueryNeedsStanding(t *testing.T) {
	for name, c := range map[string]struct {
		options func(*testing.T, *Options)
		code    int
	}{
		"active":  {func(*testing.T, *Options) {}, 0},
		"arrears": {state(inArrears), 3},
		"closed":  {state(`UPDATE account SET state = 'closed' WHERE id = '1250000001'`), 24},
	} {
		var options *Options
		s, _ := keeping(t, func(o *Options) { options = o })
		sent := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
		c.options(t, options)
		if a := s.do(t, query(sent.Data.SessionID)); a.Code != c.code {
			t.Errorf("%s: %s, want code %d", name, a.text, c.code)
		}
	}
}

// A reply to several images has one ID and is kept whole; failures are not kept,
// and no ID is used twice.
func TestWhatIsKept(t *testing.T) {
	n := uint64(0)
	var mu sync.Mutex
	s, _ := keeping(t, func(o *Options) {
		o.Random = func() uint64 { // every number twice
			mu.Lock()
			defer mu.Unlock()
			n++
			return n / 2
		}
	})
	seen := map[string]bool{}
	for range 10 {
		a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": []string{encoded, "!!", encoded}}))
		id := a.List[0].Data.SessionID
		if seen[id] || id != a.List[2].Data.SessionID {
			t.Errorf("%s: %v", id, seen)
		}
		seen[id] = true
		if again := s.do(t, query(id)); again.text != a.text {
			t.Errorf("%s and %s", again.text, a.text)
		}
	}
	drawn := func() uint64 {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
	before := drawn()
	s.do(t, jsonCall(object{"appid": demo.AppID, "image": []string{"!!", "!!"}}))
	s.do(t, jsonCall(object{"appid": demo.AppID}))
	if drawn() > before+1 {
		t.Error("a failure is kept")
	}
}

// A store of results that fails, or in which every id is taken, does not keep
// the reply from the client. The failure is logged.
func TestResultsFail(t *testing.T) {
	for _, r := range []brokenResults{{found: true}, {err: errors.New("no room for 514958888888888")}} {
		s, _ := keeping(t, func(o *Options) { o.Results = r })
		if a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})); a.text != documented {
			t.Errorf("%+v: %s, want the reading", r, a.text)
		}
		a := s.do(t, query("12500000011579925413"))
		if want := map[bool]int{true: 213, false: 0}[r.err != nil]; a.Code != want {
			t.Errorf("%+v: query: %s, want code %d", r, a.text, want)
		}
		if log := s.logged(); strings.Contains(log, "no room") != (r.err != nil) || strings.Contains(log, "8888888") {
			t.Errorf("%+v: the log has the failure: %v, or a number:\n%s", r, strings.Contains(log, "no room"), log)
		}
	}
}

type brokenResults struct {
	found bool
	err   error
}

func (r brokenResults) Has(context.Context, string, string) (bool, error) { return r.found, r.err }

func (r brokenResults) Get(context.Context, string, string, account.Access) ([]byte, bool, error) {
	return []byte(`{"code":0}`), r.found, r.err
}

// The id is the app id and ten digits, whatever is drawn.
func TestSessionID(t *testing.T) {
	form := regexp.MustCompile(`^1250000001[0-9]{10}$`)
	for _, drawn := range []uint64{0, 7, 9_999_999_999, 10_000_000_000, 1 << 63, ^uint64(0)} {
		s := start(t, func(o *Options) { o.Random = func() uint64 { return drawn } })
		a := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded}))
		if want := fmt.Sprintf("1250000001%010d", drawn%10_000_000_000); a.Data.SessionID != want || !form.MatchString(want) {
			t.Errorf("%d: %s", drawn, a.Data.SessionID)
		}
	}
	s := start(t, func(o *Options) { o.Random = nil })
	seen := map[string]bool{}
	for range 50 {
		id := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})).Data.SessionID
		if seen[id] || !form.MatchString(id) {
			t.Errorf("%s, again: %v", id, seen[id])
		}
		seen[id] = true
	}
}

// What is kept does not get into the log.
func TestQueryLog(t *testing.T) {
	s, _ := keeping(t, nil)
	id := s.do(t, jsonCall(object{"appid": demo.AppID, "image": encoded})).Data.SessionID
	s.do(t, query(id))
	s.do(t, query("514958888888888"))
	log := s.logged()
	for _, secret := range []string{"514958888888888", "8888888", id, "中国银行"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
	if n := strings.Count(log, `"path":"/ocr/session/{id}"`); n != 2 {
		t.Errorf("%d lines of queries\n%s", n, log)
	}
}
