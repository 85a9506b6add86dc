package pdf

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"slices"
)

// Image is an image in a file.
type Image struct {
	Name string // "page-2-image-17", or "image-17" if no page shows it
	File []byte // JPEG or TIFF; nil if Err is not
	Err  error  // why it is not read
}

// file is what is known of a PDF.
type file struct {
	all    []object
	last   map[int]*object // the valid revision of each
	pages  map[int]int     // the page of each image's object
	counts int
}

// Images gives each image of a file to a function, whose error ends the search.
func Images(ctx context.Context, data []byte, use func(Image) error) error {
	all, err := objects(data)
	if err != nil {
		return err
	}
	f := &file{all: all, last: map[int]*object{}, pages: map[int]int{}}
	f.unpack()
	for i := range f.all {
		f.last[f.all[i].number] = &f.all[i]
	}
	f.findPages()
	for _, o := range f.all {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, _ := o.value.(dict)
		if o.stream == nil || f.resolve(d["Subtype"]) != name("Image") {
			continue
		}
		image := Image{Name: fmt.Sprintf("image-%d", o.number)}
		if page := f.pages[o.number]; page > 0 {
			image.Name = fmt.Sprintf("page-%d-%s", page, image.Name)
		}
		image.File, image.Err = f.extract(o, d)
		if err := use(image); err != nil {
			return err
		}
	}
	return nil
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

// unpack adds the objects that lie in object streams (7.5.7).
func (f *file) unpack() {
	left := int64(maxPacked)
	for _, o := range slices.Clone(f.all) {
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
		for n := 0; n < int(min(count, maxObjects)) && len(f.all) < maxObjects && head.at < len(body); n++ {
			number, ok1 := head.value(0).(float64)
			at, ok2 := head.value(0).(float64)
			if !ok1 || !ok2 || at < 0 || first < 0 || first+at >= float64(len(body)) {
				break
			}
			p := parser{b: body, at: int(first + at)}
			f.all = append(f.all, object{number: int(number), value: p.value(0)})
		}
	}
}

// findPages says on which page each image is: from the root of the pages, or
// without one from the pages in the order of the file.
func (f *file) findPages() {
	for i := range f.all {
		if d, ok := f.all[i].value.(dict); ok && d["Type"] == name("Catalog") {
			f.page(d["Pages"], nil, map[int]bool{}, 0)
		}
	}
	if f.counts > 0 {
		return
	}
	for i := range f.all {
		if d, ok := f.all[i].value.(dict); ok && d["Type"] == name("Page") {
			f.counts++
			f.images(d["Resources"], 0)
		}
	}
}

// page walks the tree of pages (7.7.3). Resources are inherited.
func (f *file) page(v, resources any, seen map[int]bool, depth int) {
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
	if d["Resources"] != nil {
		resources = d["Resources"]
	}
	kids, ok := f.resolve(d["Kids"]).(array)
	if !ok {
		f.counts++
		f.images(resources, 0)
		return
	}
	for _, k := range kids {
		f.page(k, resources, seen, depth+1)
	}
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
			f.pages[int(r)] = f.counts
		}
	}
}
