package pipeline

import (
	"testing"

	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/issuer"
)

// The numbers are public test numbers, or made up.
func TestProof(t *testing.T) {
	fours := []int{4, 4, 4, 4}
	tests := []struct {
		name             string
		digits           string
		groups           []int
		outline          bool
		accepted, absent bool
	}{
		{"a listed number on a card", "6225758888888888", fours, true, true, false},
		{"a listed number without outline", "6225758888888888", []int{16}, false, true, false},
		{"a network's number on a card", "4111111111111111", fours, true, true, false},
		{"the same without outline", "4111111111111111", fours, false, true, false},
		{"the same in one block", "4111111111111111", []int{16}, false, false, false},
		{"the same with a wrong check digit", "4111111811111117", fours, false, false, false},
		{"the same on a card", "4111111811111117", fours, true, false, false},
		{"a listed number with a wrong check digit", "6225759027134686", fours, true, false, false},
		{"a specimen's number that repeats a group", "5218990952185218", fours, true, true, false},
		{"a specimen's number on a card", "1234567890123456", fours, true, true, false},
		{"a specimen's number without outline", "1234567890123456", fours, false, false, false},
		{"a membership number of 16 digits on a label", "7400123412341234", []int{16}, true, false, false},
		{"American Express", "378282246310005", []int{4, 6, 5}, true, true, false},
		{"American Express in fours", "378282246310005", []int{4, 4, 4, 3}, true, true, false},
		{"the same without outline", "378282246310005", []int{4, 4, 4, 3}, false, true, false},
		{"Diners", "30569309025904", []int{4, 6, 4}, true, true, false},
		{"Visa's 13 digits", "4222222222222", []int{4, 3, 3, 3}, true, true, false},
		{"a barcode like Visa's 13 digits", "4222222222222", []int{1, 6, 6}, true, false, true},
		{"a barcode", "780441014989", []int{6, 6}, true, false, true},
		{"a barcode of 14 digits", "30569309025904", []int{14}, false, false, false},
		{"an IMEI", "490154203237518", []int{15}, true, false, true},
		{"an IMEI in JCB's range", "356938035643809", []int{15}, true, false, true},
		{"a telephone number", "861012345678", []int{12}, true, false, true},
		{"Mastercard with one group hidden", "541297742044", []int{4, 4, 4}, true, false, false},
		{"UnionPay with one group hidden", "622575888888", []int{4, 4, 4}, true, false, false},
		{"Maestro with one group hidden", "679999891006", []int{4, 4, 4}, true, false, false},
		{"UnionPay's 19 digits with four hidden", "622202888888888", []int{6, 9}, true, false, false},
		{"UnionPay's 19 digits with the last three hidden", "6217008888888888", fours, true, false, false},
		{"Mastercard with a digit too many", "51051051051051000", []int{4, 4, 4, 5}, true, false, false},
	}
	for _, tt := range tests {
		got := prove(tt.digits, issuer.Lookup(tt.digits), tt.groups, false, tt.outline)
		if got.complete() != tt.accepted || got.absent() != tt.absent {
			t.Errorf("%s: complete %v, absent %v, want %v, %v (%+v)", tt.name, got.complete(), got.absent(), tt.accepted, tt.absent, got)
		}
	}
	covered := []struct {
		name, text string
		outline    bool
		card       bool
	}{
		{"one group covered", "5412????71232044", true, true},
		{"all but the last group covered", "????????????2044", true, true},
		{"the first group covered", "????971271232044", true, true},
		{"a shop's receipt of a card", "541297??????2044", true, true},
		{"more covered than there are", "5412???????????71232044", true, true},
		{"single digits of many", "?4129?1271232?44", true, true},
		{"the same without outline", "????????????2044", false, false},
		{"a few digits in smudges", "1?7??????????52?", true, false},
		{"two digits and smudges", "????12???????", true, false},
		{"a short label", "???1234", true, false},
		{"a membership number and smudges", "2054292135??????", true, false},
		{"a specimen with a group covered", "00000000????0000", true, true},
		{"a specimen that counts", "12345678????3456", true, true},
		{"a membership number that ends as a specimen's", "730012345678????", true, false},
	}
	for _, tt := range covered {
		if got := proveCovered(tt.text, prior.Lookup(tt.text), []int{len(tt.text)}, tt.outline); got.card != tt.card || got.absent() == tt.card {
			t.Errorf("%s: card %v, absent %v, want %v, %v", tt.name, got.card, got.absent(), tt.card, !tt.card)
		}
	}
	for _, tt := range []struct {
		name, digits string
		groups       []int
		rows         bool
		doubtful     bool
	}{
		{"a network's number in a card's groups, with a wrong check digit", "4111111811111117", fours, false, false},
		{"the same in one block", "4111111811111117", []int{16}, false, true},
		{"the same in groups of which one is split", "4111111811111117", []int{1, 3, 4, 4, 4}, false, false},
		{"the same in other groups", "4111111811111117", []int{3, 5, 4, 4}, false, true},
		{"a right one in one block", "4012888888881881", []int{16}, false, false},
		{"a code of no network with a right check digit", "0318933097140858", []int{16}, false, true},
		{"a specimen's number", "1234567890123456", []int{16}, false, false},
		{"a listed number", "6225758888888888", []int{16}, false, false},
		{"American Express in rows, with a wrong check digit", "346666666652627", []int{4, 4, 4, 3}, true, false},
		{"the same in one line", "346666666652627", []int{4, 4, 4, 3}, false, true},
	} {
		if got := prove(tt.digits, issuer.Lookup(tt.digits), tt.groups, tt.rows, true).doubtful(.99, .5); got != tt.doubtful {
			t.Errorf("%s: doubtful %v, want %v", tt.name, got, tt.doubtful)
		}
	}
	if !unasked.complete() || unasked.absent() {
		t.Errorf("the proof of a line is %+v, want a complete one", unasked)
	}
}

// Behind an account's number there may be nothing that is covered.
func TestNothingBehindOtherNumbers(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		groups     []int
		card       bool
	}{
		{"the last group of fours covered", "541297127123????", []int{4, 4, 4, 4}, true},
		{"the last two", "54129712????????", []int{4, 4, 8}, true},
		{"the end of six and the rest", "6217001234567??????", []int{6, 13}, true},
		{"American Express", "3782822463?????", []int{4, 6, 5}, true},
		{"an account in one block", "589709021973???????", []int{19}, false},
		{"one in five and five", "5470470293669???", []int{5, 5, 6}, false},
		{"one in one and six", "5046757565??????", []int{1, 6, 9}, false},
		{"a listed range in one block", "622575888888????", []int{16}, true},
		{"an account before covered digits and more", "5897090????21973", []int{16}, true},
	} {
		if got := proveCovered(tt.text, prior.Lookup(tt.text), tt.groups, true); got.card != tt.card {
			t.Errorf("%s: card %v, want %v", tt.name, got.card, tt.card)
		}
	}
}
