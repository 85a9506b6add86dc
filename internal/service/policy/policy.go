// Package policy decides what a sub-account may do, by policy documents such as
// the vendor's customers write them (spec/accounts-and-billing.md, section 6):
//
//	{"version":"2.0","statement":[{"effect":"allow","action":["ocr:BankCardOCR"],"resource":"*"}]}
//
// What no statement allows is denied, and what one denies is denied whatever
// others allow [I]. The main user may do everything.
package policy

import (
	"slices"
	"strings"
)

// The actions that the service has.
const (
	Recognise     = "ocr:BankCardOCR"             // read a card
	QueryCalls    = "ocr:QueryCallForConsole"     // how many calls there were
	QueryCostTime = "ocr:QueryCostTimeForConsole" // how long they took
	QueryQPS      = "ocr:QueryQpsForConsole"      // how many there were a second
)

// All is the resource of actions that have none of their own.
const All = "*"

// usagePrefix begins the resource that is one user's usage.
const usagePrefix = "qcs::ocr:::subUin/"

// UsageOf is the resource that is a user's usage.
func UsageOf(user string) string { return usagePrefix + user }

// anyone is a user whom only a star covers: no user or pattern has the
// character.
const anyone = "\x00"

// variable stands in a resource for the user who asks.
const variable = "${uin}"

// Document is one policy.
type Document struct{ statements []statement }

type statement struct {
	allow     bool
	actions   []string // patterns, in lower case, without name/
	resources []string // patterns
}

// Set is the policies of one user.
type Set struct {
	user      string
	main      bool // may do everything
	documents []Document
}

// NewSet returns the policies that a user has. In their resources ${uin}
// stands for him.
func NewSet(user string, documents ...Document) Set {
	return Set{user: user, documents: slices.Clone(documents)}
}

// Allows reports whether the user may do an action on a resource. Actions are
// compared without regard to case, so that a denial cannot be passed by
// spelling [I]; resources are compared with it.
func (s Set) Allows(action, resource string) bool {
	if s.main {
		return true
	}
	action = strings.ToLower(action)
	allowed := false
	for _, d := range s.documents {
		for _, st := range d.statements {
			if !st.covers(action) || !slices.ContainsFunc(st.resources, func(p string) bool { return s.holds(p, resource) }) {
				continue
			}
			if !st.allow {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

func (st statement) covers(action string) bool {
	return slices.ContainsFunc(st.actions, func(p string) bool { return match(pattern(p, ""), action) })
}

func (s Set) holds(resourcePattern, resource string) bool {
	return match(pattern(resourcePattern, s.user), resource)
}

// Usage is whose calls a user may see.
type Usage int

// The answers of Set.Usage.
const (
	None     Usage = iota // nobody's
	Own                   // his own
	Everyone              // those of all users of the account, and their sum
)

// Usage says whose usage the user may ask for with a query: QueryCalls,
// QueryCostTime or QueryQPS. It is everyone's only where nobody's is denied, for
// the sum over all would tell of those who are [I].
func (s Set) Usage(query string) Usage {
	switch {
	case s.Allows(query, UsageOf(anyone)) && !s.deniesAny(query):
		return Everyone
	case s.Allows(query, UsageOf(s.user)):
		return Own
	}
	return None
}

// deniesAny reports whether there is a user whose usage is denied.
func (s Set) deniesAny(query string) bool {
	query = strings.ToLower(query)
	for _, d := range s.documents {
		for _, st := range d.statements {
			if !st.allow && st.covers(query) && slices.ContainsFunc(st.resources, func(p string) bool { return overlap(pattern(p, s.user), usagePrefix) }) {
				return true
			}
		}
	}
	return false
}

// glob is a pattern as the texts between its stars.
type glob []string

// pattern splits at *, and puts the user for the variable: literally, should
// he have a star in his name.
func pattern(p, user string) glob {
	parts := strings.Split(p, "*")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(part, variable, user)
	}
	return parts
}

// match reports whether the text is of the pattern, where a star is any text,
// an empty one too. Taking each part where it first fits is enough, so that it
// takes time in proportion to pattern times text at the most.
func match(g glob, text string) bool {
	first, last := g[0], g[len(g)-1]
	if len(g) == 1 {
		return text == first
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range g[1 : len(g)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// overlap reports whether there is a text of the pattern that begins with the
// prefix.
func overlap(g glob, prefix string) bool {
	if len(g) == 1 {
		return strings.HasPrefix(g[0], prefix)
	}
	// The first star can be what the prefix has more than the first part.
	return strings.HasPrefix(g[0], prefix) || strings.HasPrefix(prefix, g[0])
}
