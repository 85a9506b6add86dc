package issuer

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

// networkRanges has the more specific ranges first. Numbers that begin with 65,
// 644 or 6011 are in the table, so the parts of 65 that RuPay, Elo, Verve and
// Troy use are left out here.
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
	{4, 5019, 5019, Dankort, 16, 16},
	{4, 4571, 4571, Dankort, 16, 16},
	{4, 9792, 9792, Troy, 16, 16},
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
	if len(number) < 6 {
		return ""
	}
	other := ""
	for i := range networkRanges {
		n := &networkRanges[i]
		v := 0
		for _, c := range []byte(number[:n.digits]) {
			v = v*10 + int(c-'0')
		}
		if v < n.from || v > n.to {
			continue
		}
		if len(number) >= n.minLength && len(number) <= n.maxLength {
			return n.network
		}
		if other == "" && n.network != UATP && n.network != TUnion {
			other = n.network
		}
	}
	return other
}
