package prior

import (
	"strings"

	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// coveredCheck is the log prior of a number whose check digit nobody can check.
// One that passes has 0, and one that fails luhnHard.
const coveredCheck = -1.5

// issuerDigits is how many first digits must be visible to tell the issuer.
const issuerDigits = 6

// Lookup returns the issuer of a number, which may have covered digits. If they
// leave it open, it is the network alone, which six digits tell, or the zero Result.
func Lookup(digits string) issuer.Result {
	seen := strings.IndexByte(digits, pan.CoveredDigit)
	if seen < 0 {
		return issuer.Lookup(digits)
	}
	if seen < issuerDigits {
		return issuer.Result{}
	}
	at := issuer.Lookup(strings.ReplaceAll(digits, string(pan.CoveredDigit), "0"))
	if len(at.Prefix) > seen {
		return issuer.Result{Network: at.Network, NetworkMark: at.NetworkMark}
	}
	return at
}

// hasCovered reports whether digits of a number are covered.
func hasCovered(digits string) bool { return strings.IndexByte(digits, pan.CoveredDigit) >= 0 }
