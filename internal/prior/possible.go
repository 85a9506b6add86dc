package prior

import (
	"slices"

	"github.com/kahao/kahao/issuer"
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
