// Package evaluate scores a reader's answers on labelled images: how many numbers
// are exact, wrong and refused, with a confidence interval for each share, over
// all images and per slice.
//
// The scoring takes labels and answers, not images or readers, so it can score
// any reader, and tests can check its arithmetic by hand.
package evaluate
