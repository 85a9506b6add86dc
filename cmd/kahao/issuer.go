package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/issuer"
)

func newIssuerCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "issuer", Short: "look card numbers up in the issuer table"}
	var file string
	asJSON, name := false, ""
	lookup := &cobra.Command{
		Use:   "lookup NUMBER...",
		Short: "print what the table has of a number or its first digits",
		Long: `
Prints bank, product, type and network of card numbers, and where each comes from:
the row of the embedded table or of the file of --issuers with its prefix and
length, and a mark. "observed" stands in a card list or is an assigned range,
"inherited" comes from a shorter prefix of the same issuer, "inferred" is
concluded. First digits alone, at least six, are looked up as a number of 16, then
of 19 digits.

The file of --issuers has columns separated by tabs, under a header line:
prefix (4 to 10 digits), length (12 to 19), type (debit, credit, quasi-credit,
prepaid or empty), network (or empty: by the assigned ranges), code (8 digits or
empty), issuer, and name of the product. Its rows come before the table's.`,
		Example: `  kahao issuer lookup 622202
  kahao issuer lookup --issuers own.tsv 4009990000000000`,
		Args: takes(1, unlimited),
		RunE: e.action(func(_ context.Context, args []string) error {
			if err := useIssuers(file); err != nil {
				return err
			}
			lang, err := language(name)
			if err != nil {
				return err
			}
			return lookupAll(e, args, asJSON, lang)
		}),
	}
	issuersFlag(lookup.Flags(), &file)
	lookup.Flags().BoolVar(&asJSON, "json", false, "print JSON Lines")
	langFlag(lookup, &name)
	cmd.AddCommand(lookup)
	return cmd
}

// issuersFlag defines the flag for an operator's own table.
func issuersFlag(fs *pflag.FlagSet, file *string) {
	fs.StringVar(file, "issuers", "", "`file` with issuers of your own; see kahao issuer lookup --help")
}

// useIssuers puts the table of a file in front of the embedded one.
func useIssuers(file string) error {
	if file == "" {
		return nil
	}
	o, err := issuer.OpenOverlay(file)
	if err != nil {
		return err
	}
	issuer.Use(o)
	return nil
}

// issuerRecord is the JSON line of a lookup. Every value has a mark.
type issuerRecord struct {
	Digits  string    `json:"digits"`
	Row     rowRecord `json:"row"`
	Bank    [2]string `json:"bank"`
	Code    [2]string `json:"bank_code"`
	Product [2]string `json:"product"`
	Type    [2]string `json:"type_code"`
	Network [2]string `json:"network"`
}

// rowRecord is the row that was found; empty if there is none.
type rowRecord struct {
	From    string `json:"from"` // the version of the table
	Prefix  string `json:"prefix"`
	Length  int    `json:"length"`
	Sources int    `json:"sources"`
}

// Digits of a number of which only the first are given.
const (
	minLookup = 6
	maxLookup = 19
)

func lookupAll(e *env, args []string, asJSON bool, lang words.Language) error {
	for _, digits := range args {
		if strings.Trim(digits, "0123456789") != "" || len(digits) < minLookup || len(digits) > maxLookup {
			return misuse("%q: want %d to %d digits", digits, minLookup, maxLookup)
		}
		r := lookupDigits(digits)
		rec := issuerRecord{
			Digits: masked(digits, len(digits) < 12), Bank: [2]string{r.Issuer, r.IssuerMark.String()}, Code: [2]string{r.Code, r.CodeMark.String()},
			Product: [2]string{r.CardName, r.CardNameMark.String()}, Type: [2]string{r.Type.String(), r.TypeMark.String()}, Network: [2]string{r.Network, r.NetworkMark.String()},
		}
		if r.Listed {
			rec.Row = rowRecord{issuer.Version, r.Prefix, r.Length, r.Sources}
			if r.Overlay {
				rec.Row.From = "--issuers"
			}
		}
		if asJSON {
			if err := writeJSON(e.out, rec); err != nil {
				return err
			}
			continue
		}
		printIssuer(e, rec, r.Type, lang)
	}
	return nil
}

// lookupDigits looks a number up, or first digits as those of a number of 16 or
// 19 digits.
func lookupDigits(digits string) issuer.Result {
	if len(digits) >= 12 {
		return issuer.Lookup(digits)
	}
	r := issuer.Lookup(digits + strings.Repeat("0", 16-len(digits)))
	if longer := issuer.Lookup(digits + strings.Repeat("0", 19-len(digits))); longer.LengthMatches && !r.LengthMatches {
		r = longer
	}
	return r
}

func printIssuer(e *env, r issuerRecord, kind issuer.Type, lang words.Language) {
	row := lang.NoRow()
	if r.Row.From != "" {
		row = lang.Row(r.Row.Prefix, r.Row.Length, r.Row.Sources, r.Row.From)
	}
	fmt.Fprintf(e.out, "%s  %s\n", r.Digits, row)
	r.Type[0] = lang.Type(kind)
	for _, f := range []struct {
		name  words.Word
		value [2]string
	}{{words.Bank, r.Bank}, {words.BankCode, r.Code}, {words.Product, r.Product}, {words.Type, r.Type}, {words.Network, r.Network}} {
		value := strings.TrimSpace(f.value[0] + "  " + lang.Mark(f.value[1]))
		fmt.Fprintf(e.out, "  %s%s\n", term.Pad(lang.Text(f.name), 9), cmp.Or(value, "-"))
	}
}
