package prior

import (
	"slices"

	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// lengths are the lengths of a network's numbers, as printed on cards. Those
// that its ranges allow and no card shows, such as Maestro's 12 digits, are
// left out. Networks that are not named have 16 digits.
var lengths = map[string][]int{
	issuer.Visa:     {13, 16, 19},
	issuer.Amex:     {15},
	issuer.Diners:   {14, 16},
	issuer.Discover: {16, 19},
	issuer.JCB:      {16, 19},
	issuer.Mir:      {16, 19},
	issuer.UnionPay: {16, 17, 18, 19},
	issuer.Maestro:  {16, 18, 19},
	issuer.Verve:    {16, 18, 19},
	issuer.Napas:    {16, 19},
	issuer.UATP:     {15},
	issuer.TUnion:   {19},
}

// PossibleLength reports whether any card can have the number, by its length and
// groups: the table has its BIN with that length, or its network has such
// numbers. Without a network 16 and 19 digits are possible. Visa's old numbers of
// 13 digits must stand in their groups: barcodes have 13 digits, too.
func PossibleLength(digits string, at issuer.Result, groups []int) bool {
	n := len(digits)
	if Known(at) {
		return true
	}
	if n == 13 && !slices.Equal(groups, visa13) && !slices.Equal(groups, visa13Wide) {
		return false
	}
	all, ok := lengths[at.Network]
	if !ok {
		return n == 16 || n == 19 && at.Network == ""
	}
	return slices.Contains(all, n)
}

// blockLengths are the lengths of the numbers that first digits and check digit show
// to be a card's, without groups and a row in the table. Networks that share their
// first digits with many other numbers are left out, and so are lengths that are
// rare on cards and common elsewhere: China's identity numbers have 18 digits and
// may begin with 62, order numbers have 19.
var blockLengths = map[string][]int{
	issuer.Visa:       {16},
	issuer.Mastercard: {16},
	issuer.Amex:       {15},
	issuer.Diners:     {14},
	issuer.Discover:   {16},
	issuer.JCB:        {16},
	issuer.Mir:        {16},
	issuer.UnionPay:   {16, 17, 19},
}

// BlockNumber reports whether digits that stand in one block have the first digits
// and the length of a network, and the right check digit: one in ten of the numbers
// of other kinds has it, but few have the first two.
func BlockNumber(digits string) bool {
	return slices.Contains(blockLengths[issuer.Lookup(digits).Network], len(digits)) && pan.Luhn(digits)
}

// RangeHasLength reports whether numbers that begin like a possible one have its
// length: the table knows the BIN with it, or does not know the BIN.
func RangeHasLength(at issuer.Result) bool {
	return !at.Listed || at.Permissive || at.LengthMatches
}

// CardGroups reports whether digits stand in the groups of a card, some of which
// may be hidden: at least three of them, or six and at least seven more. A
// barcode's digits stand in one block, or in six and six.
func CardGroups(groups []int) bool {
	return UsualGroups(groups) && (len(groups) >= 3 || len(groups) == 2 && groups[1] >= 7)
}

// SplitGroups reports whether groups are those of a card if some of them, printed with
// an uneven step, are taken together: every gap of 4-4-4-4 is there, and more.
func SplitGroups(groups []int) bool {
	var fours []int
	for i := 0; i < len(groups); {
		n := groups[i]
		for i++; n < 4 && i < len(groups) && n+groups[i] <= 4; i++ {
			n += groups[i]
		}
		fours = append(fours, n)
	}
	return slices.Equal(fours, []int{4, 4, 4, 4})
}

// CardGroupsFor is CardGroups for a number: those of its network count too.
func CardGroupsFor(digits string, groups []int) bool {
	return CardGroups(groups) || inShortFours(digits, groups)
}

// Rows reports whether rows of a number below each other have such groups: fours and a
// rest, of a length that its network has. A row that is too short lost a digit.
func Rows(digits string, at issuer.Result, groups []int) bool {
	n := len(groups)
	if n < 3 || groups[n-1] > 4 || slices.ContainsFunc(groups[:n-1], func(k int) bool { return k != 4 }) {
		return false
	}
	return at.Network != "" && PossibleLength(digits, at, groups)
}

// Whole reports whether rows of a number are all that it has, by its network and length.
// A row that is missing would leave other first digits, or another length.
func Whole(digits string) bool {
	if len(digits) < pan.MinDigits {
		return false
	}
	network := issuer.Lookup(digits).Network
	if len(digits) != shortFours[network] {
		return false
	}
	return network != issuer.Visa || pan.Luhn(digits) || MadeUp(digits)
}
