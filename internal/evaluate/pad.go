package evaluate

import (
	"math"
	"slices"
)

// Presentation is an image with what a capture check says of it.
type Presentation struct {
	Score float64 // greater is more likely an attack
	Warn  bool    // at the shipped threshold
}

// PAD is the error rates of a check against one kind of attack, as ISO/IEC
// 30107-3 defines them.
type PAD struct {
	Check string `json:"check"`
	Kind  string `json:"kind"`
	APCER Share  `json:"apcer"` // attacks without a warning
	BPCER Share  `json:"bpcer"` // genuine images with one

	// EER is the rate at the threshold where both errors are equal. Its interval
	// is that of the smaller of both counts.
	EER Share `json:"eer"`

	// At is the attacks that are missed if a share of the genuine images is
	// refused.
	At []MissedAt `json:"at"`
	// Limit is the score that 1 % of the genuine images exceed.
	Limit float64 `json:"limit"`
}

// MissedAt is the APCER at a BPCER.
type MissedAt struct {
	BPCER float64 `json:"bpcer"`
	APCER Share   `json:"apcer"`
}

// fixedBPCER are the rates at which attacks that are missed are reported.
var fixedBPCER = []float64{0.01, 0.05, 0.1}

// NewPAD scores a check on genuine images and attacks. Both must not be empty.
func NewPAD(check, kind string, genuine, attacks []Presentation) PAD {
	p := PAD{Check: check, Kind: kind}
	warned := func(all []Presentation) (n int) {
		for _, a := range all {
			if a.Warn {
				n++
			}
		}
		return n
	}
	p.APCER = NewShare(len(attacks)-warned(attacks), len(attacks))
	p.BPCER = NewShare(warned(genuine), len(genuine))
	curve := NewDET(genuine, attacks)
	n := min(len(genuine), len(attacks))
	p.EER = NewShare(int(math.Round(curve.EER()*float64(n))), n)
	for _, at := range fixedBPCER {
		p.At = append(p.At, MissedAt{at, NewShare(int(math.Round(curve.missed(at)*float64(len(attacks)))), len(attacks))})
	}
	scores := sortedScores(genuine)
	p.Limit = scores[len(scores)-1-int(0.01*float64(len(scores)))]
	return p
}

func sortedScores(all []Presentation) []float64 {
	scores := make([]float64, len(all))
	for i, p := range all {
		scores[i] = p.Score
	}
	slices.Sort(scores)
	return scores
}

// DET is a detection error trade-off: both error rates at every threshold, which
// rises.
type DET []TradeOff

// TradeOff is both error rates at a threshold.
type TradeOff struct{ Threshold, BPCER, APCER float64 }

// NewDET returns the trade-off at all scores that occur.
func NewDET(genuine, attacks []Presentation) DET {
	g, a := sortedScores(genuine), sortedScores(attacks)
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(g, a))))
	curve := make(DET, 0, len(all)+1)
	for _, t := range append(all, math.Inf(1)) {
		below, _ := slices.BinarySearch(g, t)
		missed, _ := slices.BinarySearch(a, t)
		curve = append(curve, TradeOff{t, 1 - float64(below)/float64(len(g)), float64(missed) / float64(len(a))})
	}
	return curve
}

// EER is the equal error rate: where the rates cross, their mean.
func (d DET) EER() float64 {
	best := d[0]
	for _, t := range d {
		if math.Abs(t.APCER-t.BPCER) < math.Abs(best.APCER-best.BPCER) {
			best = t
		}
	}
	return (best.APCER + best.BPCER) / 2
}

// missed is the least APCER with at most this BPCER.
func (d DET) missed(bpcer float64) float64 {
	for _, t := range d {
		if t.BPCER <= bpcer+1e-9 {
			return t.APCER
		}
	}
	return 1
}
