package clients

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// schemathesisLib is where install puts schemathesis.
const schemathesisLib = "native/lib"

// bearerKey creates a bearer key for the server's account.
func bearerKey(t *testing.T, w *world) string {
	t.Helper()
	var k key
	w.kahao(t, &k, "key", "create", w.AppID, "--kind", "bearer")
	return k.Secret
}

// nativeWorld starts a server with a bearer key.
func nativeWorld(t *testing.T) (w *world, bearer string) {
	t.Helper()
	w = &world{store: []string{"--data", t.TempDir()}}
	w.kahao(t, nil, "db", "init")
	w.Server = start(t, append([]string{"--free-units", "1000000", "--read-timeout", "60s", "--presidio"}, w.store...)...)
	w.Account = w.customer(t, "native")
	return w, bearerKey(t, w)
}

// TestNativeExamples runs the examples as their comments say, and expects that they
// read the card, cover its number and print no more than the last four digits.
func TestNativeExamples(t *testing.T) {
	w, bearer := nativeWorld(t)
	for _, c := range [][]string{{"python3", "native.py"}, {"node", "native.mjs"}} {
		t.Run(c[0], func(t *testing.T) {
			covered := filepath.Join(t.TempDir(), "covered.jpg")
			cmd := exec.CommandContext(t.Context(), program(t, c[0]), filepath.Join("../../examples", c[1]), cardFile, covered)
			cmd.Env = append(withoutProxy(os.Environ()), "KAHAO_URL=http://"+w.Addr, "KAHAO_KEY="+bearer)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v: %s", c[1], err, out)
			}
			if want := "accept ending in " + number[len(number)-4:]; !strings.Contains(string(out), want) || !strings.Contains(string(out), "redacted ") {
				t.Errorf("%s prints %q, want %q and the verdict of the redaction", c[1], out, want)
			}
			if bytes.Contains(out, []byte(number)) {
				t.Errorf("%s prints the whole number", c[1])
			}
			file, err := os.ReadFile(covered)
			if err != nil || bytes.Equal(file, card) {
				t.Fatalf("the covered image: %v, the same as the original: %v", err, bytes.Equal(file, card))
			}
			var again struct{ Cards []struct{ Number string } }
			w.read(t, covered, &again)
			for _, k := range again.Cards {
				if k.Number == number {
					t.Error("the number can still be read in the covered image")
				}
			}
		})
	}
}

// read reads an image with the command.
func (w *world) read(t *testing.T, file string, v any) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), kahao, "read", "--json", "--reveal", file).Output()
	if err != nil {
		t.Fatalf("kahao read: %v", err)
	}
	if err := json.Unmarshal(out, v); err != nil {
		t.Fatalf("kahao read: %v: %s", err, out)
	}
}

// TestNativeAPI lets schemathesis call the server by its own OpenAPI document: with
// what the document allows, and with what it does not.
func TestNativeAPI(t *testing.T) {
	python := program(t, "python3")
	installed(t, filepath.Join(schemathesisLib, "schemathesis"))
	w, bearer := nativeWorld(t)
	lib, err := filepath.Abs(schemathesisLib)
	if err != nil {
		t.Fatalf("Abs: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "http://"+w.Addr+"/openapi.json",
		"--include-path-regex", "^/(v1/|redact$)", "--header", "Authorization: Bearer "+bearer, "--max-examples", "10", "--seed", "7",
		"--phases", "examples,coverage,fuzzing", "--request-timeout", "120", "--no-color")
	cmd.Dir = "native"
	cmd.Env = append(withoutProxy(os.Environ()), "PYTHONPATH="+lib)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("schemathesis: %v\n%s", err, out)
	}
}
