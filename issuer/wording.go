package issuer

// Type is the kind of account behind a card.
type Type byte

// The types. The zero Type is an unknown one.
const (
	Debit       Type = 'd'
	Credit      Type = 'c'
	QuasiCredit Type = 'q' // a Chinese kind: deposit first, small overdraft
	Prepaid     Type = 'p'
)

// String returns the type in English, or "" for an unknown one.
func (t Type) String() string {
	switch t {
	case Debit:
		return "debit"
	case Credit:
		return "credit"
	case QuasiCredit:
		return "quasi-credit"
	case Prepaid:
		return "prepaid"
	}
	return ""
}

// Text returns the type in the words of the card list, as replies have it, or ""
// for an unknown one.
func (t Type) Text() string {
	switch t {
	case Debit:
		return "借记卡"
	case Credit:
		return "贷记卡"
	case QuasiCredit:
		return "准贷记卡"
	case Prepaid:
		return "预付费卡"
	}
	return ""
}

// TypeText returns the card's type as replies have it, such as 贷记卡.
func (r Result) TypeText() string { return r.Type.Text() }

// BankInfo returns the issuer as replies have it, such as 中国银行(01040000) with
// ASCII brackets: the name alone if the code is unknown, and "" if the issuer is.
func (r Result) BankInfo() string {
	if r.Issuer == "" || r.Code == "" {
		return r.Issuer
	}
	return r.Issuer + "(" + r.Code + ")"
}

// statisticalType guesses the type from three digits, if the observed rows that
// begin with them agree in at least five of six cases. 620 and 622 have every
// type.
func statisticalType(number string) (Type, Mark) {
	if len(number) >= 12 {
		switch number[:3] {
		case "621", "623", "627":
			return Debit, Inferred
		case "624", "625", "628":
			return Credit, Inferred
		}
	}
	return 0, None
}
