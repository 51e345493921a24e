package main

import (
	"fmt"
	"strconv"
)

// counted writes a count with its noun.
func counted(n int, one, many string) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	switch {
	case many == "":
		return s
	case n == 1:
		return s + " " + one
	}
	return s + " " + many
}

// warn says on stderr why the exit code will not be 0.
func (e *env) warn(out *outcome) {
	for _, c := range out.causes {
		fmt.Fprintln(e.stderr, "smokestack:", c.Text)
	}
}

func (e *env) hint(quiet bool, texts []string) {
	if quiet {
		return
	}
	for _, t := range texts {
		fmt.Fprintln(e.stderr, "smokestack:", t)
	}
}
