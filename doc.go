// Package kahao reads bank cards: the bytes of a picture go in; the card
// number, expiry date, card type, card name and issuing bank come out, with
// boxes, confidences and an honest verdict. It runs offline, on a CPU, with
// its networks inside.
//
//	reader, err := kahao.Open(kahao.Options{})
//	card, err := reader.Read(ctx, jpegBytes)
//	fmt.Println(card.Number, card.Expiry, card.Issuer.BankInfo(), card.Verdict)
//
// # Card numbers
//
// A [Number] prints masked, as 622202******8888, whatever verb, encoder or
// logger prints it. Number.Reveal is the only way to the digits.
//
// # Confidence and verdict
//
// A number is what several crops of its line said, weighed by what numbers can
// be: issuers' ranges, lengths, groups, the check digit of ISO/IEC 7812-1. None
// of these is a gate: a specimen that no bank issued is still read. The runners
// up are in Number.Candidates.
//
// Number.Confidence is the probability that every digit is right. It is made of
// Number.Evidence by a map that was fitted to drawn pictures, where it is right
// as often as it says. [Card].Verdict compares it with thresholds that come
// with the map; a number that ends at the picture's edge is never accepted.
// [Card].Reasons says why another one is not, of which digits.
//
// [Options].Luhn says what a wrong check digit means: LuhnPrior for cards and
// specimens alike, LuhnStrict where only issued cards are shown, LuhnOff where
// test cards with any digits are. The evidence of LuhnOff has no check digit, so
// that its confidence does not either.
//
// # Several cards, and dates
//
// A [Reading] has its cards by verdict, and those of one verdict from top to
// bottom and left to right; Reader.Read gives the one with the greatest
// confidence. The expiry is the latest of a card's dates. A date is kept as
// printed beside its month and year; one that cannot be, such as 13/22, is
// reported as it stands, with a confidence that says so.
//
// # Concurrency and limits
//
// A [Reader] is immutable and safe for concurrent use. One reading runs on
// the goroutine that asked for it, uses one thread, and leaves nothing
// behind. To use more cores read more pictures at once. What a picture may
// cost is bounded from its headers, before it is decoded; see [Options].
package kahao
