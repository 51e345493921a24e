package demo

import (
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
)

// libraries that the repositories use, none of which exists.
var libraries = []string{"acme-router", "acme-dates", "acme-client", "acme-logger", "acme-tables", "acme-testkit", "acme-forms"}

// codeLabels are on pull requests that people open, bumpLabel on those of the
// account that keeps libraries new.
var codeLabels = []string{"bug", "refactoring", "needs docs", "breaking"}

const bumpLabel = "dependencies"

// language is what a team's code is written in: the ends of its files' names,
// and the files that no hand writes.
type language struct{ ext, test, manifest, lock, generated string }

var languages = [...]language{
	{ext: ".go", test: "_test.go", manifest: "go.mod", lock: "go.sum", generated: "internal/api/api.pb.go"},
	{ext: ".ts", test: ".spec.ts", manifest: "package.json", lock: "package-lock.json", generated: "dist/bundle.min.js"},
}

// pieces are the names of the files of a subject.
var pieces = []string{"model", "view", "store", "routes", "rules", "format", "client", "events", "errors", "config"}

// size makes up what a pull request changes: so many lines by hand as the plan
// says, and in some cases what a tool wrote.
func (m *maker) size(p *pull) fact.Pull {
	lang := &languages[int(p.repo)%len(languages)]
	out := fact.Pull{Begun: p.begun, Sized: true}
	add := func(name string, lines int64) {
		added := lines * m.rng.between(500, 1000) / 1000
		out.Paths = append(out.Paths, fact.Path{Name: name, Added: int(added), Deleted: int(lines - added)})
	}
	rest := int64(p.lines)
	names := m.files(p, lang)
	for k, name := range names {
		lines := rest
		if left := int64(len(names) - k - 1); left > 0 {
			lines = 1 + m.rng.below(2*(rest-left)/(left+1))
		}
		add(name, lines)
		rest -= lines
	}
	if p.bump() || m.rng.chance(90) {
		add(lang.lock, m.rng.between(4, 900))
	}
	if !p.bump() && m.rng.chance(60) {
		add(lang.generated, m.rng.between(20, 2000))
	}
	slices.SortFunc(out.Paths, func(a, b fact.Path) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range out.Paths {
		out.Added, out.Deleted = out.Added+f.Added, out.Deleted+f.Deleted
	}
	out.Files = len(out.Paths)
	return out
}

// files names the files that are changed by hand, no more than there are lines.
func (m *maker) files(p *pull, lang *language) []string {
	if p.bump() {
		return []string{lang.manifest}
	}
	n := min(int64(1+p.lines/50), int64(p.lines), int64(len(pieces)))
	it := &m.items[p.carries[0]]
	dir := m.directory(p, it)
	var out []string
	at := m.rng.below(int64(len(pieces)))
	for k := range n {
		ext := lang.ext
		if k%3 == 1 {
			ext = lang.test
		}
		out = append(out, dir+pieces[(at+k)%int64(len(pieces))]+ext)
	}
	if r := &m.repos[p.repo]; r.team < 0 && n > 1 && m.rng.chance(300) {
		if o := m.sharer(it); o != nil {
			out[n-1] = o.directory() + "/" + pick(&m.rng, pieces) + lang.ext
		}
	}
	return out
}

// directory returns where the code of an item is in a repository: by what it is
// about and, in the repository that all share, by team.
func (m *maker) directory(p *pull, it *item) string {
	r := &m.repos[p.repo]
	of, top := int(it.origin), "src/"
	if r.team < 0 {
		top = m.teams[it.team].directory() + "/"
	} else if of != r.team && int(it.team) != r.team {
		of = r.team // another team's repository is about that team's subjects
	}
	list := subjects[of%len(cast)]
	return top + strings.ReplaceAll(strings.ToLower(list[m.subject(p.carries[0])%len(list)]), " ", "-") + "/"
}

// sharer returns another team whose code is in the repository that all share.
func (m *maker) sharer(it *item) *team {
	home := &m.teams[it.team]
	if !home.open() && home.other >= 0 {
		return &m.teams[home.other]
	}
	for range 20 {
		if o := m.neighbour(home, &m.rng); o != nil && o.common > 0 {
			return o
		}
	}
	return nil
}
