//go:build !amd64 && !arm64

package peak

var loops map[string]loop
