package issuer_test

import (
	"fmt"

	"github.com/kahao/kahao/issuer"
)

// Lookup returns what the leading digits say of a card, and how far each fact
// can be believed.
func ExampleLookup() {
	r := issuer.Lookup("6227000000000000003")
	fmt.Println(r.BankInfo(), r.Type, r.Network)
	fmt.Println(r.IssuerMark)
	// Output:
	// 建设银行(01050000) debit unionpay
	// observed
}
