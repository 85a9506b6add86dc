package imagein

// box is a box of the ISO base media file format (ISO/IEC 14496-12, 4.2).
type box struct {
	kind string
	body []byte
}

// maxBoxes bounds the boxes of one level. The header of a phone's file of 100
// tiles has some 400 items and properties.
const maxBoxes = 10_000

// boxes splits bytes into boxes. format is for errors.
func boxes(format Format, b []byte) ([]box, error) {
	var list []box
	for len(b) > 0 {
		if len(b) < 8 {
			return nil, malformed(format, "truncated: %d bytes where a box starts", len(b))
		}
		n, head := uint64(be32(b)), 8
		switch n {
		case 0: // to the end
			n = uint64(len(b))
		case 1:
			if len(b) < 16 {
				return nil, malformed(format, "truncated: a box of %d bytes", len(b))
			}
			n, head = uint64(be32(b[8:]))<<32|uint64(be32(b[12:])), 16
		}
		if n < uint64(head) || n > uint64(len(b)) {
			return nil, malformed(format, "truncated: a box of %d bytes, %d left", n, len(b))
		}
		if len(list) == maxBoxes {
			return nil, tooLarge(format, "more than %d boxes", maxBoxes)
		}
		list = append(list, box{string(b[4:8]), b[head:n]})
		b = b[n:]
	}
	return list, nil
}

// fields reads numbers from a box. After the end all are zero and ok is false.
type fields struct {
	b  []byte
	ok bool
}

func (f *fields) bytes(n int) []byte {
	if n < 0 || len(f.b) < n {
		f.b, f.ok = nil, false
		return make([]byte, min(max(n, 0), 8))
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

// number reads n bytes, at most 8.
func (f *fields) number(n int) uint64 {
	v := uint64(0)
	for _, b := range f.bytes(n) {
		v = v<<8 | uint64(b)
	}
	return v
}

// version reads the version and the flags of a full box.
func (f *fields) version() (version int, flags uint64) { return int(f.number(1)), f.number(3) }

func newFields(b []byte) *fields { return &fields{b, true} }

// heifItem is an item of a HEIF file (ISO/IEC 23008-12).
type heifItem struct {
	kind       string
	properties []box
	tiles      []uint32 // of a derived image, in order
	auxiliary  int      // items that belong to this one: transparency, depth
	extents    [][2]uint64
	construct  int // where the extents are: 0 in the file, 1 in idat
}

// heifFile are the items of a file.
type heifFile struct {
	format  Format
	primary uint32
	items   map[uint32]*heifItem
	idat    []byte
	data    []byte
}

func (h *heifFile) item(id uint32) *heifItem {
	i := h.items[id]
	if i == nil {
		i = &heifItem{}
		h.items[id] = i
	}
	return i
}

// maxHEIFItems bounds the items and the references between them.
const maxHEIFItems = 10_000

// readHEIF reads the items that the meta box describes.
func readHEIF(format Format, data []byte) (*heifFile, error) {
	h := &heifFile{format: format, items: map[uint32]*heifItem{}, data: data}
	top, err := boxes(format, data)
	if err != nil {
		return nil, err
	}
	for _, b := range top {
		if b.kind != "meta" || len(b.body) < 4 {
			continue
		}
		meta, err := boxes(format, b.body[4:])
		if err != nil {
			return nil, err
		}
		return h, h.meta(meta)
	}
	return nil, malformed(format, "no header of items")
}

func (h *heifFile) meta(meta []box) error {
	for _, b := range meta {
		f := newFields(b.body)
		var err error
		switch b.kind {
		case "pitm":
			v, _ := f.version()
			h.primary = uint32(f.number(2 + 2*min(v, 1)))
		case "iinf":
			err = h.infos(f)
		case "iprp":
			err = h.propertiesOf(b.body)
		case "iref":
			err = h.references(f)
		case "iloc":
			h.locations(f)
		case "idat":
			h.idat = b.body
		}
		if err != nil {
			return err
		}
		if !f.ok {
			return malformed(h.format, "truncated: a box %q", b.kind)
		}
		if len(h.items) > maxHEIFItems {
			return tooLarge(h.format, "more than %d items", maxHEIFItems)
		}
	}
	return nil
}

// infos reads what kind each item is of (ISO/IEC 14496-12, 8.11.6).
func (h *heifFile) infos(f *fields) error {
	v, _ := f.version()
	f.number(2 + 2*min(v, 1))
	list, err := boxes(h.format, f.b)
	if err != nil {
		return err
	}
	for _, b := range list {
		e := newFields(b.body)
		if v, _ := e.version(); b.kind == "infe" && v >= 2 {
			id := uint32(e.number(2 + 2*(min(v, 3)-2)))
			e.number(2)
			h.item(id).kind = string(e.bytes(4))
		}
	}
	return nil
}

// propertiesOf gives the items their properties (ISO/IEC 23008-12, 9.3).
func (h *heifFile) propertiesOf(body []byte) error {
	parts, err := boxes(h.format, body)
	if err != nil {
		return err
	}
	var all []box
	given := 0
	for _, p := range parts {
		if p.kind == "ipco" {
			if all, err = boxes(h.format, p.body); err != nil {
				return err
			}
		}
	}
	for _, p := range parts {
		if p.kind != "ipma" {
			continue
		}
		f := newFields(p.body)
		v, flags := f.version()
		for n := f.number(4); n > 0 && f.ok; n-- {
			item := h.item(uint32(f.number(2 + 2*min(v, 1))))
			for k := f.number(1); k > 0 && f.ok; k-- {
				index := f.number(1 + int(flags&1))
				index &= 1<<(7+8*(flags&1)) - 1 // without the bit for "essential"
				if given++; given > 8*maxHEIFItems || len(h.items) > maxHEIFItems {
					return tooLarge(h.format, "more than %d properties or %d items", 8*maxHEIFItems, maxHEIFItems)
				}
				if index >= 1 && int(index) <= len(all) {
					item.properties = append(item.properties, all[index-1])
				}
			}
		}
	}
	return nil
}

// references reads which items belong to which (ISO/IEC 14496-12, 8.11.12).
func (h *heifFile) references(f *fields) error {
	v, _ := f.version()
	list, err := boxes(h.format, f.b)
	if err != nil {
		return err
	}
	n := 2 + 2*min(v, 1)
	total := 0
	for _, b := range list {
		r := newFields(b.body)
		from := uint32(r.number(n))
		for k := r.number(2); k > 0 && r.ok; k-- {
			to := uint32(r.number(n))
			if total++; total > maxHEIFItems {
				return tooLarge(h.format, "more than %d references", maxHEIFItems)
			}
			switch b.kind {
			case "dimg":
				h.item(from).tiles = append(h.item(from).tiles, to)
			case "auxl":
				h.item(to).auxiliary++
			}
		}
	}
	return nil
}

// locations reads where the items are (ISO/IEC 14496-12, 8.11.3).
func (h *heifFile) locations(f *fields) {
	v, _ := f.version()
	sizes := int(f.number(2))
	offsetSize, lengthSize, baseSize, indexSize := sizes>>12, sizes>>8&15, sizes>>4&15, sizes&15
	if v == 0 {
		indexSize = 0
	}
	wide := 2
	if v == 2 {
		wide = 4
	}
	for n := f.number(wide); n > 0 && f.ok && len(h.items) <= maxHEIFItems; n-- {
		item := h.item(uint32(f.number(wide)))
		if v > 0 {
			item.construct = int(f.number(2)) & 15
		}
		f.number(2)
		base := f.number(min(baseSize, 8))
		for k := f.number(2); k > 0 && f.ok && len(item.extents) < 64; k-- {
			f.number(min(indexSize, 8))
			item.extents = append(item.extents, [2]uint64{base + f.number(min(offsetSize, 8)), f.number(min(lengthSize, 8))})
		}
	}
}

// content returns the first bytes of an item.
func (h *heifFile) content(i *heifItem) []byte {
	from := h.data
	if i.construct == 1 {
		from = h.idat
	}
	if len(i.extents) == 0 {
		return nil
	}
	at, n := i.extents[0][0], i.extents[0][1]
	if at > uint64(len(from)) {
		return nil
	}
	return from[at:][:min(n, uint64(len(from))-at)]
}
