package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/service/account"
)

func newUserCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "user", "create and disable sub-accounts", `
A sub-account is a user of an account that may do what its policies allow; the
main user may do everything. The legacy API accepts main users' keys only.`,
		`  kahao user create --data demo 1000000001 auditor
  kahao user disable --data demo 100000000002`)
	cmd.AddCommand(
		a.command("create APPID NAME", "create a sub-account without policies or keys", 2, 2, func(s *session) error {
			u, err := s.Accounts.CreateUser(s.ctx, s.args[0], s.args[1])
			if err != nil {
				return err
			}
			return printUsers(s, []account.User{u})
		}),
		a.command("list APPID", "list an account's users", 1, 1, func(s *session) error {
			users, err := s.Accounts.ListUsers(s.ctx, s.args[0])
			if err != nil {
				return err
			}
			return printUsers(s, users)
		}),
		a.command("disable UIN", "stop all keys of a sub-account", 1, 1, func(s *session) error {
			return s.did(s.Accounts.DisableUser(s.ctx, s.args[0], true), "disabled user %s: all its keys are refused within five seconds", s.args[0])
		}),
		a.command("enable UIN", "accept its keys again", 1, 1, func(s *session) error {
			return s.did(s.Accounts.DisableUser(s.ctx, s.args[0], false), "enabled user %s", s.args[0])
		}))
	return cmd
}

func printUsers(s *session, users []account.User) error {
	return printAll(s, users, []string{"UIN", "NAME", "KIND", "STATE", "POLICIES"}, func(u account.User) []string {
		kind, state, names := "sub", "active", make([]string, len(u.Policies))
		for i, p := range u.Policies {
			names[i] = p.Name
		}
		policies := strings.Join(names, ", ")
		if u.Main {
			kind, policies = "main", "everything"
		}
		if u.Disabled != nil {
			state = "disabled"
		}
		return []string{u.ID, u.Name, kind, state, policies}
	})
}
