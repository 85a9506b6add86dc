package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kahao/kahao/internal/service/audit"
)

func newAuditCommand(e *env) *cobra.Command {
	a := &admin{env: e}
	f := audit.Filter{}
	cmd := a.command("audit [APPID]", "show who changed what, when and from where", 0, 1, func(s *session) error {
		if len(s.args) == 1 {
			f.Account = s.args[0]
			if _, err := s.Accounts.Account(s.ctx, f.Account); err != nil {
				return err
			}
		}
		if f.Limit < 1 {
			return misuse("--last must be 1 or more")
		}
		entries, err := s.Audit.List(s.ctx, f)
		if err != nil {
			return err
		}
		return printAll(s, entries, []string{"AT", "WHO", "FROM", "APPID", "ACTION", "TARGET", "CHANGE"}, func(e audit.Entry) []string {
			return []string{s.timestamp(e.At), e.Actor, e.Origin, e.Account, e.Action, e.Target, changeText(e)}
		})
	})
	cmd.Long = `
Shows changes that people made, in the console or with a command, the newest
first. An entry is written together with its change, and never changed. Secrets,
passwords and card numbers are not in it.`
	cmd.Example = `  kahao audit --data demo
  kahao audit --data demo 1000000001 --last 100 --json`
	cmd.Flags().IntVar(&f.Limit, "last", 20, "the last `n` changes")
	a.flags(cmd)
	return cmd
}

// changeText is what an entry changed: name: before -> after.
func changeText(e audit.Entry) string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(e.Before)), maps.Keys(e.After))
	slices.Sort(names)
	var all []string
	for _, name := range slices.Compact(names) {
		switch before, after := e.Before[name], e.After[name]; {
		case before == after:
		case before == "":
			all = append(all, fmt.Sprintf("%s: %s", name, after))
		default:
			all = append(all, fmt.Sprintf("%s: %s -> %s", name, before, after))
		}
	}
	return strings.Join(all, "; ")
}

// entry is what the audit log says of a command that changes something: its
// name, its arguments, and the flags that it was given.
func (s *session) entry() audit.Entry {
	name := strings.TrimPrefix(s.cmd.CommandPath(), s.cmd.Root().Name()+" ")
	after := audit.Values{}
	if len(s.args) > 0 {
		after["arguments"] = strings.Join(s.args, " ")
	}
	own := s.cmd.LocalNonPersistentFlags() // without those that name the database
	s.cmd.Flags().Visit(func(f *pflag.Flag) {
		if own.Lookup(f.Name) != nil {
			after[f.Name] = f.Value.String()
		}
	})
	return audit.Entry{Actor: audit.Command, Action: strings.ReplaceAll(name, " ", "."), After: after}
}

// audited sets what the command's entry is about.
func audited(s *session, appID, target string) {
	e := audit.From(s.ctx)
	e.Account, e.Target = appID, target
}
