package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// maxRequestAge is twice the time of the longest request with the longest
// --read-timeout. An older hold belongs to a process that died.
const maxRequestAge = 2 * (3*time.Minute + 30*time.Second)

func newLedgerCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "ledger", "verify, show and settle the ledger", `
The ledger has an entry for every reading that was charged; entries are never
changed. "verify" checks every invariant and, if one does not hold, prints the
first and exits with 22. A server does what "sweep" and "bill" do by itself.`,
		`  kahao ledger verify --data demo
  kahao ledger show --data demo 1000000001 --last 5
  kahao ledger refund --data demo CHARGE --reason "wrong card"
  kahao ledger bill --data demo
  kahao ledger bill --data demo 1000000001 --preview`)
	cmd.AddCommand(
		a.command("verify", "check every invariant of the ledger", 0, 0, verifyLedger),
		newLedgerShow(a),
		newLedgerRefund(a),
		a.command("sweep", "release holds of dead processes, delete expired rows", 0, 0, sweepLedger),
		newLedgerBill(a))
	return cmd
}

// verified is the result of verify.
type verified struct {
	Whole    bool   `json:"whole"`
	Break    string `json:"break,omitempty"`
	Accounts int64  `json:"accounts"`
	Packs    int64  `json:"packs"`
	Charges  int64  `json:"charges"`
	Held     int64  `json:"held"`
	Entries  int64  `json:"entries"`
	Units    int64  `json:"units"`
}

func verifyLedger(s *session) error {
	r, err := s.Ledger.Verify(s.ctx)
	if err != nil {
		return err
	}
	err = s.printOne(verified{r.Break == "", r.Break, r.Accounts, r.Packs, r.Charges, r.Held, r.Entries, r.Units},
		"%d accounts, %d packs, %d charges (%d held), %d entries for %d units\n", r.Accounts, r.Packs, r.Charges, r.Held, r.Entries, r.Units)
	if err == nil && r.Break != "" {
		return fmt.Errorf("%w: %s", errVerification, r.Break)
	}
	if err == nil && !s.json {
		_, err = fmt.Fprintln(s.out, "the ledger is consistent")
	}
	return err
}

func newLedgerShow(a *admin) *cobra.Command {
	var last int
	cmd := a.command("show APPID", "show an account's last charges", 1, 1, func(s *session) error {
		if _, err := s.Accounts.Account(s.ctx, s.args[0]); err != nil {
			return err
		}
		charges, err := ledgerdb.LastCharges(s.ctx, s.Engine, s.args[0], last)
		if err != nil {
			return err
		}
		return printAll(s, charges, []string{"CHARGE", "AT", "UIN", "BUCKET", "STATE", "UNITS", "CODE"}, func(c ledgerdb.Charge) []string {
			units, code := c.Posted, ""
			if c.State == string(ledger.Held) {
				units = c.Held
			}
			if c.Code != nil {
				code = strconv.Itoa(*c.Code)
			}
			return []string{c.ID, s.timestamp(c.At), c.User, c.Bucket, c.State, integer(units), code}
		})
	})
	cmd.Flags().IntVar(&last, "last", 20, "the last `n` charges")
	return cmd
}

func newLedgerRefund(a *admin) *cobra.Command {
	var reason string
	cmd := a.command("refund CHARGE", "return the units of a charge to their packs, once", 1, 1, func(s *session) error {
		units, err := s.Ledger.Refund(s.ctx, s.args[0], reason, s.Now())
		if err != nil {
			return err
		}
		return s.printOne(map[string]any{"charge": s.args[0], "units": units}, "refunded %d units\n", units)
	})
	cmd.Flags().StringVar(&reason, "reason", "", "reason of the refund, `text`")
	return cmd
}

func sweepLedger(s *session) error {
	held, err := s.Ledger.SweepHeld(s.ctx, s.Now().Add(-maxRequestAge))
	if err != nil {
		return err
	}
	d, err := s.Ledger.Sweep(s.ctx, s.Now())
	if err != nil {
		return err
	}
	return s.printOne(map[string]int64{"held": int64(held), "nonces": d.Nonces, "keys": d.Keys, "results": d.Results, "data_keys": d.DataKeys},
		"released %d holds; deleted %d nonces, %d idempotency keys, %d results, %d data keys\n", held, d.Nonces, d.Keys, d.Results, d.DataKeys)
}

func newLedgerBill(a *admin) *cobra.Command {
	var month, name string
	var preview bool
	cmd := a.command("bill [APPID]", "bill every month that is over, each once; of one account, show its bills or bill one --month", 0, 1, func(s *session) error {
		lang, err := language(name)
		if err != nil {
			return err
		}
		if preview {
			return previewBill(s, month, lang)
		}
		bills, err := bills(s, month)
		if err != nil {
			return err
		}
		return printBills(s, bills, lang)
	})
	cmd.Flags().StringVar(&month, "month", "", "the `month` to bill, 2006-01 (default: every month that is due)")
	cmd.Flags().BoolVar(&preview, "preview", false, "show what a month would cost as of now, line by line, and bill nothing (default: the running month)")
	langFlag(cmd, &name)
	return cmd
}

func bills(s *session, month string) ([]account.Bill, error) {
	switch {
	case len(s.args) == 0 && month != "":
		return nil, misuse("--month goes with an account")
	case len(s.args) == 0:
		return s.Accounts.BillDue(s.ctx)
	case month == "":
		return s.Accounts.ListBills(s.ctx, s.args[0])
	}
	b, _, err := s.Accounts.BillMonth(s.ctx, s.args[0], billing.Month(month))
	return []account.Bill{b}, err
}

func printBills(s *session, bills []account.Bill, lang words.Language) error {
	t := lang.Account
	header := []string{t(words.Month), t(words.AppID), t(words.Calls), t(words.Free), t(words.Packs), t(words.OnAccount), t(words.Price), t(words.Amount)}
	return printAll(s, bills, header, func(b account.Bill) []string {
		return []string{string(b.Month), b.Account, integer(b.Calls), integer(b.Free), integer(b.Pack), integer(b.Postpaid), b.Price.String(), b.Amount.String()}
	})
}
