package kahao

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/internal/vision/imagein"
	"github.com/kahao/kahao/internal/vision/model"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/spell"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/issuer"
)

// Errors of a reading, for errors.Is. Each comes wrapped in one that says
// what was wrong with this picture.
var (
	// ErrEmpty: there are no bytes.
	ErrEmpty = imagein.ErrEmpty
	// ErrMalformed: the bytes are a damaged picture, or none at all.
	ErrMalformed = imagein.ErrMalformed
	// ErrUnsupported: a picture of a kind that is not read, such as GIF.
	ErrUnsupported = imagein.ErrUnsupported
	// ErrTooLarge: more bytes, pixels or decoding work than allowed.
	ErrTooLarge = imagein.ErrTooLarge
	// ErrNoCard: the picture was read, and shows no card number.
	ErrNoCard = errors.New("kahao: no card number in the picture")
)

// LuhnMode says what a failing check digit (ISO/IEC 7812-1, annex B) means.
type LuhnMode int

const (
	// LuhnPrior weighs a failing check digit against what the pixels say:
	// heavily for the networks whose numbers always pass, lightly for
	// UnionPay, where some real cards fail.
	LuhnPrior LuhnMode = iota
	// LuhnStrict never reads a number that fails, UnionPay's excepted.
	LuhnStrict
	// LuhnOff ignores the check digit, as specimen cards need.
	LuhnOff
)

// Options of a Reader. The zero value is right for most uses.
type Options struct {
	Luhn      LuhnMode
	MaxBytes  int   // of a picture; 0 means 20 MiB
	MaxPixels int64 // of a picture; 0 means 50 million

	// Trace, when set, is called as each stage of a reading ends. Readings
	// run concurrently, so it must be safe for that.
	Trace func(stage string)
}

// Reader reads cards. It is immutable and safe for concurrent use: one
// reading runs on the goroutine that asked for it and starts no other.
type Reader struct {
	options     Options
	networks    *model.Set
	locate      *detect.Finder
	lines       *textline.Finder
	spell       *spell.Reader
	calibration *calibration.Calibration
}

// Open loads the embedded networks and their calibration.
func Open(options Options) (*Reader, error) {
	networks, err := model.Load()
	if err != nil {
		return nil, err
	}
	r := &Reader{options: options, networks: networks}
	if r.locate, err = detect.New(networks.Corners.Net); err != nil {
		return nil, err
	}
	r.lines = textline.New(networks.Lines.Net)
	r.spell = &spell.Reader{Digits: recognize.New(networks.Digits.Net), Trace: r.trace}
	if r.calibration, err = calibration.Embedded(); err != nil {
		return nil, err
	}
	return r, nil
}

// Read returns the card that is read best in the picture, given as the bytes
// of a JPEG, PNG, BMP or WebP file. It returns ErrNoCard when there is none,
// ErrEmpty, ErrMalformed, ErrUnsupported or ErrTooLarge for pictures that
// cannot be read, and the context's error when that ends first.
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

// ReadAll returns every card in the picture. No card is an empty reading, not
// an error; otherwise the errors are those of Read.
func (r *Reader) ReadAll(ctx context.Context, image []byte) (*Reading, error) {
	s, err := r.begin(ctx, image)
	if err != nil {
		return nil, err
	}
	cards, reasons, err := s.cards()
	if err != nil {
		return nil, err
	}
	return s.reading(cards, reasons), nil
}

// ReadLine reads a picture that is a crop of one line of digits, of any
// count. It finds no card around it and reads no date. The errors are those
// of ReadAll.
func (r *Reader) ReadLine(ctx context.Context, image []byte) (*Reading, error) {
	s, err := r.begin(ctx, image)
	if err != nil {
		return nil, err
	}
	card, err := s.line()
	if err != nil {
		return nil, err
	}
	if card == nil {
		return s.reading(nil, []Reason{{Code: NoNumber}}), nil
	}
	return s.reading([]*Card{card}, nil), nil
}

// Versions says what a reading was made with.
type Versions struct {
	Kahao       string            // of the module
	Models      map[string]string // network to version
	Calibration string            // of confidences
	Table       string            // of card numbers' issuers
}

// Versions returns the versions behind this Reader's answers.
func (r *Reader) Versions() Versions {
	v := Versions{Kahao: "devel", Table: issuer.Version, Calibration: r.calibration.Version, Models: map[string]string{
		"corners": r.networks.Corners.Version(),
		"lines":   r.networks.Lines.Version(),
		"digits":  r.networks.Digits.Version(),
	}}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Kahao = info.Main.Version
	}
	return v
}

func (r *Reader) trace(stage string) {
	if r.options.Trace != nil {
		r.options.Trace(stage)
	}
}
