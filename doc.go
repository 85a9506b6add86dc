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
// Number.Confidence is the probability that every digit is right: what
// several crops of the line said, weighed by what numbers can be (issuers'
// ranges, lengths, the check digit of ISO/IEC 7812-1). None of these is a
// gate: a specimen that no bank issued is still read. [Card].Verdict compares
// the confidence with fixed thresholds.
//
// # Concurrency and limits
//
// A [Reader] is immutable and safe for concurrent use. One reading runs on
// the goroutine that asked for it, uses one thread, and leaves nothing
// behind. To use more cores read more pictures at once. What a picture may
// cost is bounded from its headers, before it is decoded; see [Options].
package kahao
