package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // registers the format
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm" // registers the format
)

// pack writes a Debian or an RPM package.
func (r *release) pack(format string, t target, binary string) error {
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	info := nfpm.WithDefaults(r.packageInfo(t, binary))
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return err
	}
	f, err := os.Create(r.create(packager.ConventionalFileName(info)))
	if err != nil {
		return err
	}
	return errors.Join(packager.Package(info, f), f.Close())
}

func (r *release) packageInfo(t target, binary string) *nfpm.Info {
	from := func(name string) string { return filepath.Join(r.source, "deploy", name) }
	file := func(source, at string, mode os.FileMode) *files.Content {
		return &files.Content{Source: source, Destination: at, FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: mode, MTime: r.time}}
	}
	config := file(from("package/kahao.toml"), "/etc/kahao/kahao.toml", 0o644)
	config.Type = files.TypeConfigNoReplace
	contents := files.Contents{
		file(binary, "/usr/bin/kahao", 0o755),
		file(from("systemd/kahao.service"), "/usr/lib/systemd/system/kahao.service", 0o644),
		file(from("package/sysusers.conf"), "/usr/lib/sysusers.d/kahao.conf", 0o644),
		config,
		file(filepath.Join(r.source, "LICENSE"), "/usr/share/doc/kahao/copyright", 0o644),
	}
	for _, d := range documents {
		if d != "LICENSE" {
			contents = append(contents, file(filepath.Join(r.source, d), "/usr/share/doc/kahao/"+d, 0o644))
		}
	}
	return &nfpm.Info{
		Name:        "kahao",
		Arch:        t.arch,
		Platform:    "linux",
		Version:     r.version,
		Section:     "utils",
		Priority:    "optional",
		Maintainer:  "The kahao authors <kahao@localhost>",
		Description: "reads bank cards offline: library, command and server",
		License:     "Apache-2.0",
		MTime:       r.time,
		Overridables: nfpm.Overridables{
			Contents:   contents,
			Recommends: []string{"ca-certificates"},
			Scripts: nfpm.Scripts{
				PostInstall: from("package/postinstall.sh"),
				PreRemove:   from("package/preremove.sh"),
				PostRemove:  from("package/postremove.sh"),
			},
			RPM: nfpm.RPM{BuildHost: "kahao", Group: "Applications/Internet"},
		},
	}
}
