package recognition

import (
	"errors"
	"math"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/pan"
)

func reasons(codes ...kahao.ReasonCode) []kahao.Reason {
	var all []kahao.Reason
	for _, code := range codes {
		all = append(all, kahao.Reason{Code: code})
	}
	return all
}

// A card is returned unless it is rejected; a card whose number was not read is
// not an image without a card.
func TestBest(t *testing.T) {
	number, err := pan.New("4000001234567899")
	if err != nil {
		t.Fatalf("pan.New: %v", err)
	}
	partial, err := pan.NewPartial("400000??????7899")
	if err != nil {
		t.Fatalf("pan.NewPartial: %v", err)
	}
	card := func(v kahao.Verdict, codes ...kahao.ReasonCode) *kahao.Reading {
		return &kahao.Reading{Cards: []*kahao.Card{{PAN: number, Verdict: v, Reasons: reasons(codes...)}}}
	}
	odd := card(kahao.VerdictAccept)
	odd.Cards[0].Expiry.Confidence = math.NaN()
	for name, c := range map[string]struct {
		reading *kahao.Reading
		want    error
	}{
		"accepted":       {card(kahao.VerdictAccept), nil},
		"for review":     {card(kahao.VerdictReview, kahao.ReasonBlur), nil},
		"rejected":       {card(kahao.VerdictReject, kahao.ReasonGlare), ErrUnreadable},
		"blurred":        {card(kahao.VerdictReject, kahao.ReasonUnsureDigit, kahao.ReasonBlur), ErrBlurred},
		"no card":        {&kahao.Reading{Reasons: reasons(kahao.ReasonNoCard)}, ErrNoCard},
		"no number":      {&kahao.Reading{Reasons: reasons(kahao.ReasonNoNumber, kahao.ReasonCutOff)}, ErrUnreadable},
		"blurred number": {&kahao.Reading{Reasons: reasons(kahao.ReasonNoNumber, kahao.ReasonBlur)}, ErrBlurred},
		"covered digits": {&kahao.Reading{Cards: []*kahao.Card{{Masked: partial, Verdict: kahao.VerdictReview}}}, ErrUnreadable},
		"empty number":   {&kahao.Reading{Cards: []*kahao.Card{{Verdict: kahao.VerdictAccept}}}, ErrNotANumber},
		"NaN":            {odd, ErrNaN},
	} {
		got, err := Best(c.reading)
		if !errors.Is(err, c.want) || (got != nil) != (c.want == nil) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
}

type inspector struct {
	info kahao.Info
	err  error
}

func (i inspector) Inspect([]byte) (kahao.Info, error) { return i.info, i.err }

func TestCostOf(t *testing.T) {
	image := inspector{kahao.Info{Width: 40, Height: 30, DecodeTime: 1200, Memory: 7}, nil}
	for extras, want := range map[capture.Extras]Cost{{}: {1200, 7}, {Checks: true}: {2400, 2407}, {CardCrop: true}: {2400, 2407}, {NumberCrop: true}: {2400, 2407}} {
		if got := CostOf(image, nil, extras); got != want {
			t.Errorf("CostOf with %+v = %v, want %v", extras, got, want)
		}
	}
	if got := CostOf(inspector{kahao.Info{Width: 40}, kahao.ErrMalformed}, nil, capture.Extras{}); got != (Cost{}) {
		t.Errorf("CostOf of a malformed image = %v, want nothing", got)
	}
}
