package github

import (
	"encoding/base64"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/saved"
)

// Saved answers come in many shapes; what one is, its own members say.

// reading reads saved answers of any kind into facts.
type reading struct {
	*decoded
	parts *parts
	tally tally
	file  string // that is read
}

func newReading(fallback string, p *parts) *reading {
	r := &reading{decoded: newDecoded(""), parts: p, tally: tally{Open: map[string]int{}, Closed: map[string]int{}}}
	if fallback != "" {
		r.fallback = fallback
	}
	r.stones = true
	return r
}

// chunk decodes one piece of a file.
func (r *reading) chunk(c saved.Chunk) {
	r.file = c.File
	if c.Bad != "" {
		r.Reject(c.File, c.Bad)
	}
	if c.Skip != "" {
		r.Note(connectors.NoteSkipped, c.File, c.Skip)
	}
	if c.Key == "issues" || c.Key == "pulls" {
		r.pieces(c)
		return
	}
	skipped := 0
	for i, raw := range c.Values {
		name := c.File
		if len(c.Lines) > i && c.Lines[i] > 0 {
			name = fmt.Sprintf("%s line %d", c.File, c.Lines[i])
		}
		v := r.parse(name, raw)
		if c.Key == saved.KeyArray && !r.one(v, name, envelope{}) {
			skipped++
		} else if c.Key == "" {
			r.read(v, name, envelope{})
		}
	}
	r.skipped(c.File, skipped)
}

func (r *reading) skipped(name string, n int) {
	if n > 0 {
		r.Note(connectors.NoteSkipped, name, fmt.Sprintf("%d elements are no issue, no pull request and no part of one", n))
	}
}

// pieces reads elements of a large archive of a whole repository: what stands in
// front of its lists says which, and when it was made.
func (r *reading) pieces(c saved.Chunk) {
	head := r.parse(c.File, c.Head)
	if !head.Get("timestamp").Exists() && c.Rest != nil {
		head = r.parse(c.File, c.Rest)
	}
	end := r.asOf(head)
	for _, raw := range c.Values {
		r.archived(r.parse(c.File, raw), head)
	}
	end()
}

// parse makes a value out of what was cut, mending it if need be.
func (r *reading) parse(name string, raw []byte) gjson.Result {
	raw, mended := saved.Repair(raw)
	if mended {
		r.Note(connectors.NoteRepaired, name, "broken UTF-8, mended")
	}
	return gjson.ParseBytes(raw)
}

// read takes one JSON value, found valid, out of the file called name.
func (r *reading) read(v gjson.Result, name string, e envelope) {
	if found := v.Get("items"); v.IsObject() && found.IsArray() && v.Get("total_count").Exists() {
		v = found // of a search
	}
	switch {
	case v.IsArray():
		skipped, n := 0, 0
		v.ForEach(func(_, one gjson.Result) bool {
			n++
			if !r.one(one, name, e) {
				skipped++
			}
			return true
		})
		r.skipped(name, skipped)
		if n == 0 && e.url == "" {
			r.Note(connectors.NoteSkipped, name, "an empty list")
		}
	case !v.IsObject():
		r.Note(connectors.NoteSkipped, name, "JSON, but no answer of GitHub")
	case !r.one(v, name, e):
		r.other(v, name)
	}
}

// one reads an object and reports whether it was of use.
func (r *reading) one(v gjson.Result, name string, e envelope) bool {
	switch {
	case !v.IsObject():
		return false
	case isEnvelope(v) && e.url != "":
		r.Note(connectors.NoteSkipped, name, "a saved answer within a saved answer")
	case isEnvelope(v):
		r.envelope(v, name)
	case v.Get("issue").IsObject() && v.Get("events").IsArray(), v.Get("pull").IsObject():
		r.bundle(v, name)
	case v.Get("repo").Type == gjson.String && (v.Get("issues").IsArray() || v.Get("pulls").IsArray()):
		r.whole(v, name)
	case v.Get("failed_issues").IsArray() || v.Get("failed_pulls").IsArray():
		r.failed(v, name)
	case v.Get("data").IsObject():
		r.graph(v, name)
	default:
		return r.element(v, name, e)
	}
	return true
}

// element reads what REST lists.
func (r *reading) element(v gjson.Result, name string, e envelope) bool {
	if of, ok := partOf(v, e.url); ok && of.kind != partPull {
		if r.parts == nil || !r.parts.files[r.file] {
			r.Note(connectors.NoteSkipped, name, "an "+of.kind+" of "+of.key+", where no parts of items were looked for")
		}
		return true
	}
	numbered := v.Get("number").Exists() && v.Get("title").Exists()
	switch {
	case numbered && v.Get("state").Exists() && (v.Get("user").Exists() || isPullAnswer(v)):
		r.item(v, e.seen)
	case numbered && v.Get("state").Exists() && (v.Get("open_issues").Exists() || strings.Contains(v.Get("url").String(), "/milestones/")):
		r.restMilestone(v, false)
	case v.Get("full_name").Exists() && v.Get("owner").Exists():
		r.repository(v)
	default:
		return false
	}
	return true
}

// repository keeps what a repository is called.
func (r *reading) repository(v gjson.Result) {
	site, _ := r.at(v.Get("html_url"), v.Get("url"))
	p := projectOf(digitsOf(v.Get("id")), v.Get("full_name").String())
	if p.Key != "" {
		r.Term(fact.Term{Site: site, Kind: fact.TermProject, ID: p.ID, Name: p.Name, Key: p.Key})
	}
}

// item reads an issue or a pull request of REST with the parts of it that the
// archive holds.
func (r *reading) item(v gjson.Result, seen fact.Instant) {
	it := r.restItem(v)
	indices := r.parts.forItem(it, seen)
	if it.r.Class == fact.ClassPull && !it.r.Pull.Sized {
		for _, i := range indices {
			own := &r.parts.list[i]
			if own.kind != partPull {
				continue
			}
			// Of the pull request's own answers the one that is as new tells more.
			w := r.restItem(gjson.Parse(own.data))
			if (w.r.ID == it.r.ID || it.r.ID == "") && w.r.Updated >= it.r.Updated && (w.r.Pull.Sized || !it.r.Pull.Sized) {
				it = w
			}
		}
	}
	r.join(it, indices)
	r.keep(it, "")
}

// join adds parts to an item.
func (r *reading) join(it *item, indices []int) {
	events, done := false, r.parts.allEvents(it)
	for _, i := range indices {
		one := &r.parts.list[i]
		v := gjson.Parse(one.data)
		switch one.kind {
		case partEvent:
			events, done = true, done || one.done
			r.restEvents(it, []gjson.Result{v})
		case partNone:
			if l, _ := locate(one.page); l.rest == "events" || l.rest == "timeline" {
				events, done = true, true
			}
		case partReview:
			r.restReview(it, v)
		case partComment:
			r.restComment(it, v)
		case partLineComment:
			r.restLineComment(it, v)
		case partCommit:
			r.restCommit(it, v)
		case partFile:
			restFiles(it, []gjson.Result{v})
		case partBlockedBy:
			r.restBlocked(it, []gjson.Result{v}, phraseBlocked)
		case partBlocking:
			r.restBlocked(it, []gjson.Result{v}, phraseBlocks)
		case partFurther:
			continue
		}
		r.tally.Used.set(i)
	}
	switch {
	case events:
		it.cut = !done
	case done && !it.told: // the repository's list of events has none of it
		it.told, it.cut = true, it.r.Resolved != 0
	}
	r.follow(it, indices)
}

// follow reads the further pages of an item's lists, each behind the one that
// names it.
func (r *reading) follow(it *item, indices []int) {
	for again := true; again; {
		again = false
		for _, i := range indices {
			one := &r.parts.list[i]
			if one.kind != partFurther || r.tally.Used.has(i) {
				continue
			}
			v := gjson.Parse(one.data)
			for _, next := range it.rest {
				if v.Get(next.list).IsObject() && (one.after == next.after || one.after == "?") {
					r.tally.Used.set(i)
					r.graphMore(it, v)
					again = true
					break
				}
			}
		}
	}
}

// envelope reads an answer that was saved with the address that it came from.
func (r *reading) envelope(v gjson.Result, name string) {
	e, data := envelopeOf(v), v.Get("data")
	site, seen := r.site, r.Seen
	r.Seen = e.seen
	if e.site != "" {
		r.site = e.site
	}
	defer func() { r.site, r.Seen = site, seen }()
	if l, ok := locate(e.url); ok && l.list == "teams" && data.IsArray() {
		r.maintainers(l.repo, data)
		return
	}
	if l, ok := locate(e.url); ok && l.list == "contents" && data.Get("content").Exists() {
		r.ownersFile(l.repo, data)
		return
	}
	r.read(data, name, e)
}

// ownersFile keeps who owns what, as it is written in the repository.
func (r *reading) ownersFile(repo string, file gjson.Result) {
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(file.Get("content").String(), "\n", ""))
	if err != nil || len(text) == 0 || !strings.HasSuffix(file.Get("path").String(), "CODEOWNERS") {
		return
	}
	site, _ := r.at()
	r.Term(fact.Term{Site: site, Kind: fact.TermOwners, ID: repo, Name: fact.CodeOwners, Schema: string(text)})
}

// maintainers keeps which teams maintain a repository.
func (r *reading) maintainers(repo string, list gjson.Result) {
	owner, _, _ := strings.Cut(repo, "/")
	var lines []string
	list.ForEach(func(_, t gjson.Result) bool {
		switch t.Get("permission").String() {
		case "admin", "maintain":
			lines = append(lines, "@"+owner+"/"+t.Get("slug").String())
		}
		return true
	})
	site, _ := r.at()
	r.Term(fact.Term{Site: site, Kind: fact.TermOwners, ID: repo, Name: fact.TeamOwners, Schema: strings.Join(lines, "\n")})
}

// bundle reads an issue or a pull request that was saved with its events and
// comments.
func (r *reading) bundle(v gjson.Result, name string) {
	main := v.Get("issue")
	if !main.IsObject() {
		main = v.Get("pull")
	}
	it := r.restItem(main)
	if v.Get("pull").IsObject() && it.r.Class != fact.ClassPull {
		r.Reject(name, "what is said to be a pull request is none")
		return
	}
	if events := v.Get("events"); events.IsArray() {
		r.restEvents(it, events.Array())
	}
	v.Get("comments").ForEach(func(_, c gjson.Result) bool {
		if v.Get("pull").IsObject() {
			r.restLineComment(it, c)
		} else {
			r.restComment(it, c)
		}
		return true
	})
	r.keep(it, path.Base(name))
}

// failed notes what a backup says that it could not read.
func (r *reading) failed(v gjson.Result, name string) {
	for _, list := range []struct{ member, what string }{{"failed_issues", "issue"}, {"failed_pulls", "pull request"}} {
		v.Get(list.member).ForEach(func(_, n gjson.Result) bool {
			if n.IsObject() {
				n = n.Get("number")
			}
			r.Note(connectors.NoteMissing, path.Join(path.Dir(name), list.what+" "+n.String()), "the backup says that it could not be read")
			return true
		})
	}
}

// whole reads an archive of a whole repository: issues and pull requests in
// GraphQL's spelling, without events.
func (r *reading) whole(v gjson.Result, name string) {
	defer r.asOf(v)()
	if !v.Get("issues.0").Exists() && !v.Get("pulls.0").Exists() {
		r.Note(connectors.NoteSkipped, name, "an archive of a repository without issues and pull requests")
	}
	for _, list := range []string{"issues", "pulls"} {
		v.Get(list).ForEach(func(_, one gjson.Result) bool {
			r.archived(one, v)
			return true
		})
	}
}

// asOf dates what follows by the time at which an archive of a repository was
// made, and tells that the repository is known until then.
func (r *reading) asOf(head gjson.Result) (end func()) {
	seen := r.Seen
	if at := instant(head.Get("timestamp")); at != 0 {
		r.Seen = at
		if repo := head.Get("repo").String(); repo != "" {
			site, _ := r.at()
			p := projectOf("", repo)
			r.Term(fact.Term{Site: site, Kind: fact.TermProject, Name: p.Name, Key: repo, End: at})
		}
	}
	return func() { r.Seen = seen }
}

// archived reads an issue or a pull request out of the archive of a repository.
func (r *reading) archived(v, head gjson.Result) {
	it := r.graphItem(v, projectOf("", head.Get("repo").String()))
	rec := &it.r
	rec.Labels = texts(v.Get("labels"), "name")
	if a := v.Get("assignees.0"); a.Exists() {
		rec.Assignee = r.actor(rec.Site, a)
	}
	ids := map[string]int{} // comments have none: they are known by when they were made
	comment := func(prefix string, c gjson.Result, by fact.Person) {
		at := instant(c.Get("createdAt"))
		id := plainID(c.Get("id").String())
		if id == "" {
			base := strconv.FormatInt(int64(at), 10)
			id = base + "." + strconv.Itoa(ids[prefix+base])
			ids[prefix+base]++
		}
		it.act(fact.Involvement{ID: prefix + id, Act: fact.ActComment, At: at, By: by, Length: length(c.Get("body"))})
	}
	v.Get("comments").ForEach(func(_, c gjson.Result) bool {
		comment("c", c, r.actor(rec.Site, c.Get("author")))
		return true
	})
	v.Get("reviews").ForEach(func(_, w gjson.Result) bool {
		r.graphReview(it, w, plainID(w.Get("id").String()))
		w.Get("comments").ForEach(func(_, c gjson.Result) bool {
			comment("l", c, r.actor(rec.Site, w.Get("author")))
			return true
		})
		return true
	})
	r.keep(it, "")
}

// graph reads an answer of GraphQL: a page of a repository's lists, or items by
// their ids.
func (r *reading) graph(v gjson.Result, name string) {
	r.errors(v, name)
	data, found := v.Get("data"), false
	if repo := data.Get("repository"); repo.IsObject() {
		found = r.graphRepo(repo, name)
	}
	data.Get("nodes").ForEach(func(_, n gjson.Result) bool {
		found = r.graphNode(n, fact.Project{}) || found
		return true
	})
	if n := data.Get("node"); n.IsObject() {
		switch {
		case r.graphNode(n, fact.Project{}):
		case r.parts == nil || !r.parts.files[r.file]:
			r.Note(connectors.NoteSkipped, name, "a further page of an item, where no parts of items were looked for")
		}
		found = true
	}
	if !found {
		r.Note(connectors.NoteSkipped, name, "an answer of GraphQL without issues or pull requests that could be known")
	}
}

// errors tells of an answer that came in part.
func (r *reading) errors(v gjson.Result, name string) {
	v.Get("errors").ForEach(func(_, e gjson.Result) bool {
		r.Note(connectors.NoteMissing, name, "GitHub answered in part: "+e.Get("message").String())
		return true
	})
}

// graphRepo reads what an answer says of a repository.
func (r *reading) graphRepo(v gjson.Result, name string) (found bool) {
	outer := graphRepository(v, fact.Project{})
	for _, list := range []string{"issues", "pullRequests", "milestones"} {
		l := v.Get(list)
		if !l.Get("nodes").IsArray() {
			continue
		}
		found = true
		r.pages(strings.TrimSpace(outer.Key+" "+list), l)
		l.Get("nodes").ForEach(func(_, n gjson.Result) bool {
			if !r.graphNode(n, outer) && n.IsObject() && n.Get("title").Exists() {
				r.Note(connectors.NoteSkipped, name, "an element that is no issue, no pull request and no milestone")
			}
			return true
		})
		if !l.Get("nodes.0").Exists() {
			r.Note(connectors.NoteSkipped, name, "an empty page of "+list)
		}
	}
	for _, one := range []string{"issue", "pullRequest", "milestone"} {
		if n := v.Get(one); n.IsObject() {
			found = r.graphNode(n, outer) || found
		}
	}
	for i := range 3 {
		if text := v.Get("owners" + strconv.Itoa(i) + ".text").String(); text != "" && outer.Key != "" {
			site, _ := r.at()
			r.Term(fact.Term{Site: site, Kind: fact.TermOwners, ID: outer.Key, Name: fact.CodeOwners, Schema: teamOwners(text)})
			break
		}
	}
	return found || outer.Key != ""
}

// pages counts pages that go on, and such that end a list.
func (r *reading) pages(list string, v gjson.Result) {
	switch more := v.Get("pageInfo.hasNextPage"); {
	case more.Bool():
		r.tally.Open[list]++
	case more.Exists():
		r.tally.Closed[list]++
	}
}

// graphNode reads an issue, a pull request or a milestone, and reports whether
// it was one.
func (r *reading) graphNode(v gjson.Result, outer fact.Project) bool {
	if !v.IsObject() || !v.Get("title").Exists() || !v.Get("number").Exists() || !v.Get("createdAt").Exists() {
		return false
	}
	if classOf(v) == fact.ClassMilestone || v.Get("dueOn").Exists() {
		r.graphMilestone(v, outer)
		return true
	}
	it := r.graphItem(v, outer)
	r.join(it, r.parts.forItem(it, r.Seen))
	r.keep(it, "")
	return true
}

// other says what an object is that holds no item.
func (r *reading) other(v gjson.Result, name string) {
	switch message := v.Get("message"); {
	case message.Exists():
		r.Note(connectors.NoteSkipped, name, "an error that GitHub answered: "+message.String())
	case v.Get("errors").IsArray():
		r.Note(connectors.NoteSkipped, name, "an error that GitHub answered: "+v.Get("errors.0.message").String())
	default:
		r.Note(connectors.NoteSkipped, name, "no issue and no pull request in it")
	}
}

// Take returns the batch, and forgets the milestones that it knows.
func (r *reading) Take() connectors.Batch {
	clear(r.kept)
	return r.Draft.Take()
}
