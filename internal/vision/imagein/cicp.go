package imagein

import "math"

// colourCode says with two numbers what an ICC profile says with tables: the primaries
// and the transfer function of the samples (ITU-T H.273, 8.1 and 8.2). PNG has them in
// its cICP chunk (PNG, 11.3.2.6), HEIC and AVIF in a colr box of type nclx (ISO/IEC
// 14496-12, 12.1.5).
type colourCode struct{ primaries, transfer int }

// codedPrimaries are the wide primaries that have a number, adapted to D50 as in
// ICC profiles. The white of each is D65. Those of sRGB need no conversion.
var codedPrimaries = map[int]matrix{
	9: { // ITU-R BT.2020
		{0.67348, 0.16567, 0.12505},
		{0.27904, 0.67534, 0.04561},
		{-0.00193, 0.02998, 0.79685},
	},
	12: { // SMPTE EG 432-1, Display P3
		{0.51512, 0.29198, 0.15710},
		{0.24119, 0.69224, 0.06657},
		{-0.00105, 0.04188, 0.78407},
	},
}

// codedTransfers are the transfer functions of standard dynamic range. Images of high
// dynamic range need tone mapping; they are taken as they are.
var codedTransfers = map[int]func(float64) float64{
	1: linearBT709, 6: linearBT709, 14: linearBT709, 15: linearBT709,
	4:  func(v float64) float64 { return math.Pow(v, 2.2) },
	8:  func(v float64) float64 { return v },
	13: linearSRGB,
}

// linearSRGB is the inverse of the transfer function of IEC 61966-2-1.
func linearSRGB(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// linearBT709 is the inverse of the transfer function of ITU-R BT.709 and BT.2020.
func linearBT709(v float64) float64 {
	if v < 0.081 {
		return v / 4.5
	}
	return math.Pow((v+0.099)/1.099, 1/0.45)
}

// conversion returns that of the code to sRGB, or nil if it needs or has none.
func (c colourCode) conversion() *conversion {
	columns, wide := codedPrimaries[c.primaries]
	curve := codedTransfers[c.transfer]
	if !wide || curve == nil {
		return nil
	}
	return &conversion{matrix: xyzToSRGB.times(columns), curves: [3]func(float64) float64{curve, curve, curve}}
}
