package httpserver

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/kahao/kahao/pan"
)

const maxRequestIDLen = 64

func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// sanitizeRequestID returns an ID that may be logged and sent back, or "": it
// is short, consists of letters, digits, dots, hyphens and underscores, and
// contains no card number.
func sanitizeRequestID(id string) string {
	if len(id) > maxRequestIDLen {
		return ""
	}
	var digits []byte
	for i := range len(id) {
		switch b := id[i]; {
		case b >= '0' && b <= '9':
			if digits = append(digits, b); endsInPAN(digits) {
				return ""
			}
		case b == '.' || b == '-' || b == '_': // they do not end a number
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
			digits = digits[:0]
		default:
			return ""
		}
	}
	return id
}

// endsInPAN reports whether the last digits could be a card number: the length
// of one, with a valid check digit. That refuses few random IDs.
func endsInPAN(digits []byte) bool {
	for n := pan.MinDigits; n <= pan.MaxDigits && n <= len(digits); n++ {
		if pan.Luhn(string(digits[len(digits)-n:])) {
			return true
		}
	}
	return false
}
