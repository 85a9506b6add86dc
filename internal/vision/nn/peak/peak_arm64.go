package peak

//go:noescape
func fma_neon(n int)

// 24 chains: see arm64Peak in nn/gen.
var loops = map[string]loop{"neon": {fma_neon, 24, 4}}
