package pdf

import (
	"fmt"
	"maps"
	"slices"
)

// Scans are the pages of a file as images: those of a scanner show one each.
type Scans struct {
	file   *file
	images [][]*object // by page
}

// OpenScans reads a file whose pages are to be looked at.
func OpenScans(data []byte) (*Scans, error) {
	f, err := load(data)
	if err != nil {
		return nil, err
	}
	if len(f.sheets) == 0 {
		return nil, fmt.Errorf("%w: no pages", ErrMalformed)
	}
	named := map[int][]int{} // what resources have, by page
	for number, page := range f.pages {
		named[page] = append(named[page], number)
	}
	s := &Scans{f, make([][]*object, len(f.sheets))}
	d := &Document{file: f, forms: map[int][]int{}}
	for i := range f.sheets {
		v, err := d.view(i)
		numbers := slices.Collect(maps.Keys(v.images))
		if err != nil { // a page that cannot be understood shows what its resources have
			numbers = named[i+1]
		}
		slices.Sort(numbers)
		for _, number := range numbers {
			o := f.last[number]
			if o == nil {
				continue
			}
			if m, ok := f.image(o); ok && MayShowNumber(f.number(m["Width"], 0), f.number(m["Height"], 0)) {
				s.images[i] = append(s.images[i], o)
			}
		}
	}
	return s, nil
}

// Pages returns how many pages there are.
func (s *Scans) Pages() int { return len(s.images) }

// Page returns the images that a page, from 1, shows and that are large enough for
// a card number. Scans may be asked by several goroutines.
func (s *Scans) Page(page int) []Image {
	images := make([]Image, 0, len(s.images[page-1]))
	for _, o := range s.images[page-1] {
		d, _ := s.file.image(o)
		m := s.file.asImage(o, d)
		m.Page, m.Name = page, fmt.Sprintf("page-%d-image-%d", page, o.number)
		images = append(images, m)
	}
	return images
}
