package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
)

// appendValue writes a value.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case name:
		return append(append(b, '/'), v...)
	case string:
		return fmt.Appendf(b, "<%x>", v)
	case ref:
		return fmt.Appendf(b, "%d 0 R", int(v))
	case array:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ' ')
			}
			b = appendValue(b, x)
		}
		return append(b, ']')
	case dict:
		b = append(b, "<<"...)
		for _, key := range sorted(v) {
			b = append(appendValue(append(append(append(b, '/'), key...), ' '), v[key]), ' ')
		}
		return append(b, ">>"...)
	}
	return append(b, "null"...)
}

// deflate compresses a stream.
func deflate(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // to memory
	_ = z.Close()
	return b.Bytes()
}

// writer writes a file with those objects that its catalog leads to.
type writer struct {
	out     []byte
	offsets []int // of objects, from number 1; 0 before they are written
}

func newWriter() *writer { return &writer{out: []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")} }

// reserve returns the number of a new object.
func (w *writer) reserve() ref {
	w.offsets = append(w.offsets, 0)
	return ref(len(w.offsets))
}

// object writes an object. A stream of nil means none.
func (w *writer) object(r ref, v any, stream []byte) {
	w.offsets[r-1] = len(w.out)
	if d, ok := v.(dict); ok && stream != nil {
		d["Length"] = len(stream)
	}
	w.out = append(appendValue(fmt.Appendf(w.out, "%d 0 obj\n", int(r)), v), '\n')
	if stream != nil {
		w.out = append(append(append(w.out, "stream\n"...), stream...), "\nendstream\n"...)
	}
	w.out = append(w.out, "endobj\n"...)
}

// end writes the table of places and the trailer (7.5.4, 7.5.5).
func (w *writer) end(root ref) []byte {
	start := len(w.out)
	w.out = fmt.Appendf(w.out, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, at := range w.offsets {
		w.out = fmt.Appendf(w.out, "%010d 00000 n \n", at)
	}
	return fmt.Appendf(w.out, "trailer\n<</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, int(root), start)
}
