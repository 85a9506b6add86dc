package kahao

import (
	"context"
	"image"
	"runtime/debug"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/issuer"
)

// Options of a Reader. The zero value is right for most uses.
type Options struct {
	Luhn      LuhnMode
	MaxBytes  int64 // of an image file; 0 means 20 MiB
	MaxPixels int64 // of an image; 0 means 50 million
	Page      int   // of a file with several, from 1; 0 means the first

	// Anywhere also finds numbers that are on no card: in the text of screenshots,
	// receipts, statements and forms. Each is a Card whose Corners are those of the
	// image.
	Anywhere bool

	// Trace, if not nil, is called at the end of each stage of a reading.
	// Readings run concurrently, so Trace must be safe for concurrent use.
	Trace func(Stage)

	capture.Extras // Checks and crops, which are only computed if asked for
}

// Reader reads cards. It is immutable and safe for concurrent use. A reading
// runs on the caller's goroutine and starts no other.
type Reader struct {
	pipeline *pipeline.Reader
	extras   capture.Extras
}

// New loads the embedded networks and returns a Reader. It needs no closing.
// Loading parses all weights, so make one Reader and share it. Readers that are in
// use at the same time share the networks.
func New(options Options) (*Reader, error) {
	o := pipeline.Options{
		Luhn: pipeline.LuhnMode(options.Luhn), MaxBytes: options.MaxBytes, MaxPixels: options.MaxPixels, Page: options.Page, Anywhere: options.Anywhere,
	}
	if options.Trace != nil {
		o.Trace = func(stage string) { options.Trace(Stage(stage)) }
	}
	p, err := pipeline.New(o)
	if err != nil {
		return nil, err
	}
	return &Reader{p, options.Extras}, nil
}

// WithTrace returns a context whose readings call trace at the end of each stage,
// as Options.Trace does for all readings of a Reader. The calls come from the
// goroutine that reads.
func WithTrace(ctx context.Context, trace func(Stage)) context.Context {
	return pipeline.WithTrace(ctx, func(stage string) { trace(Stage(stage)) })
}

// Read returns the card with the surest number in a file of one of the Formats.
// If no number is read it returns ErrNoCard. For a file that cannot be
// read it returns an *ImageError, which is ErrEmpty, ErrMalformed,
// ErrUnsupported or ErrTooLarge for errors.Is. If ctx ends first it returns
// the context's error.
func (r *Reader) Read(ctx context.Context, image []byte) (*Card, error) {
	reading, err := r.ReadAll(ctx, image)
	if err != nil {
		return nil, err
	}
	card := reading.Best()
	if card == nil {
		return nil, ErrNoCard
	}
	return card, nil
}

// ReadAll returns every card in an image file. An image without a card gives
// a Reading without cards, not an error; the other errors are those of Read.
func (r *Reader) ReadAll(ctx context.Context, image []byte) (*Reading, error) {
	return r.ReadWith(ctx, image, r.extras)
}

// ReadWith is ReadAll with other extras than those of the Options.
func (r *Reader) ReadWith(ctx context.Context, image []byte, extras capture.Extras) (*Reading, error) {
	return result(r.pipeline.ReadWith(ctx, image, extras))
}

// ReadImage is ReadAll of a decoded image. MaxPixels applies to it. An
// orientation that was in the file's metadata must already be applied.
func (r *Reader) ReadImage(ctx context.Context, m image.Image) (*Reading, error) {
	return result(r.pipeline.ReadImage(ctx, m, r.extras))
}

// ReadLine reads an image file that is a crop of one line of digits, of any
// count. It detects no card and reads no date. The errors are those of
// ReadAll.
func (r *Reader) ReadLine(ctx context.Context, image []byte) (*Reading, error) {
	return result(r.pipeline.ReadLine(ctx, image))
}

// Inspect reads the headers of an image file, without decoding it. It refuses
// the files that Read refuses by their headers, with the same *ImageError.
func (r *Reader) Inspect(image []byte) (Info, error) {
	info, err := r.pipeline.Inspect(image)
	if err != nil {
		return Info{}, imageError(err)
	}
	return Info{Format: formats[info.Format], Pages: info.Pages, Width: info.Width, Height: info.Height, Memory: info.Memory, DecodeTime: info.DecodeTime}, nil
}

// Versions returns the versions behind this Reader's answers.
func (r *Reader) Versions() Versions {
	v := Versions{Kahao: "devel", Calibration: r.pipeline.Calibration().Version, Table: issuer.TableVersion()}
	for _, n := range r.pipeline.AllNetworks() {
		v.Models = append(v.Models, Model{n.Name(), n.Version(), n.SHA256})
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Kahao = info.Main.Version
	}
	return v
}
