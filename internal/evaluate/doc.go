// Package evaluate scores what a reader said of labelled pictures: how many
// numbers came out exact, how many wrong and how many not at all, with the
// uncertainty of each figure, over all pictures and in slices.
//
// It knows labels and answers, and neither pictures nor readers, so that any
// reader can be scored, and everything here is arithmetic that tests can
// check by hand.
package evaluate
