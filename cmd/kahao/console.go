package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/console"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/login"
)

func newConsoleCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "console", "links that set a password for the console, and lost second factors", `
"link" prints a one-time link that sets the operator's password for the console of
"kahao serve" (docs/console.md). Anyone who can read the database acts as the operator.
"invite" prints a one-time link that sets the password of a user of an account, to
hand over. A new link replaces the last one.

"reset-second-factor" turns off two-step sign-in for one person who has lost both the
phone and the recovery codes: the operator, or with APPID the account's main user,
or with USER that user. The password stays as it is.`,
		`  kahao console link --data demo
  kahao console invite --data demo 1000000001 anna --url https://console.example.com
  kahao console reset-second-factor --data demo 1000000001 anna`)
	var at string
	link := a.command("link", "print a link that sets the operator's password, valid for 30 minutes", 0, 0, func(s *session) error {
		return printLink(s, at, "", login.Operator)
	})
	invite := a.command("invite APPID [USER]", "print a link that sets a user's password, valid for 7 days", 1, 2, func(s *session) error {
		name := "main"
		if len(s.args) == 2 {
			name = s.args[1]
		}
		u, err := s.Accounts.FindUser(s.ctx, s.args[0], name)
		if err != nil {
			return err
		}
		return printLink(s, at, u.Account, u.ID)
	})
	for _, c := range []*cobra.Command{link, invite} {
		c.Flags().StringVar(&at, "url", "http://"+config.DefaultConsole, "`URL` at which browsers reach the console")
	}
	reset := a.command("reset-second-factor [APPID [USER]]", "turn off two-step sign-in for the operator or one user", 0, 2, resetSecondFactor)
	cmd.AddCommand(link, invite, reset)
	return cmd
}

// resetSecondFactor turns off two-step sign-in for the subject that the
// arguments name.
func resetSecondFactor(s *session) error {
	subject, appID := login.Operator, ""
	if len(s.args) > 0 {
		name := "main"
		if len(s.args) == 2 {
			name = s.args[1]
		}
		u, err := s.Accounts.FindUser(s.ctx, s.args[0], name)
		if err != nil {
			return err
		}
		subject, appID = u.ID, u.Account
	}
	logins, err := login.New(login.Options{Users: s.Accounts, Store: s.Logins, Now: s.Now})
	if err != nil {
		return err
	}
	audited(s, appID, subject)
	if err := logins.ResetFactor(s.ctx, subject); errors.Is(err, login.ErrFactor) {
		return fmt.Errorf("%w: two-step sign-in of %s, which is off", account.ErrUnknown, subject)
	} else if err != nil {
		return err
	}
	return s.printOne(map[string]string{"subject": subject}, "two-step sign-in of %s is off\n", subject)
}

// printLink makes a link for a subject and prints it.
func printLink(s *session, at, appID, subject string) error {
	base, err := url.Parse(at)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return misuse("--url %q is not the URL of a console", at)
	}
	logins, err := login.New(login.Options{Users: s.Accounts, Store: s.Logins, Now: s.Now})
	if err != nil {
		return err
	}
	audited(s, appID, subject)
	token, err := logins.Invite(s.ctx, subject)
	if err != nil {
		return err
	}
	to := strings.TrimSuffix(at, "/") + console.SetupPath(token)
	return s.printOne(map[string]string{"url": to}, "%s\n", to)
}
