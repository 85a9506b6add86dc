package nn

import (
	"encoding/binary"
	"math"
)

// halfExponent masks the exponent of an IEEE 754 binary16 value. All ones
// mean an infinity or NaN.
const halfExponent = 0x7C00

// halfToFloat widens a finite binary16 value; every one has an exact binary32
// equal. The bits of the exponent and fraction, moved to where binary32 has
// them, are the value but for the difference of the exponents' biases, 127-15:
// the product by its power of two is exact, subnormals included.
func halfToFloat(h uint16) float32 {
	const bias = 1 << (127 - 15)
	magnitude := math.Float32frombits(uint32(h&0x7FFF)<<13) * bias
	return math.Float32frombits(math.Float32bits(magnitude) | uint32(h&0x8000)<<16)
}

// decodeHalves reads little-endian binary16 values, all of them finite.
func decodeHalves(data []byte) ([]float32, error) {
	if len(data)%2 != 0 || len(data) > 2*maxWeights {
		return nil, malformed("weights of %d bytes", len(data))
	}
	w := make([]float32, len(data)/2)
	for i := range w {
		h := binary.LittleEndian.Uint16(data[2*i : 2*i+2])
		if h&halfExponent == halfExponent {
			return nil, malformed("weight %d is not a finite number", i)
		}
		w[i] = halfToFloat(h)
	}
	return w, nil
}
