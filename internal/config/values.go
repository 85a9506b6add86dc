package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kahao/kahao"
)

// value parses and prints a setting, for flags, environment and file alike. The
// values of pflag would do, but for their error texts.
type value[T any] struct {
	to    *T
	parse func(string) (T, error)
	print func(T) string
}

var _ pflag.Value = (*value[int])(nil)

// Set parses the value, or leaves it unchanged.
func (v *value[T]) Set(s string) error {
	x, err := v.parse(strings.TrimSpace(s))
	if err == nil {
		*v.to = x
	}
	return err
}

func (v *value[T]) String() string {
	if v == nil || v.to == nil { // pflag may call it on zero values
		return ""
	}
	return v.print(*v.to)
}

// Type is empty: the placeholder in the help text takes its place.
func (*value[T]) Type() string { return "" }

func text(to *string) pflag.Value {
	return &value[string]{to, func(s string) (string, error) { return s, nil }, func(s string) string { return s }}
}

// database is a URL that prints without its password.
func database(to *DatabaseURL) pflag.Value {
	return &value[DatabaseURL]{to, func(s string) (DatabaseURL, error) { return DatabaseURL(s), nil }, DatabaseURL.String}
}

func luhn(to *kahao.LuhnMode) pflag.Value {
	return &value[kahao.LuhnMode]{to, func(s string) (m kahao.LuhnMode, err error) {
		err = m.UnmarshalText([]byte(s))
		return m, err
	}, kahao.LuhnMode.String}
}

// boolValue is true for a flag without "=".
type boolValue struct{ value[bool] }

func boolean(to *bool) pflag.Value {
	return &boolValue{value[bool]{to, func(s string) (bool, error) {
		b, err := strconv.ParseBool(s)
		return b, replaceError(err, "%q is neither true nor false", s)
	}, strconv.FormatBool}}
}

func integer(to *int) pflag.Value {
	return &value[int]{to, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		return n, replaceError(err, "%q is not a whole number", s)
	}, strconv.Itoa}
}

func integer64(to *int64) pflag.Value {
	return &value[int64]{to, func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		return n, replaceError(err, "%q is not a whole number", s)
	}, func(n int64) string { return strconv.FormatInt(n, 10) }}
}

func decimal(to *float64) pflag.Value {
	return &value[float64]{to, func(s string) (float64, error) {
		n, err := strconv.ParseFloat(s, 64)
		return n, replaceError(err, "%q is not a number", s)
	}, func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }}
}

func duration(to *time.Duration) pflag.Value {
	return &value[time.Duration]{to, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		return d, replaceError(err, "%q is not a duration such as 500ms, 20s or 24h", s)
	}, time.Duration.String}
}

// units of sizes, the largest first.
var units = []struct {
	name  string
	bytes int64
}{{"GiB", gib}, {"MiB", mib}, {"KiB", kib}}

func size(to *int64) pflag.Value {
	return &value[int64]{to, func(s string) (int64, error) {
		number, factor := s, int64(1)
		for _, u := range units {
			if rest, ok := strings.CutSuffix(s, u.name); ok {
				number, factor = strings.TrimSpace(rest), u.bytes
			}
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err == nil && (n < 0 || n > (1<<62)/factor) {
			err = errors.ErrUnsupported
		}
		return n * factor, replaceError(err, "%q is not a size such as 512KiB, 6MiB or 2GiB", s)
	}, func(n int64) string {
		for _, u := range units {
			if n != 0 && n%u.bytes == 0 {
				return strconv.FormatInt(n/u.bytes, 10) + u.name
			}
		}
		return strconv.FormatInt(n, 10)
	}}
}

// many is a list with commas.
func many[T any](to *[]T, parse func(string) (T, error), print func(T) string) pflag.Value {
	return &value[[]T]{to, func(s string) ([]T, error) {
		var all []T
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			x, err := parse(part)
			if err != nil {
				return nil, err
			}
			all = append(all, x)
		}
		return all, nil
	}, func(all []T) string {
		parts := make([]string, len(all))
		for i, x := range all {
			parts[i] = print(x)
		}
		return strings.Join(parts, ",")
	}}
}

func list(to *[]string) pflag.Value {
	return many(to, func(s string) (string, error) { return s, nil }, func(s string) string { return s })
}

// prefixes are networks; an address stands for itself.
func prefixes(to *[]netip.Prefix) pflag.Value {
	return many(to, func(s string) (netip.Prefix, error) {
		if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
			a = a.Unmap()
			return netip.PrefixFrom(a, a.BitLen()), nil
		}
		p, err := netip.ParsePrefix(s)
		if err == nil && p.Addr().Is4In6() { // would match no address, which are compared unmapped
			err = errors.ErrUnsupported
		}
		return p.Masked(), replaceError(err, "%q is not a network such as 10.0.0.0/8", s)
	}, netip.Prefix.String)
}

func addresses(to *[]netip.AddrPort) pflag.Value {
	return many(to, func(s string) (netip.AddrPort, error) {
		a, err := netip.ParseAddrPort(s)
		return a, replaceError(err, "%q is not an address with a port such as 10.1.2.3:9000", s)
	}, netip.AddrPort.String)
}

// replaceError returns nil for nil, or else an error with the given text.
func replaceError(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format, args...)
}
