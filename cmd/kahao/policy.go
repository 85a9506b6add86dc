package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/policy"
)

func newPolicyCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "policy", "set what sub-accounts may do", `
A sub-account may do what one of its policies allows and none denies. "check"
prints the decision, and exits with 21 if it is "denied". An action is, for
example, ocr:BankCardOCR; a resource is "*" or qcs::ocr:::subUin/100000000001.`,
		`  kahao policy list
  kahao policy attach --data demo 100000000002 QcloudOCRFullAccess
  kahao policy attach --data demo 100000000002 no-cards --document deny.json
  kahao policy check --data demo 100000000002 ocr:BankCardOCR`)
	cmd.AddCommand(
		a.command("list [UIN]", "list the preset policies, or a user's", 0, 1, listPolicies),
		newPolicyAttach(a),
		a.command("detach UIN POLICY", "take a policy away from a user", 2, 2, detachPolicy),
		a.command("check UIN ACTION [RESOURCE]", "print whether a user may do something", 2, 3, checkPolicy))
	return cmd
}

func listPolicies(s *session) error {
	var all []account.Policy
	if len(s.args) == 0 {
		for _, name := range policy.Presets() {
			all = append(all, account.Policy{Name: name})
		}
	} else {
		u, err := s.Accounts.FindUser(s.ctx, "", s.args[0])
		if err != nil {
			return err
		}
		all = u.Policies
	}
	return printAll(s, all, []string{"POLICY", "DOCUMENT"}, func(p account.Policy) []string {
		document := "preset"
		if len(p.Document) > 0 {
			document = string(p.Document)
		}
		return []string{p.Name, document}
	})
}

func newPolicyAttach(a *admin) *cobra.Command {
	var file string
	cmd := a.command("attach UIN POLICY", "give a user a policy, replacing one of that name", 2, 2, func(s *session) error {
		p := account.Policy{Name: s.args[1]}
		if err := account.CheckName("policy's name", p.Name); err != nil {
			return err
		}
		_, preset := policy.Preset(p.Name)
		switch {
		case file == "" && !preset:
			return misuse("%q is no preset policy: %q; give your own with --document FILE", p.Name, policy.Presets())
		case file != "" && preset:
			return misuse("%q is the name of a preset policy", p.Name)
		case file != "":
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if _, err := policy.Parse(text); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			p.Document = text
		}
		return s.did(s.changePolicies(func(all []account.Policy) ([]account.Policy, error) { return policy.Attach(all, p) }), "attached policy %s to user %s", p.Name, s.args[0])
	})
	cmd.Flags().StringVar(&file, "document", "", "the policy is the document in this JSON `file`; without it, POLICY is a preset")
	return cmd
}

func detachPolicy(s *session) error {
	return s.did(s.changePolicies(func(all []account.Policy) ([]account.Policy, error) {
		left := policy.Detach(all, s.args[1])
		if len(left) == len(all) {
			return nil, fmt.Errorf("%w: policy %q of user %s", account.ErrUnknown, s.args[1], s.args[0])
		}
		return left, nil
	}), "detached policy %s from user %s", s.args[1], s.args[0])
}

func (s *session) changePolicies(change func([]account.Policy) ([]account.Policy, error)) error {
	u, err := s.Accounts.FindUser(s.ctx, "", s.args[0])
	if err != nil {
		return err
	}
	all, err := change(u.Policies)
	if err != nil {
		return err
	}
	return s.Accounts.SetPolicies(s.ctx, u.ID, all)
}

func checkPolicy(s *session) error {
	u, err := s.Accounts.FindUser(s.ctx, "", s.args[0])
	if err != nil {
		return err
	}
	action, resource := s.args[1], policy.All
	if len(s.args) == 3 {
		resource = s.args[2]
	}
	set, err := policy.ForUser(u.ID, u.Main, u.Policies)
	if err != nil {
		return err
	}
	allowed, text := set.Allows(action, resource), "denied"
	if allowed {
		text = "allowed"
	}
	err = s.printOne(map[string]any{"uin": u.ID, "action": action, "resource": resource, "allowed": allowed}, "%s\n", text)
	if err == nil && !allowed {
		err = &reportedError{exitRefused}
	}
	return err
}
