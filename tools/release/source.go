package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var versionTag = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$`)

// identify finds the version, the commit and its time.
func (r *release) identify(ctx context.Context, snapshot bool) error {
	commit, err := r.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	seconds, err := r.git(ctx, "show", "-s", "--format=%ct", "HEAD")
	if err != nil {
		return err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("time of commit %s: %w", commit, err)
	}
	r.commit, r.time = commit, time.Unix(unix, 0).UTC()
	if snapshot {
		r.version = "0.0.0-snapshot." + commit[:12]
		return nil
	}
	changed, err := r.git(ctx, "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" {
		return errors.New("the checkout has changes: commit them, or use --snapshot")
	}
	tags, err := r.git(ctx, "tag", "--points-at", "HEAD")
	if err != nil {
		return err
	}
	for _, tag := range strings.Fields(tags) {
		if versionTag.MatchString(tag) {
			r.version = tag[1:]
			return r.checkVersion()
		}
	}
	return errors.New("no tag vX.Y.Z points at this commit: create one, or use --snapshot")
}

// section is the heading of a version in CHANGELOG.md.
var section = regexp.MustCompile(`(?m)^## ([0-9]+\.[0-9]+\.[0-9]+\S*) \((\d{4}-\d{2}-\d{2})\)$`)

// chartVersion is a version in the Helm chart: its own, or that of the image.
var chartVersion = regexp.MustCompile(`(?m)^(version|appVersion): "?([^"\s]+)"?$`)

// checkVersion reports a version that CHANGELOG.md does not describe at its top,
// or that the Helm chart does not install.
func (r *release) checkVersion() error {
	text, err := os.ReadFile(filepath.Join(r.source, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if newest := section.FindSubmatch(text); newest == nil || string(newest[1]) != r.version {
		return fmt.Errorf("CHANGELOG.md has no section %q at its top", "## "+r.version+" (date)")
	}
	if strings.Contains(string(text), "\n## Unreleased") {
		return fmt.Errorf("CHANGELOG.md has a section \"## Unreleased\": what it lists belongs to %s, or the tag is on a later commit than it should be", r.version)
	}
	chart, err := os.ReadFile(filepath.Join(r.source, "deploy", "helm", "kahao", "Chart.yaml"))
	if err != nil {
		return err
	}
	for _, found := range chartVersion.FindAllSubmatch(chart, -1) {
		if string(found[2]) != r.version {
			return fmt.Errorf("deploy/helm/kahao/Chart.yaml has %s, want %s", found[0], r.version)
		}
	}
	return nil
}

func (r *release) git(ctx context.Context, args ...string) (string, error) {
	out, err := r.command(ctx, nil, "git", args...)
	return strings.TrimSpace(out), err
}

// compile builds the binary of a target. The time and the commit in it come
// from git, so paths and the time of the build leave no trace.
func (r *release) compile(ctx context.Context, t target, path string) error {
	env := []string{"CGO_ENABLED=0", "GOOS=" + t.os, "GOARCH=" + t.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT="}
	_, err := r.command(ctx, env, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w", "-o", path, "./cmd/kahao")
	return err
}

// command runs a program in the checkout and returns its output.
func (r *release) command(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = r.source
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, failed.Stderr)
	}
	return string(out), err
}
