package nn

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// small is a network with every kind of operation.
func small() *builder {
	b := newBuilder(4, 6, 3)
	high := b.conv(opSpec{In: -1, Add: -1, Cout: 5, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true})
	b.conv(opSpec{In: -1, Add: -1, Cout: 5, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [2]int{1, 1}})
	sum := b.up2add(2, high, 5)
	b.conv(opSpec{In: sum, Add: high, Cout: 5, Kernel: [2]int{1, 3}, Pad: [2]int{0, 2}, Dilation: [2]int{1, 2}, Relu: true})
	return b
}

// TestMalformed harms a good description in one place at a time.
func TestMalformed(t *testing.T) {
	type object = map[string]any
	op := func(d object, i int) object { return d["ops"].([]any)[i].(object) }
	set := func(i int, key string, v any) func(object) { return func(d object) { op(d, i)[key] = v } }
	for name, harm := range map[string]func(object){
		"no name":                func(d object) { d["name"] = "" },
		"no input":               func(d object) { delete(d, "input") },
		"huge input":             func(d object) { d["input"] = object{"c": 3, "h": 1 << 30, "w": 4} },
		"negative input":         func(d object) { d["input"] = object{"c": 3, "h": 4, "w": -4} },
		"no operations":          func(d object) { d["ops"] = []any{} },
		"too many operations":    func(d object) { d["ops"] = make([]object, 1000) },
		"operation null":         func(d object) { d["ops"] = []any{nil} },
		"operation a number":     func(d object) { d["ops"] = []any{1} },
		"unknown operation":      set(0, "op", "softmax"),
		"unknown field":          set(0, "groups", 2),
		"output zero":            func(d object) { d["output"] = 0 },
		"output past the end":    func(d object) { d["output"] = 5 },
		"outputs":                func(d object) { d["outputs"] = 6 },
		"params":                 func(d object) { d["params"] = 7 },
		"reads itself":           set(0, "in", 1),
		"reads a negative":       set(0, "in", -1),
		"adds itself":            set(3, "add", 4),
		"adds below -1":          set(3, "add", -2),
		"adds other channels":    set(3, "add", 0),
		"up2add adds nothing":    set(2, "add", -1),
		"up2add other channels":  set(2, "add", 0),
		"up2add from the future": set(2, "in", 3),
		"cin":                    set(1, "cin", 4),
		"cout zero":              set(0, "cout", 0),
		"cout huge":              set(0, "cout", 1e12),
		"kernel zero":            set(0, "kernel", []int{0, 3}),
		"kernel huge":            set(0, "kernel", []int{3, 1 << 20}),
		"kernel a string":        set(0, "kernel", "3x3"),
		"stride zero":            set(0, "stride", []int{1, 0}),
		"stride huge":            set(0, "stride", []float64{1e18, 1}),
		"dilation zero":          set(0, "dilation", []int{0, 1}),
		"pad negative":           set(0, "pad", []int{-1, 1}),
		"pad over the kernel":    set(0, "pad", []int{1, 3}),
		"weights negative":       set(0, "w", -1),
		"weights past the end":   set(0, "w", 1<<20),
		"weights overflow":       set(0, "w", uint64(math.MaxInt64)),
		"bias past the end":      func(d object) { op(d, 3)["b"] = op(d, 3)["b"].(float64) + 1 },
		"bias negative":          set(3, "b", -5),
		"weights used twice": func(d object) {
			d["params"] = 0
			d["ops"] = append(d["ops"].([]any), op(d, 3), op(d, 3), op(d, 3), op(d, 3), op(d, 3))
		},
	} {
		t.Run(name, func(t *testing.T) {
			desc, weights := small().files()
			var d object
			if err := json.Unmarshal(desc, &d); err != nil {
				t.Fatalf("json.Unmarshal: %v", err)
			}
			if _, err := Parse(desc, weights); err != nil {
				t.Fatalf("unharmed: %v", err)
			}
			harm(d)
			harmed, err := json.Marshal(d)
			if err != nil {
				t.Fatalf("json.Marshal: %v", err)
			}
			if _, err := Parse(harmed, weights); !errors.Is(err, ErrMalformed) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestMalformedBytes(t *testing.T) {
	desc, weights := small().files()
	nan := bytes.Clone(weights)
	binary.LittleEndian.PutUint16(nan[20:], 0x7E00)
	inf := bytes.Clone(weights)
	binary.LittleEndian.PutUint16(inf, 0xFC00)
	for name, c := range map[string]struct{ desc, weights []byte }{
		"nothing":         {nil, nil},
		"no weights":      {desc, nil},
		"odd weights":     {desc, append(bytes.Clone(weights), 0)},
		"weights cut":     {desc, weights[:len(weights)-2]},
		"not a number":    {desc, nan},
		"infinite":        {desc, inf},
		"description cut": {desc[:len(desc)/2], weights},
		"not JSON":        {[]byte("NAME"), weights},
		"huge":            {bytes.Repeat([]byte(" "), maxDescription+1), weights},
	} {
		if _, err := Parse(c.desc, c.weights); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestShapes asks good networks for sizes that they cannot take.
func TestShapes(t *testing.T) {
	n := small().net(t, generic)
	for _, s := range [][2]int{{0, 6}, {4, 0}, {-1, 6}, {4, math.MaxInt}, {math.MaxInt, math.MaxInt}, {5, 6}, {4, 7}, {maxSide + 1, 2}} {
		if _, err := n.Plan(s[0], s[1]); !errors.Is(err, ErrShape) {
			t.Errorf("%v: error %v", s, err)
		}
	}
	big := newBuilder(4, 4, 3)
	big.conv(opSpec{In: -1, Add: -1, Cout: 64, Kernel: [2]int{1, 1}})
	if _, err := big.net(t, generic).Plan(maxSide, maxSide); !errors.Is(err, ErrShape) {
		t.Errorf("a buffer over the bound: %v", err)
	}
	tall := newBuilder(4, 4, 3)
	tall.conv(opSpec{In: -1, Add: -1, Cout: 4, Kernel: [2]int{4, 1}})
	if _, err := tall.net(t, generic).Plan(3, 8); !errors.Is(err, ErrShape) {
		t.Errorf("a kernel over the input: %v", err)
	}
	p, err := n.Plan(4, 6)
	if err != nil {
		t.Fatalf("Plan: %v", err)
	}
	for _, l := range []int{0, 71, 73} {
		if _, err := p.Run(context.Background(), make([]float32, l), nil); !errors.Is(err, ErrShape) {
			t.Errorf("input of %d floats: %v", l, err)
		}
	}
}

// TestHalf compares every finite half with the definition.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		if h&halfExponent == halfExponent {
			continue
		}
		e, f := h>>10&0x1F, h&0x3FF
		want := math.Ldexp(float64(1024+f), e-25)
		if e == 0 {
			want = math.Ldexp(float64(f), -24)
		}
		if h>>15 == 1 {
			want = -want
		}
		got := float64(halfToFloat(uint16(h)))
		if got != want || math.Signbit(got) != (h>>15 == 1) {
			t.Fatalf("%#04x: %g, want %g", h, got, want)
		}
	}
}

// TestForce checks the choice of kernels, and that its error names both the
// variable and what there is.
func TestForce(t *testing.T) {
	for _, s := range available() {
		t.Setenv(EnvISA, s.name)
		if name, err := ISA(); err != nil || name != s.name {
			t.Errorf("%s: ISA = %q, %v", s.name, name, err)
		}
		n, err := Parse(small().files())
		if err != nil {
			t.Fatalf("%s: Parse: %v", s.name, err)
		}
		if n.ISA() != s.name {
			t.Errorf("%s: the network runs on %s", s.name, n.ISA())
		}
	}
	t.Setenv(EnvISA, "")
	if name, err := ISA(); err != nil || name != available()[0].name {
		t.Errorf("no choice: %q, %v", name, err)
	}
	t.Setenv(EnvISA, "mmx")
	_, err := Parse(small().files())
	var e *ISAError
	if !errors.As(err, &e) || !strings.Contains(err.Error(), EnvISA+"=mmx") || !strings.Contains(err.Error(), "generic") {
		t.Errorf("mmx: %v", err)
	}
}

// FuzzParse: whatever the files hold, Parse and Plan return, and what they
// accept runs alike on every set of kernels.
func FuzzParse(f *testing.F) {
	for _, b := range []*builder{small(), func() *builder {
		b := newBuilder(3, 5, 2)
		b.conv(opSpec{In: -1, Add: -1, Cout: 3, Kernel: [2]int{2, 1}})
		return b
	}()} {
		desc, weights := b.files()
		f.Add(desc, weights, 4, 6)
		f.Add(bytes.Replace(desc, []byte(`"dilation":[1,1]`), []byte(`"dilation":[2,3]`), 1), weights, 9, 8)
		f.Add(desc[:len(desc)/2], weights, 1, 1)
	}
	f.Fuzz(func(t *testing.T, desc, weights []byte, h, w int) {
		n, err := Parse(desc, weights)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("error without a family: %v", err)
			}
			return
		}
		p, err := n.Plan(h, w)
		if err != nil {
			if !errors.Is(err, ErrShape) {
				t.Fatalf("error without a family: %v", err)
			}
			return
		}
		if p.arena > 1<<20 || p.MACs() > 1<<20 {
			return // legal, but too slow to run here
		}
		in := make([]float32, h*w*n.in.c)
		for i := range in {
			in[i] = float32(i%7) - 3
		}
		var first []float32
		for _, s := range available() {
			n, err := parseFor(s, desc, weights)
			if err != nil {
				t.Fatalf("parseFor: %v", err)
			}
			p, err := n.Plan(h, w)
			if err != nil {
				t.Fatalf("Plan: %v", err)
			}
			out, err := p.Run(t.Context(), in, nil)
			if err != nil {
				t.Fatalf("Run: %v", err)
			}
			if first == nil {
				first = out
			}
			if err := same(out, first); err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
		}
	})
}

// same compares results loosely: the fuzzer finds sums whose parts cancel.
func same(a, b []float32) error {
	norm := 1.0
	for _, v := range b {
		norm = max(norm, math.Abs(float64(v)))
	}
	if len(a) != len(b) {
		return fmt.Errorf("%d floats and %d", len(a), len(b))
	}
	for i := range b {
		if math.Abs(float64(a[i])-float64(b[i])) > 0.1*norm {
			return fmt.Errorf("float %d: %g and %g", i, a[i], b[i])
		}
	}
	return nil
}
