package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/cardjson"
)

// Texts of single values, as tables and lists show them.

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func integer(n int64) string { return strconv.FormatInt(n, 10) }

// timestamp is a time in the zone of billing days, with its offset.
func (s *session) timestamp(t time.Time) string {
	return s.Calendar.In(t).Format("2006-01-02 15:04:05 -07:00")
}

func (s *session) optionalTimestamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return s.timestamp(*t)
}

// splitList returns the items of a comma-separated list.
func splitList(list string) []string {
	all := []string{}
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item != "" {
			all = append(all, item)
		}
	}
	return all
}

// errorText is an error as a text line shows it.
func errorText(err error) string { return "error: " + term.Visible(message(err)) }

// percent rounds down, so that 100 % means certainty.
func percent(p float64) string { return fmt.Sprintf("%.2f%%", probability(p)*100) }

// probability rounds down to four decimals, so that 1 means 1.
func probability(p float64) float64 { return cardjson.Probability(p) }
