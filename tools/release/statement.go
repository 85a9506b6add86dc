package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
)

// digest returns the SHA-256 of a file, in hexadecimal digits.
func digest(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// checksums writes SHA256SUMS, in the form of sha256sum --check.
func (r *release) checksums() error {
	slices.Sort(r.files)
	var lines strings.Builder
	for _, name := range r.files {
		sum, err := digest(filepath.Join(r.out, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, name)
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(lines.String()), 0o644)
}

// billOfMaterials writes the SPDX document of a binary: the modules that its
// build information names, with their versions.
func (r *release) billOfMaterials(t target, binary string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	sum, err := digest(binary)
	if err != nil {
		return err
	}
	name := r.name(t.String())
	main := modulePackage(info.Main.Path, r.version)
	main.PackageChecksums = []spdx.Checksum{{Algorithm: spdx.SHA256, Value: sum}}
	main.PackageLicenseDeclared = "Apache-2.0"
	main.PrimaryPackagePurpose = "APPLICATION"
	packages := []*spdx.Package{main, modulePackage("stdlib", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, m := range info.Deps {
		packages = append(packages, modulePackage(m.Path, m.Version))
	}
	relations := []*spdx.Relationship{{
		RefA: common.MakeDocElementID("", "DOCUMENT"), RefB: common.MakeDocElementID("", string(main.PackageSPDXIdentifier)), Relationship: "DESCRIBES",
	}}
	for _, p := range packages[1:] {
		relations = append(relations, &spdx.Relationship{
			RefA: common.MakeDocElementID("", string(main.PackageSPDXIdentifier)), RefB: common.MakeDocElementID("", string(p.PackageSPDXIdentifier)), Relationship: "CONTAINS",
		})
	}
	return writeJSON(r.create(name+".spdx.json"), &spdx.Document{
		SPDXVersion:       spdx.Version,
		DataLicense:       spdx.DataLicense,
		SPDXIdentifier:    "DOCUMENT",
		DocumentName:      name,
		DocumentNamespace: "https://github.com/kahao/kahao/spdx/" + name + "-" + sum[:16],
		CreationInfo: &spdx.CreationInfo{
			Created:  r.time.Format(time.RFC3339),
			Creators: []spdx.Creator{{CreatorType: "Tool", Creator: "kahao-release"}},
		},
		Packages:      packages,
		Relationships: relations,
	})
}

func modulePackage(path, version string) *spdx.Package {
	id := strings.NewReplacer("/", "-", "_", "-", "~", "-", "@", "-").Replace(path)
	return &spdx.Package{
		PackageName:             path,
		PackageSPDXIdentifier:   common.ElementID("Package-" + id),
		PackageVersion:          version,
		PackageDownloadLocation: "NOASSERTION",
		PackageLicenseConcluded: "NOASSERTION",
		PackageLicenseDeclared:  "NOASSERTION",
		PackageCopyrightText:    "NOASSERTION",
		PackageExternalReferences: []*spdx.PackageExternalReference{{
			Category: "PACKAGE-MANAGER", RefType: "purl", Locator: "pkg:golang/" + path + "@" + version,
		}},
	}
}

// statement is an in-toto statement with a SLSA provenance of version 1. It is
// not signed: whoever publishes a release signs SHA256SUMS and this file.
type statement struct {
	Type          string     `json:"_type"`
	Subject       []subject  `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     provenance `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type provenance struct {
	BuildDefinition struct {
		BuildType            string            `json:"buildType"`
		ExternalParameters   map[string]string `json:"externalParameters"`
		ResolvedDependencies []subject         `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Builder struct {
			ID      string            `json:"id"`
			Version map[string]string `json:"version"`
		} `json:"builder"`
	} `json:"runDetails"`
}

// provenance writes which commit and which compiler the results come from.
func (r *release) provenance(ctx context.Context) error {
	goVersion, err := r.command(ctx, nil, "go", "env", "GOVERSION")
	if err != nil {
		return err
	}
	s := statement{Type: "https://in-toto.io/Statement/v1", PredicateType: "https://slsa.dev/provenance/v1"}
	slices.Sort(r.files)
	for _, name := range r.files {
		sum, err := digest(filepath.Join(r.out, name))
		if err != nil {
			return err
		}
		s.Subject = append(s.Subject, subject{name, map[string]string{"sha256": sum}})
	}
	p := &s.Predicate
	p.BuildDefinition.BuildType = "https://github.com/kahao/kahao/tools/release"
	p.BuildDefinition.ExternalParameters = map[string]string{"version": r.version}
	p.BuildDefinition.ResolvedDependencies = []subject{{"git+https://github.com/kahao/kahao", map[string]string{"gitCommit": r.commit}}}
	p.RunDetails.Builder.ID = "https://github.com/kahao/kahao/tools/release"
	p.RunDetails.Builder.Version = map[string]string{"go": strings.TrimSpace(goVersion)}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/goreleaser/nfpm/v2" || m.Path == "github.com/google/go-containerregistry" {
				p.RunDetails.Builder.Version[m.Path] = m.Version
			}
		}
	}
	return writeJSON(r.create(r.name("provenance.json")), s)
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
