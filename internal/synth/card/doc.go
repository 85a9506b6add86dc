// Package card draws whole bank cards (ISO/IEC 7810 ID-1) and things that
// resemble them, with the exact place of every line that it prints.
//
// Everything is drawn from shapes, noise and free fonts. The marks only
// resemble the layout of real ones: panels, circles and words of our own.
package card
