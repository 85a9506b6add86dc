package pdf

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
)

// Document is a PDF file that can be written anew with other images.
type Document struct {
	file     *file
	replaced map[int]Replacement // by the numbers of objects
	views    []view              // of the pages
	forms    map[int][]int       // the pages that draw a form or a pattern, by its number
	drawn    int                 // bytes of them, on all pages
}

// view is what a page shows.
type view struct {
	drawing
	images      map[int]bool // numbers of the images that are drawn
	covered     float64      // share of the page that images fill
	annotations bool
}

// Replacement is what stands in the place of an image: a JPEG file, or samples.
type Replacement struct {
	JPEG          []byte
	Width, Height int
	Components    int // 1 for lightness, 3 for red, green and blue
	Bits          int // of a sample: 1, 8 or 16
	Samples       []byte
}

// Open reads a file that is to be written anew.
func Open(data []byte) (*Document, error) {
	f, err := load(data)
	if err != nil {
		return nil, err
	}
	if len(f.sheets) == 0 {
		return nil, fmt.Errorf("%w: no pages", ErrMalformed)
	}
	d := &Document{file: f, replaced: map[int]Replacement{}, forms: map[int][]int{}}
	for i := range f.sheets {
		v, err := d.view(i)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i+1, err)
		}
		d.views = append(d.views, v)
	}
	return d, nil
}

// view returns what a page, from 0, shows.
func (d *Document) view(i int) (view, error) {
	f := d.file
	sheet := f.sheets[i]
	v := view{images: map[int]bool{}, annotations: f.annotated(sheet)}
	stream, err := f.contents(sheet)
	if err != nil {
		return v, err
	}
	box := f.box(sheet)
	err = d.look(i, &v, stream, sheet["Resources"], matrix{1 / box[2], 0, 0, 1 / box[3], 0, 0}, 0)
	return v, err
}

// Pages returns how many pages there are.
func (d *Document) Pages() int { return len(d.views) }

// Images gives each image to a function, whose error ends the search: also those
// that no page shows, or that a later revision replaced.
func (d *Document) Images(ctx context.Context, use func(Image) error) error {
	return d.file.each(ctx, use)
}

// Replace says what Write puts in the place of an image. An image that is not
// current needs nothing: Write leaves it out.
func (d *Document) Replace(m Image, by Replacement) {
	if m.Current {
		d.replaced[m.Number] = by
	}
}

// Pixels returns how many pixels all images of a file have, and how many the
// largest one has, as the file says.
func Pixels(data []byte) (all, largest int64, err error) {
	f, err := load(data)
	if err != nil {
		return 0, 0, err
	}
	for i := range f.all {
		if d, ok := f.image(&f.all[i]); ok {
			n := max(0, int64(f.number(d["Width"], 0))) * max(0, int64(f.number(d["Height"], 0)))
			all, largest = all+min(n, maxPixels), max(largest, min(n, maxPixels))
		}
	}
	return all, largest, nil
}

// box returns the size of a page.
func (f *file) box(sheet dict) [4]float64 {
	for _, key := range []name{"CropBox", "MediaBox"} {
		var b [4]float64
		v, _ := f.resolve(sheet[key]).(array)
		for i := range min(len(b), len(v)) {
			b[i], _ = f.resolve(v[i]).(float64)
		}
		b[2], b[3] = max(b[2]-b[0], b[0]-b[2]), max(b[3]-b[1], b[1]-b[3])
		if b[2] > 0 && b[3] > 0 {
			return b
		}
	}
	return [4]float64{0, 0, 612, 792} // as readers take it
}

// contents returns the content stream of a page, which may stand in parts.
func (f *file) contents(sheet dict) ([]byte, error) {
	parts := array{sheet["Contents"]}
	if a, ok := f.resolve(sheet["Contents"]).(array); ok {
		parts = a
	}
	var all []byte
	for _, part := range parts {
		o := f.object(part)
		if o == nil || o.stream == nil {
			continue
		}
		stream, err := f.decoded(o)
		if err != nil {
			return nil, err
		}
		if all = append(append(all, stream...), '\n'); len(all) > maxContent {
			return nil, fmt.Errorf("%w: content streams of more than %d bytes", ErrMalformed, maxContent)
		}
	}
	return all, nil
}

// object returns the object that a reference leads to.
func (f *file) object(v any) *object {
	for range maxDepth {
		r, ok := v.(ref)
		if !ok {
			return nil
		}
		o := f.last[int(r)]
		if o == nil {
			return nil
		}
		if _, again := o.value.(ref); !again {
			return o
		}
		v = o.value
	}
	return nil
}

// annotated reports whether a page has notes or fields, which may have texts.
func (f *file) annotated(sheet dict) bool {
	notes, _ := f.resolve(sheet["Annots"]).(array)
	return slices.ContainsFunc(notes, func(v any) bool {
		kind := f.resolve(f.dict(v)["Subtype"])
		return kind != name("Link") && kind != name("Popup")
	})
}

// Limits of forms.
const (
	maxForms = 8         // within each other
	maxDrawn = 256 << 20 // bytes of their streams, once a page
)

// look walks what a page draws, with the forms in it.
func (d *Document) look(page int, v *view, stream []byte, resources any, at matrix, depth int) error {
	drawn, _, err := redrawn(stream, allTexts)
	if err != nil {
		return err
	}
	v.visible, v.hidden, v.inline = v.visible || drawn.visible, v.hidden || drawn.hidden, v.inline || drawn.inline
	v.curves += drawn.curves
	of := d.file.dict(resources)
	objects := d.file.dict(of["XObject"])
	for _, p := range drawn.placed {
		r, _ := objects[p.name].(ref)
		o := d.file.object(r)
		if o == nil || o.stream == nil {
			continue
		}
		if _, image := d.file.image(o); image {
			v.images[o.number] = true
			v.covered += p.at.times(at).area()
			continue
		}
		of, _ := o.value.(dict)
		inner, _ := matrixOf(d.file.list(of["Matrix"]))
		if err := d.form(page, v, o, inner.times(p.at).times(at), resources, depth); err != nil {
			return err
		}
	}
	for _, pattern := range d.file.dict(of["Pattern"]) {
		if o := d.file.object(pattern); o != nil && o.stream != nil {
			if err := d.form(page, v, o, at, resources, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// form walks a form or a pattern of a page. Old ones have the resources of the page.
func (d *Document) form(page int, v *view, o *object, at matrix, resources any, depth int) error {
	if slices.Contains(d.forms[o.number], page) {
		return nil
	}
	if depth == maxForms {
		return fmt.Errorf("%w: %d forms within each other", ErrMalformed, maxForms)
	}
	d.forms[o.number] = append(d.forms[o.number], page)
	stream, err := d.file.decoded(o)
	if err != nil {
		return err
	}
	if d.drawn += len(stream); d.drawn > maxDrawn {
		return fmt.Errorf("%w: forms of more than %d bytes", ErrMalformed, maxDrawn)
	}
	of, _ := o.value.(dict)
	if of["Resources"] != nil {
		resources = of["Resources"]
	}
	return d.look(page, v, stream, resources, at, depth+1)
}

// scanned is the share of a page that the images of a scanned page fill at least.
const scanned = 0.5

// keeps returns which texts of a page are kept. The text of a scanned page on which
// an image is replaced repeats that image, and may be drawn beneath it.
func (d *Document) keeps(page int) texts {
	v := d.views[page]
	for number := range d.replaced {
		if v.images[number] && v.covered >= scanned {
			return noTexts
		}
	}
	return visibleTexts
}

// letters is how many curves a page has at least that may show a number as
// outlines: digits have four and more each.
const letters = 48

// UnreadKind is what a PDF file may show a number in, besides its images.
type UnreadKind string

// The kinds.
const (
	UnreadText        UnreadKind = "text"
	UnreadDrawings    UnreadKind = "drawings"
	UnreadInlineImage UnreadKind = "inline_image"
	UnreadNotes       UnreadKind = "notes"         // or form fields
	RemovedNotes      UnreadKind = "notes_removed" // the same, which the file that is written has not
	UnreadAttachments UnreadKind = "attachments"
)

// Unread is something in a file that was not looked at, although it may show a number.
type Unread struct {
	Kind  UnreadKind
	Pages []int // from 1; at most maxNamed
	More  int   // pages
}

// maxNamed is how many pages are named.
const maxNamed = 8

// Unread returns what in the file was not looked at. If anew is set, it leaves out what a
// rewritten file drops.
func (d *Document) Unread(anew bool) (all []Unread) {
	pages := func(kind UnreadKind, is func(int, view) bool) {
		u := Unread{Kind: kind}
		for i, v := range d.views {
			switch {
			case !is(i, v):
			case len(u.Pages) == maxNamed:
				u.More++
			default:
				u.Pages = append(u.Pages, i+1)
			}
		}
		if len(u.Pages) > 0 {
			all = append(all, u)
		}
	}
	pages(UnreadText, func(i int, v view) bool { return v.visible && (!anew || d.keeps(i) != noTexts) })
	pages(UnreadDrawings, func(_ int, v view) bool { return v.curves >= letters })
	pages(UnreadInlineImage, func(_ int, v view) bool { return v.inline })
	if anew {
		pages(RemovedNotes, func(_ int, v view) bool { return v.annotations })
		return all
	}
	pages(UnreadNotes, func(_ int, v view) bool { return v.annotations })
	if d.file.attached() {
		all = append(all, Unread{Kind: UnreadAttachments})
	}
	return all
}

// attached reports whether other files lie in the file (7.11.4).
func (f *file) attached() bool {
	return slices.ContainsFunc(f.all, func(o object) bool {
		d, _ := o.value.(dict)
		return o.stream != nil && d["Type"] == name("EmbeddedFile")
	})
}

// sorted returns the keys of a dictionary in order, so that the same file is written
// the same way.
func sorted(d dict) []name { return slices.SortedFunc(maps.Keys(d), cmp.Compare[name]) }
