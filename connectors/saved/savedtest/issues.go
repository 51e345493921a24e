package savedtest

import (
	"bytes"
	"fmt"
	"strings"
)

// Issue is an issue as a tracker answers it.
type Issue struct {
	Key  string
	Data []byte
}

// Numbered is a small issue.
func Numbered(n int) string {
	return fmt.Sprintf(`{"id":"%d","key":"PAY-%d","fields":{"created":1700000000000}}`, n, n)
}

// ManyNumbered are small issues with ids from 1 on.
func ManyNumbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = Numbered(i + 1)
	}
	return out
}

// Shapes are the same small issues, written in several ways.
func Shapes(n int) map[string]string {
	list := ManyNumbered(n)
	return map[string]string{
		"an array":                  "[" + strings.Join(list, ",") + "]",
		"an indented array":         "[\n  " + strings.Join(list, ",\n  ") + "\n]\n",
		"a page":                    `{"startAt":0,"total":7,"issues":[` + strings.Join(list, ",") + `],"names":{"customfield_1":"Team"}}`,
		"a page, its list in front": `{"issues":[` + strings.Join(list, ",\n") + `],"total":7,"names":{"customfield_1":"Team"}}`,
		"lines":                     strings.Join(list, "\n") + "\n",
		"lines, by Windows":         strings.Join(list, "\r\n"),
		"values in a row":           strings.Join(list, " "),
	}
}

// Few are small issues with ids from 1 on.
func Few(n int) []Issue {
	var out []Issue
	for i, data := range ManyNumbered(n) {
		out = append(out, Issue{fmt.Sprintf("PAY-%d", i+1), []byte(data)})
	}
	return out
}

// Flat saves issues one a file, by number.
func Flat(issues []Issue) []Entry {
	var out []Entry
	for i, s := range issues {
		out = append(out, Named(fmt.Sprintf("%04d.json", i+1), s.Data))
	}
	return out
}

// Joined writes issues into one text.
func Joined(issues []Issue, sep string) []byte {
	var list [][]byte
	for _, s := range issues {
		list = append(list, s.Data)
	}
	return bytes.Join(list, []byte(sep))
}
