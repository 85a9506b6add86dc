package pdf

import (
	"fmt"
	"maps"
	"slices"
)

// Write writes the file anew, with the images of Replace and with nothing else but
// what draws the pages: no text that does not show, no earlier revision, no
// metadata, thumbnail, outline, note, form field, attachment or script.
func (d *Document) Write() ([]byte, error) {
	w := &rewriter{writer: newWriter(), d: d, numbers: map[int]ref{}}
	root, tree := w.reserve(), w.reserve()
	var kids array
	for i, sheet := range d.file.sheets {
		page := w.reserve()
		kids = append(kids, page)
		if err := w.page(i, sheet, page, tree); err != nil {
			return nil, err
		}
	}
	w.object(tree, dict{"Type": name("Pages"), "Kids": kids, "Count": len(kids)}, nil)
	catalog := dict{"Type": name("Catalog"), "Pages": tree}
	if layers := d.file.root()["OCProperties"]; layers != nil { // some may be switched off
		catalog["OCProperties"] = w.copied(layers, 0)
	}
	w.object(root, catalog, nil)
	for len(w.queue) > 0 {
		o := w.queue[0]
		w.queue = w.queue[1:]
		if err := w.copy(o); err != nil {
			return nil, err
		}
	}
	return w.end(root), nil
}

// rewriter copies objects to a new file.
type rewriter struct {
	*writer
	d       *Document
	numbers map[int]ref // new numbers by old ones
	queue   []*object   // that have a number and are not written yet
}

// Entries that are copied. Everything else is left out.
var (
	pageEntries  = []name{"MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox", "Rotate", "UserUnit", "Group"}
	imageEntries = []name{"Width", "Height", "ColorSpace", "BitsPerComponent", "Intent", "ImageMask", "Mask", "Decode", "Interpolate", "SMask", "SMaskInData",
		"Filter", "DecodeParms", "OC", "Matte"}
	formEntries = []name{"Subtype", "FormType", "BBox", "Matrix", "Resources", "Group", "OC", "PatternType", "PaintType", "TilingType", "XStep", "YStep"}
)

// Entries of other dictionaries that are left out: they draw nothing.
var idleEntries = []name{"Metadata", "PieceInfo", "LastModified", "Thumb", "StructParent", "StructParents", "ActualText", "Alt", "AF", "OPI", "Alternates",
	"AA", "Annots", "Parent", "Dests", "Names", "Outlines", "Measure", "PtData", "Private"}

// idleTypes are the types of dictionaries that draw nothing.
var idleTypes = []name{"Catalog", "Pages", "Page", "Annot", "Filespec", "EmbeddedFile", "Metadata", "StructElem", "StructTreeRoot", "Action", "Sig"}

// page writes a page.
func (w *rewriter) page(i int, sheet dict, page, tree ref) error {
	stream, err := w.d.file.contents(sheet)
	if err != nil {
		return err
	}
	keep := w.d.keeps(i)
	_, stream, err = redrawn(stream, keep)
	if err != nil {
		return err
	}
	contents := w.reserve()
	w.object(contents, dict{"Filter": name("FlateDecode")}, deflate(stream))
	to := w.entries(sheet, pageEntries)
	to["Type"], to["Parent"], to["Contents"] = name("Page"), tree, contents
	to["Resources"] = w.resources(sheet["Resources"], keep)
	w.object(page, to, nil)
	return nil
}

// entries copies some entries of a dictionary.
func (w *rewriter) entries(from dict, keys []name) dict {
	to := dict{}
	for _, key := range keys {
		if v, ok := from[key]; ok {
			to[key] = w.copied(v, 0)
		}
	}
	return to
}

// resources copies the resources of a page or a form (7.8.3). Without text no font
// is needed. Property lists may have texts; those of layers are needed.
func (w *rewriter) resources(v any, keep texts) dict {
	from := w.d.file.dict(v)
	to := w.entries(from, []name{"ExtGState", "ColorSpace", "Pattern", "Shading", "XObject"})
	if keep != noTexts {
		maps.Copy(to, w.entries(from, []name{"Font"}))
	}
	layers := dict{}
	for key, v := range w.d.file.dict(from["Properties"]) {
		if kind := w.d.file.dict(v)["Type"]; kind == name("OCG") || kind == name("OCMD") {
			layers[key] = w.copied(v, 0)
		}
	}
	if len(layers) > 0 {
		to["Properties"] = layers
	}
	return to
}

// copied copies a value. The objects that it refers to are queued.
func (w *rewriter) copied(v any, depth int) any {
	if depth > maxDepth {
		return nil
	}
	switch v := v.(type) {
	case ref:
		return w.reference(v)
	case array:
		to := make(array, len(v))
		for i := range v {
			to[i] = w.copied(v[i], depth+1)
		}
		return to
	case dict:
		if kind, _ := v["Type"].(name); slices.Contains(idleTypes, kind) {
			return nil
		}
		to := dict{}
		for _, key := range sorted(v) {
			if !slices.Contains(idleEntries, key) {
				to[key] = w.copied(v[key], depth+1)
			}
		}
		return to
	}
	return v
}

// reference returns the new reference of an object.
func (w *rewriter) reference(r ref) any {
	o := w.d.file.object(r)
	if o == nil {
		return nil
	}
	if d, ok := o.value.(dict); ok {
		if kind, _ := d["Type"].(name); slices.Contains(idleTypes, kind) {
			return nil
		}
	}
	to, ok := w.numbers[o.number]
	if !ok {
		to = w.reserve()
		w.numbers[o.number] = to
		w.queue = append(w.queue, o)
	}
	return to
}

// copy writes an object.
func (w *rewriter) copy(o *object) error {
	to := w.numbers[o.number]
	d, ok := o.value.(dict)
	_, drawn := w.d.forms[o.number] // whatever it says that it is
	switch _, image := w.d.file.image(o); {
	case !ok || o.stream == nil:
		w.object(to, w.copied(o.value, 0), nil)
	case image:
		w.image(to, o, d)
	case drawn, w.d.file.resolve(d["Subtype"]) == name("Form"), w.d.file.resolve(d["PatternType"]) == float64(1):
		return w.form(to, o, d)
	default:
		entries, _ := w.copied(d, 0).(dict)
		for _, key := range []name{"F", "FFilter", "FDecodeParms", "DL"} { // data that lies elsewhere
			delete(entries, key)
		}
		w.object(to, entries, o.stream)
	}
	return nil
}

// image writes an image, or what stands in its place.
func (w *rewriter) image(to ref, o *object, d dict) {
	entries := w.entries(d, imageEntries)
	entries["Type"], entries["Subtype"] = name("XObject"), name("Image")
	by, ok := w.d.replaced[o.number]
	if !ok {
		w.object(to, entries, o.stream)
		return
	}
	entries["Width"], entries["Height"] = by.Width, by.Height
	var had picture
	had.bits = w.d.file.number(d["BitsPerComponent"], 8)
	err := w.d.file.colours(&had, d)
	if err != nil || had.colours == tiffPalette || had.samples != by.Components { // the colours are others now
		delete(entries, "Decode")
		entries["ColorSpace"] = map[int]name{1: "DeviceGray", 3: "DeviceRGB"}[by.Components]
		if _, keyed := entries["Mask"].(array); keyed {
			delete(entries, "Mask")
		}
	}
	if by.JPEG != nil {
		entries["Filter"], entries["BitsPerComponent"] = name("DCTDecode"), 8
		w.object(to, entries, by.JPEG)
		return
	}
	if had.samples == 1 { // they were read as they look
		delete(entries, "Decode")
	}
	delete(entries, "DecodeParms")
	entries["Filter"], entries["BitsPerComponent"] = name("FlateDecode"), by.Bits
	if d["ImageMask"] == true {
		delete(entries, "ColorSpace")
	}
	w.object(to, entries, deflate(by.Samples))
}

// form writes a form or a pattern. It keeps the texts that all of its pages keep.
func (w *rewriter) form(to ref, o *object, d dict) error {
	keep := visibleTexts
	for _, page := range w.d.forms[o.number] {
		keep = max(keep, w.d.keeps(page))
	}
	stream, err := w.d.file.decoded(o)
	if err != nil {
		return fmt.Errorf("object %d: %w", o.number, err)
	}
	if _, stream, err = redrawn(stream, keep); err != nil {
		return fmt.Errorf("object %d: %w", o.number, err)
	}
	entries := w.entries(d, formEntries)
	if d["Resources"] != nil {
		entries["Resources"] = w.resources(d["Resources"], keep)
	}
	entries["Filter"] = name("FlateDecode")
	w.object(to, entries, deflate(stream))
	return nil
}
