package main

import (
	"fmt"
	"strconv"

	"smokestack/reports/table"
)

// say writes one message to stderr, as one line. What trackers and archives name
// things cannot break out of it, nor reach the terminal as anything but text.
func (e *env) say(text string) {
	fmt.Fprintln(e.stderr, "smokestack:", table.Clean(text))
}

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
		e.say(c.Text)
	}
}

func (e *env) hint(quiet bool, texts []string) {
	if quiet {
		return
	}
	for _, t := range texts {
		e.say(t)
	}
}
