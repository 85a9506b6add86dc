package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/contents/pdf"
	"github.com/kahao/kahao/internal/parallel"
)

// formatPDF names PDF files in errors; the library does not read them.
const formatPDF kahao.Format = "pdf"

// pdfError returns an error of a PDF file, or of an image in it, as the library
// has errors of images.
func pdfError(err error) error {
	kind := kahao.ErrUnsupported
	if errors.Is(err, pdf.ErrMalformed) {
		kind = kahao.ErrMalformed
	}
	return &kahao.ImageError{Kind: kind, Format: formatPDF, Detail: err.Error()}
}

// readPages reads the images on the pages of a PDF file, or on one of them if page
// is not 0, n pages at once. read reads one image, and inside is its place.
func readPages(ctx context.Context, data []byte, page, n int, read func(ctx context.Context, inside string, image []byte) outcome) []outcome {
	scans, err := pdf.OpenScans(data)
	if err != nil {
		return []outcome{{err: pdfError(err)}}
	}
	first, last := 1, scans.Pages()
	if page > 0 {
		if page > last {
			return []outcome{{err: &kahao.ImageError{Kind: kahao.ErrMalformed, Format: formatPDF, Detail: fmt.Sprintf("no page %d: the file has %d", page, last)}}}
		}
		first, last = page, page
	}
	var all []outcome
	err = parallel.Ordered(ctx, n, last-first+1, func(ctx context.Context, i int) []outcome {
		return readPage(ctx, scans, first+i, read)
	}, func(_ int, of []outcome) error {
		all = append(all, of...)
		return nil
	})
	if err != nil {
		return append(all, outcome{err: err})
	}
	return all
}

// readPage reads the images on one page.
func readPage(ctx context.Context, scans *pdf.Scans, page int, read func(ctx context.Context, inside string, image []byte) outcome) (all []outcome) {
	images := scans.Page(page)
	if len(images) == 0 {
		return []outcome{{inside: fmt.Sprintf("!page-%d", page), page: page, err: &kahao.ImageError{
			Kind: kahao.ErrUnsupported, Format: formatPDF, Detail: fmt.Sprintf("page %d is no scan: it shows no image, and text is not read", page),
		}}}
	}
	for _, m := range images {
		var got outcome
		if m.Err != nil {
			got.err = pdfError(m.Err)
		} else {
			got = read(ctx, "!"+m.Name, m.File)
		}
		got.inside, got.page = "!"+m.Name, page
		all = append(all, got)
	}
	return all
}
