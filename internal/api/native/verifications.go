package native

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/cardjson"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/pan"
)

// claimFields are the fields of a request that say what the caller knows of the
// card.
var claimFields = []string{"last4", "expiry", "number_hmac"}

// Mismatches limits how often claims may not match, of an account and of a key:
// otherwise a caller whose key does not show numbers could try digits until they
// match. docs/native-api.md, Verifications, states the limit.
var Mismatches = ratelimit.Limit{PerSecond: 1.0 / 60, Burst: 30}

// claim is what the caller knows of a card. At least one of last4 and mac is set.
type claim struct {
	last4       string
	month, year int    // 0 without an expiry
	mac         []byte // HMAC-SHA256 of the number's digits under the text of the bearer key
}

// parseClaim parses the fields. The error quotes none of them.
func parseClaim(fields map[string]string) (k claim, err error) {
	text, hasLast := fields["last4"]
	if hasLast && (len(text) != 4 || !allDigits(text)) {
		return k, fmt.Errorf("last4: want four digits")
	}
	k.last4 = text
	text, hasMAC := fields["number_hmac"]
	if hasMAC {
		if k.mac, err = hex.DecodeString(text); err != nil || len(k.mac) != sha256.Size {
			return k, fmt.Errorf("number_hmac: want 64 hexadecimal digits")
		}
	}
	if !hasLast && !hasMAC {
		return k, fmt.Errorf("want last4 or number_hmac: an expiry alone verifies nothing")
	}
	if text, has := fields["expiry"]; has {
		month, year, ok := strings.Cut(text, "/")
		if len(month) != 2 || len(year) != 2 && len(year) != 4 || !ok || !allDigits(month+year) {
			return k, fmt.Errorf("expiry: want MM/YY or MM/YYYY")
		}
		k.month, _ = strconv.Atoi(month)
		k.year, _ = strconv.Atoi(year)
		if len(year) == 2 {
			k.year += 2000
		}
		if k.month < 1 || k.month > 12 {
			return k, fmt.Errorf("expiry: want a month from 01 to 12")
		}
	}
	return k, nil
}

func allDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// NumberHMAC returns what a claim contains of a whole number.
func NumberHMAC(key secret.Text, n pan.Number) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(n.Reveal()))
	return h.Sum(nil)
}

// matches reports whether everything that is claimed is true of a card.
func (k claim) matches(card *kahao.Card, key secret.Text) bool {
	digits := card.PAN.Reveal()
	if card.Verdict == kahao.VerdictReject || len(digits) < pan.MinDigits {
		return false
	}
	ok := 1
	if k.last4 != "" {
		ok &= subtle.ConstantTimeCompare([]byte(k.last4), []byte(digits[len(digits)-4:]))
	}
	if k.mac != nil {
		ok &= subtle.ConstantTimeCompare(k.mac, NumberHMAC(key, card.PAN))
	}
	if k.month != 0 && (card.Expiry.Month != k.month || card.Expiry.Year != k.year) {
		ok = 0
	}
	return ok == 1
}

// verification is the reply of POST /v1/verifications. It does not tell which
// claim is wrong.
type verification struct {
	Match   bool              `json:"match"`
	Verdict kahao.Verdict     `json:"verdict"` // of the card that matches, or else of the surest; reject without a card
	Reasons []cardjson.Reason `json:"reasons"` // of that card, or of the image
}

// verifications answers POST /v1/verifications.
func (c *call) verifications() {
	request, condition := c.receive(1, claimFields...)
	if condition != OK {
		c.refuse(condition)
		return
	}
	claimed, err := parseClaim(request.Fields)
	if err != nil {
		c.detail = err.Error()
		c.refuse(InvalidParameter)
		return
	}
	callers := []string{"app:" + c.key.AppID, "key:" + c.key.ID}
	for _, caller := range callers {
		if !c.take(c.mismatches, caller) {
			c.refuse(TooManyMismatches)
			return
		}
	}
	missed := false
	defer func() {
		if !missed { // nothing was tried, or it matched
			for _, caller := range callers {
				c.mismatches.Return(caller)
			}
		}
	}()
	if condition = c.hold(1, func() [32]byte { return c.digest(request, "") }); condition != OK {
		c.refuse(condition)
		return
	}
	if earlier := c.charge.Earlier(); earlier != nil {
		c.replay(earlier)
		return
	}
	r := c.readOne(c.r.Context(), &request.Images[0])
	c.images = append(c.images, r.condition)
	if r.failed() {
		c.refuse(r.condition)
		return
	}
	v := c.verify(claimed, r.Reading)
	missed = !v.Match && r.condition == OK
	text := encode(v)
	s := metering.Settlement{Calls: []ledger.Call{r.call()}}
	if c.keyed {
		s.Recorded = &metering.Recorded{Condition: OK.String(), Status: http.StatusOK, Text: text}
	}
	if c.settle(s) {
		c.send(OK, http.StatusOK, jsonType, text)
	}
}

// verify compares a claim with the cards of a reading.
func (c *call) verify(k claim, r *kahao.Reading) verification {
	i := slices.IndexFunc(r.Cards, func(card *kahao.Card) bool { return k.matches(card, c.text) })
	switch {
	case i >= 0:
		return verification{true, r.Cards[i].Verdict, cardjson.Reasons(r.Cards[i].Reasons)}
	case r.Best() != nil:
		return verification{false, r.Best().Verdict, cardjson.Reasons(r.Best().Reasons)}
	}
	return verification{false, kahao.VerdictReject, cardjson.Reasons(r.Reasons)}
}
