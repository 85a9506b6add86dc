// Package kahao reads bank cards. It takes the bytes of an image and returns
// the card number, expiry date, card type, card name and issuing bank, with
// their places in the image, a confidence and a verdict. It runs offline on a
// CPU; its networks are embedded.
//
//	reader, err := kahao.New(kahao.Options{})
//	card, err := reader.Read(ctx, jpegBytes)
//	fmt.Println(card.PAN, card.Expiry, card.Issuer.BankInfo(), card.Verdict)
//
// # Card numbers
//
// A [pan.Number] prints masked, as 622202******8888, with every verb, encoder
// and logger. [pan.Number.Reveal] is the only way to its digits.
//
// # Confidence and verdict
//
// Several crops of a line are recognised, and their readings weighed by what
// card numbers can be: issuers' ranges, lengths, digit groups and the check
// digit of ISO/IEC 7812-1. None of these is a condition: a specimen that no
// bank issued is still read. Number.Candidates has the other likely readings.
//
// Number.Confidence is the probability that every digit is right. It is
// calibrated on synthetic images, where it is right as often as it says.
// [Card].Verdict compares it with thresholds that belong to the calibration. A
// number that ends at the edge of the image is never accepted. [Card].Reasons
// says why a number is not accepted, and which digits are at fault.
//
// [Options].Luhn sets the meaning of a failing check digit: LuhnPrior suits
// cards and specimens alike, LuhnStrict issued cards only, and LuhnOff test
// cards with arbitrary digits. With LuhnOff the check digit does not count for
// the confidence either.
//
// # Several cards, and dates
//
// The cards of a [Reading] are sorted by verdict, then from top to bottom and
// left to right. Reader.Read returns the one with the greatest confidence. The
// expiry is the latest of a card's dates. A date is kept as printed, next to
// its month and year; an impossible one, such as 13/22, is reported as it is,
// with a low confidence.
//
// # Concurrency and limits
//
// A [Reader] is immutable and safe for concurrent use. A reading runs on the
// caller's goroutine, uses one thread and leaves nothing behind. To use more
// cores, read more images at once. The cost of an image is bounded by its
// headers, before it is decoded; see [Options] and [Reader.Inspect].
//
// # Compatibility
//
// Within a major version, programs that compile against this package, pan and
// issuer continue to compile, and the meaning of fields, constants and errors
// stays. A minor version may bring new networks, calibrations and issuer
// tables. So it may change what is read in an image, every confidence, the
// thresholds of the verdicts, the reasons, the issuer of a number, and the
// texts of errors. It may also add fields, reasons, formats and stages.
// [Reader.Versions] tells which networks, calibration and table are in use.
package kahao
