// Package card draws whole bank cards (ISO/IEC 7810 ID-1) and similar objects,
// with the exact place of every printed line.
//
// Everything is made of shapes, noise and free fonts. The network marks only
// resemble the layout of real ones, with our own panels, circles and words.
package card
