package main

import (
	"strings"

	"github.com/kahao/kahao/internal/service/account"
)

var userCommand = (&family{
	name: "user", brief: "makes and disables sub-accounts",
	intro: `
Sub-accounts are users of an account who have what their policies allow; the
main user has everything. The legacy interface serves main users' keys alone.`,
	verbs: []verb{
		{name: "create", args: "APPID NAME", n: [2]int{2, 2}, brief: "makes one without policies or keys", do: createUser},
		{name: "list", args: "APPID", n: [2]int{1, 1}, brief: "lists an account's users", do: listUsers},
		{name: "disable", args: "UIN", n: [2]int{1, 1}, brief: "stops all keys of one", do: disableUser},
		{name: "enable", args: "UIN", n: [2]int{1, 1}, brief: "lets them be used again", do: enableUser},
	},
}).command()

func createUser(j *job) error {
	u, err := j.Registry.CreateUser(j.ctx, j.args[0], j.args[1])
	if err != nil {
		return err
	}
	return printUsers(j, []account.User{u})
}

func listUsers(j *job) error {
	users, err := j.Registry.ListUsers(j.ctx, j.args[0])
	if err != nil {
		return err
	}
	return printUsers(j, users)
}

func printUsers(j *job, users []account.User) error {
	return printAll(j, users, []string{"UIN", "NAME", "KIND", "STATE", "POLICIES"}, func(u account.User) []string {
		kind, state, may := "sub", "active", make([]string, len(u.Policies))
		for i, p := range u.Policies {
			may[i] = p.Name
		}
		policies := strings.Join(may, ", ")
		if u.Main {
			kind, policies = "main", "everything"
		}
		if u.Disabled != nil {
			state = "disabled"
		}
		return []string{u.ID, u.Name, kind, state, policies}
	})
}

func disableUser(j *job) error { return j.Registry.DisableUser(j.ctx, j.args[0], true) }

func enableUser(j *job) error { return j.Registry.DisableUser(j.ctx, j.args[0], false) }
