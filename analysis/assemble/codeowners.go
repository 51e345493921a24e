package assemble

import (
	"slices"
	"strings"

	"smokestack/analysis/fact"
)

// ownedPaths are the lines of a CODEOWNERS file: patterns and who owns what fits.
type ownedPaths []struct {
	pattern pathPattern
	owners  []string // in lower case
}

// codeOwnersMost bounds a CODEOWNERS file, as GitHub does (3 MB).
const codeOwnersMost = 3 << 20

// parseCodeOwners reads a CODEOWNERS file. A pattern follows the rules of
// .gitignore without negation, ranges and escapes of #; of a line that breaks
// them GitHub takes no notice, and neither does this.
func parseCodeOwners(text string) ownedPaths {
	var out ownedPaths
	if len(text) > codeOwnersMost {
		return nil
	}
	for line := range strings.Lines(text) {
		if i := strings.Index(line, " #"); i >= 0 {
			line = line[:i]
		}
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") || strings.HasPrefix(words[0], "!") || strings.ContainsAny(words[0], "[]") || strings.HasPrefix(words[0], `\#`) {
			continue
		}
		entry := struct {
			pattern pathPattern
			owners  []string
		}{pattern: newPathPattern(words[0])}
		for _, owner := range words[1:] {
			entry.owners = append(entry.owners, strings.ToLower(owner))
		}
		out = append(out, entry)
	}
	return out
}

// of returns who owns a path: whom the last line that fits names, nobody where it
// names nobody.
func (o ownedPaths) of(path string) []string {
	for _, e := range slices.Backward(o) {
		if e.pattern.match(path) {
			return e.owners
		}
	}
	return nil
}

// all returns who owns what no path tells: whom the last line for everything names.
func (o ownedPaths) all() []string {
	for _, e := range slices.Backward(o) {
		if e.pattern.everything() {
			return e.owners
		}
	}
	return nil
}

// codeOwners returns the owners of a record in its repository: of the paths of a
// pull request, else of everything.
func (s *Shard) codeOwners(r *fact.Record, proj string) []string {
	owned := s.w.owned[siteText{r.Site, strings.ToLower(proj)}]
	if owned == nil {
		return nil
	}
	if r.Class != fact.ClassPull || len(r.Pull.Paths) == 0 {
		return owned.all()
	}
	var out []string
	for _, p := range r.Pull.Paths {
		if !s.w.generated.match(p.Name) {
			out = append(out, owned.of(p.Name)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// pathPattern is a pattern of paths as .gitignore has them: * is anything within
// a name, ** any folders; with a slash in front or within it is bound to the
// root, else it fits at any depth; what it fits, it fits with all below.
type pathPattern struct {
	parts  []string
	rooted bool
	folder bool // ends in a slash: what lies below alone
	direct bool // ends in /*: what lies right there alone, as CODEOWNERS has it
}

func newPathPattern(text string) pathPattern {
	p := pathPattern{folder: strings.HasSuffix(text, "/")}
	trimmed := strings.Trim(text, "/")
	p.rooted = strings.HasPrefix(text, "/") || strings.Contains(trimmed, "/")
	p.parts = strings.Split(trimmed, "/")
	p.direct = len(p.parts) > 1 && p.parts[len(p.parts)-1] == "*"
	return p
}

func (p pathPattern) everything() bool {
	return len(p.parts) == 1 && (p.parts[0] == "*" || p.parts[0] == "**" || p.parts[0] == "")
}

func (p pathPattern) match(path string) bool {
	names := strings.Split(strings.Trim(path, "/"), "/")
	if p.everything() {
		return true
	}
	if p.rooted {
		return p.at(p.parts, names)
	}
	for i := range names {
		if p.at(p.parts, names[i:]) {
			return true
		}
	}
	return false
}

// at matches patterns of names one by one. It keeps the last ** to return to, so
// that its time is bounded by the product of both lengths.
func (p pathPattern) at(parts, names []string) bool {
	i, k, star, mark := 0, 0, -1, 0
	for k < len(names) {
		switch {
		case i < len(parts) && parts[i] == "**":
			star, mark = i, k
			i++
		case i < len(parts) && nameFits(parts[i], names[k]):
			i, k = i+1, k+1
			if i == len(parts) && p.ends(names[k:]) {
				return true
			}
		case star >= 0:
			mark++
			i, k = star+1, mark
		default:
			return false
		}
	}
	for i < len(parts) && parts[i] == "**" {
		i++
	}
	return i == len(parts) && !p.folder
}

// ends reports whether a pattern whose parts are used up fits with what is left
// of a path.
func (p pathPattern) ends(rest []string) bool {
	switch {
	case p.direct:
		return len(rest) == 0
	case p.folder:
		return len(rest) > 0
	}
	return true
}

// nameFits matches one name: * is any letters, ? one.
func nameFits(pattern, name string) bool {
	i, k, star, mark := 0, 0, -1, 0
	for k < len(name) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, k
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == name[k]):
			i, k = i+1, k+1
		case star >= 0:
			mark++
			i, k = star+1, mark
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}

// pathPatterns are several patterns, of which one must fit.
type pathPatterns []pathPattern

func newPathPatterns(texts []string) pathPatterns {
	var out pathPatterns
	for _, t := range texts {
		out = append(out, newPathPattern(t))
	}
	return out
}

func (l pathPatterns) match(path string) bool {
	return slices.ContainsFunc(l, func(p pathPattern) bool { return p.match(path) })
}
