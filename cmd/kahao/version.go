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
checksums of their weights, and of the table of card issuers. Any reading can
be repeated with the same versions.`,
	define: func(fs *flag.FlagSet) action {
		asJSON := fs.Bool("json", false, "print one JSON object")
		return func(c *call) error { return version(c, *asJSON) }
	},
}

// versions is what "kahao version --json" prints, and what reports carry.
type versions struct {
	Kahao    string            `json:"kahao"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"`
	Models   map[string]string `json:"models"`
	Table    string            `json:"table"`
}

func versionsOf(r reader) versions {
	v := r.Versions()
	return versions{v.Kahao, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, v.Models, v.Table}
}

func version(c *call, asJSON bool) error {
	r, err := open(kahao.Options{})
	if err != nil {
		return err
	}
	v := versionsOf(r)
	if asJSON {
		return json.NewEncoder(c.out).Encode(v)
	}
	fmt.Fprintf(c.out, "kahao    %s\ngo       %s %s\n", v.Kahao, v.Go, v.Platform)
	for _, name := range slices.Sorted(maps.Keys(v.Models)) {
		fmt.Fprintf(c.out, "network  %s %s\n", name, v.Models[name])
	}
	fmt.Fprintf(c.out, "issuers  %s\n", v.Table)
	return nil
}
