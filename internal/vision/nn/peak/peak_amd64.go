package peak

//go:noescape
func fma_avx512(n int)

//go:noescape
func fma_avx2(n int)

// Two rounds of 12 chains: see peakAMD64 in nn/gen.
var loops = map[string]loop{
	"avx512": {fma_avx512, 24, 16},
	"avx2":   {fma_avx2, 24, 8},
}
