package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/kahao/kahao/internal/testutil"
)

// TestPage compares docs/configuration.md and the Chinese page with the table of
// settings.
func TestPage(t *testing.T) {
	english := page()
	testutil.Golden(t, "../../docs/configuration.md", english)
	testutil.Golden(t, "../../docs/configuration.zh.md", testutil.Translate(t, english, "testdata/configuration.zh.tsv"))
}

func page() string {
	var b strings.Builder
	b.WriteString(introduction)
	s := Defaults()
	for _, g := range table(&s) {
		fmt.Fprintf(&b, "\n## %s\n\n", g.title)
		if g.intro != "" {
			b.WriteString(g.intro + "\n\n")
		}
		b.WriteString("| setting | default | |\n|---|---|---|\n")
		for _, row := range g.rows {
			placeholder, text := pflag.UnquoteUsage(&pflag.Flag{Usage: row.text, Value: row.value})
			standard := row.value.String()
			switch {
			case standard == "":
				standard = "none"
			case isBool(row.value) && standard == "false":
				placeholder, standard = "", "off"
			default:
				standard = "`" + standard + "`"
			}
			name := "`" + strings.TrimSpace(row.name+" "+strings.ToUpper(placeholder)) + "`"
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, standard, text)
		}
	}
	return b.String()
}

const introduction = `# Configuration

简体中文：[configuration.zh.md](configuration.zh.md)

This page is generated from the table of settings in ` + "`internal/config/table.go` by `make docs`" + `; a test fails on drift. How to run a server:
[operations.md](operations.md).

` + "`kahao serve`" + ` takes a setting from one of three sources. In order of precedence:

1. a flag: ` + "`--max-body 8MiB`" + `; a boolean flag needs no value
2. an environment variable: ` + "`KAHAO_MAX_BODY=8MiB`" + `; an empty one is ignored
3. a line of the TOML file that ` + "`--config FILE` or `KAHAO_CONFIG`" + ` names: ` + "`max-body = \"8MiB\"`" + `; lists may be written as arrays:
   ` + "`fetch-hosts = [\"img.example.com\", \"*.example.org\"]`" + `

` + "```sh" + `
kahao config print --config kahao.toml    # the effective settings, each with its source
kahao config check --config kahao.toml    # all mistakes at once; exit code 2 if there is one
` + "```" + `

Durations are written ` + "`500ms`, `20s` or `24h`, sizes `512KiB`, `6MiB` or `2GiB`" + `. Unknown names in the file, and unknown variables that begin with ` + "`KAHAO_`" + `, are
mistakes, except ` + "`KAHAO_PORT…` and `KAHAO_SERVICE_…`" + `, which clusters set for a service with that name. No setting is a secret itself: settings
name the files with secrets, which other users must not be able to read. The only exception is the variable ` + "`KAHAO_KEYS`" + `, which may hold the content of
the key file.
`
