// Package issuer looks up the issuer of a card by the leading digits of its
// number (BIN, or IIN in ISO/IEC 7812-1), with the card's name, type and network.
//
// The embedded table, table.tsv, has one row per prefix and length of number; gen
// writes it. The row with the longest prefix among those of the number's length
// applies, or else the longest of any length. Every field of a [Result] has a
// [Mark] of its trustworthiness: observed in a list, inherited from a wider range
// of the same issuer, or inferred.
package issuer

//go:generate go run ./gen -bins $BINS -notes $BIN_NOTES

// Mark says where a field of a Result comes from.
type Mark uint8

// The marks, from least to most trustworthy; None marks an empty field.
const (
	None      Mark = iota
	Inferred       // concluded from other rows or from statistics
	Inherited      // from the next shorter prefix of the same issuer
	Observed       // printed in a card list; a network: its assigned range
)

// String returns the mark in lower case, or "" for None.
func (m Mark) String() string {
	return [...]string{"", "inferred", "inherited", "observed"}[m]
}

// Result is what is known of a card number. The zero Result is that of an
// unknown number.
type Result struct {
	Listed        bool // the table has a row for the number's leading digits
	LengthMatches bool // and for its length too
	// Permissive rows have such short prefixes that nearly any misreading fits
	// one: being Listed by one is weak evidence.
	Permissive bool
	Overlay    bool   // the row is of the Overlay in use, not of the embedded table
	Prefix     string // of the row; empty when not Listed
	Length     int    // of the row's numbers
	Sources    int    // independent families of lists that have the row

	Issuer   string // the card list's short name, such as 工商银行
	Code     string // 8-digit institution code
	CardName string // product, such as 牡丹卡普卡
	Type     Type
	Network  string // one of the Network constants, or empty

	IssuerMark, CodeMark, CardNameMark, TypeMark, NetworkMark Mark
}

// Lookup returns what is known of a card number, given as digits. An unknown
// number, or a string that is not one, gives the zero Result. Lookup is safe for
// concurrent use; it does not allocate unless an Overlay is in use.
func Lookup(number string) Result {
	var r Result
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return r
		}
	}
	if own, ok := fromOverlay(number); ok {
		return own
	}
	t := table()
	at, exact := t.find(number)
	if at < 0 || displaces(number, &t.rows[at], exact) {
		r.Network, r.NetworkMark = mark(networkOf(number), Observed)
		r.Type, r.TypeMark = statisticalType(number)
		return r
	}
	w := &t.rows[at]
	r = Result{
		Listed: true, LengthMatches: exact, Permissive: w.permissive(),
		Prefix: w.prefix, Length: int(w.length), Sources: int(w.sources),
		Issuer: w.issuer, IssuerMark: Observed, Network: w.network, NetworkMark: Observed,
	}
	r.Code, r.CodeMark = mark(w.code, Observed)
	if w.inferredCode {
		r.CodeMark = Inferred
	}
	t.describe(w, &r)
	if r.TypeMark == None {
		r.Type, r.TypeMark = statisticalType(number)
	}
	return r
}

// describe fills the fields that a row may inherit from the next shorter prefix.
// One in three of those has another issuer, so only rows of the same issuer
// count.
func (t *cardTable) describe(w *row, r *Result) {
	var wider *row
	if w.kind == 0 || w.inferredType || w.name == "" || w.inferredName {
		if i := t.widerThan(w); i >= 0 && sameIssuer(w, &t.rows[i]) {
			wider = &t.rows[i]
		}
	}
	switch {
	case w.kind != 0 && !w.inferredType:
		r.Type, r.TypeMark = w.kind, Observed
	case wider != nil && wider.kind != 0 && !wider.inferredType:
		r.Type, r.TypeMark = wider.kind, Inherited
	case w.kind != 0:
		r.Type, r.TypeMark = w.kind, Inferred
	}
	switch {
	case w.name != "" && !w.inferredName:
		r.CardName, r.CardNameMark = w.name, Observed
	case wider != nil && wider.name != "" && !wider.inferredName:
		r.CardName, r.CardNameMark = wider.name, Inherited
	case w.name != "":
		r.CardName, r.CardNameMark = w.name, Inferred
	}
}

// sameIssuer reports whether two rows have one issuer: the same code, the
// same name, or codes with the same first four digits, which are the
// branches and member institutions of one bank.
func sameIssuer(a, b *row) bool {
	return a.issuer == b.issuer ||
		a.code != "" && b.code != "" && a.code[:4] == b.code[:4]
}

func mark(value string, m Mark) (string, Mark) {
	if value == "" {
		return "", None
	}
	return value, m
}
