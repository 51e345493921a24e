package assemble

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
)

// What GitHub's documentation says of patterns ("About code owners", and the
// rules of gitignore that it refers to), each with paths that fit and paths that
// do not.
var documented = []struct {
	pattern   string
	fits, not []string
}{
	{"*", []string{"a", "a/b", "a/b/c.go"}, nil},
	{"*.js", []string{"a.js", "src/a.js", "a/b/.js", "lib.js/readme"}, []string{"a.jsx", "js", "a.js.map"}},
	{"/build/logs/", []string{"build/logs/a", "build/logs/x/y.log"}, []string{"build/logs", "x/build/logs/a", "build/a", "build/logs2/a"}},
	{"docs/*", []string{"docs/getting-started.md"}, []string{"docs/build-app/troubleshooting.md", "docs", "x/docs/a.md"}},
	{"apps/", []string{"apps/a", "x/apps/a", "x/y/apps/z/a"}, []string{"apps", "x/apps", "myapps/a"}},
	{"/docs/", []string{"docs/a", "docs/b/c"}, []string{"docs", "x/docs/a"}},
	{"/apps/github", []string{"apps/github", "apps/github/a", "apps/github/x/y"}, []string{"apps/github2", "apps/a", "x/apps/github"}},
	{"**/logs", []string{"logs", "build/logs", "scripts/logs/a", "deeply/nested/logs/x/y"}, []string{"logs2", "build/log", "logsx/a"}},

	{"foo", []string{"foo", "x/foo", "x/foo/bar", "foo/bar"}, []string{"foo.txt", "x/foo.txt", "fo"}},
	{"/foo", []string{"foo", "foo/bar"}, []string{"x/foo", "fool"}},
	{"doc/frotz", []string{"doc/frotz", "doc/frotz/a"}, []string{"a/doc/frotz"}},
	{"doc/frotz/", []string{"doc/frotz/a"}, []string{"a/doc/frotz/b", "doc/frotz"}},
	{"frotz/", []string{"frotz/a", "a/frotz/b"}, []string{"frotz"}},
	{"/*", []string{"a", "README.md"}, []string{"a/b", "a/b/c"}},
	{"/*/", []string{"a/b", "a/b/c"}, []string{"a"}},
	{"/f*", []string{"foo", "foo/bar", "f"}, []string{"x/foo", "xf"}},
	{"f*", []string{"foo", "x/foo", "foo/bar"}, []string{"xfoo", "x/bar"}},
	{"foo/*.txt", []string{"foo/a.txt", "foo/.txt"}, []string{"foo/x/a.txt", "x/foo/a.txt"}},
	{"foo/*/baz", []string{"foo/bar/baz", "foo/bar/baz/qux"}, []string{"foo/baz", "foo/a/b/baz"}},
	{"f?o", []string{"foo", "fxo", "fäo", "x/f-o/y"}, []string{"fo", "fooo", "f/o"}},
	{"**/foo/bar", []string{"foo/bar", "x/y/foo/bar/z"}, []string{"foo/x/bar"}},
	{"**/*bar*", []string{"bar", "x/rebar", "x/barrio/y"}, []string{"ba/r"}},
	{"foo/**", []string{"foo/a", "foo/a/b"}, []string{"foo", "x/foo/a"}},
	{"foo/**/", []string{"foo/a", "foo/a/b"}, []string{"foo"}},
	{"foo/**/bar", []string{"foo/bar", "foo/x/bar", "foo/x/y/bar/z"}, []string{"foobar", "x/foo/bar"}},
	{"foo/**/bar/b*", []string{"foo/bar/baz", "foo/x/bar/b"}, []string{"foo/bar", "foo/bar/qux"}},
	{"**", []string{"a", "a/b"}, nil},
	{"/**", []string{"a", "a/b"}, nil},
	{"**/*", []string{"a", "a/b"}, nil},
	{"a**b", []string{"ab", "axxb", "x/ab"}, []string{"a/b"}},
	{`f\*o`, []string{"f*o"}, []string{"foo", "f-o"}},
	{`my\ dir/a`, []string{"my dir/a"}, []string{`my\ dir/a`, "my/a"}},
	{"Docs/", []string{"Docs/a"}, []string{"docs/a"}}, // paths keep their case
	{".github/", []string{".github/a", "x/.github/a"}, []string{"xgithub/a"}},
	{"a+b.(c)|$", []string{"a+b.(c)|$"}, []string{"aab.c"}},
}

func TestPathPatterns(t *testing.T) {
	for _, c := range documented {
		p, ok := newPathPattern(c.pattern)
		if !ok {
			t.Errorf("%s is no pattern", c.pattern)
		}
		for _, path := range c.fits {
			if !p.match(namesOf(path)) || !p.match(namesOf("/"+path)) {
				t.Errorf("%s does not fit %s", c.pattern, path)
			}
			if !naive(c.pattern).MatchString(path) {
				t.Errorf("the oracle: %s does not fit %s", c.pattern, path)
			}
		}
		for _, path := range c.not {
			if p.match(namesOf(path)) {
				t.Errorf("%s fits %s", c.pattern, path)
			}
			if naive(c.pattern).MatchString(path) {
				t.Errorf("the oracle: %s fits %s", c.pattern, path)
			}
		}
	}
	for _, none := range []string{"", "/", "//", "***", "***/a", "a//b", "//a", `a\`, `\`} {
		if p, ok := newPathPattern(none); ok || p.match(namesOf("a")) || p.match(namesOf("")) {
			t.Errorf("%q fits something", none)
		}
	}
}

// naive translates a pattern into a regular expression, letter by letter, as the
// documentation words it.
func naive(pattern string) *regexp.Regexp {
	body, folder := strings.CutSuffix(pattern, "/")
	body, rooted := strings.CutPrefix(body, "/")
	re := `\A`
	if !rooted && !strings.Contains(body, "/") {
		re += `(?:.*/)?` // at any depth
	}
	parts := strings.Split(body, "/")
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == "**" && last:
			re += `.+`
			folder = false
		case part == "**":
			re += `(?:.*/)?`
			continue
		case part == "*" && last && !folder: // and no deeper
			return regexp.MustCompile(`(?s)` + re + `[^/]*\z`)
		default:
			re += naiveName(part)
		}
		if !last {
			re += `/`
		}
	}
	if folder {
		return regexp.MustCompile(`(?s)` + re + `/.*\z`)
	}
	return regexp.MustCompile(`(?s)` + re + `(?:/.*)?\z`)
}

func naiveName(part string) string {
	var re strings.Builder
	for i := 0; i < len(part); i++ {
		switch part[i] {
		case '*':
			re.WriteString(`[^/]*`)
		case '?':
			re.WriteString(`[^/]`)
		case '\\':
			i++
			re.WriteString(regexp.QuoteMeta(part[i : i+1]))
		default:
			re.WriteString(regexp.QuoteMeta(part[i : i+1]))
		}
	}
	return re.String()
}

// Patterns and paths of few letters meet all cases: the matcher agrees with the
// regular expression.
func TestPathPatternsAgreeWithTheOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	word := func(letters string, most int) string {
		var b strings.Builder
		for range r.IntN(most + 1) {
			b.WriteByte(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	patterns, fits := 0, 0
	for range 60_000 {
		pattern := word(`ab**?//\`, 9)
		p, ok := newPathPattern(pattern)
		if !ok || strings.Contains(pattern, `\/`) {
			continue
		}
		patterns++
		path := plain(word("aab*?/", 9))
		if path == "" {
			continue
		}
		want := naive(pattern).MatchString(path)
		if got := p.match(namesOf(path)); got != want {
			t.Fatalf("%s on %s: %v, want %v", pattern, path, got, want)
		}
		if want {
			fits++
		}
	}
	if patterns < 20_000 || fits < 2000 {
		t.Errorf("%d patterns, %d fit: too few to tell", patterns, fits)
	}
}

// plain is a path as trackers tell them: names between single slashes.
func plain(path string) string {
	return strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
}

// A pattern fits everything exactly if it fits paths of any depth and any name.
func TestEverything(t *testing.T) {
	for _, all := range []string{"*", "**", "/**", "**/*", "**/**", "/**/*", "**/"} {
		if p, _ := newPathPattern(all); !p.everything() || !p.match(namesOf("a")) || !p.match(namesOf("a/b")) || !p.match(namesOf("x/y/z")) {
			t.Errorf("%s is not everything", all)
		}
	}
	for _, some := range []string{"/*", "*/", "*.*", "/*/", "a", "**/a", "*/**", "/*/**", "?", `\*`} {
		if p, _ := newPathPattern(some); p.everything() {
			t.Errorf("%s is everything", some)
		}
	}
	if (pathPattern{}).everything() {
		t.Error("no pattern is everything")
	}
}

// The lines of a CODEOWNERS file: who owns what, as GitHub's documentation has it.
func TestCodeOwners(t *testing.T) {
	const file = "\ufeff# comment\n" +
		"*       @Global-Owner1 @global-owner2\r\n" +
		"*.js    @js-owner #This is an inline comment.\n" +
		"*.go\tdocs@example.com\t# another\n" +
		"*.txt @octo-org/octocats\n" +
		"/build/logs/ @doctocat\n" +
		"  docs/*  docs@example.com\n" +
		"/apps/ @octocat\n" +
		"/apps/github\n" +
		"\n#/apps/ @nobody\n" +
		"!/apps/x @nobody\n" +
		"[a-z]pps @nobody\n" +
		"\\#a @nobody\n" +
		"***/*.rb @nobody\n" +
		"*.rb docs@\n" +
		"*.rb nobody\n" +
		"*.rb @octocat nobody\n" +
		"*.rb /nobody/@x\n" +
		"/ @nobody\n" +
		"sp\\ ace/ @space\n" +
		"hash#tag @hash\n" +
		"/apps/last @last"
	o := parseCodeOwners(file)
	for _, c := range []struct{ path, want string }{
		{"README", "@global-owner1 @global-owner2"},
		{"x/a.js", "@js-owner"},
		{"x/a.go", "docs@example.com"},
		{"notes.txt", "@octo-org/octocats"},
		{"build/logs/x/y", "@doctocat"},
		{"docs/getting-started.md", "docs@example.com"},
		{"docs/build-app/troubleshooting.md", "@global-owner1 @global-owner2"},
		{"apps/a/b", "@octocat"},
		{"apps/github/a", ""}, // whose owners are left empty
		{"apps/x", "@octocat"},
		{"apps/a.js", "@octocat"}, // the last line that fits
		{"a.rb", "@global-owner1 @global-owner2"},
		{"#a", "@global-owner1 @global-owner2"},
		{"sp ace/a", "@space"},
		{"hash#tag", "@hash"},
		{"apps/last/a", "@last"},
	} {
		if got := strings.Join(o.of(namesOf(c.path)), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.path, got, c.want)
		}
	}
	if got := strings.Join(o.all(), " "); got != "@global-owner1 @global-owner2" {
		t.Errorf("of everything: %q", got)
	}
	if got := parseCodeOwners("* @a\n/* @b\n* \n").all(); len(got) != 0 {
		t.Errorf("a last line that names nobody: %q", got)
	}
	if got := parseCodeOwners("*.go @a\n").all(); got != nil {
		t.Errorf("no line for everything: %q", got)
	}
	if got := parseCodeOwners("* @a\n" + strings.Repeat("#", codeOwnersMost)); len(got.lines) > 0 {
		t.Errorf("a file that is too large is read")
	}
}

// A line whose owners are people, for whom a mark stands, takes what fits from
// the teams of the lines before it.
func TestCodeOwnersWithoutPeople(t *testing.T) {
	o := parseCodeOwners("* @acme/all\n/apps/ @-\n/apps/web/ @- @acme/web\n")
	for path, want := range map[string]string{"a": "@acme/all", "apps/a": "@-", "apps/web/a": "@- @acme/web"} {
		if got := strings.Join(o.of(namesOf(path)), " "); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// Pull requests belong to who owns the paths that they change, anything else to
// who owns all.
func TestTeamsByCodeOwners(t *testing.T) {
	s := parse(t, `A-1 story: 0 created
acme/shop#1 bug: 0 created
Acme/Shop#2 pull: 1 created; 1 path docs/a.md 1 1
acme/shop#3 pull: 1 created; 1 path src/a.go 1 1; 1 path docs/a.md 1 1
acme/shop#4 pull: 1 created; 1 path apps/github/x 1 1
acme/shop#5 pull: 1 created
acme/shop#6 pull: 1 created; 1 path docs/go.sum 9 9; 1 path apps/x 1 1
acme/shop#7 pull: 1 created; 1 path docs/go.sum 9 9
acme/web#8 pull: 1 created; 1 path docs/a.md 1 1
acme/shop/milestone/9 milestone: 0 created`)
	const file = "* @acme/all\n/docs/ @acme/Docs @ana\n/apps/ @apps\n/apps/github\n"
	vocab := s.Vocabulary().Add(
		fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "acme/Shop", Name: fact.CodeOwners, Schema: file, Seen: 9},
		fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "acme/shop", Name: fact.CodeOwners, Schema: "* @old", Seen: 3}, // told before
		fact.Term{Site: s.Site, Kind: fact.TermOwners, ID: "acme/shop", Name: fact.CodeOwners, Schema: "* @ana"},
	)
	for _, c := range []struct {
		owners []string
		want   string
	}{
		{[]string{"@acme/docs"}, "Acme/Shop#2 acme/shop#3"},
		{[]string{"@ANA"}, "Acme/Shop#2 acme/shop#3"},
		{[]string{"@acme/all"}, "acme/shop#1 acme/shop#3 acme/shop#5 acme/shop/milestone/9"},
		{[]string{"@apps"}, "acme/shop#6"},
		{[]string{"@acme/*"}, "Acme/Shop#2 acme/shop#1 acme/shop#3 acme/shop#5 acme/shop/milestone/9"},
		{[]string{"@old", "@nobody"}, ""},
	} {
		res, err := Assemble(Rules{By: ByRules, Generated: []string{"go.sum"}, Teams: []Team{{Name: "T", Match: Match{CodeOwners: c.owners}}}}, vocab, s.Facts())
		if err != nil {
			t.Fatal(err)
		}
		if got := owned(res.Org, 2); got != c.want {
			t.Errorf("%s: owns %s\nwant %s", c.owners, got, c.want)
		}
		if res.Org.ProjectTeams {
			t.Error("owners of paths are no teams by project")
		}
	}
}

// Many changes of a pull request do not ask for the owners of its paths anew.
func TestOwnersOfPathsAreAskedOnce(t *testing.T) {
	var file strings.Builder
	for i := range 2000 {
		file.WriteString("/dir" + strings.Repeat("x", i%50) + "/**/a?b*" + strings.Repeat("y", i%7) + "/ @o\n")
	}
	s := parse(t, "acme/shop#1 pull: 1 created")
	r := s.Facts()[0]
	for i := range 3000 {
		r.Pull.Paths = append(r.Pull.Paths, fact.Path{Name: "dir" + strings.Repeat("x", i%50) + "/deep/er/axbc/" + strings.Repeat("z", i%9)})
	}
	for i := range 500 {
		r.Changes = append(r.Changes, fact.Change{ID: string(rune('a' + i)), At: r.Created + fact.Instant(i), Kind: fact.KindLabel, To: fact.Value{Text: string(rune('a' + i))}})
	}
	vocab := s.Vocabulary().Add(fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "acme/shop", Name: fact.CodeOwners, Schema: file.String()})
	begin := time.Now()
	if _, err := Assemble(Rules{By: ByRules, Teams: []Team{{Name: "T", Match: Match{CodeOwners: []string{"@x"}}}, {Name: "U", Match: Match{Labels: []string{"a"}}}}}, vocab, []*fact.Record{r}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 30*time.Second { // once takes a second or two
		t.Errorf("it took %v", took)
	}
}

// The last line that fits holds, whichever lines begin with a name: as of a walk
// through all of them.
func TestOwnersAreThoseOfTheLastLine(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(xs ...string) string { return xs[r.IntN(len(xs))] }
	for range 3000 {
		var file strings.Builder
		for i := range 1 + r.IntN(8) {
			file.WriteString(pick("", "/") + pick("a", "b", "*", "**", "a/b", "a/*", "b/**", "?", "*/a", "a/**/b") + pick("", "/") + " @" + string(rune('a'+i)) + "\n")
		}
		path := pick("a", "b", "a/b", "a/a", "b/a", "a/b/a", "b/b/b", "c/a/b", "c")
		o := parseCodeOwners(file.String())
		var want []string
		for _, line := range o.lines {
			if line.pattern.match(namesOf(path)) {
				want = line.owners
			}
		}
		if got := o.of(namesOf(path)); !slices.Equal(got, want) {
			t.Fatalf("%s in\n%s: %s, want %s", path, file.String(), got, want)
		}
	}
}

func BenchmarkPaths(b *testing.B) {
	rules := Rules{By: ByRules, Teams: []Team{{Name: "T", Match: Match{CodeOwners: []string{"@x"}}}}}
	for _, ext := range strings.Fields("lock lock.json pb.go g.dart snap min.js min.css js.map generated.go lockb resolved") {
		rules.Generated = append(rules.Generated, "*."+ext, "**/"+ext+"/**", ext+".sum", "*_"+ext)
	}
	var file strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&file, "/services/s%d/ @x\n/libs%d/**/*.go @x\n", i, i)
	}
	s := newShard(New(rules, fact.Vocabulary{{Site: "s", Kind: fact.TermOwners, ID: "a/b", Name: fact.CodeOwners, Schema: file.String()}}).words)
	r := &fact.Record{Site: "s", Key: "a/b#1", Class: fact.ClassPull}
	for i := range 20 {
		r.Pull.Paths = append(r.Pull.Paths, fact.Path{Name: fmt.Sprintf("libs%d/internal/deep/file%d.go", i*40, i), Added: 1})
	}
	for b.Loop() { // a pull request of 20 paths
		s.size(r.Pull)
		s.pathOwners(r)
	}
}

// The matcher of any pattern and path neither panics nor takes long, and agrees
// with the regular expression.
func FuzzPathPattern(f *testing.F) {
	for _, c := range documented {
		for _, path := range append(slices.Clone(c.fits), c.not...) {
			f.Add(c.pattern, path)
		}
	}
	f.Add(strings.Repeat("**/a*", 50), strings.Repeat("a/", 200))
	f.Add(strings.Repeat("a*", 100)+"b", strings.Repeat("a", 1000))
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, ok := newPathPattern(pattern)
		begin := time.Now()
		p.match(namesOf(path))
		p.everything()
		if took := time.Since(begin); took > 2*time.Second && len(pattern)+len(path) < 10_000 {
			t.Errorf("%q on %q took %v", pattern, path, took)
		}
		if path = plain(path); !ok || path == "" || len(pattern) > 300 || strings.Contains(pattern, `\/`) || !sane(pattern) || !sane(path) {
			return
		}
		if got := p.match(namesOf(path)); got != naive(pattern).MatchString(path) {
			t.Errorf("%q on %q: %v", pattern, path, got)
		}
	})
}

// sane reports whether a text is made of whole letters: regular expressions and
// bytes differ over others.
func sane(s string) bool {
	return !slices.ContainsFunc([]rune(s), func(r rune) bool { return r > 126 || r < 32 })
}

// Whatever a file says, reading it neither panics nor makes an owner of a word
// that is none; and comments and empty lines change nothing.
func FuzzCodeOwners(f *testing.F) {
	f.Add("* @a\n/docs/ @b #c\n\\ x @c\n", "docs/a")
	f.Add("*.js @a\n!x @b\n[ @c\n/a/\n", "a/b.js")
	f.Add("\\", "a")
	f.Fuzz(func(t *testing.T, text, path string) {
		o := parseCodeOwners(text)
		got := o.of(namesOf(path))
		for _, owner := range append(slices.Clone(got), o.all()...) {
			if !strings.Contains(owner, "@") || strings.ContainsAny(owner, " \t\r\n") || owner != strings.ToLower(owner) {
				t.Errorf("%q of %q owns %q", owner, text, path)
			}
		}
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		if again := parseCodeOwners("# more\n\n" + strings.Join(lines, "\n  # more\n\n")); !slices.Equal(again.of(namesOf(path)), got) {
			t.Errorf("%q: %q, with comments %q", text, got, again.of(namesOf(path)))
		}
	})
}
