// Package archtest tests the architecture: which package may import which, how
// long a file may be, and that every exported identifier has a comment.
// docs/architecture.md describes the same rules.
//
// The package parses the source tree with go/parser, so that the rules hold for
// every build tag and platform and need no other tool.
package archtest
