package imagein

import (
	"context"
	"image"
	"image/draw"
	"slices"
)

// maxTIFFTables is the most bytes that the tables of JPEG tiles may have: four of
// quantisation and eight of Huffman codes, at their longest.
const maxTIFFTables = 4096

// jpegFileOf returns a tile as a JPEG file: with the tables that all tiles share
// (TIFF technical note 2), and with a marker that says which colours it has.
func (t *tiffFile) jpegFileOf(i int) ([]byte, error) {
	tile, tables := t.tile(i), t.tables
	if len(tile) < 4 || tile[0] != 0xff || tile[1] != mSOI {
		return nil, malformed(TIFF, "a tile or strip that is no JPEG")
	}
	if len(tables) > maxTIFFTables {
		return nil, malformed(TIFF, "JPEG tables of %d bytes, at most %d", len(tables), maxTIFFTables)
	}
	if len(tables) >= 4 { // they are a file without a frame
		tables = tables[2 : len(tables)-2]
	}
	transform := byte(1) // YCbCr
	if t.colours == tiffRGB {
		transform = 0
	}
	marker := adobeMarker(transform)
	if t.samples == 1 {
		marker = nil
	}
	return slices.Concat(tile[:2], marker, tables, tile[2:]), nil
}

// jpegCosts adds the costs of all tiles.
func (t *tiffFile) jpegCosts(info *Info, o Options) error {
	if int64(len(t.offsets))*int64(len(t.tables)) > int64(len(t.data))+1<<20 {
		return malformed(TIFF, "%d tiles or strips with JPEG tables of %d bytes", len(t.offsets), len(t.tables))
	}
	o.WorkingSide = 0
	var largest int64
	for i := range t.offsets {
		tile, err := t.inspectTile(i, o)
		if err != nil {
			return err
		}
		info.Work += tile.Work
		info.Scans = max(info.Scans, tile.Scans)
		info.DecodeTime += tile.DecodeTime
		largest = max(largest, tile.Memory)
	}
	if info.Work > o.MaxWork {
		return tooLarge(TIFF, "%d blocks in the scans of all tiles, at most %d", info.Work, o.MaxWork)
	}
	info.Memory += 3 * largest // the garbage of one while the next is decoded
	return nil
}

func (t *tiffFile) inspectTile(i int, o Options) (Info, error) {
	file, err := t.jpegFileOf(i)
	if err != nil {
		return Info{}, err
	}
	o.MaxAspect = 1 << 16 // strips may be of one row
	tile, err := inspectJPEG(file, o)
	if err != nil {
		return Info{}, err
	}
	rows := t.rows(i / t.across)
	if tile.coded.w != t.tileW || tile.coded.h < rows || tile.coded.h > t.tileH || tile.components != t.samples {
		return Info{}, malformed(TIFF, "a JPEG of %dx%d pixels of %d samples in a tile of %dx%d of %d",
			tile.coded.w, tile.coded.h, tile.components, t.tileW, rows, t.samples)
	}
	return tile, nil
}

// jpegTile decodes a tile into its place.
func (t *tiffFile) jpegTile(ctx context.Context, dst image.Image, i int, o Options) error {
	file, err := t.jpegFileOf(i)
	if err != nil {
		return err
	}
	tile, err := t.inspectTile(i, o)
	if err != nil {
		return err
	}
	d, err := decode(ctx, file, tile, 1, o)
	if err != nil {
		return err
	}
	if d.whole < t.rows(i/t.across) {
		return malformed(TIFF, "truncated: a JPEG of %d rows, want %d", d.whole, t.rows(i/t.across))
	}
	at := image.Pt(i%t.across*t.tileW, i/t.across*t.tileH)
	place := image.Rectangle{Min: at, Max: at.Add(d.Bounds().Size())}.Intersect(dst.Bounds())
	if gray, ok := dst.(*image.Gray); ok {
		draw.Draw(gray, place, d.Image, d.Bounds().Min, draw.Src)
		if t.colours == tiffWhiteIsZero {
			invert(gray, place)
		}
		return nil
	}
	to := dst.(*image.NRGBA)
	row, line := rowsOf(d.Image), make([]uint8, 3*d.Bounds().Dx())
	for y := range place.Dy() {
		row(y, line)
		pix := to.Pix[to.PixOffset(place.Min.X, place.Min.Y+y):]
		for x := range place.Dx() {
			copy(pix[4*x:], line[3*x:3*x+3])
			pix[4*x+3] = 255
		}
	}
	return nil
}

func invert(m *image.Gray, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := m.Pix[m.PixOffset(r.Min.X, y):][:r.Dx()]
		for x := range row {
			row[x] = 255 - row[x]
		}
	}
}
