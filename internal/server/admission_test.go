package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/internal/service/recognition"
)

// panicky panics, or returns the given result.
type panicky struct {
	panics  bool
	err     error
	inspect func(image []byte) kahao.Info
}

func (p *panicky) ReadAll(context.Context, []byte) (*kahao.Reading, error) {
	if p.panics {
		panic("as told")
	}
	return nil, p.err
}

func (p *panicky) ReadWith(ctx context.Context, image []byte, _ capture.Extras) (*kahao.Reading, error) {
	return p.ReadAll(ctx, image)
}

func (p *panicky) Inspect(image []byte) (kahao.Info, error) {
	if p.inspect != nil {
		return p.inspect(image), nil
	}
	return kahao.Info{Memory: 1}, nil
}

func testAdmission(reader Reader) *gate {
	r := admission.New(admission.Bounds{Workers: 1, MaxWeight: 4, Bodies: 1000, Memory: 100}, time.Now)
	return &gate{Limiter: r, reader: reader, measure: func(string, time.Duration) {}}
}

// However a reading ends, its worker, memory and slot are released.
func TestAdmissionGivesBack(t *testing.T) {
	p := &panicky{}
	a := testAdmission(p)
	for range 3 {
		for _, p.err = range []error{nil, kahao.ErrMalformed, context.DeadlineExceeded} {
			if _, err := a.ReadAll(context.Background(), nil); !errors.Is(err, p.err) {
				t.Errorf("ReadAll: %v, want p.err", err)
			}
		}
		p.panics = true
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_, _ = a.ReadAll(context.Background(), nil)
		}()
		p.panics = false
	}
	if s := a.State(); s.Inflight != 0 || s.Queued != 0 || s.Reading != 0 || s.Memory != 0 {
		t.Errorf("left behind: %+v", s)
	}
}

// A picture for which there is no room now is turned away, one for which there
// never is refused.
func TestAdmissionRefuses(t *testing.T) {
	a := testAdmission(&panicky{inspect: func(image []byte) kahao.Info {
		return kahao.Info{DecodeTime: time.Duration(len(image)) * 100 * time.Millisecond, Memory: int64(len(image)) * 30}
	}})
	for range 2 {
		a.TryAcquire(&admission.Ticket{}, 1)
	}
	if _, err := a.ReadAll(context.Background(), make([]byte, 2)); !errors.Is(err, recognition.ErrOverloaded) { // weight 3, 2 places are left
		t.Errorf("ReadAll: %v, want recognition.ErrOverloaded", err)
	}
	if _, err := a.ReadAll(context.Background(), make([]byte, 1)); err != nil {
		t.Errorf("ReadAll: %v", err)
	}
	if _, err := a.ReadAll(context.Background(), make([]byte, 4)); !errors.Is(err, kahao.ErrTooLarge) { // 120 of 100 bytes
		t.Errorf("ReadAll: %v, want kahao.ErrTooLarge", err)
	}
	if d := a.RetryAfter(); d != time.Second {
		t.Error(d)
	}
}

// A picture whose decoding alone takes longer than a reading may is refused before
// it has a worker.
func TestAdmissionRefusesWhatCannotEndInTime(t *testing.T) {
	read := false
	p := &panicky{inspect: func(image []byte) kahao.Info {
		read = true
		return kahao.Info{DecodeTime: time.Duration(len(image)) * time.Millisecond, Memory: 1}
	}}
	a := testAdmission(p)
	a.longest = 50 * time.Millisecond
	if _, err := a.ReadAll(context.Background(), make([]byte, 50)); err != nil || !read {
		t.Errorf("ReadAll of what takes 50 ms: %v, inspected %v, want it read", err, read)
	}
	p.panics = true // reading it is a failure
	if _, err := a.ReadAll(context.Background(), make([]byte, 51)); !errors.Is(err, kahao.ErrTooLarge) {
		t.Errorf("ReadAll of what takes 51 ms: %v, want kahao.ErrTooLarge", err)
	}
	if _, err := a.ReadWith(context.Background(), make([]byte, 26), capture.Extras{Checks: true}); !errors.Is(err, kahao.ErrTooLarge) {
		t.Errorf("ReadWith of what takes 26 ms twice: %v, want kahao.ErrTooLarge", err)
	}
}

// The place that a request has from the door is the one that its picture is
// read in.
func TestAdmissionKeepsThePlace(t *testing.T) {
	a := testAdmission(&panicky{})
	ctx := context.WithValue(context.Background(), ticketKey{}, new(admission.Ticket))
	leave, ok := a.Enter(ctx, 10)
	if !ok {
		t.Fatal("no place")
	}
	for range 3 {
		a.TryAcquire(&admission.Ticket{}, 10)
	}
	if _, ok := a.Enter(context.Background(), 10); ok {
		t.Error("a fifth place of four")
	}
	for range 2 {
		if _, err := a.ReadAll(ctx, nil); err != nil {
			t.Errorf("ReadAll: %v", err)
		}
	}
	leave()
	if s := a.State(); s.Inflight != 3 || s.Bodies != 30 {
		t.Errorf("%+v", s)
	}
}

// A picture that may be fetched has its bytes set aside like one that is sent.
func TestAdmissionCountsFetchedImages(t *testing.T) {
	a := testAdmission(&panicky{})
	a.fetched = 400
	for i, want := range []int64{400, 900, 900} {
		_, ok := a.Enter(context.Background(), []int64{10, 500, 10}[i])
		if got := a.State().Bodies; got != want || ok != (i < 2) {
			t.Errorf("%d: %d bytes, %v", i, got, ok)
		}
	}
}

// Bodies that anybody may send take a share of the memory, and give it back.
func TestAdmissionShare(t *testing.T) {
	a := testAdmission(&panicky{})
	a.share = 600
	enter := func(size int64, want bool) func() {
		t.Helper()
		leave, ok := a.Enter(context.Background(), size)
		if ok != want {
			t.Errorf("Enter of %d bytes: %v, want %v", size, ok, want)
		}
		return leave
	}
	first := enter(400, true)
	enter(201, false)
	enter(200, true)()
	first()
	enter(601, false)
	enter(600, true)()
	a.share = 0
	enter(1000, true)()
	if n := a.taken.Load(); n != 0 {
		t.Errorf("%d bytes are taken after all have left, want 0", n)
	}
}
