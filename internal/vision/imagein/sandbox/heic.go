//go:build !noheic

package sandbox

import _ "embed" // the decoder

//go:embed heif.wasm.gz
var heifModule []byte
