// Package catalogue has every text of the console, in Chinese and in English,
// side by side. A test finds missing translations.
package catalogue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Languages of the console.
const (
	Chinese = "zh-CN"
	English = "en"
)

// text is a message in both languages. Arguments are those of package fmt.
type text struct{ zh, en string }

// parts are the messages of the frame and of the pages.
var parts = []map[string]text{common, signing, factorTexts, errorTexts, problemTexts, auditTexts, keyTexts, userTexts, accountTexts, usageTexts, billTexts, tryTexts, bookTexts, serverTexts}

// texts are all messages by key.
var texts = func() map[string]text {
	all := map[string]text{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}()

// Languages returns all languages.
func Languages() []string { return []string{Chinese, English} }

// Known reports whether there are texts in a language.
func Known(lang string) bool { return slices.Contains(Languages(), lang) }

// Other returns the language to switch to.
func Other(lang string) string {
	if lang == Chinese {
		return English
	}
	return Chinese
}

// Has reports whether there is a message with the key.
func Has(key string) bool { _, ok := texts[key]; return ok }

// Keys returns the keys of all messages, in order.
func Keys() []string { return slices.Sorted(maps.Keys(texts)) }

// Text returns a message in a language, with its arguments. A key without a
// message is returned as it is, for the tests to find.
func Text(lang, key string, args ...any) string {
	t, ok := texts[key]
	if !ok {
		return key
	}
	format := t.en
	if lang == Chinese {
		format = t.zh
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// Match returns the language that a browser prefers, by its Accept-Language
// header: Chinese without the header, English for other languages.
func Match(header string) string {
	type wish struct {
		lang   string
		weight float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			weight, _ = strconv.ParseFloat(q, 64)
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		switch primary {
		case "zh":
			wishes = append(wishes, wish{Chinese, weight})
		case "en":
			wishes = append(wishes, wish{English, weight})
		}
	}
	if header == "" {
		return Chinese
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	if len(wishes) == 0 || wishes[0].weight <= 0 {
		return English
	}
	return wishes[0].lang
}
