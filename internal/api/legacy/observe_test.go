package legacy

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/api/stopwatch"
)

// clocked is a server with everything in use and a clock that is set.
func clocked(t *testing.T) (*server, func(second int64)) {
	t.Helper()
	s := start(t, func(o *Options) { o.Fetcher = &fetcher{} })
	return s, func(second int64) { s.clock.Set(time.Unix(second, 0)) }
}

type contextKey struct{}

// Each request is observed once, after its reply, with its own context.
func TestObserve(t *testing.T) {
	seen := make(chan Outcome, 1)
	var ticks atomic.Int64
	s := start(t, func(o *Options) {
		o.Fetcher, o.MaxImage = &fetcher{}, 1000
		o.Observe = func(ctx context.Context, o Outcome) {
			if ctx.Value(contextKey{}) != "the request's" {
				t.Error("another context")
			}
			seen <- o
		}
		o.Now = func() time.Time { return time.Unix(second, ticks.Add(1000)) } // every look takes a microsecond
	})
	inner := s.Config.Handler
	s.Config.Handler = handlerWithContext(inner)
	url := object{"appid": demo.AppID, "url": []string{"http://example.org/card.jpg", "http://example.org/closed"}}
	for _, c := range []struct {
		call     testCall
		want     Outcome
		pictures []Condition
		stages   string
	}{
		{jsonCall(object{"appid": demo.AppID, "image": encoded}), Outcome{Route: "bankcard", Status: 200, AppID: demo.AppID, Bytes: len(picture)}, []Condition{OK}, "verify body read reply"},
		{jsonCall(url), Outcome{Route: "bankcard", Status: 200, AppID: demo.AppID, Bytes: len(picture)}, []Condition{OK, Unreachable}, "verify body fetch read reply"},
		{formCall(text("appid", demo.AppID), file("image", []byte("panic"))), Outcome{Route: "bankcard", Status: 200, Condition: Internal, AppID: demo.AppID, Bytes: 5}, []Condition{Internal}, "verify body read"},
		{testCall{body: []byte("{")}, Outcome{Route: "bankcard", Status: 200, Condition: BadRequest, AppID: demo.AppID}, nil, "verify body"},
		{testCall{auth: "abc", path: PathAlias}, Outcome{Route: "bankcard", Status: 200, Condition: SignatureMalformed}, nil, "verify"},
		{testCall{path: "/514958888888888"}, Outcome{Route: "other", Status: 404, Condition: NotFound}, nil, ""},
		{testCall{path: PathSession + "1"}, Outcome{Route: "other", Status: 404, Condition: NotFound}, nil, ""},
		{testCall{body: []byte("{}"), header: map[string]string{"X-Broken-Body": "1"}}, Outcome{Route: "bankcard", Status: 200, Condition: UnpackFault, AppID: demo.AppID}, nil, "verify body"},
	} {
		s.do(t, c.call)
		o := <-seen
		var names []string
		total := time.Duration(0)
		for _, stage := range o.Stages {
			names = append(names, stage.Name)
			total += stage.Took
			if stage.Took <= 0 || !slices.Contains(stopwatch.Names(), stage.Name) {
				t.Errorf("%+v", stage)
			}
		}
		if o.Route != c.want.Route || o.Status != c.want.Status || o.Condition != c.want.Condition || o.AppID != c.want.AppID || o.Bytes != c.want.Bytes ||
			!slices.Equal(o.Images, c.pictures) || strings.Join(names, " ") != c.stages || o.Took < total {
			t.Errorf("%+v\nwant %+v %v %s", o, c.want, c.pictures, c.stages)
		}
	}
	if len(seen) != 0 {
		t.Error("observed twice")
	}
}

// No request writes to disk: all are answered without a directory for temporary
// files, and the working directory stays empty.
func TestNothingIsSpilled(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, filepath.Join(dir, "none"))
	}
	if _, err := os.CreateTemp("", ""); err == nil {
		t.Fatal("a temporary file was created, so this test would prove nothing")
	}
	t.Chdir(t.TempDir())
	s := start(t, nil)
	large := padded(1 << 20)
	for range 3 {
		for name, c := range map[string]testCall{
			"a form":      formCall(text("appid", demo.AppID), file("image", large)),
			"several":     formCall(text("appid", demo.AppID), file("image1", large), file("image2", large), file("image3", large), file("image4", large), file("image5", picture)),
			"other files": formCall(text("appid", demo.AppID), file("other", large), file("image", picture), file("appid2", large)),
			"JSON":        jsonCall(object{"appid": demo.AppID, "image": strings.Repeat("/9j/", 300_000)}),
			"too large":   {body: make([]byte, 7<<20)},
		} {
			if a := s.do(t, c); a.Code == 0 && name != "several" && name != "other files" || a.Code < -2000 {
				t.Errorf("%s: %.200s", name, a.text)
			}
			for _, place := range []string{".", dir} {
				if left, err := os.ReadDir(place); err != nil || len(left) > 0 {
					t.Errorf("%s: %v, %v", name, left, err)
				}
			}
		}
	}
}
