package archtest

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Module is the import path that the rules are about.
const Module = "github.com/kahao/kahao"

// File is one Go file of the module.
type File struct {
	Path      string // from the root of the module, with slashes
	Package   string // directory from the root; "" is the library itself
	Test      bool   // name ends in _test.go
	Generated bool   // carries the "Code generated ... DO NOT EDIT." line
	Lines     int
	Imports   []string
	Syntax    *ast.File
	Set       *token.FileSet
}

// Main reports whether the file belongs to a command.
func (f *File) Main() bool { return f.Syntax.Name.Name == "main" }

// Load parses every Go file below root. It leaves out what is not built with the
// product: nested modules, testdata, hidden directories and /out, which git
// ignores.
func Load(root string) ([]*File, error) {
	var files []*File
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel == "out" || rel != "." && skipped(name, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		f, err := parse(name, rel)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

func skipped(dir, base string) bool {
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func parse(name, rel string) (*File, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &File{Path: rel, Package: path.Dir(rel), Test: strings.HasSuffix(rel, "_test.go"), Set: token.NewFileSet()}
	if f.Package == "." {
		f.Package = ""
	}
	f.Lines = strings.Count(string(src), "\n")
	f.Syntax, err = parser.ParseFile(f.Set, rel, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f.Generated = ast.IsGenerated(f.Syntax)
	for _, spec := range f.Syntax.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", rel, err)
		}
		f.Imports = append(f.Imports, to)
	}
	return f, nil
}

// Requirement is one line of go.mod's require blocks.
type Requirement struct {
	Module, Version string
	Indirect        bool
}

// Requirements reads the require directives of a go.mod file.
func Requirements(name string) ([]Requirement, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var found []Requirement
	block := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "require (":
			block = true
			continue
		case line == ")":
			block = false
			continue
		case strings.HasPrefix(line, "require "):
			line = strings.TrimPrefix(line, "require ")
		case !block:
			continue
		}
		if words := strings.Fields(line); len(words) >= 2 && !strings.HasPrefix(line, "//") {
			found = append(found, Requirement{words[0], words[1], strings.HasSuffix(line, "// indirect")})
		}
	}
	return found, nil
}

// under reports whether a package is dir or below it.
func under(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

// local returns the directory of an import path of the module, from its root.
func local(importPath string) (string, bool) {
	if importPath == Module {
		return "", true
	}
	return strings.CutPrefix(importPath, Module+"/")
}
