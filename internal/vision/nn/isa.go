package nn

import (
	"fmt"
	"os"
	"strings"
)

// EnvISA names the environment variable that forces one set of kernels:
// avx512, avx2, neon or generic. Empty means the best that the CPU has.
const EnvISA = "KAHAO_ISA"

// known lists every value of EnvISA, for the error text.
var known = []string{"avx512", "avx2", "neon", "generic"}

// ISAError says that EnvISA asks for kernels that cannot run here.
type ISAError struct {
	Name      string   // the value of EnvISA
	Available []string // what this CPU can run, best first
}

// Error implements error.
func (e *ISAError) Error() string {
	problem := "is not an instruction set that kahao knows"
	for _, k := range known {
		if k == e.Name {
			problem = "cannot run on this CPU"
		}
	}
	return fmt.Sprintf("nn: %s=%s %s; available: %s", EnvISA, e.Name, problem, strings.Join(e.Available, ", "))
}

// ISA returns the name of the kernels that Parse chooses now, or an *ISAError
// if EnvISA asks for kernels that the CPU cannot run.
func ISA() (string, error) {
	s, err := choose(os.Getenv(EnvISA))
	if err != nil {
		return "", err
	}
	return s.name, nil
}

// ISAs returns the names of the kernels that this CPU can run, best first.
func ISAs() []string {
	var names []string
	for _, s := range available() {
		names = append(names, s.name)
	}
	return names
}

// available returns the kernels that this CPU can run, best first. The pure Go
// ones are always the last.
func available() []*isa { return append(detect(), generic) }

// choose returns the kernels of that name, or the best for the empty name.
func choose(name string) (*isa, error) {
	all := available()
	if name == "" {
		return all[0], nil
	}
	for _, s := range all {
		if s.name == name {
			return s, nil
		}
	}
	return nil, &ISAError{Name: name, Available: ISAs()}
}
