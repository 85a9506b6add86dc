package server

import (
	"testing"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/native"
	"github.com/kahao/kahao/internal/testutil"
)

// TestPage holds docs/errors.md and the Chinese page to the tables of the APIs.
func TestPage(t *testing.T) {
	const head = `# Error codes

简体中文：[errors.zh.md](errors.zh.md)

Generated from the tables of the APIs by a test of ` + "`internal/server`" + `. A test of each API produces every row over HTTP. The APIs:
[native](#native-api), [API 3.0](#api-30), [legacy](#post-ocrbankcard).

`
	english := head + native.ErrorPage() + "\n" + api3.ErrorPage() + "\n" + legacy.ErrorPage()
	testutil.Golden(t, "../../docs/errors.md", english)
	testutil.Golden(t, "../../docs/errors.zh.md", testutil.Translate(t, english, "testdata/errors.zh.tsv", "message, English", "message, Chinese"))
}
