package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/server"
)

type configOptions struct {
	*env
	json   bool
	loader config.Loader
}

func newConfigCommand(e *env) *cobra.Command {
	o := &configOptions{env: e}
	cmd := &cobra.Command{
		Use:   "config",
		Short: "print or check the settings of serve",
		Example: `  kahao config print --config kahao.toml
  kahao config check --config kahao.toml`,
		Long: `
Takes the flags of serve, reads the same environment and file, and starts
nothing. Secrets are not printed: settings name the files that hold them.`,
	}
	group(cmd)
	addSettings(cmd.PersistentFlags(), o.loader.Flags, config.GroupOf)
	printing := &cobra.Command{
		Use:   "print",
		Short: "print every setting in effect, with its origin",
		Long: `
Prints every setting that is in effect, as a file for --config, with the origin
of each value. With --json it prints one line a setting:
{"name":"listen","value":"127.0.0.1:8080","origin":"default"}`,
		Args: takes(0, 0),
		RunE: e.action(o.print),
	}
	printing.Flags().BoolVar(&o.json, "json", false, "print JSON")
	cmd.AddCommand(printing, &cobra.Command{
		Use:   "check",
		Short: "print every mistake, all at once, and nothing else",
		Args:  takes(0, 0),
		RunE: e.action(func(context.Context, []string) error {
			_, err := o.load()
			return err
		}),
	})
	return cmd
}

func (o *configOptions) load() ([]config.Entry, error) {
	_, entries, err := o.loader.Load(os.Environ(), server.Check)
	if err != nil {
		return nil, misuse("%v", err)
	}
	return entries, nil
}

func (o *configOptions) print(context.Context, []string) error {
	entries, err := o.load()
	if err != nil {
		return err
	}
	width := 0
	for _, e := range entries {
		width = max(width, len(e.Line()))
	}
	for _, e := range entries {
		if o.json {
			err = writeJSON(o.out, settingLine{e.Name, e.Value, e.Origin})
		} else {
			_, err = fmt.Fprintf(o.out, "%-*s  # %s\n", min(width, 48), e.Line(), e.Origin)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settingLine is a line of config print --json.
type settingLine struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}
