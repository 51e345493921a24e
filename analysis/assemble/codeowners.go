package assemble

import (
	"slices"
	"strings"

	"smokestack/analysis/fact"
)

// ownedPaths are the lines of a CODEOWNERS file: patterns and who owns what fits.
// Most patterns begin with a name, so that few of many lines are of interest to a
// path.
type ownedPaths struct {
	lines []ownedPath
	under map[string][]int // the lines whose paths begin with a name
	other []int
}

type ownedPath struct {
	pattern pathPattern
	owners  []string // in lower case
}

// codeOwnersMost bounds a CODEOWNERS file, as GitHub does (3 MB).
const codeOwnersMost = 3 << 20

// parseCodeOwners reads a CODEOWNERS file. A pattern follows the rules of
// .gitignore without negation, ranges and escapes of #; of a line that breaks
// them, or names as an owner what is none, GitHub takes no notice, and neither
// does this.
func parseCodeOwners(text string) *ownedPaths {
	out := &ownedPaths{under: map[string][]int{}}
	if len(text) > codeOwnersMost {
		return out
	}
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		words := fact.OwnersWords(line)
		if len(words) == 0 {
			continue
		}
		pattern, ok := newPathPattern(words[0])
		if !ok || strings.HasPrefix(words[0], "!") || strings.HasPrefix(words[0], `\#`) || strings.ContainsAny(words[0], "[]") {
			continue
		}
		e := ownedPath{pattern: pattern}
		for _, owner := range words[1:] {
			e.owners = append(e.owners, strings.ToLower(owner))
		}
		if !slices.ContainsFunc(e.owners, noOwner) {
			out.add(e)
		}
	}
	return out
}

func (o *ownedPaths) add(e ownedPath) {
	if name, ok := e.pattern.first(); ok {
		o.under[name] = append(o.under[name], len(o.lines))
	} else {
		o.other = append(o.other, len(o.lines))
	}
	o.lines = append(o.lines, e)
}

// noOwner reports whether a word cannot be an owner: those are @people,
// @org/team and addresses of mail.
func noOwner(word string) bool {
	at := strings.IndexByte(word, '@')
	return at < 0 || at == len(word)-1 || at > 0 && strings.Contains(word, "/")
}

// of returns who owns a path: whom the last line that fits names, nobody where it
// names nobody.
func (o *ownedPaths) of(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	last := max(o.last(o.under[names[0]], names), o.last(o.other, names))
	if last < 0 {
		return nil
	}
	return o.lines[last].owners
}

// last returns the last of some lines that fits; −1 if none does.
func (o *ownedPaths) last(lines []int, names []string) int {
	for _, n := range slices.Backward(lines) {
		if o.lines[n].pattern.match(names) {
			return n
		}
	}
	return -1
}

// all returns who owns what no path tells: whom the last line for everything names.
func (o *ownedPaths) all() []string {
	for _, n := range slices.Backward(o.other) {
		if o.lines[n].pattern.everything() {
			return o.lines[n].owners
		}
	}
	return nil
}

// codeOwners returns the owners of a record in its repository: of the paths of a
// pull request, else of everything.
func (s *Shard) codeOwners(r *fact.Record, h holdings, proj string) []string {
	if h.byPaths {
		return h.codeOwners
	}
	if owned := s.w.owned[siteText{r.Site, strings.ToLower(proj)}]; owned != nil {
		return owned.all()
	}
	return nil
}

// pathOwners returns the owners of all paths that a pull request changes, but for
// generated ones.
func (s *Shard) pathOwners(r *fact.Record) []string {
	owned := s.w.owned[siteText{r.Site, strings.ToLower(fact.ProjectOf(r.Key))}]
	if owned == nil {
		return nil
	}
	var out []string
	for _, p := range r.Pull.Paths {
		if !s.isGenerated(p.Name) {
			out = append(out, owned.of(namesOf(p.Name))...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
