package github

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
)

// What people refer to in texts. GitHub makes links of some of it, and closes
// issues by a few words; the rest, Jira's keys above all, is only ever text.

// mostMentions is how many mentions of one record are kept.
const mostMentions = 100

// mentions finds what the texts of one record refer to.
type mentions struct {
	site, repo string // of the record
	found      []fact.Mention
	seen       map[fact.Mention]bool
	more       int // how many beyond mostMentions

	where fact.Where
	line  string
	last  int       // where the last reference of the line ends
	word  fact.Word // that it stands with
}

// mentionsOf returns what a title, a description and the name of a branch refer
// to, each once, and how many more there are than can be kept. Plain numbers are
// of the repository.
func mentionsOf(site, repo, title, body, branch string) ([]fact.Mention, int) {
	m := &mentions{site: site, repo: repo, seen: map[fact.Mention]bool{}}
	m.where = fact.InTitle
	m.read(withoutCode(title))
	m.where = fact.InBody
	for line := range strings.Lines(prose(body)) {
		m.read(line)
	}
	m.where = fact.InBranch
	m.read(branch)
	return m.found, m.more
}

// read finds the references in a line.
func (m *mentions) read(line string) {
	m.line, m.last, m.word = line, -1, 0
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '#':
			i = m.number(i)
		case !isWord(c) || i > 0 && isWord(line[i-1]):
			i++
		case c == 'h' && (strings.HasPrefix(line[i:], "http://") || strings.HasPrefix(line[i:], "https://")):
			i = m.address(i)
		default:
			i = m.key(i)
		}
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits returns the end of the digits from i on: those of a number from 1 up of
// at most ten digits, or i.
func digits(s string, i int) int {
	j := i
	for j < len(s) && isDigit(s[j]) {
		j++
	}
	if j == i || j-i > 10 || s[i] == '0' {
		return i
	}
	return j
}

// number reads #12, and acme/shop#12 back from its #.
func (m *mentions) number(i int) int {
	end := digits(m.line, i+1)
	if end == i+1 || end < len(m.line) && isWord(m.line[end]) {
		return i + 1
	}
	start := i
	for start > 0 && (isName(m.line[start-1]) || m.line[start-1] == '/') && i-start < 150 {
		start--
	}
	repo := m.line[start:i]
	switch {
	case repo == "":
		if i > 0 && (m.line[i-1] == '&' || m.line[i-1] == '#') {
			return end // a sign by its number, as &#39;
		}
		m.add(i, end, "", m.repo+m.line[i:end])
	case isRepository(repo) && (start == 0 || m.line[start-1] != '@'):
		m.add(start, end, "", m.spelled(repo)+m.line[i:end])
	}
	return end
}

func isName(c byte) bool { return isWord(c) || c == '-' || c == '.' }

// isRepository reports whether a text can be owner/name.
func isRepository(s string) bool {
	owner, name, ok := strings.Cut(s, "/")
	if !ok || owner == "" || name == "" || len(owner) > 40 || len(name) > 100 || name == "." || name == ".." || strings.ContainsAny(owner, ".") {
		return false
	}
	for _, part := range []string{owner, name} {
		for _, c := range []byte(part) {
			if !isName(c) {
				return false
			}
		}
	}
	return owner[0] != '-'
}

// spelled is a repository as the record's own key spells it, if it is that.
func (m *mentions) spelled(repo string) string {
	if strings.EqualFold(repo, m.repo) {
		return m.repo
	}
	return repo
}

// key reads PAY-12, and GH-12, which is #12.
func (m *mentions) key(i int) int {
	end := i
	for end < len(m.line) && isWord(m.line[end]) {
		end++
	}
	if end == len(m.line) || m.line[end] != '-' {
		return end
	}
	after := digits(m.line, end+1)
	if after == end+1 || !m.ends(after) || !m.begins(i) {
		return end
	}
	name := m.line[i:end]
	switch {
	case strings.EqualFold(name, "GH"):
		m.add(i, after, "", m.repo+"#"+m.line[end+1:after])
	case isProject(name, m.where == fact.InBranch):
		m.add(i, after, "", strings.ToUpper(name)+m.line[end:after])
		// Keys may hold underscores, and names of branches use them as blanks.
		if _, last, ok := cutLast(name, "_"); ok && m.where == fact.InBranch && isProject(last, true) {
			m.add(i, after, "", strings.ToUpper(last)+m.line[end:after])
		}
	}
	return after
}

// begins reports whether a key can begin here: not in the middle of an address
// of mail, of a file, or of a longer name.
func (m *mentions) begins(i int) bool {
	if i == 0 {
		return true
	}
	c := m.line[i-1]
	return m.where == fact.InBranch && c == '-' || !strings.ContainsRune("-.@#&=$%", rune(c))
}

// ends reports whether a key can end here: PAY-12 does in PAY-12-fix, but CVE-2024
// not in CVE-2024-1234, and TLS-1 not in TLS-1.3.
func (m *mentions) ends(i int) bool {
	if i == len(m.line) {
		return true
	}
	c := m.line[i]
	more := i+1 < len(m.line) && isDigit(m.line[i+1])
	return !isWord(c) && (c != '.' || !more) && (c != '-' || !more || m.where == fact.InBranch) ||
		c == '_' && m.where == fact.InBranch
}

// isProject reports whether a word can be the key of a project in Jira. In the
// names of branches people write them small, too.
func isProject(s string, anyCase bool) bool {
	if len(s) < 2 || len(s) > 32 || isDigit(s[0]) || s[0] == '_' {
		return false
	}
	for _, c := range []byte(s) {
		if !isWord(c) {
			return false
		}
	}
	return anyCase || s == strings.ToUpper(s)
}

// address reads the address of an issue or a pull request of a GitHub, or of an
// issue of a Jira. Within other addresses nothing is looked for.
func (m *mentions) address(i int) int {
	end := i
	for end < len(m.line) && m.line[end] > ' ' && m.line[end] < 0x7f && !strings.ContainsRune("<>\"'`()[]{}|\\^*", rune(m.line[end])) {
		end++
	}
	text := strings.TrimRight(m.line[i:end], ".,:;!?")
	scheme, rest, _ := strings.Cut(text, "://")
	host, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "#")
	path, _, _ = strings.Cut(path, "?")
	if host == "" || strings.Contains(host, "@") {
		return end
	}
	host = strings.ToLower(host)
	if host == "www.github.com" {
		host = "github.com"
	}
	base := scheme + "://" + host
	if key, ok := repositoryKey(path); ok {
		if m.site != "" && host == hostOf(m.site) {
			repo, number, _ := strings.Cut(key, "#")
			m.add(i, end, "", m.spelled(repo)+"#"+number)
		} else {
			m.add(i, end, base, key)
		}
		return end
	}
	if before, key, ok := strings.Cut("/"+path, "/browse/"); ok {
		key, _, _ = strings.Cut(key, "/")
		if name, number, ok := cutLast(key, "-"); ok && isProject(name, false) && digits(number, 0) == len(number) && number != "" {
			m.add(i, end, base+before, key)
		}
	}
	return end
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func hostOf(site string) string {
	_, rest, _ := strings.Cut(site, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.ToLower(host)
}

// repositoryKey reads the path of an issue or a pull request: acme/shop/pull/12,
// and what lies below it.
func repositoryKey(path string) (string, bool) {
	parts := strings.SplitN(path, "/", 5)
	if len(parts) < 4 || parts[2] != "issues" && parts[2] != "pull" && parts[2] != "pulls" {
		return "", false
	}
	repo, number := parts[0]+"/"+parts[1], parts[3]
	if !isRepository(repo) || number == "" || digits(number, 0) != len(number) {
		return "", false
	}
	return repo + "#" + number, true
}

// add keeps a reference that stands from i to end.
func (m *mentions) add(i, end int, site, key string) {
	word := m.wordBefore(i, key)
	m.last, m.word = end, word
	mention := fact.Mention{Where: m.where, Word: word, Site: site, Key: key}
	switch {
	case m.seen[mention]:
	case len(m.found) == mostMentions:
		m.more++
	default:
		m.seen[mention] = true
		m.found = append(m.found, mention)
	}
}

// phrases are the words in front of a reference that make something of it. Those
// that close are GitHub's own; of the others only those that can hardly mean
// anything else.
var phrases = []struct {
	text string
	word fact.Word
}{
	{"close", fact.WordCloses}, {"closes", fact.WordCloses}, {"closed", fact.WordCloses},
	{"fix", fact.WordCloses}, {"fixes", fact.WordCloses}, {"fixed", fact.WordCloses},
	{"resolve", fact.WordCloses}, {"resolves", fact.WordCloses}, {"resolved", fact.WordCloses},
	{"depends on", fact.WordDependsOn}, {"depend on", fact.WordDependsOn}, {"dependent on", fact.WordDependsOn},
	{"blocked by", fact.WordDependsOn}, {"blocked on", fact.WordDependsOn}, {"requires", fact.WordDependsOn},
	{"blocks", fact.WordBlocks}, {"blocking", fact.WordBlocks},
}

// wordBefore says what the words in front of a reference make of it. What
// depends on a list depends on all of it; to close, each reference needs a word
// of its own.
func (m *mentions) wordBefore(i int, key string) fact.Word {
	if m.last > i {
		return m.word // another reading of the same reference
	}
	if m.last >= 0 && (m.word == fact.WordDependsOn || m.word == fact.WordBlocks) && joins(m.line[m.last:i]) {
		return m.word
	}
	from := max(0, i-60, m.last)
	before := m.line[from:i]
	if from == 0 && isTask(before) {
		return fact.WordTask
	}
	bare := strings.TrimRight(before, " \t")
	spaced := len(bare) < len(before)
	// GitHub closes by a word, perhaps a colon, and a space.
	if word := phraseAt(strings.TrimSuffix(bare, ":"), true); spaced && word == fact.WordCloses {
		return word
	}
	// Bold words, and references in brackets, mean the same to people.
	bare = strings.TrimRight(before, " \t*_([:")
	if word := phraseAt(bare, false); len(bare) < len(before) && (word != fact.WordCloses || !strings.Contains(key, "#")) {
		return cmp.Or(word, fact.WordMentions)
	}
	return fact.WordMentions
}

// phraseAt returns what the phrase at the end of a text means. What is denied,
// as in "no longer depends on", means nothing, but GitHub closes all the same.
func phraseAt(text string, closing bool) fact.Word {
	tail := strings.ToLower(text[max(0, len(text)-40):])
	for _, p := range phrases {
		before, ok := strings.CutSuffix(tail, p.text)
		if !ok || before != "" && (isWord(before[len(before)-1]) || before[len(before)-1] == '-') || closing && p.word != fact.WordCloses {
			continue
		}
		if p.word != fact.WordCloses && denied(before) {
			continue
		}
		return p.word
	}
	return 0
}

func denied(before string) bool {
	words := strings.Fields(before)
	if n := len(words); n > 0 {
		return slices.Contains([]string{"not", "never", "longer", "doesn't", "don't", "isn't", "without"}, words[n-1])
	}
	return false
}

// joins reports whether what stands between two references makes a list of
// them.
func joins(between string) bool {
	if len(between) > 20 {
		return false
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(between), func(r rune) bool { return strings.ContainsRune(" \t,;&+/()[]", r) }) {
		if word != "and" && word != "or" {
			return false
		}
	}
	return strings.TrimSpace(between) != ""
}

// isTask reports whether a line up to a reference is nothing but the box of a
// task: "- [ ] ", "1. [x] ".
func isTask(before string) bool {
	rest := strings.TrimLeft(before, " \t")
	switch n := digits(rest, 0); {
	case rest == "":
		return false
	case strings.ContainsRune("-*+", rune(rest[0])):
		rest = rest[1:]
	case n > 0 && n < len(rest) && (rest[n] == '.' || rest[n] == ')'):
		rest = rest[n+1:]
	default:
		return false
	}
	box, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t"), "[")
	return ok && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') && len(box) > 2 && strings.ContainsRune(" xX", rune(box[0])) &&
		box[1] == ']' && strings.TrimLeft(box[2:], " \t") == ""
}

// prose returns a text in Markdown without what is no prose: code, comments and
// what somebody else said. Every byte that goes becomes a blank that no word
// reaches across.
func prose(text string) string {
	p := &markdown{text: []byte(text), end: strings.LastIndex(text, "-->")}
	for start := 0; start < len(p.text); {
		end := start + strings.IndexByte(text[start:], '\n') + 1
		if end == start {
			end = len(text)
		}
		p.readLine(start, end)
		start = end
	}
	p.paragraph(len(p.text))
	return string(p.text)
}

// withoutCode returns one line of text without code.
func withoutCode(line string) string {
	text := []byte(line)
	p := &markdown{text: text}
	p.paragraph(len(text))
	return string(text)
}

// gone stands for what was taken out: neither a blank nor a part of a word.
const gone = 0

// markdown reads Markdown line by line.
type markdown struct {
	text    []byte
	end     int // where the last comment ends
	fence   []byte
	comment bool
	from    int // where the paragraph at hand begins
}

func (p *markdown) remove(from, to int) {
	for i := from; i < to; i++ {
		if p.text[i] != '\n' {
			p.text[i] = gone
		}
	}
}

func (p *markdown) readLine(start, end int) {
	if p.comment {
		start = p.endComment(start, end)
		if p.comment {
			return
		}
	}
	line := p.text[start:end]
	indent, body := leading(line)
	switch {
	case p.fence != nil:
		run := fenceOf(body)
		if indent < 4 && len(run) >= len(p.fence) && run[0] == p.fence[0] && len(trimmed(body[len(run):])) == 0 {
			p.fence = nil
		}
		p.remove(start, end)
		p.from = end
	case fenceOf(body) != nil:
		p.paragraph(start)
		p.fence = append([]byte(nil), fenceOf(body)...)
		p.remove(start, end)
		p.from = end
	case len(body) > 0 && body[0] == '>':
		p.paragraph(start)
		p.remove(start, end)
		p.from = end
	case len(body) == 0:
		p.paragraph(start)
		p.from = end
	default:
		p.comments(start, end)
	}
}

// leading returns how far a line is indented, and the rest of it.
func leading(line []byte) (int, []byte) {
	body := trimmed(line)
	indent := 0
	for _, c := range line[:len(line)-len(trimmedLeft(line))] {
		if indent++; c == '\t' {
			indent += 3
		}
	}
	return indent, body
}

func trimmedLeft(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

func trimmed(b []byte) []byte {
	b = trimmedLeft(b)
	for len(b) > 0 && strings.ContainsRune(" \t\r\n", rune(b[len(b)-1])) {
		b = b[:len(b)-1]
	}
	return b
}

// fenceOf returns the marks with which a line begins or ends a block of code,
// nil if it does not.
func fenceOf(body []byte) []byte {
	if len(body) < 3 || body[0] != '`' && body[0] != '~' {
		return nil
	}
	n := runOf(body, 0)
	if n < 3 || body[0] == '`' && slices.Contains(body[n:], '`') {
		return nil
	}
	return body[:n]
}

// runOf counts how often the byte at i stands in a row.
func runOf(b []byte, i int) int {
	n := 1
	for i+n < len(b) && b[i+n] == b[i] {
		n++
	}
	return n
}

// comments takes out comments that begin in a line. One that nothing ends is
// none, and one in code on the same line is not either.
func (p *markdown) comments(start, end int) {
	after := spans(p.text[start:end])
	for i := start; i < end; i++ {
		switch {
		case p.text[i] == '`':
			n := runOf(p.text[:end], i)
			if to := after[i-start]; to > 0 {
				n = start + to - i
			}
			i += n - 1
		case p.text[i] == '<' && i+4 <= p.end && string(p.text[i:i+4]) == "<!--":
			p.comment = true
			if i = p.endComment(i, end); p.comment {
				return
			}
			i--
		}
	}
}

// endComment takes out a comment up to its end or that of the line, and returns
// where it went to.
func (p *markdown) endComment(start, end int) int {
	to := end
	if i := bytes.Index(p.text[start:end], []byte("-->")); i >= 0 {
		to, p.comment = start+i+3, false
	}
	p.remove(start, to)
	return to
}

// paragraph takes the code out of the paragraph that ends here.
func (p *markdown) paragraph(end int) {
	text := p.text[p.from:end]
	for from, to := range spans(text) {
		p.remove(p.from+from, p.from+to)
	}
	p.from = end
}

// spans finds code between marks: from where to where. Marks of one length
// belong together.
func spans(text []byte) map[int]int {
	type run struct{ at, n int }
	var runs []run
	for i := 0; i < len(text); i++ {
		if text[i] == '`' {
			n := runOf(text, i)
			runs = append(runs, run{i, n})
			i += n - 1
		}
	}
	next := make([]int, len(runs)) // the next run of the same length
	byLength := map[int]int{}
	for i := len(runs) - 1; i >= 0; i-- {
		next[i] = byLength[runs[i].n]
		byLength[runs[i].n] = i
	}
	out := map[int]int{}
	for i := 0; i < len(runs); i++ {
		escaped := runs[i].at > 0 && text[runs[i].at-1] == '\\'
		if j := next[i]; j > 0 && !escaped {
			out[runs[i].at] = runs[j].at + runs[j].n
			i = j
		}
	}
	return out
}
