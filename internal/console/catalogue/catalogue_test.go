package catalogue

import (
	"regexp"
	"slices"
	"testing"
	"unicode"
)

var verbs = regexp.MustCompile(`%(\[\d+\])?[-+#0-9.]*[a-zA-Z%]`)

// Every message is there in both languages, with the same arguments, and the
// Chinese one is Chinese.
func TestTranslations(t *testing.T) {
	same := []string{"brand", "language.switch"} // or hardly differ
	for _, key := range Keys() {
		m := texts[key]
		if m.zh == "" || m.en == "" {
			t.Errorf("%s lacks a language: %q, %q", key, m.zh, m.en)
		}
		zh, en := verbs.FindAllString(m.zh, -1), verbs.FindAllString(m.en, -1)
		slices.Sort(zh)
		slices.Sort(en)
		if !slices.Equal(zh, en) {
			t.Errorf("%s has the arguments %q in Chinese and %q in English", key, zh, en)
		}
		han := func(s string) bool {
			return slices.ContainsFunc([]rune(s), func(r rune) bool { return unicode.Is(unicode.Han, r) })
		}
		letters := func(s string) bool { return slices.ContainsFunc([]rune(s), unicode.IsLetter) }
		if slices.Contains(same, key) {
			continue
		}
		if letters(m.zh) && !han(m.zh) && m.zh != m.en {
			t.Errorf("%s: the Chinese text %q is not Chinese", key, m.zh)
		}
		if han(m.en) {
			t.Errorf("%s: the English text %q has Chinese characters", key, m.en)
		}
	}
}

// No key is declared in two parts.
func TestKeysAreUnique(t *testing.T) {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	if n != len(texts) {
		t.Errorf("the parts have %d messages, the catalogue %d", n, len(texts))
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"": Chinese, "zh": Chinese, "zh-TW": Chinese, "en-US,en;q=0.9": English, "de": English, "de,zh;q=0.5": Chinese,
		"en;q=0.5, zh-CN;q=0.8": Chinese, "zh;q=0.1,en;q=0.2": English, "zh;q=0": English, ";;;,,": English,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
}
