package legacy

import (
	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/recognition"
)

// Preview returns the reply to a request with one image that was read with this
// result, for a key with a form of numbers, and its condition.
func Preview(reading *kahao.Reading, err error, shape account.Masker, sessionID string) ([]byte, Condition) {
	c := &call{Handler: &Handler{}, access: account.Access{Shape: shape}}
	var a answer
	if err == nil {
		a.card, err = recognition.Best(reading)
	}
	if err != nil {
		a.condition = c.ofReading(err)
	} else {
		a.shown, a.condition = c.show(a.card.PAN)
	}
	c.answers = []answer{a}
	return c.encodeAll(nil, sessionID), a.condition
}
