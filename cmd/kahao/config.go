package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/server"
)

var configCommand = &command{
	name:  "config",
	args:  "print|check",
	brief: "shows or checks the settings of serve",
	help: `
Takes the flags of serve, reads the same environment and file, and starts
nothing. "print" prints every setting that would be in effect, as a file for
--config, with where each value comes from. "check" prints nothing but
mistakes, all of them at once. Secrets are not printed: settings name the
files that hold them.

With --json print gives one line a setting:
{"name":"listen","value":"127.0.0.1:8080","origin":"default"}`,
	define: func(fs *flag.FlagSet) action {
		o := &configOptions{}
		fs.BoolVar(&o.json, "json", false, "print JSON")
		o.loader.Flags(fs)
		return o.run
	},
}

type configOptions struct {
	json   bool
	loader config.Loader
}

func (o *configOptions) run(c *call) error {
	if len(c.args) != 1 || c.args[0] != "print" && c.args[0] != "check" {
		return misuse("config does one of two things: print or check")
	}
	settings, entries, err := o.loader.Load(os.Environ())
	err = errors.Join(err, server.Check(settings))
	if err != nil {
		return misuse("%v", err)
	}
	if c.args[0] == "check" {
		return nil
	}
	width := 0
	for _, e := range entries {
		width = max(width, len(e.Line()))
	}
	for _, e := range entries {
		if o.json {
			err = json.NewEncoder(c.out).Encode(settingLine{e.Name, e.Value, e.Origin})
		} else {
			_, err = fmt.Fprintf(c.out, "%-*s  # %s\n", min(width, 48), e.Line(), e.Origin)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settingLine is what config print --json prints.
type settingLine struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}
