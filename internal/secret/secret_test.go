package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

type struct1 struct {
	Hidden
	key string
}

func TestNeverPrints(t *testing.T) {
	s := struct1{key: "hunter2"}
	for _, v := range []any{Text("hunter2"), Bytes("hunter2"), s, &s} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, v); got != Redacted {
				t.Errorf("%s of %T prints %q, want %q", verb, v, got, Redacted)
			}
		}
		if text, err := json.Marshal(v); err != nil || string(text) != `"`+Redacted+`"` {
			t.Errorf("%T as JSON is %s, %v; want %q", v, text, err, Redacted)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		if !strings.Contains(log.String(), "v="+Redacted) {
			t.Errorf("%T is logged as %q, want %q", v, log.String(), Redacted)
		}
	}
}
