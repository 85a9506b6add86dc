package main

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/bench"
)

func newVersionCommand(e *env) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the versions of everything in this binary",
		Long: `
Prints the versions of the program with its commit, of Go, of the networks with the checksums of
their weights, of the calibration of confidences, and of the table of card
issuers. With the same versions every reading can be repeated.`,
		Args: takes(0, 0),
		RunE: e.action(func(context.Context, []string) error { return printVersion(e, asJSON) }),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// versions are the versions in a report.
type versions struct {
	Kahao       string            `json:"kahao"`
	Go          string            `json:"go"`
	Platform    string            `json:"platform"`
	Models      map[string]string `json:"models"`
	Calibration string            `json:"calibration"`
	Table       string            `json:"table"`
}

func versionsOf(r reader) versions {
	v := r.Versions()
	models := map[string]string{}
	for _, m := range v.Models {
		models[m.Name] = m.Version
	}
	return versions{v.Kahao, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, models, v.Calibration, v.Table}
}

// network is an embedded network.
type network struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// inside is the output of version --json.
type inside struct {
	Kahao    string             `json:"kahao"`
	Commit   string             `json:"commit,omitempty"`
	Date     string             `json:"date,omitempty"` // of the commit, so that builds can be repeated
	Go       string             `json:"go"`
	Platform string             `json:"platform"`
	Kernels  string             `json:"kernels"` // instruction set that the networks use here
	Networks map[string]network `json:"networks"`

	Calibration string `json:"calibration"`
	Table       string `json:"table"`
}

func printVersion(e *env, asJSON bool) error {
	r, err := e.open(kahao.Options{})
	if err != nil {
		return err
	}
	v := versionsOf(r)
	commit, date := buildCommit()
	in := inside{v.Kahao, commit, date, v.Go, v.Platform, bench.Kernels(), map[string]network{}, v.Calibration, v.Table}
	for _, m := range r.Versions().Models {
		in.Networks[m.Name] = network{m.Version, m.SHA256}
	}
	if asJSON {
		return writeJSON(e.out, in)
	}
	fmt.Fprintf(e.out, "kahao    %s\n", in.Kahao)
	if in.Commit != "" {
		fmt.Fprintf(e.out, "commit   %s, %s\n", in.Commit, in.Date)
	}
	fmt.Fprintf(e.out, "go       %s %s\nkernels  %s\n", in.Go, in.Platform, in.Kernels)
	for _, name := range slices.Sorted(maps.Keys(in.Networks)) {
		n := in.Networks[name]
		fmt.Fprintf(e.out, "network  %-8s %.12s  %s\n", name, n.SHA256, n.Version)
	}
	fmt.Fprintf(e.out, "calibration  %s\nissuers  %s\n", in.Calibration, in.Table)
	return nil
}

// buildCommit returns the commit that this binary was built from and the time of
// that commit, or nothing if it was built outside a checkout.
func buildCommit() (commit, date string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	modified := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.time":
			date = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+changes"
		}
	}
	if commit == "" {
		return "", ""
	}
	return commit + modified, date
}
