package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

const assetPath = "/assets/"

// assetNames maps the name of a file to the name that it is served by, which
// has a hash of the content: a browser may keep it for ever.
var assetNames, assetBytes = func() (map[string]string, map[string][]byte) {
	names, contents := map[string]string{}, map[string][]byte{}
	_ = fs.WalkDir(assetFiles, "assets", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := assetFiles.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(file)
		hashed := strings.TrimSuffix(path.Base(file), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		names[path.Base(file)], contents[hashed] = hashed, content
		return nil
	})
	return names, contents
}()

// assetURL returns the path of an asset.
func assetURL(name string) string { return assetPath + assetNames[name] }

func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, assetPath)
	content, ok := assetBytes[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(content)
}
