package assemble

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// pathPattern is a pattern of paths as .gitignore has them: * is anything within
// a name, ? one letter, ** any folders; with a slash in front or within it is bound
// to the root, else it fits at any depth; what it fits, it fits with all below. As
// CODEOWNERS has it, and .gitignore has not, /* at the end fits what lies right
// there and no deeper.
//
// The parts fit the names of a path from its first to its last; ** stands for any
// number of names, or none.
type pathPattern struct{ parts []string }

// newPathPattern reads a pattern; false if it can fit nothing.
func newPathPattern(text string) (pathPattern, bool) {
	body, folder := strings.CutSuffix(text, "/")
	body, rooted := strings.CutPrefix(body, "/")
	if body == "" || strings.Contains(body, "***") || strings.Contains(body, "//") || strings.HasPrefix(body, "/") || danglingEscape(body) {
		return pathPattern{}, false
	}
	var parts []string
	if !rooted && !strings.Contains(body, "/") {
		parts = append(parts, "**")
	}
	parts = append(parts, strings.Split(body, "/")...)
	switch last := parts[len(parts)-1]; {
	case last == "**": // what lies below, at least one name deep
		parts[len(parts)-1] = "*"
		parts = append(parts, "**")
	case folder:
		parts = append(parts, "*", "**")
	case last != "*":
		parts = append(parts, "**")
	}
	return pathPattern{parts}, true
}

// danglingEscape reports whether a pattern ends in a backslash that escapes
// nothing.
func danglingEscape(text string) bool {
	n := len(text) - len(strings.TrimRight(text, `\`))
	return n%2 == 1
}

// everything reports whether a pattern fits every path.
func (p pathPattern) everything() bool {
	stars := 0
	for _, part := range p.parts {
		switch part {
		case "*":
			stars++
		case "**":
		default:
			return false
		}
	}
	return len(p.parts) > stars && stars <= 1
}

// match reports whether the pattern fits a path. It keeps the last ** to return
// to, so that its time is bounded by the product of both lengths.
func (p pathPattern) match(path string) bool {
	path = strings.Trim(path, "/")
	if path == "" {
		return false
	}
	names := strings.Split(path, "/")
	i, k, star, mark := 0, 0, -1, 0
	for k < len(names) {
		switch {
		case i < len(p.parts) && p.parts[i] == "**":
			if i == len(p.parts)-1 {
				return true
			}
			star, mark = i, k
			i++
		case i < len(p.parts) && nameFits(p.parts[i], names[k]):
			i, k = i+1, k+1
		case star >= 0:
			mark++
			i, k = star+1, mark
		default:
			return false
		}
	}
	return !slices.ContainsFunc(p.parts[i:], func(part string) bool { return part != "**" })
}

// nameFits matches one name: * is any letters, ? one, and a backslash takes the
// meaning from what follows.
func nameFits(pattern, name string) bool {
	i, k, star, mark := 0, 0, -1, 0
	for k < len(name) {
		if i < len(pattern) && pattern[i] == '*' {
			star, mark = i, k
			i++
			continue
		}
		read, wide := letterFits(pattern[i:], name[k:])
		switch {
		case read > 0:
			i, k = i+read, k+wide
		case star >= 0:
			_, n := utf8.DecodeRuneInString(name[mark:])
			mark += n
			i, k = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// letterFits reports how much of a pattern the first letter of a name fits, and
// how long that letter is; 0 if it does not fit.
func letterFits(pattern, name string) (read, wide int) {
	switch {
	case pattern == "":
		return 0, 0
	case pattern[0] == '?':
		_, n := utf8.DecodeRuneInString(name)
		return 1, n
	case pattern[0] == '\\' && len(pattern) > 1 && pattern[1] == name[0]:
		return 2, 1
	case pattern[0] != '\\' && pattern[0] == name[0]:
		return 1, 1
	}
	return 0, 0
}

// pathPatterns are several patterns, of which one must fit.
type pathPatterns []pathPattern

func newPathPatterns(texts []string) pathPatterns {
	var out pathPatterns
	for _, t := range texts {
		if p, ok := newPathPattern(t); ok {
			out = append(out, p)
		}
	}
	return out
}

func (l pathPatterns) match(path string) bool {
	return slices.ContainsFunc(l, func(p pathPattern) bool { return p.match(path) })
}
