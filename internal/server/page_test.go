package server

import (
	"testing"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/native"
	"github.com/kahao/kahao/internal/testutil"
)

// TestPage holds docs/errors.md to the tables of the APIs.
func TestPage(t *testing.T) {
	const head = `# Error codes

Generated from the tables of the APIs by a test of ` + "`internal/server`" + `. A test of each API produces every row over HTTP. The APIs:
[native](#native-api), [API 3.0](#api-30), [legacy](#post-ocrbankcard).

`
	testutil.Golden(t, "../../docs/errors.md", head+native.ErrorPage()+"\n"+api3.ErrorPage()+"\n"+legacy.ErrorPage())
}
