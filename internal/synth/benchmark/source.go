package benchmark

import (
	"fmt"

	"github.com/kahao/kahao/internal/synth/plan"
)

// Source draws the images of a version, in any order, from several goroutines.
type Source struct {
	planned *plan.Renderer // of version 1, which version 2 begins with
	extra   *extra         // of version 2; nil in version 1
}

// Open returns the images of a version. It does not check them; see NewChecker.
func Open(version string) (*Source, error) {
	planned, err := plan.New(Set())
	if err != nil {
		return nil, err
	}
	s := &Source{planned: planned}
	if version == Version2 || version == Draft2 {
		s.extra, err = newExtra()
	}
	return s, err
}

// Len is the number of images.
func (s *Source) Len() int {
	if s.extra == nil {
		return s.planned.Len()
	}
	return s.planned.Len() + total()
}

// Name returns the name of image i's file, without its extension.
func (s *Source) Name(i int) string {
	if n := s.planned.Len(); i >= n {
		return extraName(i - n)
	}
	return fmt.Sprintf("%06d", i)
}

// Draw draws image i.
func (s *Source) Draw(i int) (*plan.Image, error) {
	if n := s.planned.Len(); i >= n {
		return s.extra.draw(i - n)
	}
	return s.planned.Draw(i)
}
