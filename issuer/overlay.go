package issuer

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/kahao/kahao/pan"
)

// ErrOverlay says that a table of an operator's own is malformed. The error
// names every line that is.
var ErrOverlay = errors.New("issuer: malformed overlay")

// OverlayHeader is the first line of an overlay: the names of its columns,
// separated by tabs.
const OverlayHeader = "prefix\tlength\ttype\tnetwork\tcode\tissuer\tname"

// Overlay is an operator's own table. Its rows come before those of the embedded
// table. It is immutable.
type Overlay struct {
	Version string // of its content: the count of rows and the beginning of its SHA-256
	rows    map[string]row
}

// networks are the networks that a row may name.
var networks = []string{
	UnionPay, Visa, Mastercard, Amex, JCB, Diners, Discover, Maestro, Mir, RuPay, Elo, Verve, Troy, Dankort, Hipercard, Naranja,
	UATP, TUnion, InterPay, LankaPay, Humo, Uzcard, Napas, Shetab,
}

// types are the words of a row's type.
var types = map[string]Type{"": 0, "debit": Debit, "credit": Credit, "quasi-credit": QuasiCredit, "prepaid": Prepaid}

// Least and most digits of an overlay's prefixes. Shorter ones would fit nearly
// any number.
const (
	minOverlayPrefix = 4
	maxOverlayPrefix = maxPrefix
)

// ReadOverlay reads an overlay in UTF-8: OverlayHeader, then a line for each
// prefix of 4 to 10 digits and each length of its numbers, 12 to 19. The type is
// debit, credit, quasi-credit, prepaid or empty; an empty network is that of the
// assigned ranges; the code has 8 digits or is empty; the issuer is required.
// Empty lines and lines that begin with # are ignored. It returns ErrOverlay, or
// an error of r.
func ReadOverlay(r io.Reader) (*Overlay, error) {
	digest := sha256.New()
	lines := bufio.NewScanner(io.TeeReader(r, digest))
	o := &Overlay{rows: map[string]row{}}
	header := false
	var wrong []error
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		switch {
		case line == "" || line[0] == '#':
		case !header:
			if header = true; strings.TrimPrefix(line, "\ufeff") != OverlayHeader {
				return nil, fmt.Errorf("%w: line %d is not the header %q", ErrOverlay, n, OverlayHeader)
			}
		default:
			w, err := overlayRow(strings.Split(line, "\t"))
			key := overlayKey(w.prefix, int(w.length))
			if _, twice := o.rows[key]; err == nil && twice {
				err = fmt.Errorf("prefix %s with %d digits stands twice", w.prefix, w.length)
			}
			if err != nil {
				wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
				continue
			}
			o.rows[key] = w
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrOverlay, errors.Join(wrong...))
	}
	if !header {
		return nil, fmt.Errorf("%w: no header %q", ErrOverlay, OverlayHeader)
	}
	o.Version = fmt.Sprintf("%d-%x", len(o.rows), digest.Sum(nil)[:4])
	return o, nil
}

// OpenOverlay reads an overlay from a file. It returns ErrOverlay, or the error of
// opening or reading the file.
func OpenOverlay(file string) (*Overlay, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := ReadOverlay(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return o, nil
}

// overlayRow checks the cells of a line.
func overlayRow(cells []string) (w row, err error) {
	if want := strings.Count(OverlayHeader, "\t") + 1; len(cells) != want {
		return w, fmt.Errorf("%d columns, want %d", len(cells), want)
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	w = row{prefix: cells[0], network: cells[3], code: cells[4], issuer: cells[5], name: cells[6], sources: 1}
	length, err := strconv.Atoi(cells[1])
	kind, known := types[cells[2]]
	switch {
	case len(w.prefix) < minOverlayPrefix || len(w.prefix) > maxOverlayPrefix || !allDigits(w.prefix):
		return w, fmt.Errorf("prefix %q: want %d to %d digits", w.prefix, minOverlayPrefix, maxOverlayPrefix)
	case err != nil || length < pan.MinDigits || length > pan.MaxDigits:
		return w, fmt.Errorf("length %q: want %d to %d", cells[1], pan.MinDigits, pan.MaxDigits)
	case !known:
		return w, fmt.Errorf("type %q: want debit, credit, quasi-credit, prepaid or nothing", cells[2])
	case w.network != "" && !slices.Contains(networks, w.network):
		return w, fmt.Errorf("network %q is unknown; known are %s", w.network, strings.Join(networks, ", "))
	case w.code != "" && (len(w.code) != 8 || !allDigits(w.code)):
		return w, fmt.Errorf("code %q: want 8 digits or nothing", w.code)
	case w.issuer == "":
		return w, errors.New("no issuer")
	}
	w.length, w.kind = uint8(length), kind
	return w, nil
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func overlayKey(prefix string, length int) string { return prefix + "\t" + strconv.Itoa(length) }

// find returns the row with the longest prefix of a number, of its length.
func (o *Overlay) find(number string) (w row, ok bool) {
	for n := min(maxOverlayPrefix, len(number)); n >= minOverlayPrefix && !ok; n-- {
		w, ok = o.rows[overlayKey(number[:n], len(number))]
	}
	return w, ok
}

// overlay is the one in use.
var overlay atomic.Pointer[Overlay]

// Use puts an overlay in front of the embedded table, for all later lookups of
// the process, or takes it away if o is nil.
func Use(o *Overlay) { overlay.Store(o) }

// TableVersion is the version of all rows in use: Version, and that of the
// overlay if there is one.
func TableVersion() string {
	if o := overlay.Load(); o != nil {
		return Version + "+" + o.Version
	}
	return Version
}

// fromOverlay returns what the overlay has of a number.
func fromOverlay(number string) (r Result, ok bool) {
	o := overlay.Load()
	if o == nil {
		return r, false
	}
	w, ok := o.find(number)
	if !ok {
		return r, false
	}
	r = Result{Listed: true, LengthMatches: true, Overlay: true, Prefix: w.prefix, Length: int(w.length), Sources: 1, Type: w.kind}
	if w.kind != 0 {
		r.TypeMark = Observed
	}
	r.Issuer, r.IssuerMark = mark(w.issuer, Observed)
	r.Code, r.CodeMark = mark(w.code, Observed)
	r.CardName, r.CardNameMark = mark(w.name, Observed)
	r.Network, r.NetworkMark = mark(w.network, Observed)
	if w.network == "" {
		r.Network, r.NetworkMark = mark(networkOf(number), Observed)
	}
	return r, true
}
