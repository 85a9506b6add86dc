package config

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/testutil"
)

// TestPage holds docs/configuration.md to the table of settings.
func TestPage(t *testing.T) { testutil.Golden(t, "../../docs/configuration.md", page()) }

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
			placeholder, text := flag.UnquoteUsage(&flag.Flag{Usage: row.text, Value: row.value})
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

Written from the table of settings in ` + "`internal/config/table.go` by `make docs`" + `; a test fails when they differ. How to run a server with them:
[operations.md](operations.md).

A setting is given to ` + "`kahao serve`" + ` in one of three ways; what stands first here wins:

1. a flag: ` + "`--max-body 8MiB`" + `; those that are on or off need no value
2. an environment variable: ` + "`KAHAO_MAX_BODY=8MiB`" + `; an empty one counts as none
3. a line of the TOML file that ` + "`--config FILE` or `KAHAO_CONFIG`" + ` names: ` + "`max-body = \"8MiB\"`" + `; lists may be written as lists:
   ` + "`fetch-hosts = [\"img.example.com\", \"*.example.org\"]`" + `

` + "```sh" + `
kahao config print --config kahao.toml    # what is in effect, and where each value comes from
kahao config check --config kahao.toml    # every mistake at once; exit code 2 if there is one
` + "```" + `

Times are written as ` + "`500ms`, `20s` or `24h`, sizes as `512KiB`, `6MiB` or `2GiB`" + `. An unknown name, in the file or after ` + "`KAHAO_`" + `, is a
mistake. (` + "`KAHAO_PORT…` and `KAHAO_SERVICE_…`" + ` are not ours: clusters set them for a service of that name.) Secrets are never settings themselves;
settings name the files that hold them, which not everybody may be able to read. The one exception is the variable KAHAO_KEYS, which may hold what the key file would.
`
