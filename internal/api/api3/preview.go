package api3

import (
	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/service/account"
)

// Preview returns the reply of BankCardOCR to an image that was read with this
// result, for a key with a form of numbers. Messages are in Chinese or in
// English.
func Preview(reading *kahao.Reading, err error, shape account.Masker, inChinese bool, requestID string) []byte {
	c := &call{Handler: &Handler{}, access: account.Access{Shape: shape}}
	if inChinese {
		c.language = chinese
	}
	condition := OK
	var answer response
	if err == nil {
		answer, condition = bankCardQuestion{}.answer(c, reading)
	} else {
		condition = c.ofReading(err)
	}
	if condition != OK {
		row := condition.Row()
		return encode(failure{failureError{row.Code, c.message(row)}, requestID})
	}
	return encode(answer.named(requestID))
}
