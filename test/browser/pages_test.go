package browser

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// seeded returns a data directory with accounts and a year of calls.
func seeded(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	seed := exec.Command("go", "test", "-count=1", "-run", "^TestMakeSeed$", "./internal/console")
	seed.Dir = "../.."
	seed.Env = append(os.Environ(), "KAHAO_CONSOLE_SEED="+dir, "KAHAO_CONSOLE_ACCOUNTS=12", "KAHAO_CONSOLE_CHARGES=20000")
	if out, err := seed.CombinedOutput(); err != nil {
		t.Fatalf("the seed: %v\n%s", err, out)
	}
	return dir
}

// TestPages opens every page on a database with a year of calls, in looks in which
// each pair of language, width and scheme occurs, and checks it for barriers,
// violations of the content policy, requests to other origins and sideways
// scrolling. KAHAO_SHOTS names a directory for screenshots of every page, then in
// both languages at each width.
func TestPages(t *testing.T) {
	s := start(t, "--data", seeded(t))
	b := chromium(t)
	op := tab(t, b, s, Look{Language: "en", Width: 1280})
	op.do("the setup link", op.path(s.Setup), twice(), press("form:not([action]) button"), op.sees("accounts.create"))
	var busiest string
	op.do("the account with the most calls", op.path("/usage?by=account&span=365d"), chromedp.Evaluate(
		`[...document.querySelectorAll("tbody tr")].filter(r => r.querySelector("th[scope=row]") && /^[0-9]{10}$/.test(r.querySelector("th").textContent))
			.sort((a, b) => b.cells[1].textContent.replaceAll(",", "") - a.cells[1].textContent.replaceAll(",", ""))[0].cells[0].textContent`, &busiest))
	account := "/a/" + busiest + "/"
	var main, link string
	op.do("its main user", op.path(account+"users"), chromedp.AttributeValue("td a", "href", &main, nil, chromedp.ByQuery))
	op.do("a pack", op.path(account+"bills"), chromedp.SendKeys("#units", "10000", chromedp.ByQuery), chromedp.Click("input[name=paid]", chromedp.ByQuery), press(`form[action$="/pack"] button.primary`), op.sees("done.packadded"))
	op.do("a sub-account", op.path(account+"users"), chromedp.SendKeys("#name", "anna", chromedp.ByQuery), press(`form[action$="/users"] button`), op.sees("done.usercreated"))
	op.do("its policy", chromedp.SetValue("#preset", "QcloudOCRReadOnlyaccess", chromedp.ByQuery), press(`form[action$="/attach"] button`), op.sees("done.policyattached"))
	op.do("an invitation", op.path(main), press(`form[action$="/invite"] button`), op.sees("user.linkonce"), chromedp.Text("#link", &link, chromedp.ByQuery))
	guest := tab(t, b, s, Look{Language: "zh-CN", Width: 1280})
	guest.do("accepting it", guest.path(link), twice(), press("form:not([action]) button"), guest.sees("overview.title"))
	var key string
	guest.do("a key's path", guest.path(account+"keys"), chromedp.AttributeValue("td.id a", "href", &key, nil, chromedp.ByQuery))

	shots := os.Getenv("KAHAO_SHOTS")
	looks := []Look{{"en", 1280, false}, {"zh-CN", 1280, true}, {"zh-CN", 390, false}, {"en", 390, true}}
	if shots != "" {
		looks = []Look{{"en", 1280, false}, {"zh-CN", 1280, false}, {"zh-CN", 390, false}, {"en", 390, true}}
	}
	customer := []string{account, account + "try", account + "usage", account + "usage?span=365d", account + "usage?span=today", account + "bills", account + "keys", key, account + "users", main,
		account + "settings", account + "audit", "/codes", "/password", "/second-factor"}
	operator := []string{"/accounts", "/usage", "/usage?by=account", "/server", "/books", "/audit", "/try", account + "bills", account + "settings"}
	for _, l := range looks {
		visit(t, tab(t, b, s, l), "", []string{"/signin", "/nowhere"}, shots)
		visit(t, tab(t, b, s, l), busiest, customer, shots)
		visit(t, tab(t, b, s, l), "operator", operator, shots)
	}
}

// visit signs a name in and opens pages, with a picture of each.
func visit(t *testing.T, r *run, name string, paths []string, shots string) {
	t.Helper()
	if name != "" {
		r.signIn(name)
	}
	for _, path := range paths {
		where := fmt.Sprintf("%s as %s in %s", path, cmp.Or(name, "nobody"), r.look)
		if path == "/nowhere" {
			r.Expect(404)
		}
		r.do(where, r.path(path))
		if strings.HasSuffix(path, "/try") {
			r.tryImage()
		}
		r.barriers(where)
		r.Expect(0)
		if shots != "" {
			r.shoot(filepath.Join(shots, fileName(name, path)+"-"+r.look.String()+".png"))
		}
	}
}

// tryImage reads a synthetic card.
func (r *run) tryImage() {
	r.Helper()
	card, err := filepath.Abs("../../testdata/known/10.jpg")
	if err != nil {
		r.Fatalf("Abs: %v", err)
	}
	r.do("trying an image", chromedp.SetUploadFiles("#image", []string{card}, chromedp.ByQuery), press("form.try button.primary"), r.sees("try.hide"))
}

// fileName is a picture's name: the role and the page, without IDs.
func fileName(name, path string) string {
	role := map[string]string{"": "nobody", "operator": "operator"}[name]
	if role == "" {
		role = "customer"
	}
	page := path
	if rest, ok := strings.CutPrefix(path, "/a/"); ok {
		_, page, _ = strings.Cut(rest, "/")
		page = cmp.Or(page, "overview")
		if kind, id, ok := strings.Cut(page, "/"); ok && id != "" {
			page = "one-of-" + kind
		}
	}
	return role + "-" + strings.Map(func(c rune) rune {
		if strings.ContainsRune("/?&=", c) {
			return '-'
		}
		return c
	}, strings.TrimPrefix(page, "/"))
}

// shoot writes a picture of the whole page. One that is empty, all of one colour,
// is an error.
func (r *run) shoot(file string) {
	r.Helper()
	shot, err := r.Screenshot()
	if err == nil {
		err = os.WriteFile(file, shot, 0o644)
	}
	var m image.Image
	if err == nil {
		m, err = png.Decode(bytes.NewReader(shot))
	}
	if err != nil {
		r.Errorf("the screenshot %s: %v", file, err)
		return
	}
	first, same := m.At(0, 0), true
	for y := 0; y < m.Bounds().Dy() && same; y += 7 {
		for x := 0; x < m.Bounds().Dx() && same; x += 7 {
			same = m.At(x, y) == first
		}
	}
	if same {
		r.Errorf("the screenshot %s has one colour", file)
	}
}
