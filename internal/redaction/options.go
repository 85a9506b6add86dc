package redaction

import (
	"fmt"
	"strconv"
	"strings"
)

// OptionError means that an option has a value that is not allowed.
type OptionError struct{ Option, Value, Want string }

// Error names the option, and quotes its value.
func (e *OptionError) Error() string {
	return fmt.Sprintf("%s %q: want %s", e.Option, e.Value, e.Want)
}

// Parse parses options from texts: keep is two numbers such as 6,4, style is one of
// the styles, and fields is number, expiry or both. It returns an *OptionError.
func Parse(keep, style, fields string) (Options, error) {
	o := Options{Style: Style(style), NoNumber: true}
	for field := range strings.SplitSeq(fields, ",") {
		switch strings.TrimSpace(field) {
		case "number":
			o.NoNumber = false
		case "expiry":
			o.Expiry = true
		default:
			return o, &OptionError{"fields", fields, "number, expiry or both"}
		}
	}
	first, last, ok := strings.Cut(keep, ",")
	var errFirst, errLast error
	o.Keep.First, errFirst = strconv.Atoi(strings.TrimSpace(first))
	o.Keep.Last, errLast = strconv.Atoi(strings.TrimSpace(last))
	if !ok || errFirst != nil || errLast != nil {
		return o, &OptionError{"keep", keep, "two numbers such as 6,4"}
	}
	if o.Keep.First < 0 || o.Keep.First > maxFirst || o.Keep.Last < 0 || o.Keep.Last > maxLast {
		return o, &OptionError{"keep", keep, fmt.Sprintf("at most %d digits at the start and %d at the end", maxFirst, maxLast)}
	}
	if o.Style != Fill && o.Style != Blur && o.Style != Pixelate {
		return o, &OptionError{"style", style, "fill, blur or pixelate"}
	}
	return o, nil
}
