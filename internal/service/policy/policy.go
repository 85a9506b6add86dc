// Package policy decides what a sub-account may do, by policy documents in the
// cloud API's form (docs/accounts.md, Sub-accounts and policies):
//
//	{"version":"2.0","statement":[{"effect":"allow","action":["ocr:BankCardOCR"],"resource":"*"}]}
//
// What no statement allows is denied, and a denial wins over any permission. The
// main user may do everything.
package policy

import (
	"slices"
	"strings"
)

// Actions of the service.
const (
	Recognise     = "ocr:BankCardOCR"              // read a card
	CheckCapture  = "ocr:RecognizeGeneralCardWarn" // check an image for copies and the like
	Classify      = "ocr:ClassifyDetectOCR"        // find cards
	Redact        = "ocr:RedactCard"               // cover card numbers in images
	Verify        = "ocr:VerifyCard"               // compare a card with what a caller knows of it
	QueryCalls    = "ocr:QueryCallForConsole"      // how many calls there were
	QueryCostTime = "ocr:QueryCostTimeForConsole"  // how long they took
	QueryQPS      = "ocr:QueryQpsForConsole"       // how many there were a second
	QueryBills    = "ocr:QueryBillsForConsole"     // packs, bills and the balance
	ManageKeys    = "ocr:ManageKeys"               // create, change and disable keys of one's own
)

// Actions returns all actions of the service.
func Actions() []string {
	return []string{Recognise, CheckCapture, Classify, Redact, Verify, QueryCalls, QueryCostTime, QueryQPS, QueryBills, ManageKeys}
}

// All is the resource of actions without resources of their own.
const All = "*"

// usagePrefix is the prefix of a user's usage as a resource.
const usagePrefix = "qcs::ocr:::subUin/"

// UsageOf returns the resource that is a user's usage.
func UsageOf(user string) string { return usagePrefix + user }

// anyone is a user that only a * matches: no user or pattern has the character.
const anyone = "\x00"

// variable stands for the requesting user in a resource.
const variable = "${uin}"

// Document is one policy.
type Document struct{ statements []statement }

type statement struct {
	allow     bool
	actions   []string // patterns, lower case, without name/
	resources []string // patterns
}

// Set is the policies of one user.
type Set struct {
	user      string
	main      bool // may do everything
	documents []Document
	names     []string // of the documents, if they have names
}

// NewSet returns the policies of a user. ${uin} in their resources stands for
// the user.
func NewSet(user string, documents ...Document) Set {
	return Set{user: user, documents: slices.Clone(documents)}
}

// Allows reports whether the user may do an action on a resource. Actions are
// compared without case, so that spelling cannot bypass a denial; resources
// with case.
func (s Set) Allows(action, resource string) bool { return s.Decide(action, resource).Allowed }

// Decision is whether an action is allowed, and which statement decides: of the
// policy with a name, counted from 1. Without a statement nothing allows it; for
// the main user there is none either.
type Decision struct {
	Allowed   bool
	Policy    string
	Statement int
}

// Decide returns the decision of Allows with the statement that decides: the
// first that denies, or else the first that allows.
func (s Set) Decide(action, resource string) (decision Decision) {
	if s.main {
		return Decision{Allowed: true}
	}
	action = strings.ToLower(action)
	for i, d := range s.documents {
		for j, st := range d.statements {
			if !st.covers(action) || !slices.ContainsFunc(st.resources, func(p string) bool { return s.holds(p, resource) }) {
				continue
			}
			here := Decision{Allowed: st.allow, Statement: j + 1}
			if i < len(s.names) {
				here.Policy = s.names[i]
			}
			if !st.allow {
				return here
			}
			if !decision.Allowed {
				decision = here
			}
		}
	}
	return decision
}

func (st statement) covers(action string) bool {
	return slices.ContainsFunc(st.actions, func(p string) bool { return match(pattern(p, ""), action) })
}

func (s Set) holds(resourcePattern, resource string) bool {
	return match(pattern(resourcePattern, s.user), resource)
}

// Usage says whose usage the user may query, with QueryCalls, QueryCostTime or
// QueryQPS. It is Everyone only if no user's usage is denied, because the total
// would reveal it.
type Usage int

// Results of Set.Usage.
const (
	None     Usage = iota // nobody's
	Own                   // his own
	Everyone              // those of all users of the account, and their sum
)

// Usage says whose usage the user may ask for with a query: QueryCalls,
// QueryCostTime or QueryQPS. It is Everyone only if no user's is denied, because
// the sum over all would disclose the denied user's.
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

// glob is a pattern, split at its stars.
type glob []string

// pattern splits at * and then replaces the variable by the user, literally: a
// star in the user's name is no wildcard.
func pattern(p, user string) glob {
	parts := strings.Split(p, "*")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(part, variable, user)
	}
	return parts
}

// match reports whether the text matches, where * is any text. Taking the first
// fit of each part is sufficient, so it takes at most time proportional to
// pattern times text.
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

// overlap reports whether a text with the prefix can match the pattern.
func overlap(g glob, prefix string) bool {
	if len(g) == 1 {
		return strings.HasPrefix(g[0], prefix)
	}
	// The first star can match the rest of the prefix.
	return strings.HasPrefix(g[0], prefix) || strings.HasPrefix(prefix, g[0])
}
