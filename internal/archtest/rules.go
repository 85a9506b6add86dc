package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// layer says which packages of the module those below a directory may import.
// A directory without a layer must not exist.
type layer struct {
	dir  string   // "" is the library's package alone
	may  []string // directories, with everything below them; "." is the library's package
	why  string
	only bool // dir names exactly one package
	// tests may import these directories, too
	tests []string
}

// layers lists the layers from the bottom up. The first that contains a package
// applies, so the narrow ones come first.
var layers = []layer{
	{dir: "internal/vision/nn", may: []string{"internal/vision/nn"},
		why: "the engine knows tensors, not images"},
	{dir: "internal/geom", why: "plane geometry stands on nothing"},
	{dir: "internal/pixel", may: []string{"internal/geom"}, why: "a raster knows geometry alone"},
	{dir: "capture", why: "how an image was captured depends on nothing"},
	{dir: "internal/vision", may: []string{"internal/vision", "internal/geom", "internal/pixel", "capture"},
		why: "recognition knows no card rules, service or API"},
	{dir: "pan", why: "a card number depends on nothing"},
	{dir: "issuer", may: []string{"issuer", "pan"}, why: "the table of card ranges knows card numbers alone"},
	{dir: "internal/expiry", why: "dates depend on nothing"},
	{dir: "internal/prior", may: []string{"pan", "issuer"}, why: "the meaning of a number does not depend on how it was read"},
	{dir: "internal/calibration", why: "a map from numbers to a probability stands on nothing"},
	{dir: "internal/pipeline", may: []string{"internal/vision", "internal/geom", "internal/pixel", "pan", "issuer", "capture", "internal/prior",
		"internal/expiry", "internal/calibration"},
		why: "the pipeline is recognition and card meaning, nothing above"},
	{dir: "", only: true, may: []string{"internal/pipeline", "internal/vision/imagein", "internal/geom", "pan", "issuer", "capture"},
		why: "the library wraps the pipeline, nothing above"},
	{dir: "internal/cardjson", may: []string{"pan", "capture", "."}, why: "the JSON of a reading knows readings alone"},
	{dir: "internal/contents", may: []string{"internal/contents", "internal/vision/imagein"}, why: "walking archives knows what an image file is, and no more"},
	{dir: "internal/redaction", may: []string{"internal/redaction", "internal/contents/pdf", "internal/pipeline", "internal/vision/imagein", "internal/geom"},
		why: "redaction covers what the pipeline finds; files and APIs are above it"},
	{dir: "internal/labels", why: "a file format depends on nothing"},
	{dir: "internal/synth", may: []string{"internal/synth", "internal/labels", "pan", "issuer", "internal/prior", "internal/expiry", "internal/geom", "internal/pixel"},
		why: "the generator must not depend on the reader that it trains and tests"},
	{dir: "internal/parallel", why: "running work in order depends on nothing"},
	{dir: "internal/evaluate/dataset", may: []string{"internal/evaluate", "internal/labels", "internal/synth", "internal/parallel", "pan", "."},
		why: "a dataset is drawn or loaded, and read by the library"},
	{dir: "internal/evaluate/fit", may: []string{"internal/evaluate", "internal/calibration", "internal/pipeline", "internal/synth", "internal/parallel", "internal/vision/model", "pan"},
		why: "the calibration is fitted to the pipeline's readings of synthetic images"},
	{dir: "internal/bench", may: []string{"internal/evaluate", "internal/vision/nn", "."}, why: "a benchmark times the library"},
	{dir: "internal/evaluate", may: []string{"internal/evaluate", "internal/labels", "internal/calibration"},
		why: "scoring takes answers, so that it can score any reader"},
	{dir: "internal/service/billing", why: "what a reading costs depends on nothing but numbers and times"},
	{dir: "internal/service/policy", why: "a policy is text; who has it is the caller's to know"},
	{dir: "internal/service/envelope", may: []string{"internal/secret"}, why: "keys encrypt bytes, whatever they mean"},
	{dir: "internal/service/masking", may: []string{"internal/secret", "pan"}, why: "masking is of a number, not of an account"},
	{dir: "internal/service/usage", may: []string{"internal/service/billing", "internal/service/policy"},
		why: "usage is arithmetic on rows, wherever they are stored"},
	{dir: "internal/service", may: []string{"internal/service", "internal/secret", "pan", "issuer", "capture", "."},
		why: "the rules of the service know no API and no store"},
	{dir: "internal/store", may: []string{"internal/store", "internal/service", "internal/config", "internal/secret", "pan"},
		why: "a store keeps what the service defines"},
	{dir: "internal/fetch", may: []string{"internal/fetch"}, why: "fetching knows URLs, not accounts"},
	{dir: "internal/config", may: []string{"internal/config", "internal/secret", "."}, why: "configuration is plain values and options of the library"},
	{dir: "internal/secret", why: "a secret value depends on nothing"},
	{dir: "internal/redact", why: "the rules of logging depend on nothing"},
	{dir: "internal/failpoint", may: []string{"internal/service/ledger"}, why: "a failpoint knows its name alone"},
	{dir: "internal/httpserver", may: []string{"internal/httpserver", "internal/redact", "pan"}, why: "it serves any handler"},
	{dir: "internal/admission", may: []string{"internal/admission"}, why: "admission control weighs requests, it does not read them"},
	{dir: "internal/jobs", may: []string{"internal/config", "internal/service", "internal/store"}, why: "background jobs run on the stores alone"},
	{dir: "internal/api/metering", may: []string{"internal/api/metering", "internal/service", "internal/store/resultdb"}, tests: []string{"internal/store", "internal/config"},
		why: "metering knows charges and replies, and no API"},
	{dir: "internal/api", may: []string{"internal/api", "internal/fetch", "internal/httpserver", "internal/redact", "internal/redaction", "internal/cardjson", "internal/secret", "internal/service",
		"pan", "issuer", "capture", "."},
		tests: []string{"internal/store", "internal/config", "internal/pipeline", "internal/vision/imagein"},
		why:   "an API knows shapes; the rest is injected"},
	{dir: "internal/tracing", may: []string{"internal/api/stopwatch", "internal/httpserver", "internal/redact", "pan"}, why: "a span describes a request; which API it is of is a value"},
	{dir: "internal/console", may: []string{"internal/console", "internal/api", "internal/httpserver", "internal/redact", "internal/service", "capture", "pan", "issuer", "."},
		tests: []string{"internal/store", "internal/config", "internal/secret"},
		why:   "the console renders pages; the rules are the services', the rest is injected"},
	{dir: "internal/server", may: []string{"internal/server", "internal/api", "internal/console", "internal/store", "internal/fetch", "internal/config", "internal/tracing",
		"internal/service", "internal/httpserver", "internal/admission", "internal/jobs", "internal/failpoint", "internal/redact", "internal/redaction", "internal/vision/imagein", "internal/secret", "pan", "issuer", "capture", "."},
		tests: []string{"internal/pipeline"},
		why:   "the composition root joins the service's parts; drawing and scoring are not among them"},
	{dir: "test/reliability", may: []string{"test/reliability", "internal/service/signature", "internal/api/legacy/request", "internal/testutil", "pan", "."},
		why: "it looks at the server from outside, as a process"},
	{dir: "internal/testutil", why: "the tests of every package may use it"},
	{dir: "internal/archtest", may: []string{"internal/archtest"}, why: "the rules read source, they do not use it"},
	{dir: "cmd", may: []string{"cmd", "internal", "pan", "issuer", "capture", "test/reliability/server", "."}, why: "commands may use everything"},
}

// testsMayUse is what tests of every package may import beyond their layer:
// ground truth to test against.
var testsMayUse = []string{"internal/testutil", "internal/synth", "internal/evaluate", "internal/geom", "internal/pixel"}

// restriction says that only a few directories may import a package from outside
// the module.
type restriction struct {
	imports []string // import paths, each with everything below it
	in      []string // directories that may import them; "." is the library's package
	tests   bool     // all tests may
	why     string
}

var restrictions = []restriction{
	{imports: []string{"C"}, why: "no cgo: static binaries, cross-compiled, and Go's own resolver"},
	{imports: []string{"net/http"}, in: []string{"internal/api", "internal/console", "internal/httpserver", "internal/server", "internal/tracing", "internal/fetch", "test/reliability", "cmd"},
		tests: true, why: "only the outermost layer knows HTTP"},
	{imports: []string{"net"}, in: []string{"internal/api", "internal/httpserver", "internal/server", "internal/fetch", "internal/store", "internal/config", "internal/service/ratelimit", "test/reliability", "cmd"},
		tests: true, why: "recognition and drawing run offline"},
	{imports: []string{"database/sql"}, in: []string{"internal/store"}, tests: true, why: "SQL stays in the stores"},
	{imports: []string{"image/jpeg", "image/png", "image/gif", "golang.org/x/image/bmp", "golang.org/x/image/tiff",
		"golang.org/x/image/webp", "golang.org/x/image/vp8", "golang.org/x/image/vp8l", "github.com/gen2brain"},
		in:    []string{"internal/vision/imagein", "internal/synth", "internal/api/cutout", "internal/redaction", "cmd/kahao/internal/annotate"},
		tests: true, why: "untrusted bytes reach a decoder in one package only, after its limits; the others may encode"},
	{imports: []string{"os/exec"}, in: []string{"cmd", "test/reliability", "internal/store/storetest"}, tests: true, why: "the product starts no other program"},
	{imports: []string{"math/rand"}, why: "math/rand/v2 has generators that are named and reproducible"},
	{imports: []string{Module + "/training"}, why: "training is Python; nothing of it is built in"},
}

// Imports returns every import that breaks the layers or a restriction.
func Imports(files []*File) []string {
	var broken []string
	for _, f := range files {
		l := layerOf(f.Package)
		if l == nil {
			broken = append(broken, fmt.Sprintf("%s: no layer contains the directory %q: add it to archtest's layers and docs/architecture.md", f.Path, f.Package))
			continue
		}
		for _, to := range f.Imports {
			if dir, ok := local(to); ok && dir != f.Package && !allowed(f, l, dir) {
				broken = append(broken, fmt.Sprintf("%s imports %q: %s", f.Path, to, l.why))
			}
			for _, r := range restrictions {
				if r.holds(to) && !r.permits(f) {
					broken = append(broken, fmt.Sprintf("%s imports %q: %s", f.Path, to, r.why))
				}
			}
		}
	}
	return broken
}

func layerOf(pkg string) *layer {
	for i := range layers {
		if l := &layers[i]; pkg == l.dir || !l.only && under(pkg, l.dir) {
			return l
		}
	}
	return nil
}

func allowed(f *File, l *layer, dir string) bool {
	for _, may := range l.may {
		if may == "." && dir == "" || may != "." && under(dir, may) {
			return true
		}
	}
	return f.Test && slices.ContainsFunc(slices.Concat(testsMayUse, l.tests), func(may string) bool { return under(dir, may) })
}

func (r restriction) holds(importPath string) bool {
	for _, p := range r.imports {
		// net/url and math/rand/v2 are allowed where net and math/rand are not.
		// Other restrictions cover the packages below, too.
		if importPath == p || p != "net" && p != "math/rand" && strings.HasPrefix(importPath, p+"/") {
			return true
		}
	}
	return false
}

func (r restriction) permits(f *File) bool {
	if f.Test && r.tests {
		return true
	}
	return slices.ContainsFunc(r.in, func(dir string) bool { return under(f.Package, dir) })
}
