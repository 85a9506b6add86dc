package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

// elsewhere are the beginnings of commands in blocks of code that this test does not
// run, with the reason or the test that does.
var elsewhere = map[string]string{
	"serve":             "TestServe, TestReadme in test/clients",
	"mcp":               "runs until it is stopped; cmd/kahao/internal/mcptools tests the tools",
	"health":            "TestHealth: it needs a server",
	"eval --benchmark":  "takes minutes; the script eval draws the benchmark's first images",
	"eval captures":     "takes the records of 640 captures of synth --stream; internal/evaluate tests its figures",
	"calibrate":         "takes hours; the script calibrate",
	"synth --documents": "needs fonts; TestDocuments in internal/pipeline",
	"synth -n 184":      "draws for half a minute; the script synth draws a few of each kind", "synth -n 460": "the same", "synth -n 200": "the same",
	"eval --failures dates": "the images of synth -n 184 and -n 460", "eval --only MON": "the same",
	"synth -n 40":              "its images are those of other seeds; the script synth",
	"bench":                    "takes a minute; the script bench",
	"scan --watch":             "TestScanWatches",
	"redact --watch":           "TestRedactWatches",
	"sign --data":              "the demo account of a server; TestReadme in test/clients",
	"scan --format json docum": "the documents of synth --documents",
	"account create --config":  "the configuration of a package; TestDebianPackage in tools/release",
	"db recover":               "needs a damaged database; TestRecover in internal/store",
	"console link":             "the script console",
	"read testdata":            "TestReadme in test/clients", "read --": "TestReadme in test/clients", "scan testdata": "TestReadme in test/clients",
	"redact --out covered testdata": "TestReadme in test/clients", "synth -n 20": "TestReadme in test/clients", "eval synthetic": "TestReadme in test/clients",
}

// mayFind are the commands that end with the exit code for findings.
const mayFind = "scan"

// TestPagesRun runs the commands in the blocks of code of the pages, in a directory
// that has what they name: an account, a charge, images.
func TestPagesRun(t *testing.T) {
	commands := pageCommands(t)
	at := prepare(t)
	ran, seen := 0, map[string]bool{}
	for _, c := range commands {
		text := strings.Join(c.args, " ")
		if !c.fenced || strings.HasPrefix(text, "-") || seen[text] {
			continue
		}
		seen[text] = true
		if reasonElsewhere(text) != "" {
			continue
		}
		args := at.args(c.args)
		var out, errOut strings.Builder
		code := run(t.Context(), args, realEnv(&out, &errOut))
		if code != exitOK && !(c.args[0] == mayFind && code == exitFound) {
			t.Errorf("%s, as kahao %s: exit code %d, want 0: %s%s", c, strings.Join(args, " "), code, out.String(), errOut.String())
		}
		ran++
	}
	if ran < 25 {
		t.Errorf("%d commands of the pages ran, want 25 or more", ran)
	}
	for beginning := range elsewhere {
		used := false
		for text := range seen {
			used = used || strings.HasPrefix(text, beginning)
		}
		if !used {
			t.Errorf("no page has a command that begins with %q: it need not be left out", beginning)
		}
	}
}

func reasonElsewhere(text string) string {
	for beginning, reason := range elsewhere {
		if strings.HasPrefix(text, beginning) {
			return reason
		}
	}
	return ""
}

// sandbox is what the commands of pages run in.
type sandbox struct{ appID, user, key, charge string }

// prepare makes the directory and changes to it.
func prepare(t *testing.T) sandbox {
	t.Helper()
	image, err := os.ReadFile(filepath.Join(testdata, "card.jpg"))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"photos/a.jpg", "exports/b.jpg", "mail/c.jpg", "tickets/d.jpg", "DIR/e.jpg", "card.jpg"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatalf("MkdirAll: %v", err)
		}
		if err := os.WriteFile(name, image, 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	for name, content := range map[string]string{
		"fingerprint.key": "0123456789abcdef0123456789abcdef", "kahao.toml": "listen = \"127.0.0.1:8080\"\n",
		"DIR/labels.tsv": "file\tkind\tnumber_as_printed\texpiry_as_printed\tprint\torientation\tnetwork\ne.jpg\tcard\t0000\t\tflat\tupright\t\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	t.Setenv("KAHAO_DATA", "data")
	say(t, "db", "init")
	var key createdKey
	if err := json.Unmarshal([]byte(say(t, "account", "create", "a", "--json")), &key); err != nil {
		t.Fatalf("account create --json: %v", err)
	}
	say(t, "account", "pay", key.AppID, "500", "--reason", "test")
	at := time.Now()
	if err := chargeCalls("data", ledger.Caller{Account: key.AppID, User: key.User, Key: key.SecretID, Bucket: key.Bucket, API: "legacy"}, 1, at); err != nil {
		t.Fatalf("charging a call: %v", err)
	}
	return sandbox{key.AppID, key.User, key.SecretID, fmt.Sprint("charge-", at.UnixNano())}
}

// args puts what is there in the place of what pages name.
func (s sandbox) args(args []string) []string {
	data := strings.HasPrefix(strings.Join(args, " "), "eval")
	out := make([]string, 0, len(args))
	for i, arg := range args {
		switch {
		case arg == "APPID" || arg == "1250000001":
			arg = s.appID
		case arg == "CHARGE":
			arg = s.charge
		case arg == "DIR" && !data, i > 0 && args[i-1] == "--data":
			arg = "data"
		case arg == "/srv/tickets":
			arg = "tickets"
		case strings.HasPrefix(arg, "/backup/"):
			arg = fmt.Sprintf("backup-%d.db", time.Now().UnixNano())
		}
		out = append(out, arg)
	}
	return out
}
