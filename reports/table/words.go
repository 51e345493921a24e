package table

import (
	"strconv"
	"strings"
)

// Thousands writes a count for people, with its thousands apart.
func Thousands(n int) string { return grouped(strconv.Itoa(n)) }

// Plural writes a count for people, with its noun.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// List names up to most things and counts the others.
func List(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return strings.Join(names[:most], ", ") + " and " + Thousands(more) + " more"
	}
	return strings.Join(names, ", ")
}
