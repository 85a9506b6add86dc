package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/cardjson"
	"github.com/kahao/kahao/internal/parallel"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/vision/imagein"
)

type redactOptions struct {
	*env
	json, quiet, inPlace, dryRun bool
	watch                        bool
	interval                     time.Duration
	journal                      string
	out, keep, style, fields     string
	lang                         string
	words                        words.Language // of --lang
	jobs                         int
}

func newRedactCommand(e *env) *cobra.Command {
	o := &redactOptions{env: e}
	cmd := &cobra.Command{
		Use:   "redact (--out DIR | --in-place | --dry-run) FILE|DIR|-...",
		Short: "cover the card numbers in images and PDF files",
		Example: `  kahao redact --dry-run photos/
  kahao redact --out covered photos/
  kahao redact --in-place --keep 0,4 --fields number,expiry photos/
  kahao redact --watch --out covered --journal redact.journal /srv/drop
  kahao redact --out - - <photo.jpg >covered.jpg`,
		Long: `
Covers card numbers in JPEG, PNG, BMP, WebP, TIFF, HEIC and AVIF images and in the
images of PDF files, and writes the rest as it was. A TIFF of several pages is
refused. Directories are walked. What may be a number is covered, also if it would
not be accepted, stands upside down, is one of several, or is text of a screenshot,
a receipt, a statement or a form. Files in which nothing is found are copied or left
as they are.

Of a number that is surely read, --keep leaves digits at both ends, by default the
first six and the last four, as PCI DSS allows. Anything else is covered whole.
Covers of every --style are made of other pixels: nothing under them can be
restored. Metadata, thumbnails among it, is dropped. Each result is read again, and
covered again if a number is left.

The command writes a new PDF file. It drops text that does not show, such as what a
scanner read. On a scanned page with a cover it drops all text. It leaves out notes,
form fields, attachments, outlines, scripts and earlier revisions.

Files that a person should look at are "unsure": images with a card on which no
number was found (where it may stand is covered), damaged files, results in
which digits are still found, and PDF files with text, drawings or images that are
not looked at. The exit code is 3 if there are any.

With --in-place the new file is on the disk before the old one is gone. WebP, HEIC
and AVIF are written as JPEG, TIFF as PNG, with that extension. With --dry-run
nothing is written.

With --watch the command keeps running and covers the files that arrive in the
directories. A file is taken when its size and its time did not change for one
--interval. --journal names a file in which the command records the files that are
done, so that the next start does not take them again. SIGINT and SIGTERM end the
command; they leave no half-written file.

Text is in the language of --lang, or of LC_ALL, LC_MESSAGES or LANG: Chinese or
English. JSON is the same in both.`,
		Args: takes(1, unlimited),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.out, "out", "", "write copies into `dir`, with the names below the arguments; \"-\" for one image to standard output")
	fs.BoolVar(&o.inPlace, "in-place", false, "replace the files")
	fs.BoolVar(&o.dryRun, "dry-run", false, "write nothing, say what would be covered")
	fs.StringVar(&o.keep, "keep", "6,4", "leave this many `digits` at the start and at the end")
	fs.StringVar(&o.style, "style", string(redaction.Fill), "`look` of covers: fill, blur or pixelate")
	fs.StringVar(&o.fields, "fields", "number", "what to cover, `fields`: number, expiry or both")
	fs.BoolVar(&o.watch, "watch", false, "keep running, and cover the files that arrive in the directories")
	fs.DurationVar(&o.interval, "interval", defaultInterval, "with --watch: `time` between two looks at the directories")
	fs.StringVar(&o.journal, "journal", "", "with --watch: record the files that are done in this `file`, and skip those that it has")
	fs.BoolVar(&o.json, "json", false, "print JSON Lines")
	fs.BoolVar(&o.quiet, "quiet", false, "print no progress and no summary")
	langFlag(cmd, &o.lang)
	jobsFlag(cmd, &o.jobs, "cover `n` images at once (default: one per CPU)")
	groupFlags(cmd, "Output", "out", "in-place", "dry-run", "json", "lang", "quiet")
	groupFlags(cmd, "Covers", "keep", "style", "fields")
	groupFlags(cmd, "Watching", "watch", "interval", "journal")
	_ = cmd.MarkFlagDirname("out")
	complete(cmd, "style", string(redaction.Fill), string(redaction.Blur), string(redaction.Pixelate))
	complete(cmd, "fields", "number", "expiry", "number,expiry")
	return cmd
}

func (o *redactOptions) run(ctx context.Context, args []string) error {
	covers, err := o.covers()
	if err != nil {
		return err
	}
	n, err := jobs(o.jobs)
	if err != nil {
		return err
	}
	if o.words, err = language(o.lang); err != nil {
		return err
	}
	if err := o.checkWatch(args); err != nil {
		return err
	}
	var found input.Found
	if !o.watch {
		if found, err = input.FindWithPDF(args, o.in); err != nil {
			return err
		}
	}
	targets, err := o.targets(args, found.Sources)
	if err != nil {
		return err
	}
	r, err := pipeline.New(pipeline.Options{Anywhere: true})
	if err != nil {
		return err
	}
	if o.watch {
		return o.follow(ctx, r, args, n, covers)
	}
	work := func(ctx context.Context, i int) redacted {
		return o.redact(ctx, r, found.Sources[i], targets[i], covers)
	}
	return o.print(found, func(emit func(int, redacted) error) error {
		return parallel.Ordered(ctx, n, len(found.Sources), work, emit)
	})
}

// covers are the options of redaction.
func (o *redactOptions) covers() (redaction.Options, error) {
	covers, err := redaction.Parse(o.keep, o.style, o.fields)
	if err != nil {
		return covers, misuse("--%v", err)
	}
	return covers, nil
}

// stdout is the target that means standard output.
const stdout = "-"

// targets are the paths at which the results will be, "" for nowhere.
func (o *redactOptions) targets(args []string, sources []input.Source) ([]string, error) {
	ways := 0
	for _, given := range []bool{o.out != "", o.inPlace, o.dryRun} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, misuse("give one of --out, --in-place and --dry-run")
	}
	if o.out == stdout && (len(sources) != 1 || o.json) {
		return nil, misuse("--out - is for one image, without --json")
	}
	targets := make([]string, len(sources))
	from := map[string]string{}
	for i, s := range sources {
		switch {
		case o.dryRun:
			continue
		case o.out == stdout:
			targets[i] = stdout
		case o.inPlace && s.In != nil:
			return nil, misuse("standard input cannot be replaced: use --out")
		case o.inPlace:
			targets[i] = s.Name
		default:
			targets[i] = filepath.Join(o.out, below(args, s))
			if other, taken := from[targets[i]]; taken {
				return nil, misuse("%s and %s would both be written to %s: cover them one after the other", other, s.Name, targets[i])
			}
			from[targets[i]] = s.Name
		}
	}
	return targets, nil
}

// below is the path of a source below the argument that names it.
func below(args []string, s input.Source) string {
	if s.In != nil {
		return "stdin"
	}
	for _, arg := range args {
		if rest, err := filepath.Rel(arg, s.Name); err == nil && filepath.IsLocal(rest) && rest != "." {
			return rest
		}
	}
	return filepath.Base(s.Name)
}

// redacted is the outcome of one image.
type redacted struct {
	result *redaction.Result
	path   string // at which the result is, "" if nothing was written
	err    error
}

func (o *redactOptions) redact(ctx context.Context, r *pipeline.Reader, s input.Source, target string, covers redaction.Options) redacted {
	file, err := s.Load()
	if err != nil {
		return redacted{err: err}
	}
	result, err := redaction.Redact(ctx, r, file, imagein.Options{}, covers)
	if err != nil {
		return redacted{err: imageError(err)}
	}
	done := redacted{result: result}
	if target != "" && target != stdout {
		target = renamed(target, result)
	}
	switch {
	case target == "":
	case target == stdout:
		_, done.err = o.env.out.Write(result.File)
	case o.inPlace && len(result.Covers) == 0:
	case o.inPlace:
		done.path, done.err = target, redaction.Replace(s.Name, target, result.File)
	default:
		done.path, done.err = target, writeCopy(target, result.File)
	}
	return done
}

// renamed returns the path of a result that is written in another format.
func renamed(path string, result *redaction.Result) string {
	if result.Format == result.From {
		return path
	}
	return strings.TrimSuffix(path, filepath.Ext(path)) + result.Extension()
}

// imageKinds are the errors of images by those of the decoder.
var imageKinds = map[error]error{
	imagein.ErrEmpty: kahao.ErrEmpty, imagein.ErrMalformed: kahao.ErrMalformed,
	imagein.ErrUnsupported: kahao.ErrUnsupported, imagein.ErrTooLarge: kahao.ErrTooLarge,
}

// imageError returns an error of the decoder as one of the library.
func imageError(err error) error {
	var e *imagein.Error
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%w: %s", imageKinds[e.Kind], strings.TrimLeft(strings.TrimPrefix(e.Error(), e.Kind.Error()), ": "))
}

// writeCopy writes a new file. It replaces none.
func writeCopy(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return redaction.Create(path, content)
}

// redactedRecord is the line of JSON for one image.
type redactedRecord struct {
	File    string                   `json:"file"`
	Out     string                   `json:"out,omitempty"`
	Format  string                   `json:"format,omitempty"`
	Verdict redaction.Verdict        `json:"verdict,omitempty"`
	Covers  []coverRecord            `json:"covers"`
	Reasons []string                 `json:"reasons"` // texts of details
	Details []redaction.ReasonRecord `json:"details"`
	Error   *errorRecord             `json:"error"`
}

type coverRecord struct {
	Kind  pipeline.RegionKind `json:"kind"`
	Quad  cardjson.Quad       `json:"quad"`
	Last4 string              `json:"last4,omitempty"`
	Page  int                 `json:"page,omitempty"`
	Image string              `json:"image,omitempty"`
}

func (r redacted) record(file string) redactedRecord {
	rec := redactedRecord{File: file, Out: r.path, Covers: []coverRecord{}, Reasons: []string{}, Details: []redaction.ReasonRecord{}}
	if r.result != nil {
		rec.Verdict, rec.Format = r.result.Verdict, strings.ToLower(r.result.FormatName())
		rec.Details, rec.Reasons = r.result.ReasonRecords()
		for _, c := range r.result.Covers {
			cover := coverRecord{Kind: c.Kind, Last4: c.Last, Page: c.Page, Image: c.Image}
			for i, p := range c.Quad {
				cover.Quad[i] = [2]float64{cardjson.Tenth(p.X), cardjson.Tenth(p.Y)}
			}
			rec.Covers = append(rec.Covers, cover)
		}
	}
	if r.err != nil {
		_, code := classify(r.err)
		rec.Error = &errorRecord{code, message(r.err)}
	}
	return rec
}

// row is the row of a table for one image.
func (r redacted) row(lang words.Language) []string {
	if r.err != nil {
		return []string{lang.Failed(), "", term.Visible(message(r.err))}
	}
	var last, notes []string
	for _, c := range r.result.Covers {
		if c.Last != "" {
			last = append(last, "…"+c.Last)
		}
	}
	for _, reason := range r.result.Reasons {
		notes = append(notes, lang.Doubt(reason))
	}
	if r.result.Format != r.result.From {
		notes = append(notes, lang.WrittenAs(r.result.Format.String()))
	}
	return []string{lang.Redacted(r.result.Verdict), strings.Join(last, " "), strings.Join(notes, lang.Semicolon())}
}

// print prints the outcomes in the order in which each emits them.
func (o *redactOptions) print(found input.Found, each func(func(int, redacted) error) error) error {
	out := io.Writer(o.env.out)
	if o.out == stdout {
		out = io.Discard
	}
	bar := term.NewProgress(o.err, len(found.Sources))
	if o.quiet {
		bar = term.NewProgress(io.Discard, len(found.Sources))
	}
	count, total := map[redaction.Verdict]int{}, summary{skipped: len(found.Skipped)}
	done := 0
	err := each(func(i int, got redacted) error {
		bar.Clear()
		done++
		if got.err != nil {
			total.fail(got.err)
		} else {
			count[got.result.Verdict]++
		}
		name := found.Sources[i].Name
		if o.json {
			if err := writeJSON(out, got.record(name)); err != nil {
				return err
			}
		} else if _, err := fmt.Fprintln(out, term.Row([]int{40, 10, 8, 0}, append([]string{term.Shorten(term.Visible(name), 40)}, got.row(o.words)...)...)); err != nil {
			return err
		}
		bar.Show(done)
		return nil
	})
	bar.Clear()
	total.all = done
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(o.err, "kahao redact: "+o.words.RedactionInterrupted(done, len(found.Sources)))
		return &reportedError{exitInterrupted}
	case err != nil:
		return err
	}
	if !o.quiet && len(found.Sources) > 1 {
		fmt.Fprintln(o.err, o.words.Redactions(done, count[redaction.Redacted], count[redaction.Nothing], count[redaction.Unsure], total.failed, len(found.Skipped)))
	}
	if err := total.err(); err != nil && total.failed > 0 {
		return err
	}
	if count[redaction.Unsure] > 0 {
		return &reportedError{exitPartial}
	}
	return total.err()
}
