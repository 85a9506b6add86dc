package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/pan"
)

// failure is one line of --out.
type failure struct {
	File       string  `json:"file"`
	Number     string  `json:"number"` // outcome
	Want       string  `json:"want"`
	Got        string  `json:"got"`
	Confidence float64 `json:"confidence"`
	Accepted   bool    `json:"accepted"`
	Date       string  `json:"date"` // outcome
	WantDate   string  `json:"want_date"`
	GotDate    string  `json:"got_date"`
	Error      string  `json:"error"`
}

// failureList collects the results that are not exact. The list and the file show
// them.
type failureList struct {
	o    *evalOptions
	all  []failure
	file *os.File
}

func newFailureList(o *evalOptions) (*failureList, error) {
	f := &failureList{o: o}
	var err error
	if o.out != "" {
		f.file, err = os.Create(o.out)
	}
	return f, err
}

func (f *failureList) add(l evaluate.Label, a evaluate.Answer, scores []evaluate.Score) error {
	for _, s := range scores {
		fine := func(o evaluate.Outcome) bool { return o == evaluate.Exact || o == evaluate.Unscored }
		if fine(s.Number) && fine(s.Date) {
			continue
		}
		x := failure{File: l.File, Number: s.Number.String(), Confidence: probability(s.Read.Confidence), Accepted: s.Read.Accepted, Date: s.Date.String()}
		x.Want, x.Got = string(s.Truth.Number), s.Read.Number
		if !f.o.reveal {
			x.Want, x.Got = pan.Mask(x.Want), pan.Mask(x.Got)
		}
		if want, ok := evaluate.Latest(s.Truth.Dates); ok {
			x.WantDate = want.String()
		}
		if s.Read.HasExpiry {
			x.GotDate = s.Read.Expiry.String()
		}
		if a.Err != nil {
			x.Error = a.Err.Error()
		}
		f.all = append(f.all, x)
		if f.file != nil {
			if err := json.NewEncoder(f.file).Encode(x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *failureList) close() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}

func (f *failureList) print(w io.Writer, lang words.Language) {
	t := lang.Evaluation
	widths := []int{4, 8, 19, 19, -7, 8, 5, 5, 0}
	for _, x := range f.all {
		widths[0] = max(widths[0], term.Columns(term.Visible(x.File)))
	}
	fmt.Fprintln(w, term.Row(widths, t(words.FailureFile), t(words.FailureNumber), t(words.FailureWant), t(words.FailureGot), t(words.FailureProbability),
		t(words.FailureDate), t(words.FailureWant), t(words.FailureGot), ""))
	for _, x := range f.all {
		note := term.Visible(x.Error)
		if x.Number == "wrong" && x.Accepted {
			note = t(words.FailureAccepted)
		}
		date := lang.ScoredAs(x.Date)
		if x.Date == "unscored" {
			date = ""
		}
		fmt.Fprintln(w, term.Row(widths, term.Visible(x.File), lang.ScoredAs(x.Number), x.Want, cmp.Or(x.Got, "-"), percent(x.Confidence), date, x.WantDate, x.GotDate, note))
	}
	fmt.Fprintln(w)
}
