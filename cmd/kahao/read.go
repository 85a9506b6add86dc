package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/bench"
	"github.com/kahao/kahao/internal/parallel"
)

type readOptions struct {
	*env
	json, csv, quiet, reveal, line, stats, checks bool
	anywhere                                      bool
	annotate, lang                                string
	jobs, page                                    int
	issuers                                       string
	luhn                                          kahao.LuhnMode
}

func newReadCommand(e *env) *cobra.Command {
	o := &readOptions{env: e}
	cmd := &cobra.Command{
		Use:   "read [FILE|DIR|-]...",
		Short: "read the cards in images",
		Example: `  kahao read photo.jpg
  kahao read --json --reveal photos/
  kahao read --csv photos/ >cards.csv
  kahao read --annotate out photo.jpg
  kahao read --anywhere statement.png
  kahao read --json scanned.pdf
  kahao read --line strip.png
  kahao read --checks --json photo.jpg
  curl -s https://img.example.com/card.jpg | kahao read`,
		Long: `
Reads JPEG, PNG, BMP, WebP, TIFF, HEIC and AVIF images, from files, from
directories with all below them, and from standard input ("-", or without arguments
if it is no terminal). Of a TIFF with several pages it reads the first, or that of --page.
Prints what the cards say as text, with --json as one line of JSON an image, or
with --csv as a row a card, in the order of the arguments. An image without a card
is no error.

Of a PDF file that is named or piped in it reads the images on every page, or on
that of --page, and names each as scanned.pdf!page-2-image-17; in the JSON "page" is
the page's number. It draws no page and reads no text: a page that shows no image is
an error. PDF files in directories are skipped.

In a directory every file with the content of an image is read, whatever its
name. Other files are counted and named on standard error, and the exit code is 4
if nothing else failed. Hidden files are left out.

Numbers are masked as 622202******8888 unless --reveal is given; so are the
digits in the JSON. Copies that --annotate writes have the hidden digits painted
over, and are blurred if no number was found.

Text is in the language of --lang, or of LC_ALL, LC_MESSAGES or LANG: Chinese or
English. JSON and CSV do not depend on it. Verdicts have colours on terminals,
unless NO_COLOR is set.

With --line each image is a crop of one line of print: no card is searched for,
and its digits, however many, are the number of one card.

With --anywhere it also finds numbers that are on no card: in the text of
screenshots, receipts, statements and forms. Each is printed like a card, with the
whole image for its outline.

With --checks it also says how the image was captured: whether it shows a screen,
a photocopy or a screenshot, whether the card is cut off, under glare or expired,
and its quality from 0 to 100 (blurry below 50). These are hints, no verdict.`,
		Args: takes(0, unlimited),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.json, "json", false, "print JSON Lines")
	fs.BoolVar(&o.csv, "csv", false, "print comma-separated values with a header")
	fs.BoolVar(&o.reveal, "reveal", false, "print whole numbers")
	fs.StringVar(&o.annotate, "annotate", "", "write copies with the reading drawn in, as PNG, into `dir`")
	langFlag(cmd, &o.lang)
	fs.BoolVar(&o.quiet, "quiet", false, "print no progress, no summary and no skipped files")
	fs.BoolVar(&o.stats, "stats", false, "afterwards print the peak memory to standard error, as peak_mib=N")
	luhnFlag(cmd, &o.luhn)
	issuersFlag(fs, &o.issuers)
	fs.BoolVar(&o.checks, "checks", false, "also check how the image was captured")
	fs.BoolVar(&o.anywhere, "anywhere", false, "also find numbers that are on no card: text of documents and screens")
	fs.BoolVar(&o.line, "line", false, "each image is a crop of one line")
	fs.IntVar(&o.page, "page", 0, "read page `n` of files with several (default: the first of a TIFF, all of a PDF)")
	jobsFlag(cmd, &o.jobs, "read `n` images at once (default: one per CPU)")
	groupFlags(cmd, "Output", "json", "csv", "reveal", "annotate", "lang", "quiet", "stats")
	groupFlags(cmd, "Reading", "luhn", "issuers", "checks", "anywhere", "line", "page", "jobs")
	_ = cmd.MarkFlagDirname("annotate")
	return cmd
}

func jobsFlag(cmd *cobra.Command, n *int, text string) { cmd.Flags().IntVar(n, "jobs", 0, text) }

func jobs(n int) (int, error) {
	switch {
	case n < 0:
		return 0, misuse("--jobs must not be negative")
	case n == 0:
		return runtime.GOMAXPROCS(0), nil
	}
	return n, nil
}

func luhnFlag(cmd *cobra.Command, m *kahao.LuhnMode) {
	cmd.Flags().TextVar(m, "luhn", kahao.LuhnPrior, "how to treat a failing check digit, `mode`: prior (weigh), strict (reject, but for UnionPay) or off (ignore)")
	completeLuhn(cmd)
}

func completeLuhn(cmd *cobra.Command) {
	complete(cmd, "luhn", kahao.LuhnPrior.String(), kahao.LuhnStrict.String(), kahao.LuhnOff.String())
}

func (o *readOptions) run(ctx context.Context, args []string) error {
	if o.anywhere && o.line {
		return misuse("--anywhere needs whole images, not --line")
	}
	if o.checks && o.line {
		return misuse("--checks needs whole images, not --line")
	}
	if o.page < 0 {
		return misuse("--page must not be negative")
	}
	n, err := jobs(o.jobs)
	if err != nil {
		return err
	}
	if o.json && o.csv {
		return misuse("--json and --csv exclude each other")
	}
	lang, err := language(o.lang)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if term.Terminal(o.in) {
			return misuse("name a file or a directory, or pipe an image in")
		}
		args = []string{"-"}
	}
	if err := useIssuers(o.issuers); err != nil {
		return err
	}
	found, err := input.Find(args, o.in)
	if err != nil {
		return err
	}
	options := kahao.Options{Luhn: o.luhn, Anywhere: o.anywhere, Page: o.page, Extras: capture.Extras{Checks: o.checks, Today: time.Now()}}
	r, err := o.open(options)
	if err != nil {
		return err
	}
	ofPages := func() (reader, error) { return r, nil }
	if o.page > 0 { // an image in a PDF file has no other pages
		options.Page = 0
		ofPages = sync.OnceValues(func() (reader, error) { return o.open(options) })
	}
	err = o.readAll(ctx, r, ofPages, n, found, lang)
	if o.stats {
		fmt.Fprintf(o.err, "peak_mib=%.1f\n", bench.PeakMiB())
	}
	return err
}

// readAll reads what was found, n images at once, those in PDF files with a reader
// of their own, which is opened when the first one is found, and prints it.
func (o *readOptions) readAll(ctx context.Context, r reader, ofPages func() (reader, error), n int, found input.Found, lang words.Language) (err error) {
	items := found.Sources
	var notes *annotator
	if o.annotate != "" {
		if notes, err = newAnnotator(o.annotate, items, o.reveal, o.page, lang); err != nil {
			return err
		}
	}
	read := func(ctx context.Context, r reader, source input.Source, inside string, image []byte) outcome {
		got := timedRead(ctx, r, image, o.line)
		if notes != nil && got.err == nil {
			got.err = notes.write(ctx, source, inside, image, got.reading)
		}
		return got
	}
	work := func(ctx context.Context, i int) []outcome {
		file, err := items[i].Load()
		switch {
		case err != nil:
			return []outcome{{err: err}}
		case input.IsPDF(file):
			ofPage, err := ofPages()
			if err != nil {
				return []outcome{{err: err}}
			}
			return readPages(ctx, file, o.page, max(1, n/len(items)), func(ctx context.Context, inside string, image []byte) outcome {
				return read(ctx, ofPage, items[i], inside, image)
			})
		}
		return []outcome{read(ctx, r, items[i], "", file)}
	}
	return o.print(found, lang, func(emit func(int, []outcome) error) error {
		return parallel.Ordered(ctx, n, len(items), work, emit)
	})
}

// timedRead reads one image and measures the time.
func timedRead(ctx context.Context, r reader, image []byte, line bool) outcome {
	started := time.Now()
	read := r.ReadAll
	if line {
		read = r.ReadLine
	}
	reading, err := read(ctx, image)
	return outcome{reading: reading, err: err, ms: time.Since(started).Seconds() * 1000}
}

// print prints the outcomes in the order in which each emits them.
func (o *readOptions) print(found input.Found, lang words.Language, each func(func(int, []outcome) error) error) error {
	out := bufio.NewWriter(o.out)
	defer out.Flush()
	items := found.Sources
	show, err := o.printer(out, items, lang)
	if err != nil {
		return err
	}
	bar := term.NewProgress(o.err, len(items))
	if o.quiet {
		bar = term.NewProgress(io.Discard, len(items))
	}
	count := summary{skipped: len(found.Skipped)}
	files := 0
	err = each(func(i int, all []outcome) error {
		bar.Clear()
		for _, got := range all {
			count.add(got)
		}
		if err := show(items[i].Name, all); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		files++
		bar.Show(files)
		return nil
	})
	bar.Clear()
	switch {
	case errors.Is(err, context.Canceled) && len(items) > 1:
		fmt.Fprintf(o.err, "kahao read: %s\n", lang.Interrupted(files, len(items)))
		return &reportedError{exitInterrupted}
	case err != nil:
		return err
	case o.quiet:
		return count.err()
	}
	o.skipped(found.Skipped, lang)
	if (len(items) > 1 || count.all > 1) && !o.json && !o.csv {
		fmt.Fprintln(o.err, lang.Outcome(count.all, count.accepted, count.review, count.rejected, count.none, count.failed)+lang.Rate(bar.Rate(count.all)))
	}
	return count.err()
}

// printer returns what prints the outcomes of a file, in the format that the flags
// name.
func (o *readOptions) printer(out io.Writer, items []input.Source, lang words.Language) (func(file string, all []outcome) error, error) {
	each := func(show func(file string, got outcome) error) func(string, []outcome) error {
		return func(file string, all []outcome) error {
			for _, got := range all {
				if err := show(file+got.inside, got); err != nil {
					return err
				}
			}
			return nil
		}
	}
	switch {
	case o.json:
		return each(func(file string, got outcome) error { return writeJSON(out, got.record(file, o.reveal)) }), nil
	case o.csv:
		p, err := newCSVPrinter(out, o.reveal)
		return each(p.show), err
	}
	text := newTextPrinter(out, items, o.reveal, lang, term.StyleOf(o.out, os.Getenv))
	return func(file string, all []outcome) error {
		text.showFile(file, all)
		return nil
	}, nil
}

// maxSkipped is how many skipped files are named.
const maxSkipped = 20

// skipped names files of directories that are no images.
func (o *readOptions) skipped(files []input.Skipped, lang words.Language) {
	if len(files) == 0 {
		return
	}
	var names []string
	for _, f := range files[:min(len(files), maxSkipped)] {
		names = append(names, term.Visible(f.String()))
	}
	if len(files) > maxSkipped {
		names = append(names, "…")
	}
	fmt.Fprintln(o.err, lang.Skipped(len(files), strings.Join(names, ", ")))
}
