package pdf

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Image is an image in a file.
type Image struct {
	Name    string // "page-2-image-17", or "image-17" if no page shows it
	Page    int    // from 1; 0 if no page shows it
	Number  int    // of its object
	Current bool   // false for one that a later revision of the file replaced
	Width   int    // as the file says
	Height  int
	Bilevel bool   // its samples have one bit
	Coded   []byte // as it stands in the file
	File    []byte // JPEG or TIFF; nil if Err is not
	Err     error  // why it is not read
}

// file is what is known of a PDF.
type file struct {
	all      []object
	last     map[int]*object // the valid revision of each
	trailers []dict
	sheets   []dict      // the pages, with what they inherit
	pages    map[int]int // the page of each image's object
}

// load reads the objects of a file.
func load(data []byte) (*file, error) {
	all, err := objects(data)
	if err != nil {
		return nil, err
	}
	f := &file{all: all, last: map[int]*object{}, pages: map[int]int{}, trailers: trailers(data)}
	f.unpack()
	for i := range f.all {
		f.last[f.all[i].number] = &f.all[i]
	}
	for i := range f.all { // streams whose lengths are objects of their own
		o := &f.all[i]
		d, _ := o.value.(dict)
		if _, indirect := d["Length"].(ref); indirect && o.stream != nil {
			if n, ok := f.resolve(d["Length"]).(float64); ok && ends(o.rest, n) {
				o.stream = o.rest[:int(n)]
			}
		}
	}
	f.findPages()
	return f, nil
}

// Images gives each image of a file to a function, whose error ends the search.
func Images(ctx context.Context, data []byte, use func(Image) error) error {
	f, err := load(data)
	if err != nil {
		return err
	}
	return f.each(ctx, use)
}

// each gives each image to a function.
func (f *file) each(ctx context.Context, use func(Image) error) error {
	for i := range f.all {
		if err := ctx.Err(); err != nil {
			return err
		}
		o := &f.all[i]
		d, ok := f.image(o)
		if !ok {
			continue
		}
		m := f.asImage(o, d)
		if err := use(m); err != nil {
			return err
		}
	}
	return nil
}

// asImage returns an object that is an image, with its dictionary, as one.
func (f *file) asImage(o *object, d dict) Image {
	m := Image{
		Name: fmt.Sprintf("image-%d", o.number), Page: f.pages[o.number], Number: o.number, Current: f.last[o.number] == o,
		Width: f.number(d["Width"], 0), Height: f.number(d["Height"], 0),
		Bilevel: f.number(d["BitsPerComponent"], 1) == 1, Coded: o.stream,
	}
	if m.Page > 0 {
		m.Name = fmt.Sprintf("page-%d-%s", m.Page, m.Name)
	}
	m.File, m.Err = f.extract(*o, d)
	return m
}

// image returns the dictionary of an object that is an image.
func (f *file) image(o *object) (dict, bool) {
	d, _ := o.value.(dict)
	return d, o.stream != nil && f.resolve(d["Subtype"]) == name("Image")
}

// resolve follows a reference.
func (f *file) resolve(v any) any {
	for range maxDepth {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		o := f.last[int(r)]
		if o == nil {
			return nil
		}
		v = o.value
	}
	return nil
}

func (f *file) dict(v any) dict {
	d, _ := f.resolve(v).(dict)
	return d
}

// number returns a number, or a value if there is none.
func (f *file) number(v any, missing int) int {
	if n, ok := f.resolve(v).(float64); ok && n >= -1<<31 && n < 1<<31 {
		return int(n)
	}
	return missing
}

// unpack adds the objects that lie in object streams (7.5.7), behind these: what
// stands later in a file is valid.
func (f *file) unpack() {
	left := int64(maxPacked)
	all := make([]object, 0, len(f.all))
	for _, o := range f.all {
		all = append(all, o)
		d, _ := o.value.(dict)
		if d["Type"] != name("ObjStm") || o.stream == nil {
			continue
		}
		body := o.stream
		if d["Filter"] != nil {
			z, err := zlib.NewReader(bytes.NewReader(o.stream))
			if err != nil {
				continue
			}
			body, _ = io.ReadAll(io.LimitReader(z, left)) // what is whole of a damaged one
		}
		left -= int64(len(body))
		head := parser{b: body}
		first, _ := d["First"].(float64)
		count, _ := d["N"].(float64)
		for n := 0; n < int(min(count, maxObjects)) && len(all) < maxObjects && head.at < len(body); n++ {
			number, ok1 := head.value(0).(float64)
			at, ok2 := head.value(0).(float64)
			if !ok1 || !ok2 || at < 0 || first < 0 || first+at >= float64(len(body)) {
				break
			}
			p := parser{b: body, at: int(first + at)}
			all = append(all, object{number: int(number), value: p.value(0)})
		}
	}
	f.all = all
}

// root returns the catalog (7.7.2): the one that the last trailer names, or
// without any the last one.
func (f *file) root() dict {
	all := f.trailers
	var catalogs []dict
	for i := range f.all {
		d, _ := f.all[i].value.(dict)
		switch d["Type"] {
		case name("XRef"):
			all = append(all, d)
		case name("Catalog"):
			catalogs = append(catalogs, d)
		}
	}
	for _, d := range slices.Backward(all) {
		if root := f.dict(d["Root"]); root != nil && f.dict(root["Pages"]) != nil {
			return root
		}
	}
	if len(catalogs) > 0 {
		return catalogs[len(catalogs)-1]
	}
	return nil
}

// findPages finds the pages and says on which of them each image is: from the root
// of the pages, or without one from the pages in the order of the file.
func (f *file) findPages() {
	f.page(f.root()["Pages"], dict{}, map[int]bool{}, 0)
	if len(f.sheets) > 0 {
		return
	}
	for i := range f.all {
		if d, ok := f.all[i].value.(dict); ok && d["Type"] == name("Page") {
			f.sheet(d, dict{})
		}
	}
}

// inherited are the entries that pages have from the nodes above them (7.7.3.4).
var inherited = []name{"Resources", "MediaBox", "CropBox", "Rotate"}

// page walks the tree of pages (7.7.3).
func (f *file) page(v any, from dict, seen map[int]bool, depth int) {
	if r, ok := v.(ref); ok {
		if seen[int(r)] {
			return
		}
		seen[int(r)] = true
	}
	d := f.dict(v)
	if d == nil || depth > maxDepth {
		return
	}
	kids, ok := f.resolve(d["Kids"]).(array)
	if !ok {
		f.sheet(d, from)
		return
	}
	from = maps.Clone(from)
	for _, key := range inherited {
		if d[key] != nil {
			from[key] = d[key]
		}
	}
	for _, k := range kids {
		f.page(k, from, seen, depth+1)
	}
}

// sheet adds a page.
func (f *file) sheet(d, from dict) {
	d = maps.Clone(d)
	for _, key := range inherited {
		if d[key] == nil && from[key] != nil {
			d[key] = from[key]
		}
	}
	f.sheets = append(f.sheets, d)
	f.images(d["Resources"], 0)
}

// images notes the images among resources, and in the forms among them.
func (f *file) images(resources any, depth int) {
	if depth > 4 {
		return
	}
	for _, v := range f.dict(f.dict(resources)["XObject"]) {
		r, ok := v.(ref)
		if !ok {
			continue
		}
		d := f.dict(v)
		if f.resolve(d["Subtype"]) == name("Form") {
			f.images(d["Resources"], depth+1)
		}
		if f.pages[int(r)] == 0 {
			f.pages[int(r)] = len(f.sheets)
		}
	}
}
