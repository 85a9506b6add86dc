package issuer

import "strings"

// Networks, as Result.Network names them.
const (
	UnionPay   = "unionpay"
	Visa       = "visa"
	Mastercard = "mastercard"
	Amex       = "amex"
	JCB        = "jcb"
	Diners     = "diners"
	Discover   = "discover"
	Maestro    = "maestro"
	Mir        = "mir"
	RuPay      = "rupay"
	Elo        = "elo"
	Verve      = "verve"
	Troy       = "troy"
	Dankort    = "dankort"
	Hipercard  = "hipercard"
	Naranja    = "naranja"
	UATP       = "uatp"
	TUnion     = "t-union"
	InterPay   = "interpayment"
	LankaPay   = "lankapay"
	Humo       = "humo"   // Uzbekistan
	Uzcard     = "uzcard" // Uzbekistan
	Napas      = "napas"  // Vietnam
	Shetab     = "shetab" // Iran
)

// LuhnRequired reports whether every number of a network passes the Luhn check.
// UnionPay's need not. For the other networks the sources say nothing or
// disagree, so that a failing check digit is only a hint.
func LuhnRequired(network string) bool {
	switch network {
	case Visa, Mastercard, Amex, JCB, Diners, Discover:
		return true
	}
	return false
}

// networkRange is an assigned range of leading digits, both ends included.
type networkRange struct {
	digits    int // of from and to
	from, to  int
	network   string
	minLength int
	maxLength int
}

// networkRanges has the more specific ranges first. A range with a longer prefix
// than the table's row, such as RuPay's and Elo's in Discover's 65, displaces it.
var networkRanges = []networkRange{
	{6, 401178, 401179, Elo, 16, 16},
	{6, 438935, 438935, Elo, 16, 16},
	{6, 451416, 451416, Elo, 16, 16},
	{6, 457393, 457393, Elo, 16, 16},
	{6, 457631, 457632, Elo, 16, 16},
	{6, 431274, 431274, Elo, 16, 16},
	{6, 504175, 504175, Elo, 16, 16},
	{6, 506099, 506198, Verve, 16, 19},
	{6, 506699, 506778, Elo, 16, 16},
	{6, 507865, 507964, Verve, 16, 19},
	{6, 509000, 509999, Elo, 16, 16},
	{6, 589562, 589562, Naranja, 16, 16},
	{6, 606282, 606282, Hipercard, 16, 19},
	{6, 627780, 627780, Elo, 16, 16},
	{6, 636297, 636297, Elo, 16, 16},
	{6, 636368, 636368, Elo, 16, 16},
	{6, 357111, 357111, LankaPay, 16, 16},
	{6, 508500, 508999, RuPay, 16, 16},
	{6, 622018, 622018, Maestro, 19, 19}, // an Indian bank's; 18 digits are a Chinese one's
	{6, 650002, 650027, Verve, 16, 19},
	{6, 650031, 650033, Elo, 16, 16},
	{6, 650035, 650051, Elo, 16, 16},
	{6, 650405, 650439, Elo, 16, 16},
	{6, 650485, 650538, Elo, 16, 16},
	{6, 650541, 650598, Elo, 16, 16},
	{6, 650700, 650718, Elo, 16, 16},
	{6, 650720, 650727, Elo, 16, 16},
	{6, 650901, 650978, Elo, 16, 16},
	{6, 651652, 651679, Elo, 16, 16},
	{6, 655000, 655019, Elo, 16, 16},
	{6, 655021, 655058, Elo, 16, 16},
	{6, 652150, 653149, RuPay, 16, 16},
	{6, 502229, 502229, Shetab, 16, 16},
	{6, 502806, 502806, Shetab, 16, 16},
	{6, 502908, 502908, Shetab, 16, 16},
	{6, 502938, 502938, Shetab, 16, 16},
	{6, 504172, 504172, Shetab, 16, 16},
	{6, 504706, 504706, Shetab, 16, 16},
	{6, 505416, 505416, Shetab, 16, 16},
	{6, 505785, 505785, Shetab, 16, 16},
	{6, 505801, 505801, Shetab, 16, 16},
	{6, 585983, 585983, Shetab, 16, 16},
	{6, 589210, 589210, Shetab, 16, 16},
	{6, 589463, 589463, Shetab, 16, 16},
	{6, 603769, 603770, Shetab, 16, 16},
	{6, 603799, 603799, Shetab, 16, 16},
	{6, 606256, 606256, Shetab, 16, 16},
	{6, 606373, 606373, Shetab, 16, 16},
	{6, 610433, 610433, Shetab, 16, 16},
	{6, 621986, 621986, Shetab, 16, 16},
	{6, 622106, 622106, Shetab, 16, 16},
	{6, 627353, 627353, Shetab, 16, 16},
	{6, 627381, 627381, Shetab, 16, 16},
	{6, 627412, 627412, Shetab, 16, 16},
	{6, 627488, 627488, Shetab, 16, 16},
	{6, 627593, 627593, Shetab, 16, 16},
	{6, 627648, 627648, Shetab, 16, 16},
	{6, 627760, 627760, Shetab, 16, 16},
	{6, 627884, 627884, Shetab, 16, 16},
	{6, 627961, 627961, Shetab, 16, 16},
	{6, 628023, 628023, Shetab, 16, 16},
	{6, 628157, 628157, Shetab, 16, 16},
	{6, 636214, 636214, Shetab, 16, 16},
	{6, 636795, 636795, Shetab, 16, 16},
	{6, 636949, 636949, Shetab, 16, 16},
	{6, 639194, 639194, Shetab, 16, 16},
	{6, 639346, 639347, Shetab, 16, 16},
	{6, 639370, 639370, Shetab, 16, 16},
	{6, 639599, 639599, Shetab, 16, 16},
	{6, 639607, 639607, Shetab, 16, 16},
	{4, 5019, 5019, Dankort, 16, 16},
	{4, 4571, 4571, Dankort, 16, 16},
	{4, 9792, 9792, Troy, 16, 16},
	{4, 9860, 9860, Humo, 16, 16},
	{4, 8600, 8600, Uzcard, 16, 16},
	{4, 9704, 9704, Napas, 16, 19},
	{4, 6521, 6521, RuPay, 16, 16},
	{4, 2221, 2720, Mastercard, 16, 16},
	{4, 2200, 2204, Mir, 16, 19},
	{4, 1800, 1800, JCB, 15, 15},
	{4, 2131, 2131, JCB, 15, 15},
	{4, 3095, 3095, Diners, 14, 19},
	{4, 3528, 3589, JCB, 16, 19},
	{4, 6011, 6011, Discover, 16, 19},
	{4, 8100, 8171, UnionPay, 14, 19},
	{3, 300, 305, Diners, 14, 19},
	{3, 508, 508, RuPay, 16, 16},
	{3, 636, 636, InterPay, 16, 19},
	{3, 644, 649, Discover, 16, 19},
	{2, 34, 34, Amex, 15, 15},
	{2, 37, 37, Amex, 15, 15},
	{2, 36, 36, Diners, 14, 19},
	{2, 38, 39, Diners, 14, 19},
	{2, 31, 31, TUnion, 19, 19},
	{2, 51, 55, Mastercard, 16, 16},
	{2, 62, 62, UnionPay, 14, 19},
	{2, 65, 65, Discover, 16, 19},
	{2, 60, 60, RuPay, 16, 16},
	{2, 81, 82, RuPay, 16, 16},
	{2, 50, 50, Maestro, 12, 19},
	{2, 56, 59, Maestro, 12, 19},
	{2, 63, 63, Maestro, 12, 19},
	{2, 67, 67, Maestro, 12, 19},
	{1, 4, 4, Visa, 13, 19},
	{1, 1, 1, UATP, 15, 15},
}

// networkOf returns the network of a number that is not in the table. A range of
// the number's own length comes first. Failing that, one of any length names the
// network, because a digit may have been missed. UATP and T-Union, with their
// very short prefixes, need their own length.
func networkOf(number string) string {
	if len(number) < maxRange {
		return ""
	}
	other := ""
	for i := range networkRanges {
		n := &networkRanges[i]
		switch {
		case !n.holds(number):
		case n.fits(number):
			return n.network
		case other == "" && n.network != UATP && n.network != TUnion:
			other = n.network
		}
	}
	return other
}

// maxRange is the most digits of a range.
const maxRange = 6

// holds reports whether the number's leading digits are in the range.
func (n *networkRange) holds(number string) bool {
	v := 0
	for _, c := range []byte(number[:n.digits]) {
		v = v*10 + int(c-'0')
	}
	return n.from <= v && v <= n.to
}

// fits reports whether the range has numbers of this length.
func (n *networkRange) fits(number string) bool {
	return n.minLength <= len(number) && len(number) <= n.maxLength
}

// displaces reports whether the number is not the row's, although it begins like
// it. Either an assigned range with its length has a longer prefix, or one as
// long if the row has another length. Or the row has a very short prefix, and
// the number's first digits are all the same, as on specimens.
func displaces(number string, w *row, exact bool) bool {
	if len(number) < maxRange {
		return false
	}
	if w.permissive() && strings.Trim(number[:maxRange], number[:1]) == "" {
		return true
	}
	for i := range networkRanges {
		n := &networkRanges[i]
		longer := n.digits > len(w.prefix) || !exact && n.digits == len(w.prefix)
		if longer && n.network != w.network && n.fits(number) && n.holds(number) {
			return true
		}
	}
	return false
}
