// Command release builds what a version of kahao consists of: archives, Debian
// and RPM packages, an OCI image, bills of materials, checksums and a
// provenance statement. It needs Go and git, no Docker daemon and no network
// once the modules are there. Two runs on one commit give the same bytes.
//
//	go run -C tools ./release --out ../dist
//
// A version is a tag vX.Y.Z on a clean checkout. --snapshot builds any other
// commit as 0.0.0-snapshot.COMMIT.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// target is a system and a processor that binaries are built for.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "_" + t.arch }

func (t target) binary() string {
	if t.os == "windows" {
		return "kahao.exe"
	}
	return "kahao"
}

var allTargets = []target{
	{"linux", "amd64"}, {"linux", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

// release is one version on its way to the output directory.
type release struct {
	source  string    // the checkout
	out     string    // where the results go
	version string    // without v
	commit  string    // full hash
	time    time.Time // of the commit: the time of everything in a release
	targets []target
	files   []string // results so far, by name
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	source := flags.String("source", "..", "checkout to build")
	out := flags.String("out", "../dist", "directory for the results; it must not exist or be empty")
	snapshot := flags.Bool("snapshot", false, "build a commit that has no version tag")
	only := flags.String("targets", "", "comma-separated list such as linux_amd64 instead of all six")
	if err := flags.Parse(args); err != nil {
		return err
	}
	r := &release{targets: allTargets}
	var err error
	if r.source, err = filepath.Abs(*source); err != nil {
		return err
	}
	if r.out, err = filepath.Abs(*out); err != nil {
		return err
	}
	if *only != "" {
		if r.targets, err = parseTargets(*only); err != nil {
			return err
		}
	}
	if err := r.identify(ctx, *snapshot); err != nil {
		return err
	}
	if err := emptyDirectory(r.out); err != nil {
		return err
	}
	return r.build(ctx)
}

func parseTargets(list string) ([]target, error) {
	var targets []target
	for _, name := range strings.Split(list, ",") {
		goos, arch, ok := strings.Cut(name, "_")
		if !ok || goos == "" || arch == "" {
			return nil, fmt.Errorf("target %q: want SYSTEM_PROCESSOR such as linux_amd64", name)
		}
		targets = append(targets, target{goos, arch})
	}
	return targets, nil
}

// emptyDirectory creates dir. Results of another version in it would end up in
// the checksums.
func emptyDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	}
	return nil
}

// build writes every result.
func (r *release) build(ctx context.Context) error {
	work, err := os.MkdirTemp("", "kahao-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	binaries := map[target]string{}
	for _, t := range r.targets {
		log.Printf("building %s", t)
		path := filepath.Join(work, t.String(), t.binary())
		if err := r.compile(ctx, t, path); err != nil {
			return err
		}
		binaries[t] = path
		if err := r.archive(t, path); err != nil {
			return err
		}
		if err := r.billOfMaterials(t, path); err != nil {
			return err
		}
		if t.os != "linux" {
			continue
		}
		for _, format := range []string{"deb", "rpm"} {
			if err := r.pack(format, t, path); err != nil {
				return err
			}
		}
	}
	if err := r.image(binaries); err != nil {
		return err
	}
	if err := r.provenance(ctx); err != nil {
		return err
	}
	return r.checksums()
}

// name returns the name of a result.
func (r *release) name(suffix string) string { return "kahao_" + r.version + "_" + suffix }

// create returns the path for a result and remembers the result.
func (r *release) create(name string) string {
	r.files = append(r.files, name)
	return filepath.Join(r.out, name)
}
