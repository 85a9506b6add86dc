package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"github.com/kahao/kahao"
)

var versionCommand = &command{
	name:  "version",
	brief: "prints what this binary is made of",
	help: `
Prints the versions of the program, of Go, of the networks inside with the
checksums of their weights, of the map from their answers to probabilities,
and of the table of card issuers. Any reading can be repeated with the same
versions.`,
	define: func(fs *flag.FlagSet) action {
		asJSON := fs.Bool("json", false, "print one JSON object")
		return func(c *call) error { return version(c, *asJSON) }
	},
}

// versions is what reports carry.
type versions struct {
	Kahao    string            `json:"kahao"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"`
	Models   map[string]string `json:"models"`
	// Calibration is that of the confidences.
	Calibration string `json:"calibration"`
	Table       string `json:"table"`
}

func versionsOf(r reader) versions {
	v := r.Versions()
	models := map[string]string{}
	for _, m := range v.Models {
		models[m.Name] = m.Version
	}
	return versions{v.Kahao, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, models, v.Calibration, v.Table}
}

// network is where an embedded network comes from.
type network struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// inside is what "kahao version --json" prints.
type inside struct {
	Kahao    string             `json:"kahao"`
	Go       string             `json:"go"`
	Platform string             `json:"platform"`
	Kernels  string             `json:"kernels"` // that the networks run on, here
	Networks map[string]network `json:"networks"`

	Calibration string `json:"calibration"`
	Table       string `json:"table"`
}

func version(c *call, asJSON bool) error {
	r, err := open(kahao.Options{})
	if err != nil {
		return err
	}
	v := versionsOf(r)
	in := inside{v.Kahao, v.Go, v.Platform, kernels(), map[string]network{}, v.Calibration, v.Table}
	for _, m := range r.Versions().Models {
		in.Networks[m.Name] = network{m.Version, m.SHA256}
	}
	if asJSON {
		lines := json.NewEncoder(c.out)
		lines.SetEscapeHTML(false)
		return lines.Encode(in)
	}
	fmt.Fprintf(c.out, "kahao    %s\ngo       %s %s\nkernels  %s\n", in.Kahao, in.Go, in.Platform, in.Kernels)
	for _, name := range slices.Sorted(maps.Keys(in.Networks)) {
		n := in.Networks[name]
		fmt.Fprintf(c.out, "network  %-8s %.12s  %s\n", name, n.SHA256, n.Version)
	}
	fmt.Fprintf(c.out, "calibration  %s\nissuers  %s\n", in.Calibration, in.Table)
	return nil
}
