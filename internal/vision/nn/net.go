package nn

import (
	"math"
	"os"
	"sync"
	"unsafe"
)

// Net is a network ready to run. It is immutable except for its cache of plans.
type Net struct {
	name, version string
	in            shape // the default input
	out           int   // the buffer that holds the result
	isa           *isa
	layers        []layer
	pixelStep     []int // floats from one pixel to the next, by buffer

	mu    sync.RWMutex
	plans map[[2]int]*Plan
}

// shape is the size of a buffer without its border.
type shape struct{ h, w, c int }

// layer is one operation with its weights packed for the kernels.
type layer struct {
	opSpec
	panels []panel
	perTap bool // a run is one tap, not one row of taps
	floor  float32
}

// panel holds the weights of some output channels in the order in which a
// kernel reads them: [run][step][channel].
type panel struct {
	kernels *kernelTable
	width   int
	channel int // the first one
	weights []float32
	bias    []float32
}

// Parse reads a network from its description (NAME.json) and weights
// (NAME.f16). Its error wraps ErrMalformed, or is an *ISAError if KAHAO_ISA asks
// for kernels that cannot run here.
func Parse(desc, weights []byte) (*Net, error) {
	s, err := choose(os.Getenv(EnvISA))
	if err != nil {
		return nil, err
	}
	return parseFor(s, desc, weights)
}

func parseFor(s *isa, desc, weights []byte) (*Net, error) {
	w, err := decodeHalves(weights)
	if err != nil {
		return nil, err
	}
	d, ops, err := parseDescription(desc, len(w))
	if err != nil {
		return nil, err
	}
	n := &Net{
		name: d.Name, version: d.Version, isa: s, out: d.Output,
		in:    shape{d.Input.H, d.Input.W, d.Input.C},
		plans: map[[2]int]*Plan{},
	}
	// The input keeps its channels unpadded if only convolutions read it: three channels padded to 16 would cost five times the work.
	n.pixelStep = []int{d.Input.C}
	for _, o := range ops {
		if (o.Op == opUp2Add && o.In == 0) || o.Add == 0 {
			n.pixelStep[0] = pad16(d.Input.C)
		}
	}
	channels := []int{d.Input.C}
	for _, o := range ops {
		l := layer{opSpec: o, floor: float32(math.Inf(-1))}
		if o.Op == opConv {
			l.pack(s, w, n.pixelStep[o.In])
		}
		if o.Relu {
			l.floor = 0
		}
		n.layers = append(n.layers, l)
		channels = append(channels, o.outChannels(channels))
		n.pixelStep = append(n.pixelStep, pad16(channels[len(channels)-1]))
	}
	return n, nil
}

// pack builds the panels of a convolution whose input has step floats from
// pixel to pixel. If step is more than cin, a run of several pixels would
// multiply the padding too; a run is then one tap.
func (l *layer) pack(s *isa, w []float32, step int) {
	kh, kw := l.Kernel[0], l.Kernel[1]
	l.perTap = kw > 1 && (l.Dilation[1] > 1 || step != l.Cin)
	for oc := 0; oc < l.Cout; {
		k := s.widest(pad16(l.Cout) - oc)
		p := panel{kernels: k.kernels, width: k.width, channel: oc}
		p.weights = alignedFloats(kh * kw * l.Cin * p.width)
		p.bias = alignedFloats(p.width)
		n := min(p.width, l.Cout-oc)
		copy(p.bias, w[l.B+oc:l.B+oc+n])
		for j := range n {
			// One output channel of the file: [cin][tap].
			row := w[l.W+(oc+j)*l.Cin*kh*kw : l.W+(oc+j+1)*l.Cin*kh*kw]
			for t := range kh * kw {
				at := t*l.Cin*p.width + j
				for i := t; i < len(row); i += kh * kw {
					p.weights[at] = row[i]
					at += p.width
				}
			}
		}
		l.panels = append(l.panels, p)
		oc += p.width
	}
}

// widest returns the kernels of the widest panel for that many channels, which
// are a multiple of the narrowest.
func (s *isa) widest(channels int) convKernels {
	for _, k := range s.conv {
		if k.width <= channels {
			return k
		}
	}
	return s.conv[len(s.conv)-1]
}

// Name returns the name in the description.
func (n *Net) Name() string { return n.name }

// Version returns the version in the description.
func (n *Net) Version() string { return n.version }

// ISA returns the name of the kernels that the network runs on.
func (n *Net) ISA() string { return n.isa.name }

// InputShape returns the input size that the network was trained with, and
// its number of channels.
func (n *Net) InputShape() (h, w, c int) { return n.in.h, n.in.w, n.in.c }

func pad16(c int) int { return (c + blockChannels - 1) &^ (blockChannels - 1) }

// alignedFloats returns n zeros that start at a cache line. A cache line of
// the same allocation follows them, so that a pointer just past the end still
// points into it.
func alignedFloats(n int) []float32 {
	const line = 16
	s := make([]float32, n+2*line)
	skip := int(-(uintptr(unsafe.Pointer(&s[0])) / 4) % line)
	return s[skip : skip+n : skip+n]
}
