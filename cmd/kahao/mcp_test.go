package main

import (
	"strings"
	"testing"
)

func TestMCPMisuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{"mcp"}, exitUsage, "--allow"},
		{[]string{"mcp", "--allow", ".", "--http", "0.0.0.0:8090"}, exitUsage, "loopback"},
		{[]string{"mcp", "--allow", ".", "--http", "localhost"}, exitUsage, "loopback"},
		{[]string{"mcp", "--allow", "missing"}, exitUnreadable, "missing"},
	} {
		if exit, _, errors := command(c.args...); exit != c.exit || !strings.Contains(errors, c.want) {
			t.Errorf("%v: exit code %d, %q, want %d and %q", c.args, exit, errors, c.exit, c.want)
		}
	}
}
