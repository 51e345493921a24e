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
type pathPattern struct{ parts []pathPart }

// pathPart fits one name, or any number of them.
type pathPart struct {
	kind partKind
	text string
}

type partKind uint8

const (
	partFolders partKind = iota // **
	partAny                     // *
	partWhole                   // a name without a *
	partHead                    // how the name begins: text*
	partTail                    // how it ends: *text
	partWild                    // anything else
)

func newPathPart(text string) pathPart {
	head, beforeStar := strings.CutSuffix(text, "*")
	tail, afterStar := strings.CutPrefix(text, "*")
	switch {
	case text == "**":
		return pathPart{kind: partFolders}
	case text == "*":
		return pathPart{kind: partAny}
	case !strings.ContainsAny(text, `*?\`):
		return pathPart{partWhole, text}
	case beforeStar && !strings.ContainsAny(head, `*?\`):
		return pathPart{partHead, head}
	case afterStar && !strings.ContainsAny(tail, `*?\`):
		return pathPart{partTail, tail}
	}
	return pathPart{partWild, text}
}

func (p pathPart) fits(name string) bool {
	switch p.kind {
	case partAny:
		return true
	case partWhole:
		return p.text == name
	case partHead:
		return strings.HasPrefix(name, p.text)
	case partTail:
		return strings.HasSuffix(name, p.text)
	}
	return nameFits(p.text, name)
}

// newPathPattern reads a pattern; false if it can fit nothing.
func newPathPattern(text string) (pathPattern, bool) {
	body, folder := strings.CutSuffix(text, "/")
	body, rooted := strings.CutPrefix(body, "/")
	if body == "" || strings.Contains(body, "***") || strings.Contains(body, "//") || strings.HasPrefix(body, "/") || danglingEscape(body) {
		return pathPattern{}, false
	}
	var p pathPattern
	folders := pathPart{kind: partFolders}
	if !rooted && !strings.Contains(body, "/") {
		p.parts = append(p.parts, folders)
	}
	for part := range strings.SplitSeq(body, "/") {
		p.parts = append(p.parts, newPathPart(part))
	}
	switch last := &p.parts[len(p.parts)-1]; {
	case last.kind == partFolders: // what lies below, at least one name deep
		last.kind = partAny
		p.parts = append(p.parts, folders)
	case folder:
		p.parts = append(p.parts, pathPart{kind: partAny}, folders)
	case last.kind != partAny:
		p.parts = append(p.parts, folders)
	}
	return p, true
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
		switch part.kind {
		case partAny:
			stars++
		case partFolders:
		default:
			return false
		}
	}
	return len(p.parts) > stars && stars <= 1
}

// first returns the name that every path begins with that the pattern fits; false
// if there is no such name.
func (p pathPattern) first() (string, bool) {
	return p.parts[0].text, p.parts[0].kind == partWhole
}

// namesOf cuts a path into its names; none if it is empty.
func namesOf(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// match reports whether the pattern fits the names of a path. It keeps the last **
// to return to, so that its time is bounded by the product of both lengths.
func (p pathPattern) match(names []string) bool {
	i, k, star, mark := 0, 0, -1, 0
	for k < len(names) {
		switch {
		case i < len(p.parts) && p.parts[i].kind == partFolders:
			if i == len(p.parts)-1 {
				return true
			}
			star, mark = i, k
			i++
		case i < len(p.parts) && p.parts[i].fits(names[k]):
			i, k = i+1, k+1
		case star >= 0:
			mark++
			i, k = star+1, mark
		default:
			return false
		}
	}
	return len(names) > 0 && !slices.ContainsFunc(p.parts[i:], func(part pathPart) bool { return part.kind != partFolders })
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

// IsPathPattern reports whether a text is a pattern of paths; see
// [Rules.Generated].
func IsPathPattern(text string) bool {
	_, ok := newPathPattern(text)
	return ok
}

func newPathPatterns(texts []string) pathPatterns {
	var out pathPatterns
	for _, t := range texts {
		if p, ok := newPathPattern(t); ok {
			out = append(out, p)
		}
	}
	return out
}

func (l pathPatterns) match(names []string) bool {
	return slices.ContainsFunc(l, func(p pathPattern) bool { return p.match(names) })
}
