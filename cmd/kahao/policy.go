package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/policy"
)

var policyCommand = (&family{
	name: "policy", brief: "says what sub-accounts may do",
	intro: `
What no policy of a sub-account allows is denied, and what one denies is denied
whatever others allow. "check" says how it comes out, and exits with 21 where
it is denied. Actions are such as ocr:BankCardOCR, resources such as "*" and
qcs::ocr:::subUin/100000000001.`,
	flags: policyFlags,
	verbs: []verb{
		{name: "list", args: "[UIN]", n: [2]int{0, 1}, brief: "lists the preset policies, or those of a user", do: listPolicies},
		{name: "attach", args: "UIN POLICY", n: [2]int{2, 2}, flags: []string{"document"}, brief: "gives a user a policy, in place of one of that name", do: attachPolicy},
		{name: "detach", args: "UIN POLICY", n: [2]int{2, 2}, brief: "takes it away", do: detachPolicy},
		{name: "check", args: "UIN ACTION [RESOURCE]", n: [2]int{2, 3}, brief: "says whether he may", do: checkPolicy},
	},
}).command()

func listPolicies(j *job) error {
	var all []account.Policy
	if len(j.args) == 0 {
		for _, name := range policy.Presets() {
			all = append(all, account.Policy{Name: name})
		}
	} else {
		u, err := j.Registry.FindUser(j.ctx, "", j.args[0])
		if err != nil {
			return err
		}
		all = u.Policies
	}
	return printAll(j, all, []string{"POLICY", "DOCUMENT"}, func(p account.Policy) []string {
		document := "preset"
		if len(p.Document) > 0 {
			document = string(p.Document)
		}
		return []string{p.Name, document}
	})
}

func attachPolicy(j *job) error {
	p := account.Policy{Name: j.args[1]}
	if err := account.CheckName("policy's name", p.Name); err != nil {
		return err
	}
	_, preset := policy.Preset(p.Name)
	switch {
	case j.flags.document == "" && !preset:
		return misuse("%q is no preset policy: %q; give your own with --document FILE", p.Name, policy.Presets())
	case j.flags.document != "" && preset:
		return misuse("%q is the name of a preset policy", p.Name)
	case j.flags.document != "":
		text, err := os.ReadFile(j.flags.document)
		if err != nil {
			return err
		}
		if _, err := policy.Parse(text); err != nil {
			return fmt.Errorf("%s: %w", j.flags.document, err)
		}
		p.Document = text
	}
	return j.changePolicies(func(all []account.Policy) ([]account.Policy, error) {
		all = slices.DeleteFunc(all, func(has account.Policy) bool { return has.Name == p.Name })
		return append(all, p), nil
	})
}

func detachPolicy(j *job) error {
	return j.changePolicies(func(all []account.Policy) ([]account.Policy, error) {
		left := slices.DeleteFunc(slices.Clone(all), func(has account.Policy) bool { return has.Name == j.args[1] })
		if len(left) == len(all) {
			return nil, fmt.Errorf("%w: policy %q of user %s", account.ErrUnknown, j.args[1], j.args[0])
		}
		return left, nil
	})
}

func (j *job) changePolicies(change func([]account.Policy) ([]account.Policy, error)) error {
	u, err := j.Registry.FindUser(j.ctx, "", j.args[0])
	if err != nil {
		return err
	}
	all, err := change(u.Policies)
	if err != nil {
		return err
	}
	return j.Registry.SetPolicies(j.ctx, u.ID, all)
}

// policiesOf are those of a user, as they decide.
func policiesOf(u account.User) (policy.Set, error) {
	var documents []policy.Document
	for _, p := range u.Policies {
		d, known := policy.Preset(p.Name)
		if len(p.Document) > 0 {
			var err error
			if d, err = policy.Parse(p.Document); err != nil {
				return policy.Set{}, err
			}
		} else if !known {
			return policy.Set{}, fmt.Errorf("%w: policy %q", account.ErrUnknown, p.Name)
		}
		documents = append(documents, d)
	}
	return policy.NewSet(u.ID, documents...), nil
}

func checkPolicy(j *job) error {
	u, err := j.Registry.FindUser(j.ctx, "", j.args[0])
	if err != nil {
		return err
	}
	action, resource := j.args[1], policy.All
	if len(j.args) == 3 {
		resource = j.args[2]
	}
	set, err := policiesOf(u)
	if err != nil {
		return err
	}
	allowed := u.Main || set.Allows(action, resource)
	if j.json {
		err = j.encode(map[string]any{"uin": u.ID, "action": action, "resource": resource, "allowed": allowed})
	} else {
		_, err = fmt.Fprintln(j.out, map[bool]string{true: "allowed", false: "denied"}[allowed])
	}
	if err == nil && !allowed {
		err = &failedFiles{exitRefused}
	}
	return err
}
