package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// public are the packages that users of the library import.
var public = []string{"", "pan", "issuer"}

// Exported returns the exported declarations of the public packages that
// mention a type of an internal package: users could see such a type, but
// neither name it nor look up its methods.
func Exported(files []*File) []string {
	var broken []string
	for _, f := range files {
		if f.Test || !slices.Contains(public, f.Package) {
			continue
		}
		internal := internalNames(f)
		for _, decl := range f.Syntax.Decls {
			for _, node := range visible(decl) {
				ast.Inspect(node, func(n ast.Node) bool {
					s, ok := n.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					if x, ok := s.X.(*ast.Ident); ok && internal[x.Name] {
						broken = append(broken, fmt.Sprintf("%s: an exported declaration mentions %s.%s, which is internal",
							f.Set.Position(s.Pos()), x.Name, s.Sel.Name))
					}
					return true
				})
			}
		}
	}
	slices.Sort(broken)
	return broken
}

// internalNames returns the names under which a file imports internal packages.
func internalNames(f *File) map[string]bool {
	names := map[string]bool{}
	for i, spec := range f.Syntax.Imports {
		path := f.Imports[i]
		if !strings.Contains(path+"/", "/internal/") {
			continue
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = true
	}
	return names
}

// visible returns the parts of a declaration that a user of the package sees:
// not the bodies of functions, and not the unexported fields of structs. An
// unexported type is included too, because an exported declaration may use it,
// unless it is a struct.
func visible(decl ast.Decl) []ast.Node {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() {
			return []ast.Node{d.Type}
		}
	case *ast.GenDecl:
		var nodes []ast.Node
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				nodes = append(nodes, visibleType(s)...)
			case *ast.ValueSpec:
				if len(exported(s.Names)) > 0 {
					nodes = append(nodes, s)
				}
			}
		}
		return nodes
	}
	return nil
}

func visibleType(s *ast.TypeSpec) []ast.Node {
	fields, ok := s.Type.(*ast.StructType)
	if !ok {
		return []ast.Node{s.Type}
	}
	var nodes []ast.Node
	for _, field := range fields.Fields.List {
		if len(field.Names) == 0 || len(exported(field.Names)) > 0 {
			nodes = append(nodes, field.Type)
		}
	}
	return nodes
}
