package policy

import "slices"

// presets are the vendor's, by name (spec/accounts-and-billing.md, section 6).
// Which actions are recognition, verification and reading is by their names
// [I].
var presets = []struct{ name, text string }{
	{"QcloudOCRFullAccess", `{"version":"2.0","statement":[{"effect":"allow","action":"ocr:*","resource":"*"}]}`},
	{"QcloudOCRReadOnlyaccess", `{"version":"2.0","statement":[{"effect":"allow","action":["ocr:*OCR","ocr:*Verification","ocr:Query*"],"resource":"*"}]}`},
	{"QcloudOCRReadSelfUinUsage", `{"version":"2.0","statement":[
		{"effect":"allow","action":["ocr:*OCR","ocr:*Verification"],"resource":"*"},
		{"effect":"allow","action":"ocr:Query*","resource":"qcs::ocr:::subUin/${uin}"}]}`},
}

// Presets are the names of the policies that are always there.
func Presets() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// Preset returns the policy of a name, and false where there is none.
func Preset(name string) (Document, bool) {
	i := slices.IndexFunc(presets, func(p struct{ name, text string }) bool { return p.name == name })
	if i < 0 {
		return Document{}, false
	}
	d, err := Parse([]byte(presets[i].text))
	return d, err == nil
}
