package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// fakeEnv is an environment with the fake reader.
func fakeEnv(in io.Reader, out, errOut io.Writer) *env {
	return &env{in: in, out: out, err: errOut, open: func(kahao.Options) (reader, error) { return fake{}, nil }}
}

// fake reads "NUMBER MM/YY CONFIDENCE" for each card from the lines of a
// file, or the name of an error, or "wait DURATION". Reasons follow a card, or
// "none", as "code" or "code:FROM-TO".
type fake struct{}

func (fake) Versions() kahao.Versions {
	return kahao.Versions{Kahao: "v0", Models: []kahao.Model{{Name: "digits", Version: "1"}}, Table: "t1"}
}

func (f fake) ReadLine(ctx context.Context, image []byte) (*kahao.Reading, error) {
	return f.ReadAll(ctx, image)
}

func (fake) ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error) {
	if len(image) == 0 {
		return nil, kahao.ErrEmpty
	}
	reading := &kahao.Reading{Width: 640, Height: 480}
	for line := range strings.Lines(string(image)) {
		words := strings.Fields(line)
		switch words[0] {
		case "malformed":
			return nil, fmt.Errorf("%w: as told", kahao.ErrMalformed)
		case "unsupported":
			return nil, kahao.ErrUnsupported
		case "huge":
			return nil, kahao.ErrTooLarge
		case "bug":
			return nil, errors.New("a bug")
		case "none":
			reading.Reasons = fakeReasons(words[1:])
			return reading, nil
		case "wait":
			d, _ := time.ParseDuration(words[1])
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		default:
			reading.Cards = append(reading.Cards, fakeCard(words))
		}
	}
	return reading, nil
}

func fakeCard(words []string) *kahao.Card {
	c := &kahao.Card{Verdict: kahao.VerdictReview, Corners: rectQuad(1, 2, 300, 189.05)}
	c.PAN, _ = pan.New(words[0])
	for i, d := range words[0] {
		c.Number.Digits = append(c.Number.Digits, kahao.Digit{
			Value: byte(d), P: 0.98765, Quad: rectQuad(10+9.5*float64(i), 100, 9.5, 14),
			Alternatives: []kahao.Alternative{{Value: '0' + byte(d-'0'+1)%10, P: 0.0123}},
		})
	}
	c.Number.Quad = rectQuad(10, 100, 9.5*float64(len(words[0])), 14)
	c.Issuer = issuer.Lookup(words[0])
	if len(words) > 1 && words[1] != "-" {
		month, _ := strconv.Atoi(words[1][:2])
		year, _ := strconv.Atoi(words[1][3:])
		c.Expiry = kahao.Date{Text: words[1], Month: month, Year: 2000 + year, Verdict: kahao.VerdictAccept}
		c.Dates = []kahao.Date{c.Expiry}
	}
	if len(words) > 2 {
		c.Number.Confidence, _ = strconv.ParseFloat(words[2], 64)
	}
	if c.Number.Confidence >= 0.985 {
		c.Verdict = kahao.VerdictAccept
	}
	if c.Number.Confidence < 0.2 {
		c.Verdict = kahao.VerdictReject
	}
	c.Reasons = fakeReasons(words[min(3, len(words)):])
	c.Number.Candidates = []kahao.Candidate{{PAN: c.PAN, P: c.Number.Confidence}}
	return c
}

func rectQuad(x, y, w, h float64) kahao.Quad {
	return kahao.Quad{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}
}

func fakeReasons(words []string) (reasons []kahao.Reason) {
	for _, w := range words {
		code, digits, _ := strings.Cut(w, ":")
		from, to, _ := strings.Cut(digits, "-")
		r := kahao.Reason{Code: kahao.ReasonCode(code)}
		if first, err := strconv.Atoi(from); err == nil {
			r.Digits.From = first - 1
		}
		r.Digits.To, _ = strconv.Atoi(to)
		reasons = append(reasons, r)
	}
	return reasons
}
