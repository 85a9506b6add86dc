// Package mcptools offers reading, redaction and scanning to language models, as
// tools of the Model Context Protocol. A model sees masked numbers only, and
// files in the directories that were named at the start only.
package mcptools

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/findings"
	"github.com/kahao/kahao/internal/contents"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// Tools are what a server offers.
type Tools struct {
	Reader  *kahao.Reader
	Finder  *pipeline.Reader
	Version string

	directories []directory
	key         []byte // of fingerprints: the same for one run
}

// directory is one that files may be in.
type directory struct {
	path string // absolute, without symbolic links
	root *os.Root
}

// New opens the directories.
func New(reader *kahao.Reader, finder *pipeline.Reader, version string, allowed []string) (*Tools, error) {
	t := &Tools{Reader: reader, Finder: finder, Version: version, key: make([]byte, 32)}
	if _, err := rand.Read(t.key); err != nil {
		return nil, err
	}
	for _, name := range allowed {
		path, err := filepath.Abs(name)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}
		t.directories = append(t.directories, directory{path, root})
	}
	return t, nil
}

// Close closes the directories.
func (t *Tools) Close() (err error) {
	for _, d := range t.directories {
		err = errors.Join(err, d.root.Close())
	}
	return err
}

// Server returns a server with the tools.
func (t *Tools) Server() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "kahao", Title: "kahao 卡号", Version: t.Version}, nil)
	no := false
	mcp.AddTool(s, &mcp.Tool{
		Name: "read_card", Description: "Read the bank cards in an image file. Numbers are masked: the first six and the last four digits.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: &no},
	}, t.readCard)
	mcp.AddTool(s, &mcp.Tool{
		Name: "redact_image", Description: "Write a copy of an image file with the card numbers covered. The original stays.",
		Annotations: &mcp.ToolAnnotations{DestructiveHint: &no, OpenWorldHint: &no},
	}, t.redactImage)
	mcp.AddTool(s, &mcp.Tool{
		Name: "scan_folder", Description: "Find the images that show card numbers in a directory, also in archives and mails in it.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: &no},
	}, t.scanFolder)
	return s
}

// errOutside means that a path is in none of the directories. It does not say
// whether the file exists.
var errOutside = errors.New("the path is in none of the directories that were allowed at the start")

// place returns the directory that a path is in, and the path in it.
func (t *Tools) place(path string) (directory, string, error) {
	if !filepath.IsAbs(path) && len(t.directories) == 1 {
		path = filepath.Join(t.directories[0].path, path)
	}
	for _, d := range t.directories {
		if rest, err := filepath.Rel(d.path, path); err == nil && filepath.IsLocal(rest) {
			return d, rest, nil
		}
	}
	return directory{}, "", errOutside
}

// load reads a file. Symbolic links out of a directory are not followed.
func (t *Tools) load(path string) ([]byte, error) {
	d, rest, err := t.place(path)
	if err != nil {
		return nil, err
	}
	f, err := d.root.Open(rest)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, contents.MaxImage+1)) // the reader refuses one byte too many
}

// ReadInput are the arguments of read_card.
type ReadInput struct {
	Path string `json:"path" jsonschema:"path of the image file"`
}

// ReadOutput is the result of read_card.
type ReadOutput struct {
	Cards   []Card   `json:"cards"`
	Reasons []string `json:"reasons" jsonschema:"why there is no card, or that there are several"`
}

// Card is one card, without the digits in the middle of its number.
type Card struct {
	Number     string   `json:"number" jsonschema:"masked number; ? is a covered digit"`
	Verdict    string   `json:"verdict" jsonschema:"accept, review or reject"`
	Confidence float64  `json:"confidence" jsonschema:"probability that the whole number is right"`
	Expiry     string   `json:"expiry" jsonschema:"MM/YYYY, or empty"`
	Type       string   `json:"type"`
	Bank       string   `json:"bank"`
	Network    string   `json:"network"`
	Reasons    []string `json:"reasons" jsonschema:"why the number is not accepted"`
}

func (t *Tools) readCard(ctx context.Context, _ *mcp.CallToolRequest, in ReadInput) (*mcp.CallToolResult, ReadOutput, error) {
	out := ReadOutput{Cards: []Card{}, Reasons: []string{}}
	file, err := t.load(in.Path)
	if err != nil {
		return nil, out, err
	}
	reading, err := t.Reader.ReadAll(ctx, file)
	if err != nil {
		return nil, out, err
	}
	out.Reasons = codes(reading.Reasons)
	for _, c := range reading.Cards {
		card := Card{
			Number: c.PAN.Masked(), Verdict: string(c.Verdict), Confidence: evaluate.Round(c.Number.Confidence, 10_000), Expiry: c.Expiry.String(),
			Type: c.Issuer.Type.String(), Bank: c.Issuer.BankInfo(), Network: c.Issuer.Network, Reasons: codes(c.Reasons),
		}
		if c.PAN.IsZero() {
			card.Number = c.Masked.Masked()
		}
		out.Cards = append(out.Cards, card)
	}
	return nil, out, nil
}

func codes(reasons []kahao.Reason) []string {
	all := []string{}
	for _, r := range reasons {
		all = append(all, string(r.Code))
	}
	return all
}

// RedactInput are the arguments of redact_image.
type RedactInput struct {
	Path   string `json:"path" jsonschema:"path of the image file"`
	Out    string `json:"out,omitempty" jsonschema:"path of the copy; it must not exist. By default NAME-redacted next to the original"`
	Expiry bool   `json:"expiry,omitempty" jsonschema:"cover dates, too"`
	All    bool   `json:"all_digits,omitempty" jsonschema:"cover all digits instead of leaving the first six and the last four"`
}

// RedactOutput is the result of redact_image.
type RedactOutput struct {
	Out     string   `json:"out" jsonschema:"path of the copy; empty if nothing was found"`
	Verdict string   `json:"verdict" jsonschema:"redacted, nothing (no number was found) or unsure (a person should look)"`
	Covers  int      `json:"covers" jsonschema:"how many places were covered"`
	Reasons []string `json:"reasons" jsonschema:"why the verdict is unsure"`

	Details []redaction.ReasonRecord `json:"details" jsonschema:"the same reasons, with their codes"`
}

func (t *Tools) redactImage(ctx context.Context, _ *mcp.CallToolRequest, in RedactInput) (*mcp.CallToolResult, RedactOutput, error) {
	out := RedactOutput{Reasons: []string{}, Details: []redaction.ReasonRecord{}}
	file, err := t.load(in.Path)
	if err != nil {
		return nil, out, err
	}
	o := redaction.Options{Keep: redaction.Keep{First: 6, Last: 4}, Style: redaction.Fill, Expiry: in.Expiry}
	if in.All {
		o.Keep = redaction.Keep{}
	}
	r, err := redaction.Redact(ctx, t.Finder, file, imagein.Options{}, o)
	if err != nil {
		return nil, out, err
	}
	out.Verdict, out.Covers = string(r.Verdict), len(r.Covers)
	out.Details, out.Reasons = r.ReasonRecords()
	if len(r.Covers) == 0 {
		return nil, out, nil
	}
	out.Out, err = t.write(target(in, r), r.File)
	return nil, out, err
}

// target is the path of a redacted copy.
func target(in RedactInput, r *redaction.Result) string {
	if in.Out != "" {
		return in.Out
	}
	ext := filepath.Ext(in.Path)
	name := strings.TrimSuffix(in.Path, ext) + "-redacted"
	if r.Format != r.From {
		ext = r.Extension()
	}
	return name + ext
}

// write creates a file in one of the directories, and replaces none.
func (t *Tools) write(path string, content []byte) (string, error) {
	d, rest, err := t.place(path)
	if err != nil {
		return "", err
	}
	f, err := d.root.OpenFile(rest, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	return filepath.Join(d.path, rest), errors.Join(err, f.Close())
}

// ScanInput are the arguments of scan_folder.
type ScanInput struct {
	Path string `json:"path" jsonschema:"path of the directory"`
	All  bool   `json:"all,omitempty" jsonschema:"report what may be a number, too"`
}

// ScanOutput is the result of scan_folder.
type ScanOutput struct {
	Files    int                `json:"files"`
	Images   int                `json:"images"`
	Findings []findings.Finding `json:"findings"`
	Problems []string           `json:"problems" jsonschema:"places that could not be looked into"`
	Cut      bool               `json:"cut" jsonschema:"there was more than is reported here"`
}

// maxReported is how many findings and problems a model gets.
const maxReported = 500

// errEnough ends a scan.
var errEnough = errors.New("enough findings")

func (t *Tools) scanFolder(ctx context.Context, _ *mcp.CallToolRequest, in ScanInput) (*mcp.CallToolResult, ScanOutput, error) {
	out := ScanOutput{Findings: []findings.Finding{}, Problems: []string{}}
	d, rest, err := t.place(in.Path)
	if err != nil {
		return nil, out, err
	}
	info, err := d.root.Stat(rest) // fails for a link out of the directory
	if err != nil {
		return nil, out, err
	}
	if !info.IsDir() {
		return nil, out, fmt.Errorf("%s is not a directory", in.Path)
	}
	problem := func(p contents.Problem) {
		if len(out.Problems) < maxReported {
			out.Problems = append(out.Problems, fmt.Sprintf("%s%s: %v", p.Path, p.Inside, p.Err))
		} else {
			out.Cut = true
		}
	}
	err = contents.Walk(ctx, []string{filepath.Join(d.path, rest)}, contents.Visitor{
		Image: func(item contents.Item) error {
			regions, err := t.Finder.RegionsInFile(ctx, item.Data)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				problem(contents.Problem{Path: item.Path, Inside: item.Inside, Err: err})
				return nil
			}
			out.Images++
			for _, r := range regions {
				if f, ok := findings.Of(item.Path, item.Inside, r, t.key); ok && (f.Sure || in.All) {
					out.Findings = append(out.Findings, f)
				}
			}
			if len(out.Findings) >= maxReported {
				return errEnough
			}
			return nil
		},
		Done:    func(string, fs.FileInfo) error { out.Files++; return nil },
		Problem: problem,
	})
	if errors.Is(err, errEnough) {
		out.Cut, err = true, nil
	}
	return nil, out, err
}
