package console

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/pan"
)

// specimen is the number of the card that the fake reader reads.
const specimen = "4000001234567899"

// fakeReader reads one card on every image, or fails.
type fakeReader struct{ err error }

func (f *fakeReader) ReadWith(context.Context, []byte, capture.Extras) (*kahao.Reading, error) {
	if f.err != nil {
		return nil, f.err
	}
	n, err := pan.New(specimen)
	c := &kahao.Card{PAN: n, Verdict: kahao.VerdictReview, Reasons: []kahao.Reason{{Code: kahao.ReasonGlare, Digits: kahao.Range{From: 8, To: 12}}},
		Number: kahao.Number{Confidence: 0.987}, Corners: kahao.Quad{{X: 1, Y: 1}, {X: 99, Y: 1}, {X: 99, Y: 61}, {X: 1, Y: 61}}}
	for i := range specimen {
		x := float64(10 + 5*i)
		c.Number.Digits = append(c.Number.Digits, kahao.Digit{Value: specimen[i], P: 0.99, Quad: kahao.Quad{{X: x, Y: 30}, {X: x + 4, Y: 30}, {X: x + 4, Y: 36}, {X: x, Y: 36}},
			Alternatives: []kahao.Alternative{{Value: '7', P: 0.01}}})
	}
	return &kahao.Reading{Width: 100, Height: 62, Cards: []*kahao.Card{c}}, err
}

// openGate admits everything.
type openGate struct{}

func (openGate) Enter(context.Context, int64) (func(), bool) { return func() {}, true }
func (openGate) RetryAfter() time.Duration                   { return time.Second }

// noRate limits nobody.
type noRate struct{}

func (noRate) Take(context.Context, string) (time.Duration, bool) { return 0, true }

func (r *rig) trial(reader *fakeReader) Trial {
	return Trial{Reader: reader, Gate: openGate{}, Rate: noRate{}, ReadTimeout: time.Second, MaxImage: 1 << 20,
		Meter: &metering.Meter{Ledger: r.store.Ledger, Replies: r.store.Results, Now: r.clock.Now}}
}

// upload sends a file as the form of the page does.
func (b *browser) upload(path, name string, content []byte) reply {
	b.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(name, "card.jpg")
	if err != nil {
		b.Fatalf("CreateFormFile: %v", err)
	}
	_, _ = part.Write(content)
	_ = form.Close()
	return b.send("POST", path, form.FormDataContentType(), &body)
}

// A customer's image is read, shown and charged as any other call; the
// operator's is free.
func TestTry(t *testing.T) {
	r := newRig(t)
	at := "/a/" + r.a.AppID + "/try"
	b, op := r.as(r.mainOf(r.a.AppID)), r.as(login.Operator)
	b.wants("the page", b.get(at), 200, "Counted for the account")
	page := b.upload(at, "image", []byte("picture"))
	b.wants("a card", page, 200, pan.Mask(specimen), "98.7%", "glare (digits 9 to 12)", "holds", `viewBox="0 0 100 62"`, "review", "curl")
	for _, part := range []string{`<pre class="masked"`, `<dd class="id"><span class="masked"`} {
		if text := between(page.body, part, "</"); strings.Contains(text, specimen) || !strings.Contains(text, pan.Mask(specimen)) {
			t.Errorf("what is shown by default has the whole number: %s", text)
		}
	}
	if !strings.Contains(between(page.body, `<pre class="whole" tabindex="0" hidden>`, "</pre>"), specimen) {
		t.Error("the whole reply is not there to be shown")
	}
	op.wants("the operator's page", op.get("/try"), 200, "Free of charge")
	op.wants("the operator's card", op.upload("/try", "image", []byte("picture")), 200, pan.Mask(specimen))
	rows, err := ledgerdb.UsageRows(t.Context(), r.store.Engine, usage.Filter{})
	if err != nil || len(rows) != 1 || rows[0].API != trialAPI || rows[0].Calls != 1 || rows[0].Units != 1 || rows[0].User != r.mainOf(r.a.AppID) {
		t.Errorf("the ledger counts %+v, %v, want one billed call of the customer", rows, err)
	}
	if v, err := r.store.Ledger.Verify(t.Context()); err != nil || v.Break != "" || v.Held != 0 {
		t.Errorf("Verify = %+v, %v, want nothing held", v, err)
	}
	if strings.Contains(r.log.String(), specimen) {
		t.Error("the log has the number")
	}
	b.wants("no file", b.upload(at, "other", []byte("picture")), 422, "Choose an image")
	b.wants("an empty file", b.upload(at, "image", nil), 422, "Choose an image")
	b.wants("a form", b.post(at, "image", "x"), 422, "Choose an image")
	b.wants("a large file", b.upload(at, "image", make([]byte, maxTrial+1)), http.StatusRequestEntityTooLarge, "over 10 MB")
}

// A failed reading says why, is not billed, and still counts.
func TestTryFails(t *testing.T) {
	r := newRig(t)
	r.console = r.open(func(o *Options) { o.Trial = r.trial(&fakeReader{err: kahao.ErrMalformed}) })
	r.serve(r.console)
	b := r.as(r.mainOf(r.a.AppID))
	b.wants("a malformed image", b.upload("/a/"+r.a.AppID+"/try", "image", []byte("picture")), 200, "SDK_IMAGE_DECODE_FAILED", "-1102")
	rows, err := ledgerdb.UsageRows(t.Context(), r.store.Engine, usage.Filter{})
	if err != nil || len(rows) != 1 || rows[0].Code != -1102 || rows[0].Units != 0 {
		t.Errorf("the ledger counts %+v, %v, want one call that is not billed", rows, err)
	}
	plain := r.as(r.plain.ID)
	plain.wants("a sub-account without the permission", plain.upload("/a/"+r.a.AppID+"/try", "image", []byte("picture")), 403)
}
