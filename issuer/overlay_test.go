package issuer

import (
	"errors"
	"strings"
	"testing"
)

const ownRows = "# our own\n" + OverlayHeader + "\n" +
	"400999\t16\tcredit\t\t\tOwn Bank\tOwn Card\n" +
	"4009991\t16\tdebit\tvisa\t12345678\tOwn Branch\t\n\n" +
	"62220200\t19\tprepaid\tunionpay\t\tOwn Bank\tGift\n"

func TestOverlay(t *testing.T) {
	o, err := ReadOverlay(strings.NewReader(ownRows))
	if err != nil {
		t.Fatalf("ReadOverlay: %v", err)
	}
	Use(o)
	defer Use(nil)
	tests := []struct {
		number, issuer, prefix string
		overlay                bool
		kind                   Type
		network                string
	}{
		{"4009990000000000", "Own Bank", "400999", true, Credit, Visa},
		{"4009991000000000", "Own Branch", "4009991", true, Debit, Visa},
		{"6222020000000000000", "Own Bank", "62220200", true, Prepaid, UnionPay},
		{"6222021111111111111", "工商银行", "622202", false, Debit, UnionPay},
		{"622202000000000", "工商银行", "622202", false, Debit, UnionPay}, // another length than the row's
	}
	for _, tt := range tests {
		r := Lookup(tt.number)
		if r.Issuer != tt.issuer || r.Prefix != tt.prefix || r.Overlay != tt.overlay || r.Type != tt.kind || r.Network != tt.network {
			t.Errorf("Lookup(%s) = %q by %s, overlay %v, type %q, network %q, want %q by %s, %v, %q, %q",
				tt.number, r.Issuer, r.Prefix, r.Overlay, r.Type, r.Network, tt.issuer, tt.prefix, tt.overlay, tt.kind, tt.network)
		}
	}
	if got := TableVersion(); got != Version+"+"+o.Version || !strings.HasPrefix(o.Version, "3-") {
		t.Errorf("TableVersion = %q, want %s and the version of 3 rows", got, Version)
	}
	Use(nil)
	if r := Lookup("4009990000000000"); r.Overlay || TableVersion() != Version {
		t.Errorf("without an overlay Lookup gives %+v of table %s, want no row of %s", r, TableVersion(), Version)
	}
}

// Every wrong line is named at once.
func TestMalformedOverlay(t *testing.T) {
	for _, tt := range []struct{ name, rows, want string }{
		{"no header", "", "no header"},
		{"another header", "prefix\tissuer\n", "line 1 is not the header"},
		{"a short prefix", OverlayHeader + "\n622\t16\t\t\t\tBank\t\n", `line 2: prefix "622"`},
		{"an impossible length", OverlayHeader + "\n622202\t25\t\t\t\tBank\t\n", `line 2: length "25"`},
		{"an unknown type", OverlayHeader + "\n622202\t19\tgold\t\t\tBank\t\n", `line 2: type "gold"`},
		{"an unknown network", OverlayHeader + "\n622202\t19\t\tbank\t\tBank\t\n", `line 2: network "bank"`},
		{"a bad code", OverlayHeader + "\n622202\t19\t\t\t12\tBank\t\n", `line 2: code "12"`},
		{"no issuer", OverlayHeader + "\n622202\t19\t\t\t\t\t\n", "line 2: no issuer"},
		{"too few columns", OverlayHeader + "\n622202\t19\n", "line 2: 2 columns"},
		{"a row twice", OverlayHeader + "\n622202\t19\t\t\t\tA\t\n622202\t19\t\t\t\tB\t\n", "line 3: prefix 622202 with 19 digits stands twice"},
		{"two wrong lines", OverlayHeader + "\nx\t19\t\t\t\tA\t\n622202\t1\t\t\t\tB\t\n", "line 3: length"},
	} {
		_, err := ReadOverlay(strings.NewReader(tt.rows))
		if !errors.Is(err, ErrOverlay) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want ErrOverlay with %q", tt.name, err, tt.want)
		}
	}
}
