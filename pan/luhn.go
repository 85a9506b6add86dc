package pan

// Luhn reports whether the last digit is the check digit of those before it
// (ISO/IEC 7812-1, annex B). A string that holds anything but digits, or fewer
// than two of them, has none.
func Luhn(digits string) bool {
	if len(digits) < 2 || !onlyDigits(digits) {
		return false
	}
	return luhnSum(digits, false)%10 == 0
}

// LuhnDigit returns the check digit, '0' to '9', that makes payload followed
// by it pass Luhn. The payload must hold digits only.
func LuhnDigit(payload string) byte {
	return '0' + byte((10-luhnSum(payload, true)%10)%10)
}

// luhnSum doubles every second digit from the right, beginning with the last
// one if first is set, and adds the digits of what results.
func luhnSum(digits string, first bool) int {
	sum := 0
	double := first
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum
}
