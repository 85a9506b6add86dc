package redaction

import (
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/contents/pdf"
)

// ReasonCode says why a redaction is unsure.
type ReasonCode string

// The codes.
const (
	ReasonDamaged      ReasonCode = "damaged"        // a part of the file is missing
	ReasonDigitsLeft   ReasonCode = "digits_left"    // digits were still found after the last round
	ReasonNoNumber     ReasonCode = "no_number"      // a card was found, but not its number
	ReasonImage        ReasonCode = "image_not_read" // an image of a PDF file is not looked at
	ReasonText         ReasonCode = ReasonCode(pdf.UnreadText)
	ReasonDrawings     ReasonCode = ReasonCode(pdf.UnreadDrawings)
	ReasonInlineImage  ReasonCode = ReasonCode(pdf.UnreadInlineImage)
	ReasonNotes        ReasonCode = ReasonCode(pdf.UnreadNotes)
	ReasonNotesRemoved ReasonCode = ReasonCode(pdf.RemovedNotes)
	ReasonAttachments  ReasonCode = ReasonCode(pdf.UnreadAttachments)
	ReasonMore         ReasonCode = "more" // images with reasons, which are not listed
)

// ReasonCodes are all codes.
var ReasonCodes = []ReasonCode{
	ReasonDamaged, ReasonDigitsLeft, ReasonNoNumber, ReasonImage, ReasonText, ReasonDrawings,
	ReasonInlineImage, ReasonNotes, ReasonNotesRemoved, ReasonAttachments, ReasonMore,
}

// Reason says why a redaction is unsure, with the values that its code has.
type Reason struct {
	Code   ReasonCode
	Image  string // of a PDF file: the name of the image that the reason is about
	Cause  string // why that image is not looked at
	Rounds int    // after which digits were still found
	Pages  []int  // of a PDF file, from 1
	More   int    // pages that are not in Pages
}

// Text is the reason in English.
func (r Reason) Text() string {
	if r.Image != "" && r.Code != ReasonImage {
		image := r.Image
		r.Image = ""
		return image + ": " + r.Text()
	}
	switch r.Code {
	case ReasonDamaged:
		return "a part of the file is missing"
	case ReasonDigitsLeft:
		return fmt.Sprintf("digits were still found after covering %d times", r.Rounds)
	case ReasonNoNumber:
		return "a card was found, but not its number: where it may stand is covered"
	case ReasonImage:
		return r.Image + " is not looked at: " + r.Cause
	case ReasonText:
		return "text that is not looked at" + r.onPages()
	case ReasonDrawings:
		return "drawings that are not looked at" + r.onPages()
	case ReasonInlineImage:
		return "an inline image that is not looked at" + r.onPages()
	case ReasonNotes:
		return "notes or form fields that are not looked at" + r.onPages()
	case ReasonNotesRemoved:
		return "notes or form fields, which were removed," + r.onPages()
	case ReasonAttachments:
		return "attached files that are not looked at"
	case ReasonMore:
		return "more images that are not looked at, or are unsure"
	}
	return string(r.Code)
}

func (r Reason) onPages() string {
	pages := make([]string, len(r.Pages))
	for i, n := range r.Pages {
		pages[i] = fmt.Sprint(n)
	}
	if r.More > 0 {
		pages = append(pages, fmt.Sprintf("%d more", r.More))
	}
	return " on page " + strings.Join(pages, ", ")
}

// ReasonRecord is a reason in JSON.
type ReasonRecord struct {
	Code  ReasonCode `json:"code"`
	Text  string     `json:"text"`
	Image string     `json:"image,omitempty"`
	Pages []int      `json:"pages,omitempty"`
	More  int        `json:"more_pages,omitempty"`
}

// ReasonRecords returns the reasons for JSON: as they are listed under "details", and
// their texts alone, which stood in JSON before there were codes.
func (r *Result) ReasonRecords() (details []ReasonRecord, texts []string) {
	details, texts = []ReasonRecord{}, []string{}
	for _, reason := range r.Reasons {
		text := reason.Text()
		details = append(details, ReasonRecord{reason.Code, text, reason.Image, reason.Pages, reason.More})
		texts = append(texts, text)
	}
	return details, texts
}

// Bounds of the reasons of a PDF file, which quote it and may be as many as its
// images.
const (
	maxReasons = 12
	maxImage   = 40 // characters
	maxCause   = 100
)

// doubt records a reason to be unsure of an image of a PDF file.
func (r *Result) doubt(reason Reason) {
	if len(r.Reasons) == maxReasons {
		r.Reasons[maxReasons-1] = Reason{Code: ReasonMore}
		return
	}
	reason.Image, reason.Cause = quoted(reason.Image, maxImage), quoted(reason.Cause, maxCause)
	r.Reasons = append(r.Reasons, reason)
}

// quoted returns the first n characters of a text for a header. The text may come from
// the file, so other characters than printable ASCII become question marks.
func quoted(text string, n int) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
	return text[:min(len(text), n)]
}
