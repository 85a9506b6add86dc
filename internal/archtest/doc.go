// Package archtest holds the rules of the house as tests: who may import
// whom, how large a file may grow, and that everything exported is explained.
// docs/architecture.md shows the same rules as a picture; where the two
// differ, these tests are right.
//
// The package reads the source tree with go/parser alone, so that the rules
// hold for every build tag and platform, and need no tool but Go.
package archtest
