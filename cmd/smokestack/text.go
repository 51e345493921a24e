package main

import (
	"fmt"

	"smokestack/reports/table"
)

// say writes one message to stderr, as one line. What trackers and archives name
// things cannot break out of it, nor reach the terminal as anything but text.
func (e *env) say(text string) {
	fmt.Fprintln(e.stderr, "smokestack:", table.Clean(text))
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
