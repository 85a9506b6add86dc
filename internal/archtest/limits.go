package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// MaxFileLines bounds a file. Packages have no bound, because they are divided
// by concept, not by length. The library's own package
// is the exception, because its length is what a user has to read.
const (
	MaxFileLines = 400
	MaxRootLines = 650
)

// Size returns the files that exceed the bound, and the library's package if it
// does. Tests and generated files do not count.
func Size(files []*File) []string {
	var broken []string
	root := 0
	for _, f := range files {
		if f.Test || f.Generated {
			continue
		}
		if f.Package == "" {
			root += f.Lines
		}
		if f.Lines > MaxFileLines {
			broken = append(broken, fmt.Sprintf("%s has %d lines, the bound is %d", f.Path, f.Lines, MaxFileLines))
		}
	}
	if root > MaxRootLines {
		broken = append(broken, fmt.Sprintf("the library's package has %d lines, the bound is %d", root, MaxRootLines))
	}
	slices.Sort(broken)
	return broken
}

// Undocumented returns the exported identifiers without a comment, and the
// packages without one.
func Undocumented(files []*File) []string {
	var broken []string
	explained := map[string]bool{}
	for _, f := range files {
		if f.Test {
			continue
		}
		explained[f.Package] = explained[f.Package] || f.Syntax.Doc != nil
		if f.Generated || f.Main() {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			for _, id := range bare(decl) {
				broken = append(broken, fmt.Sprintf("%s: %s is exported and has no comment", f.Set.Position(id.Pos()), id.Name))
			}
		}
	}
	for pkg, ok := range explained {
		if !ok {
			broken = append(broken, fmt.Sprintf("package %q has no package comment", pkg))
		}
	}
	slices.Sort(broken)
	return broken
}

// bare returns the exported names of a declaration that have no comment. A
// comment on a group of constants or variables covers the group.
func bare(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT || d.Doc != nil {
			return nil
		}
		var names []*ast.Ident
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Doc == nil && s.Comment == nil && s.Name.IsExported() {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if s.Doc == nil && s.Comment == nil {
					names = append(names, exported(s.Names)...)
				}
			}
		}
		return names
	}
	return nil
}

func exported(ids []*ast.Ident) []*ast.Ident {
	return slices.DeleteFunc(slices.Clone(ids), func(id *ast.Ident) bool { return !id.IsExported() })
}

// exportedReceiver reports whether a function, or a method of an exported type,
// needs a comment. Methods of well-known interfaces do not.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	if slices.Contains([]string{"String", "Error", "Unwrap", "Is", "Len", "Less", "Swap"}, d.Name.Name) {
		return false
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// clockless directories must not read the clock: recognition does not depend on
// the time, and the service's rules get it as an argument.
var clockless = []string{"internal/vision", "internal/geom", "internal/pixel", "pan", "issuer", "capture", "internal/prior", "internal/expiry", "internal/service", "internal/evaluate", "internal/synth"}

// Clocks returns the places that read the clock in clockless directories.
func Clocks(files []*File) []string {
	var broken []string
	for _, f := range files {
		injected := f.Package == "" || slices.ContainsFunc(clockless, func(dir string) bool { return under(f.Package, dir) })
		if f.Test || f.Main() || !injected || slices.Contains(timed, f.Package) {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep"}, s.Sel.Name) {
					broken = append(broken, fmt.Sprintf("%s: time.%s: the time is injected here", f.Set.Position(s.Pos()), s.Sel.Name))
				}
			}
			return true
		})
	}
	return broken
}

// timed directories are below clockless ones and may measure time.
var timed = []string{"internal/vision/nn/peak", "internal/evaluate/dataset"}

// dependencies are the modules that the product may require directly, each
// with the directories that may import it. docs/dependencies.md has the reasons.
var dependencies = map[string][]string{
	"github.com/BurntSushi/toml":             {"internal/config"},
	"github.com/KimMachineGun/automemlimit":  {"cmd/kahao"},
	"github.com/VictoriaMetrics/metrics":     {"internal/server"},
	"github.com/boombuler/barcode":           {"internal/console"},
	"github.com/gen2brain/jpegn":             {"internal/vision/imagein"},
	"github.com/go-jose/go-jose/v4":          {"internal/service/masking"},
	"github.com/gofrs/flock":                 {"internal/store/sqlite"},
	"github.com/tetratelabs/wazero":          {"internal/vision/imagein/sandbox"},
	"github.com/hashicorp/golang-lru/v2":     {"internal/store/accountdb"},
	"github.com/jackc/pgx/v5":                {"internal/store/postgres"},
	"github.com/jedib0t/go-pretty/v6":        {"cmd/kahao/internal/term"},
	"github.com/google/jsonschema-go":        {"internal/api/openapi/openapitest"},
	"github.com/modelcontextprotocol/go-sdk": {"cmd/kahao"},
	"github.com/pquerna/otp":                 {"internal/service/login"},
	"github.com/rogpeppe/go-internal":        {}, // tests of the command alone
	"github.com/spf13/cobra":                 {"cmd/kahao"},
	"github.com/spf13/pflag":                 {"cmd/kahao", "internal/config"},
	"golang.org/x/crypto":                    {"internal/service/login"},
	"golang.org/x/image":                     {"internal/vision/imagein", "internal/synth", "internal/redaction", "cmd/kahao/internal/annotate"},
	"golang.org/x/sync":                      {"internal/store/accountdb"},
	"golang.org/x/sys":                       {"internal/vision/nn", "internal/httpserver"},
	"golang.org/x/term":                      {"cmd/kahao/internal/term"},
	"modernc.org/sqlite":                     {"internal/store/sqlite"},

	"go.opentelemetry.io/otel":                                        {"internal/tracing"},
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp": {"internal/tracing"},
	"go.opentelemetry.io/otel/sdk":                                    {"internal/tracing"},
	"go.opentelemetry.io/otel/trace":                                  {"internal/tracing"},
}

// Limits of the number of modules in go.mod. Four direct ones are the command's
// frame, and three replace code of our own: memory limit, cache and file lock.
// Three are the console's: password hash, one-time codes and QR codes. OpenTelemetry
// has four.
const (
	MaxDirect = 27
	MaxTotal  = 75
)

// Dependencies returns the modules that are not allowed, or imported where they
// must not be, and an excess of them.
func Dependencies(files []*File, required []Requirement) []string {
	var broken []string
	direct := 0
	for _, r := range required {
		if r.Indirect {
			continue
		}
		direct++
		if _, ok := dependencies[r.Module]; !ok {
			broken = append(broken, fmt.Sprintf("go.mod requires %s: add it to archtest's list and, with reason and licence, to docs/dependencies.md", r.Module))
		}
	}
	if direct > MaxDirect || len(required) > MaxTotal {
		broken = append(broken, fmt.Sprintf("go.mod requires %d modules directly and %d in all, the limits are %d and %d", direct, len(required), MaxDirect, MaxTotal))
	}
	for _, f := range files {
		for _, to := range f.Imports {
			for module, in := range dependencies {
				if under(to, module) && !f.Test && !slices.ContainsFunc(in, func(dir string) bool { return under(f.Package, dir) }) {
					broken = append(broken, fmt.Sprintf("%s imports %q, which belongs to %s", f.Path, to, strings.Join(in, ", ")))
				}
			}
		}
	}
	return broken
}
