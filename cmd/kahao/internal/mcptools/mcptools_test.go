package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/redaction"
)

// connect returns a client of a server for a directory with the specimen card,
// next to a file and a link to it that are out of bounds.
func connect(t *testing.T) (client *mcp.ClientSession, dir string) {
	t.Helper()
	card, err := os.ReadFile("../../../../testdata/card.jpg")
	if err != nil {
		t.Fatal(err)
	}
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(base, "allowed")
	if err := errors.Join(
		os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "card.jpg"), card, 0o644),
		os.WriteFile(filepath.Join(base, "secret.jpg"), card, 0o644), os.Symlink("../secret.jpg", filepath.Join(dir, "link.jpg")),
		os.Symlink("..", filepath.Join(dir, "up")),
	); err != nil {
		t.Fatal(err)
	}
	reader, err := kahao.New(kahao.Options{})
	if err != nil {
		t.Fatal(err)
	}
	finder, err := pipeline.New(pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tools, err := New(reader, finder, "test", []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tools.Close() })
	here, there := mcp.NewInMemoryTransports()
	ctx := context.Background()
	server, err := tools.Server().Connect(ctx, there, nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err = mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(ctx, here, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Wait() })
	return client, dir
}

// call calls a tool. It returns the structured result, or the text of an error.
func call(t *testing.T, client *mcp.ClientSession, tool string, arguments, out any) (failure string) {
	t.Helper()
	r, err := client.CallTool(context.Background(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if run := regexp.MustCompile(`[0-9]{12,}`).Find(text); run != nil && !strings.Contains(string(text), `"fingerprint"`) {
		t.Errorf("%s returns a run of %d digits", tool, len(run))
	}
	if r.IsError {
		return r.Content[0].(*mcp.TextContent).Text
	}
	structured, err := json.Marshal(r.StructuredContent)
	if err == nil {
		err = json.Unmarshal(structured, out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ""
}

func TestReadCard(t *testing.T) {
	client, dir := connect(t)
	for _, path := range []string{filepath.Join(dir, "card.jpg"), "card.jpg"} {
		var out ReadOutput
		if failure := call(t, client, "read_card", ReadInput{path}, &out); failure != "" {
			t.Fatal(failure)
		}
		if len(out.Cards) != 1 || out.Cards[0].Verdict != "accept" || !strings.HasSuffix(out.Cards[0].Number, "*0003") {
			t.Errorf("read_card %s: %+v", path, out)
		}
	}
}

func TestRedactImage(t *testing.T) {
	client, dir := connect(t)
	var out RedactOutput
	if failure := call(t, client, "redact_image", RedactInput{Path: "card.jpg"}, &out); failure != "" {
		t.Fatal(failure)
	}
	if out.Verdict != "redacted" || out.Out != filepath.Join(dir, "card-redacted.jpg") {
		t.Errorf("redact_image: %+v", out)
	}
	var read ReadOutput
	if failure := call(t, client, "read_card", ReadInput{out.Out}, &read); failure != "" {
		t.Fatal(failure)
	}
	for _, c := range read.Cards {
		if c.Verdict == "accept" {
			t.Errorf("the redacted copy is read as %+v", c)
		}
	}
	if failure := call(t, client, "redact_image", RedactInput{Path: "card.jpg"}, &out); !strings.Contains(failure, "exist") {
		t.Errorf("redact_image over a copy: %q, want an error", failure)
	}
}

// A redaction that is unsure gives its reasons with codes, as the command and the API do.
func TestRedactReasons(t *testing.T) {
	client, dir := connect(t)
	card, err := os.ReadFile(filepath.Join(dir, "card.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "damaged.jpg"), card[:len(card)-len(card)/8], 0o644); err != nil {
		t.Fatal(err)
	}
	var out RedactOutput
	if failure := call(t, client, "redact_image", RedactInput{Path: "damaged.jpg"}, &out); failure != "" {
		t.Fatal(failure)
	}
	if out.Verdict != "unsure" || len(out.Details) == 0 || out.Details[0].Code != redaction.ReasonDamaged {
		t.Errorf("redact_image of a damaged file: verdict %s, details %+v, want unsure and the code damaged first", out.Verdict, out.Details)
	}
	for i, d := range out.Details {
		if i >= len(out.Reasons) || out.Reasons[i] != d.Text {
			t.Errorf("details %+v, reasons %q, want the same texts", out.Details, out.Reasons)
			break
		}
	}
}

func TestScanFolder(t *testing.T) {
	client, dir := connect(t)
	var out ScanOutput
	if failure := call(t, client, "scan_folder", ScanInput{Path: "."}, &out); failure != "" {
		t.Fatal(failure)
	}
	if len(out.Findings) != 1 || out.Findings[0].File != filepath.Join(dir, "card.jpg") || out.Findings[0].Last4 != "0003" {
		t.Errorf("scan_folder: %+v", out)
	}
}

// TestConfined: nothing outside the directory is read or written, by whatever
// path.
func TestConfined(t *testing.T) {
	client, dir := connect(t)
	outside := []string{"../secret.jpg", filepath.Join(dir, "..", "secret.jpg"), "link.jpg", "up/secret.jpg", "/etc/passwd", dir + "-other/x.jpg", ""}
	for _, path := range outside {
		var out ReadOutput
		if failure := call(t, client, "read_card", ReadInput{path}, &out); failure == "" {
			t.Errorf("read_card %q: %+v, want an error", path, out)
		}
		var redacted RedactOutput
		if path != "link.jpg" { // as a target it is only a name that is taken
			if failure := call(t, client, "redact_image", RedactInput{Path: "card.jpg", Out: path + ".new"}, &redacted); failure == "" && !strings.HasPrefix(redacted.Out, dir+string(filepath.Separator)) {
				t.Errorf("redact_image to %q: %+v, want an error", path, redacted)
			}
		}
		var found ScanOutput
		if failure := call(t, client, "scan_folder", ScanInput{Path: path}, &found); failure == "" && path != "" {
			t.Errorf("scan_folder %q: %+v, want an error", path, found)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries next to the directory (%v), want 2", len(entries), err)
	}
	var found ScanOutput
	if failure := call(t, client, "scan_folder", ScanInput{Path: "up"}, &found); failure == "" {
		t.Errorf("scan_folder through a link out: %+v, want an error", found)
	}
}
