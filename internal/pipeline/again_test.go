package pipeline

import (
	"testing"

	"github.com/kahao/kahao/internal/vision/ctc"
)

// A second reading with covered digits counts if it shows more digits, or the first is
// doubtful; an unlikely one never does.
func TestShowsMore(t *testing.T) {
	for _, tt := range []struct {
		name  string
		again ctc.Hypothesis
		first ctc.Hypothesis
		want  bool
	}{
		{"more digits", ctc.Hypothesis{Text: "4213????????3775", Pixels: -.2}, ctc.Hypothesis{Text: "4213????????????", Pixels: -.1}, true},
		{"more digits, unlikely", ctc.Hypothesis{Text: "4213????????3775", Pixels: -1.5}, ctc.Hypothesis{Text: "4213????????????", Pixels: -.1}, false},
		{"fewer digits", ctc.Hypothesis{Text: "4213????????????", Pixels: -.1}, ctc.Hypothesis{Text: "4213????????3775", Pixels: -2}, false},
		{"as many, the first is sure", ctc.Hypothesis{Text: "????????????8953", Pixels: -.1}, ctc.Hypothesis{Text: "????????????3953", Pixels: -.3}, false},
		{"as many, the first is doubtful", ctc.Hypothesis{Text: "????????????8953", Pixels: -.3}, ctc.Hypothesis{Text: "????????????3953", Pixels: -.9}, true},
		{"as many, both doubtful", ctc.Hypothesis{Text: "????????????8953", Pixels: -.95}, ctc.Hypothesis{Text: "????????????3953", Pixels: -.9}, false},
	} {
		if got := showsMore(tt.again, tt.first); got != tt.want {
			t.Errorf("%s: showsMore = %v, want %v", tt.name, got, tt.want)
		}
	}
}
