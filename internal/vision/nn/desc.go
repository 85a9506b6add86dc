package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrMalformed is wrapped by every error about a description or weights that
// break the format.
var ErrMalformed = errors.New("nn: malformed network")

// ErrShape is wrapped by every error about an input size that a network
// cannot take, and about slices of the wrong length.
var ErrShape = errors.New("nn: shape does not fit the network")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

func misshapen(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrShape, fmt.Sprintf(format, args...))
}

// Limits of a network file. They are far above the networks of kahao
// and keep every product below 2^31, so that sizes do not overflow an int of 32
// bits either.
const (
	maxDescription = 1 << 20 // bytes
	maxWeights     = 1 << 24 // elements
	maxPacked      = 1 << 26 // float32 after packing, all operations together
	maxOps         = 256
	maxChannels    = 2048
	maxKernel      = 16
	maxStride      = 8
	maxDilation    = 16
	maxSide        = 4096    // of the input
	maxBuffer      = 1 << 25 // float32 of one buffer, border included
	maxArena       = 1 << 26 // float32 of all buffers that live at once
)

// description is NAME.json. Fields for human readers may be added to it.
type description struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Input   struct {
		C int `json:"c"`
		H int `json:"h"`
		W int `json:"w"`
	} `json:"input"`
	Ops     []json.RawMessage `json:"ops"`
	Output  int               `json:"output"`
	Outputs int               `json:"outputs"`
	Params  int               `json:"params"`
	SHA256  string            `json:"sha256"`
}

// opSpec is one operation of the description. Unknown fields are an error:
// an operation that is not understood in full must not run.
type opSpec struct {
	Op       string `json:"op"`
	In       int    `json:"in"`
	Cin      int    `json:"cin"`
	Cout     int    `json:"cout"`
	Kernel   [2]int `json:"kernel"`
	Stride   [2]int `json:"stride"`
	Pad      [2]int `json:"pad"`
	Dilation [2]int `json:"dilation"`
	Relu     bool   `json:"relu"`
	Add      int    `json:"add"`
	W        int    `json:"w"`
	B        int    `json:"b"`
}

// Operations that the engine knows.
const (
	opConv   = "conv"
	opUp2Add = "up2add"
)

// parseDescription decodes and checks all that does not depend on an input
// size: afterwards buffers and channels agree, every number is within its
// bound and every weight lies inside the nWeights elements.
func parseDescription(data []byte, nWeights int) (*description, []opSpec, error) {
	if len(data) > maxDescription {
		return nil, nil, malformed("description of %d bytes", len(data))
	}
	var d description
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, nil, malformed("description: %v", err)
	}
	if d.Name == "" {
		return nil, nil, malformed("no name")
	}
	if !within(d.Input.C, 1, maxChannels) || !within(d.Input.H, 1, maxSide) || !within(d.Input.W, 1, maxSide) {
		return nil, nil, malformed("input %dx%dx%d", d.Input.H, d.Input.W, d.Input.C)
	}
	if !within(len(d.Ops), 1, maxOps) {
		return nil, nil, malformed("%d operations", len(d.Ops))
	}
	ops := make([]opSpec, len(d.Ops))
	channels := []int{d.Input.C} // of the buffers so far
	params, packed := 0, 0
	for i, raw := range d.Ops {
		o := &ops[i]
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		o.Dilation, o.Add = [2]int{1, 1}, -1
		if err := dec.Decode(o); err != nil {
			return nil, nil, malformed("operation %d: %v", i, err)
		}
		if err := o.check(channels); err != nil {
			return nil, nil, fmt.Errorf("operation %d: %w", i, err)
		}
		if o.Op == opConv {
			n := o.Cout * o.Cin * o.Kernel[0] * o.Kernel[1]
			if n > nWeights || o.W < 0 || o.W > nWeights-n || o.B < 0 || o.B > nWeights-o.Cout {
				return nil, nil, malformed("operation %d: weights outside of the file", i)
			}
			params += n + o.Cout
			packed += o.packedSize()
			// Operations do not share weights: this bounds the packed size by the
			// size of the file.
			if params > nWeights || packed > maxPacked {
				return nil, nil, malformed("operation %d: more parameters than the file has", i)
			}
		}
		channels = append(channels, o.outChannels(channels))
	}
	if !within(d.Output, 1, len(ops)) {
		return nil, nil, malformed("output buffer %d", d.Output)
	}
	if d.Outputs != channels[d.Output] {
		return nil, nil, malformed("outputs %d, but buffer %d has %d channels", d.Outputs, d.Output, channels[d.Output])
	}
	if d.Params != 0 && d.Params != params {
		return nil, nil, malformed("params %d, but the operations have %d", d.Params, params)
	}
	return &d, ops, nil
}

func within(v, lo, hi int) bool { return lo <= v && v <= hi }

func (o *opSpec) outChannels(channels []int) int {
	if o.Op == opConv {
		return o.Cout
	}
	return channels[o.In]
}

// packedSize is an upper bound of the float32 that the panels of o take.
func (o *opSpec) packedSize() int {
	return pad16(o.Cout) * (pad16(o.Cin)*o.Kernel[0]*o.Kernel[1] + 1)
}

func (o *opSpec) check(channels []int) error {
	n := len(channels)
	if !within(o.In, 0, n-1) {
		return malformed("reads buffer %d, which is not written yet", o.In)
	}
	switch o.Op {
	case opConv:
	case opUp2Add:
		if !within(o.Add, 0, n-1) {
			return malformed("adds buffer %d, which is not written yet", o.Add)
		}
		if channels[o.Add] != channels[o.In] {
			return malformed("adds %d channels to %d", channels[o.Add], channels[o.In])
		}
		return nil
	default:
		return malformed("unknown kind %q", o.Op)
	}
	if o.Cin != channels[o.In] {
		return malformed("cin %d, but buffer %d has %d channels", o.Cin, o.In, channels[o.In])
	}
	if !within(o.Cout, 1, maxChannels) {
		return malformed("cout %d", o.Cout)
	}
	for a := range 2 {
		if !within(o.Kernel[a], 1, maxKernel) || !within(o.Stride[a], 1, maxStride) || !within(o.Dilation[a], 1, maxDilation) {
			return malformed("kernel %v, stride %v, dilation %v", o.Kernel, o.Stride, o.Dilation)
		}
		if !within(o.Pad[a], 0, (o.Kernel[a]-1)*o.Dilation[a]) {
			return malformed("pad %v with kernel %v and dilation %v", o.Pad, o.Kernel, o.Dilation)
		}
	}
	if !within(o.Add, -1, n-1) {
		return malformed("adds buffer %d, which is not written yet", o.Add)
	}
	if o.Add >= 0 && channels[o.Add] != o.Cout {
		return malformed("adds %d channels to %d", channels[o.Add], o.Cout)
	}
	return nil
}
