package glyph

import "strings"

// curatedFonts lists the free fonts used from a font directory: faces like those
// on cards, with lining digits.
var curatedFonts = strings.Fields(`
NimbusSans-Regular.otf NimbusSans-Bold.otf NimbusSansNarrow-Regular.otf NimbusSansNarrow-Bold.otf
LiberationSans-Regular.ttf LiberationSans-Bold.ttf texgyreheros-bold.otf texgyreheroscn-regular.otf
Roboto-Regular.ttf Roboto-Medium.ttf Roboto-Bold.ttf RobotoCondensed-Regular.ttf OpenSans-Regular.ttf
OpenSans-Semibold.ttf OpenSans-CondBold.ttf Lato-Regular.ttf Lato-Bold.ttf Inter-Regular.otf Inter-SemiBold.otf
Cabin-Regular.otf Cabin-Bold.otf Carlito-Regular.ttf Carlito-Bold.ttf ClearSans-Regular.ttf ClearSans-Bold.ttf
Karla-Regular.otf Karla-Bold.otf Manrope-Medium.ttf Play-Regular.ttf Play-Bold.ttf
B612-Regular.otf SwitzeraADF-Regular.otf SwitzeraADF-Cond.otf SwitzeraADF-DmBdCond.otf GilliusADF-Regular.otf
GilliusADF-BoldCond.otf OSP-DIN.ttf URWGothic-Book.otf URWGothic-Demi.otf Quicksand-Medium.ttf Dosis-Medium.otf
Dosis-SemiBold.otf Jura-SemiBold.otf Comfortaa-Regular.ttf Sora-Regular.otf Tuffy_Bold.ttf DejaVuSans.ttf
DejaVuSans-Bold.ttf DejaVuSansCondensed.ttf osifont.ttf routed-gothic.ttf routed-gothic-narrow.ttf
routed-gothic-wide.ttf RG2014D.ttf RG2014B.ttf RG2014E.ttf LiberationMono-Regular.ttf LiberationMono-Bold.ttf
B612Mono-Regular.otf Hack-Regular.ttf Inconsolata.otf JetBrainsMono-Medium.ttf LeagueMono-Regular.otf
LeagueMono-CondensedMedium.otf LeagueMono-NarrowSemiBold.otf NotoSansMono-Regular.ttf FreeMonoBold.ttf
NimbusMonoPS-Bold.otf OCRA.ttf OCRABold.ttf OCRACondensed.ttf OCRB.otf OCRBL.otf LiberationSerif-Regular.ttf
LiberationSerif-Bold.ttf texgyretermes-bold.otf C059-Roman.otf C059-Bold.otf P052-Bold.otf
NationalPark-Regular.otf Anonymous-Pro-B.ttf courier-prime-bold.ttf`)

// heldOutFonts lists the fonts that training never uses, so that a synthetic
// validation set measures the reading of unseen faces.
var heldOutFonts = strings.Fields(`
texgyreheroscn-bold.otf Lato-Medium.ttf OCRAItalic.ttf LeagueMono-Medium.otf Tinos-Bold.ttf
RobotoCondensed-Bold.ttf Cantarell-Bold.otf Arimo-Bold.ttf Cousine-Regular.ttf Inter-Medium.otf`)

// classOf sorts a curated font by its file name.
func classOf(name string) Class {
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(name, p) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasPrefix(name, "OCR"):
		return OCR
	case has("Serif", "termes", "C059", "P052", "Tinos"):
		return Serif
	case has("Mono", "Hack", "Inconsolata", "courier", "Anonymous", "Cousine"):
		return Mono
	}
	return Sans
}
