package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

const leastCases = 360

var casesLine = regexp.MustCompile(`(\d+) addresses x 3 routes = (\d+) cases, (\d+) connections to the trap, (\d+) other sockets`)

// addresses runs the test of the guard, which holds every refused address by
// three routes against a trap: rebinding needs a resolver of its own, which
// the binary has no setting for.
func addresses(r *rig) error {
	c := exec.CommandContext(r.ctx, "go", "test", "-count=1", "-v", "-run", "^(TestRefusedByEveryRoute|TestRefusedByName|TestOddities|TestTrapCatches)$", "./internal/fetch")
	c.Dir = r.root
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	m := casesLine.FindStringSubmatch(string(out))
	if m == nil {
		return fmt.Errorf("the test does not print its figure: %s", out)
	}
	r.say("  %s", m[0])
	cases, _ := strconv.Atoi(m[2])
	r.check(cases >= leastCases, "%d cases, the bar is %d", cases, leastCases)
	r.check(m[3] == "0" && m[4] == "0", "%s connections and %s sockets to where nobody may go", m[3], m[4])
	return nil
}
