package policy

import "slices"

// presets are the cloud API's policies, by name. Which actions recognise,
// verify and read follows from their names.
var presets = []struct{ name, text string }{
	{"QcloudOCRFullAccess", `{"version":"2.0","statement":[{"effect":"allow","action":"ocr:*","resource":"*"}]}`},
	{"QcloudOCRReadOnlyaccess", `{"version":"2.0","statement":[{"effect":"allow","action":["ocr:*OCR","ocr:Recognize*","ocr:*Verification","ocr:Query*"],"resource":"*"}]}`},
	{"QcloudOCRReadSelfUinUsage", `{"version":"2.0","statement":[
		{"effect":"allow","action":["ocr:*OCR","ocr:Recognize*","ocr:*Verification"],"resource":"*"},
		{"effect":"allow","action":"ocr:Query*","resource":"qcs::ocr:::subUin/${uin}"}]}`},
}

// Presets returns the names of the built-in policies.
func Presets() []string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// Preset returns a built-in policy, and false if there is none of that name.
func Preset(name string) (Document, bool) {
	i := slices.IndexFunc(presets, func(p struct{ name, text string }) bool { return p.name == name })
	if i < 0 {
		return Document{}, false
	}
	d, err := Parse([]byte(presets[i].text))
	return d, err == nil
}
