package config

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// value is a setting's text form: how it is read and written. It does what
// package flag does with its own, so that flags, environment and file share
// one way of reading.
type value[T any] struct {
	to    *T
	parse func(string) (T, error)
	print func(T) string
}

var _ flag.Value = (*value[int])(nil)

// Set reads the value; where that fails the old one stays.
func (v *value[T]) Set(s string) error {
	x, err := v.parse(strings.TrimSpace(s))
	if err == nil {
		*v.to = x
	}
	return err
}

func (v *value[T]) String() string {
	if v == nil || v.to == nil { // package flag asks zero values
		return ""
	}
	return v.print(*v.to)
}

func text(to *string) flag.Value {
	return &value[string]{to, func(s string) (string, error) { return s, nil }, func(s string) string { return s }}
}

// database is an address, which is written without its password.
func database(to *DatabaseURL) flag.Value {
	return &value[DatabaseURL]{to, func(s string) (DatabaseURL, error) { return DatabaseURL(s), nil }, DatabaseURL.String}
}

// truth is a bool. A flag without "=" sets it.
type truth struct{ value[bool] }

// IsBoolFlag tells package flag so.
func (*truth) IsBoolFlag() bool { return true }

func boolean(to *bool) flag.Value {
	return &truth{value[bool]{to, func(s string) (bool, error) {
		b, err := strconv.ParseBool(s)
		return b, orSay(err, "%q is neither true nor false", s)
	}, strconv.FormatBool}}
}

func integer(to *int) flag.Value {
	return &value[int]{to, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		return n, orSay(err, "%q is not a whole number", s)
	}, strconv.Itoa}
}

func integer64(to *int64) flag.Value {
	return &value[int64]{to, func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		return n, orSay(err, "%q is not a whole number", s)
	}, func(n int64) string { return strconv.FormatInt(n, 10) }}
}

func decimal(to *float64) flag.Value {
	return &value[float64]{to, func(s string) (float64, error) {
		n, err := strconv.ParseFloat(s, 64)
		return n, orSay(err, "%q is not a number", s)
	}, func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }}
}

func duration(to *time.Duration) flag.Value {
	return &value[time.Duration]{to, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		return d, orSay(err, "%q is not a time such as 500ms, 20s or 24h", s)
	}, time.Duration.String}
}

// units of sizes, the larger first.
var units = []struct {
	name  string
	bytes int64
}{{"GiB", gib}, {"MiB", mib}, {"KiB", kib}}

func size(to *int64) flag.Value {
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
		return n * factor, orSay(err, "%q is not a size such as 512KiB, 6MiB or 2GiB", s)
	}, func(n int64) string {
		for _, u := range units {
			if n != 0 && n%u.bytes == 0 {
				return strconv.FormatInt(n/u.bytes, 10) + u.name
			}
		}
		return strconv.FormatInt(n, 10)
	}}
}

// many is several values with commas between them.
func many[T any](to *[]T, parse func(string) (T, error), print func(T) string) flag.Value {
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

func list(to *[]string) flag.Value {
	return many(to, func(s string) (string, error) { return s, nil }, func(s string) string { return s })
}

// prefixes are networks; a single address is one of itself alone.
func prefixes(to *[]netip.Prefix) flag.Value {
	return many(to, func(s string) (netip.Prefix, error) {
		if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
			a = a.Unmap()
			return netip.PrefixFrom(a, a.BitLen()), nil
		}
		p, err := netip.ParsePrefix(s)
		if err == nil && p.Addr().Is4In6() { // would match no address in the form in which they are compared
			err = errors.ErrUnsupported
		}
		return p.Masked(), orSay(err, "%q is not a network such as 10.0.0.0/8", s)
	}, netip.Prefix.String)
}

func addresses(to *[]netip.AddrPort) flag.Value {
	return many(to, func(s string) (netip.AddrPort, error) {
		a, err := netip.ParseAddrPort(s)
		return a, orSay(err, "%q is not an address with a port such as 10.1.2.3:9000", s)
	}, netip.AddrPort.String)
}

// orSay is nil for nil, and else a sentence in place of the error.
func orSay(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format, args...)
}
