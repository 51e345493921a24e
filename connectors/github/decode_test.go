package github

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/saved/savedtest"
)

var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// wall is a clock that a test moves.
type wall struct{ at time.Time }

func (c *wall) now() time.Time       { return c.at }
func (c *wall) pass(d time.Duration) { c.at = c.at.Add(d) }

// shop is a small world in which a bit of everything happened. Of what happened,
// each test's expectations are written down by hand.
func shop(c *wall) *githubtest.World {
	w := githubtest.NewWorld(c.now)
	w.Repository("acme/shop")
	w.Repository("acme/pay")
	w.Mail("cy", "cy@acme.example")
	board := w.Board("acme", "Work", "Todo", "In Progress", "Done")
	spring := w.Milestone("acme/shop", "ana", "Spring", "2026-04-30")
	epic := w.Open("acme/shop", "ana", "Basket", "")
	a := w.Open("acme/shop", "ana", "Add to basket", "Depends on acme/pay#1, see PAY-7")
	b := w.Open("acme/pay", "ben", "Take money", "")
	c.pass(time.Hour)
	w.SetParent(a, "ana", epic)
	w.SetParent(b, "ana", epic)
	w.Block(a, "ana", b)
	w.Label(a, "ana", "bug")
	w.Label(a, "ana", "odd")
	w.Unlabel(a, "ana", "odd")
	w.Assign(a, "ana", "cy")
	w.SetMilestone(a, "ana", spring)
	w.SetType(a, "ana", "Bug")
	w.SetField(a, "Priority", "High")
	w.Move(a, "ana", board, "Todo")
	c.pass(24 * time.Hour)
	w.Move(a, "cy", board, "In Progress")
	p := w.OpenPull("acme/shop", "cy", githubtest.Draft{
		Title: "Add to basket", Body: "Closes #2", Branch: "feature/pay-7", Draft: true,
		Files: []githubtest.File{{Path: "basket.go", Added: 10, Deleted: 2}, {Path: "basket_test.go", Added: 20}},
	})
	w.Closes(p, a, "cy")
	w.Comment(a, "dependabot[bot]", "Careful.")
	w.Comment(a, "ghostly", strings.Repeat("x", 300))
	w.DeleteUser("ghostly")
	c.pass(time.Hour)
	w.SetDraft(p, "cy", false)
	w.Review(p, "ben", "approved", "Good.", "Here?", "And here?")
	c.pass(time.Hour)
	w.Merge(p, "cy")
	w.Move(a, "cy", board, "Done")
	w.Close(b, "ben", "not_planned")
	w.Reopen(b, "ana")
	w.Close(b, "ben", "duplicate")
	q := w.OpenPull("acme/shop", "ben", githubtest.Draft{Title: "Never mind", Branch: "x"})
	w.Close(q, "ben", "")
	return w
}

// talker asks a pretend GitHub.
type talker struct {
	tb   testing.TB
	s    *githubtest.Server
	kept *[]savedtest.Entry // answers, as a recorder keeps them; nil: none are
}

// keep keeps an answer as a recorder does.
func (a talker) keep(address string, asked, data []byte) {
	if a.kept == nil {
		return
	}
	e, err := json.Marshal(map[string]any{"url": address, "site": site, "seen": fact.At(began), "request": json.RawMessage(asked), "data": json.RawMessage(data)})
	if len(asked) == 0 {
		e, err = json.Marshal(map[string]any{"url": address, "site": site, "seen": fact.At(began), "data": json.RawMessage(data)})
	}
	if err != nil {
		a.tb.Fatal(err)
	}
	*a.kept = append(*a.kept, savedtest.Named(fmt.Sprintf("%06d.json", len(*a.kept)), e))
}

func (a talker) do(method, address string, body []byte) gjson.Result {
	a.tb.Helper()
	r, err := http.NewRequestWithContext(a.tb.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		a.tb.Fatal(err)
	}
	resp, err := a.s.Client().Do(r)
	if err != nil {
		a.tb.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		a.tb.Fatalf("%s: %s %s %v", address, resp.Status, data, err)
	}
	a.keep(address, body, data)
	return gjson.ParseBytes(data)
}

func (a talker) rest(path string) gjson.Result {
	return a.do(http.MethodGet, "https://api.github.com"+path, nil)
}

func (a talker) query(text string, vars map[string]any) gjson.Result {
	a.tb.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": vars})
	if err != nil {
		a.tb.Fatal(err)
	}
	v := a.do(http.MethodPost, "https://api.github.com/graphql", body)
	if e := v.Get("errors"); e.Exists() {
		a.tb.Fatalf("%s", e.Raw)
	}
	return v.Get("data")
}

// byGraphQL reads all of a repository, following every list to its end.
func (a talker) byGraphQL(what asks, repo string, first, events int) connectors.Batch {
	d := newDecoded(site)
	owner, name, _ := strings.Cut(repo, "/")
	for _, list := range []struct{ query, name string }{{what.issues(), "issues"}, {what.pulls(), "pullRequests"}, {what.milestones(), "milestones"}} {
		for after := any(nil); ; {
			vars := map[string]any{"owner": owner, "name": name, "first": first, "after": after}
			if list.name != "milestones" {
				vars["events"] = events
			}
			r := a.query(list.query, vars).Get("repository")
			outer := graphRepository(r, fact.Project{})
			r.Get(list.name + ".nodes").ForEach(func(_, v gjson.Result) bool {
				if list.name == "milestones" {
					d.graphMilestone(v, outer)
					return true
				}
				it := d.graphItem(v, outer)
				for len(it.rest) > 0 {
					next := it.rest[0]
					d.graphMore(it, a.query(what.further(next.list), map[string]any{"id": it.node, "after": next.after}).Get("node"))
				}
				d.keep(it, "")
				return true
			})
			if !r.Get(list.name + ".pageInfo.hasNextPage").Bool() {
				break
			}
			after = r.Get(list.name + ".pageInfo.endCursor").String()
		}
	}
	return d.Take()
}

// byREST reads all of a repository item by item.
func (a talker) byREST(repo string) connectors.Batch {
	d := newDecoded(site)
	base := "/repos/" + repo
	a.rest(base + "/issues?state=all&per_page=100").ForEach(func(_, v gjson.Result) bool {
		n := v.Get("number").String()
		it := d.restItem(v)
		if it.r.Class == fact.ClassPull {
			it = d.restItem(a.rest(base + "/pulls/" + n))
			restFiles(it, a.rest(base+"/pulls/"+n+"/files").Array())
			for _, c := range a.rest(base + "/pulls/" + n + "/comments").Array() {
				d.restLineComment(it, c)
			}
		} else {
			d.restBlocked(it, a.rest(base+"/issues/"+n+"/dependencies/blocked_by").Array(), phraseBlocked)
			d.restBlocked(it, a.rest(base+"/issues/"+n+"/dependencies/blocking").Array(), phraseBlocks)
		}
		d.restEvents(it, a.rest(base+"/issues/"+n+"/timeline?per_page=100").Array())
		d.keep(it, "")
		return true
	})
	a.rest(base + "/milestones?state=all").ForEach(func(_, v gjson.Result) bool {
		d.restMilestone(v, false)
		return true
	})
	return d.Take()
}

func byKey(tb testing.TB, b *connectors.Batch, key string) *fact.Record {
	tb.Helper()
	for i := range b.Records {
		if b.Records[i].Key == key {
			return &b.Records[i]
		}
	}
	tb.Fatalf("no %s", key)
	return nil
}

// who names a person by the account's names.
func who(b *connectors.Batch, p fact.Person) string {
	if p == 0 {
		return ""
	}
	return strings.Join(b.Accounts[p-1].IDs, " ")
}

// told writes the changes of a record for people, without those that are only
// counted.
func told(b *connectors.Batch, r *fact.Record) []string {
	side := func(v fact.Value) string {
		if v.Person != 0 {
			login, _, _ := strings.Cut(who(b, v.Person), " ")
			return login
		}
		return strings.TrimSpace(v.ID + " " + v.Text)
	}
	var out []string
	for _, c := range r.Changes {
		if c.Kind != fact.KindOther {
			by, _, _ := strings.Cut(who(b, c.By), " ")
			out = append(out, fmt.Sprintf("%s by %s: %s -> %s", c.Kind, by, side(c.From), side(c.To)))
		}
	}
	return out
}

func acts(b *connectors.Batch, r *fact.Record) []string {
	var out []string
	for _, i := range r.Involvement {
		out = append(out, fmt.Sprintf("%s %d %s", i.ID[:1], i.Length, who(b, i.By)))
	}
	slices.Sort(out)
	return out
}

func TestGraphQLOfEverything(t *testing.T) {
	t.Parallel()
	c := &wall{began}
	a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, shop(c))}
	shopBatch := a.byGraphQL(everything, "acme/shop", 2, 3)
	checkShop(t, &shopBatch, true)
	pay := a.byGraphQL(everything, "acme/pay", 50, 60)
	checkPay(t, &pay)
}

func TestRESTOfEverything(t *testing.T) {
	t.Parallel()
	c := &wall{began}
	a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, shop(c))}
	shopBatch := a.byREST("acme/shop")
	checkShop(t, &shopBatch, false)
	pay := a.byREST("acme/pay")
	checkPay(t, &pay)
}

func checkShop(t *testing.T, b *connectors.Batch, graph bool) {
	t.Helper()
	if len(b.Records) != 5 || b.Received != 5 || len(b.Notes) != 0 {
		t.Fatalf("%d records, %+v", len(b.Records), b.Notes)
	}
	hours := func(n int) fact.Instant { return fact.At(began.Add(time.Duration(n) * time.Hour)) }
	near := func(what string, got, want fact.Instant) {
		t.Helper()
		if got < want || got > want+fact.Day/24 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	epic, issue, pull, closed, stone := byKey(t, b, "acme/shop#1"), byKey(t, b, "acme/shop#2"), byKey(t, b, "acme/shop#3"), byKey(t, b, "acme/shop#4"), byKey(t, b, "acme/shop/milestone/1")

	if epic.Children != 2 || epic.Type.Name != "Issue" || epic.Status != statusOpen || epic.Class != fact.ClassIssue {
		t.Errorf("%+v", epic)
	}
	if issue.Title != "Add to basket" || issue.Site != site || issue.URL != site+"/acme/shop/issues/2" || issue.Project.Key != "acme/shop" || issue.Project.Name != "shop" || issue.Project.ID == "" {
		t.Errorf("%+v", issue)
	}
	if issue.Type.Name != "Bug" || issue.Type.ID == "" || issue.Priority.Name != "High" || !slices.Equal(issue.Labels, []string{"bug"}) || issue.Resolved != 0 && issue.Status == statusOpen {
		t.Errorf("%+v", issue)
	}
	if issue.Milestone.ID != stone.ID || issue.Milestone.Key != stone.Key || issue.Parent.Key != "acme/shop#1" || graph && issue.Parent.ID != epic.ID {
		t.Errorf("milestone %+v, parent %+v", issue.Milestone, issue.Parent)
	}
	if !strings.HasPrefix(who(b, issue.Creator), "ana #") || issue.Reporter != issue.Creator || !strings.HasPrefix(who(b, issue.Assignee), "cy #") {
		t.Errorf("by %s for %s", who(b, issue.Creator), who(b, issue.Assignee))
	}
	near("created", issue.Created, hours(0))

	// The pull request's merge closed the issue.
	var columns, others []string
	for _, s := range told(b, issue) {
		if strings.HasPrefix(s, "column") {
			columns = append(columns, s)
		} else {
			others = append(others, s)
		}
	}
	parent := "acme/shop#1"
	if graph {
		parent = epic.ID + " acme/shop#1"
	}
	wants := []string{
		"parent by ana:  -> " + parent, "link by ana:  -> acme/pay#1 is blocked by", "label by ana:  -> bug", "label by ana:  -> odd", "label by ana: odd -> ",
		"assignee by ana:  -> cy", "milestone by ana:  -> Spring", "type by ana:  -> " + issue.Type.ID + " Bug",
	}
	if graph {
		wants = append(wants, "link by cy:  -> acme/shop#3 is closed by")
	}
	if issue.Status == statusClosed {
		wants = append(wants, "status by cy: open Open -> closed Closed", "resolution by cy:  -> completed Completed")
	}
	if diff := cmp.Diff(wants, others); diff != "" {
		t.Errorf("changes of the issue: %s", diff)
	}
	if graph {
		id := issue.Columns[0].ID
		want := []string{"column by ana:  -> " + id, "column by ana: " + id + " -> " + id + " Todo", "column by cy: " + id + " Todo -> " + id + " In Progress", "column by cy: " + id + " In Progress -> " + id + " Done"}
		if diff := cmp.Diff(want, columns); len(issue.Columns) != 1 || issue.Columns[0].Name != "Done" || diff != "" {
			t.Errorf("columns %+v: %s", issue.Columns, diff)
		}
	}
	if diff := cmp.Diff([]string{"c 1 dependabot[bot] " + bot(b), "c 3 "}, acts(b, issue)); diff != "" {
		t.Errorf("who took part: %s", diff)
	}
	if diff := cmp.Diff([]fact.Mention{
		{Where: fact.InBody, Word: fact.WordDependsOn, Key: "acme/pay#1"}, {Where: fact.InBody, Word: fact.WordMentions, Key: "PAY-7"},
	}, issue.Mentions); diff != "" {
		t.Errorf("mentions: %s", diff)
	}

	if pull.ID[0] != 'p' || pull.Class != fact.ClassPull || pull.Status != statusMerged || pull.Resolution != (fact.Named{}) || pull.Type.Name != "Pull request" || pull.Created == 0 {
		t.Errorf("%+v", pull)
	}
	near("merged", pull.Pull.Merged, hours(27))
	near("resolved", pull.Resolved, hours(27))
	if p := pull.Pull; !p.Sized || p.Added != 30 || p.Deleted != 2 || p.Files != 2 || p.Begun == 0 || p.Begun > pull.Created ||
		!slices.Equal(p.Paths, []fact.Path{{Name: "basket.go", Added: 10, Deleted: 2}, {Name: "basket_test.go", Added: 20}}) {
		t.Errorf("%+v", p)
	}
	changes := slices.DeleteFunc(told(b, pull), func(s string) bool { return strings.HasPrefix(s, "link") })
	if diff := cmp.Diff([]string{"status by cy: pull-draft Draft -> pull-open Open pull request", "status by cy: pull-open Open pull request -> merged Merged"}, changes); diff != "" {
		t.Errorf("changes of the pull request: %s", diff)
	}
	var reviews, commits, lines int
	for _, i := range pull.Involvement {
		switch i.ID[0] {
		case 'r':
			reviews++
			near("review", i.At, hours(26))
			if i.Act != fact.ActReview || !strings.HasPrefix(who(b, i.By), "ben #") {
				t.Errorf("%+v by %s", i, who(b, i.By))
			}
		case 'l':
			lines++
		default:
			commits++
			if i.Act != fact.ActCommit || len(i.ID) != 16 || i.By == 0 {
				t.Errorf("%+v", i)
			}
		}
	}
	if reviews != 1 || commits == 0 || lines+pull.Unseen != 2 || graph && lines != 0 || !graph && lines != 2 {
		t.Errorf("%d reviews, %d commits, %d lines and %d unseen", reviews, commits, lines, pull.Unseen)
	}
	wantMentions := []fact.Mention{{Where: fact.InBody, Word: fact.WordCloses, Key: "acme/shop#2"}, {Where: fact.InBranch, Word: fact.WordMentions, Key: "PAY-7"}}
	if diff := cmp.Diff(wantMentions, pull.Mentions); diff != "" {
		t.Errorf("mentions: %s", diff)
	}
	if closed.Status != statusPullClosed || closed.Resolution != unmerged || closed.Resolved == 0 || closed.Pull.Merged != 0 {
		t.Errorf("%+v", closed)
	}
	if diff := cmp.Diff([]string{"status by ben: pull-open Open pull request -> pull-closed Closed pull request", "resolution by ben:  -> unmerged Not merged"}, told(b, closed)); diff != "" {
		t.Error(diff)
	}

	if stone.Class != fact.ClassMilestone || stone.ID[0] != 'm' || stone.Title != "Spring" || stone.Due != "2026-04-30" || stone.Status != statusStone || stone.URL != site+"/acme/shop/milestone/1" || !strings.HasPrefix(who(b, stone.Creator), "ana ") {
		t.Errorf("%+v", stone)
	}

	wantLinks := []fact.Link{{ID: "blocked-by:" + issue.ID + ":", Type: "blocked by", Phrase: "is blocked by", Other: fact.Ref{Key: "acme/pay#1"}}}
	if graph {
		id := "closes:" + pull.ID + ":" + issue.ID
		wantLinks = append(wantLinks, fact.Link{ID: id, Type: "closes", Phrase: "is closed by", Other: fact.Ref{ID: pull.ID, Key: pull.Key}})
		if diff := cmp.Diff([]fact.Link{{ID: id, Type: "closes", Phrase: "closes", Other: fact.Ref{ID: issue.ID, Key: issue.Key}}}, pull.Links); diff != "" {
			t.Error(diff)
		}
	}
	got := slices.Clone(issue.Links)
	slices.SortFunc(got, func(x, y fact.Link) int { return strings.Compare(x.Type, y.Type) })
	if len(got) > 0 {
		got[0].ID, got[0].Other.ID = strings.TrimSuffix(got[0].ID, got[0].Other.ID), ""
	}
	if diff := cmp.Diff(wantLinks, got); diff != "" {
		t.Error(diff)
	}
	for i := range b.Records {
		r := &b.Records[i]
		if r.Class == fact.ClassMilestone != (r.History.State == fact.NoHistory) || r.History.State == fact.CutHistory {
			t.Errorf("%s: history %v", r.Key, r.History)
		}
	}
}

// bot is the id of the only bot.
func bot(b *connectors.Batch) string {
	for _, a := range b.Accounts {
		if a.Bot {
			return a.IDs[len(a.IDs)-1]
		}
	}
	return ""
}

func checkPay(t *testing.T, b *connectors.Batch) {
	t.Helper()
	if len(b.Records) != 1 || len(b.Notes) != 0 {
		t.Fatalf("%d records, %+v", len(b.Records), b.Notes)
	}
	r := byKey(t, b, "acme/pay#1")
	if r.Status != statusClosed || r.Resolution.ID != "duplicate" || r.Resolved == 0 {
		t.Errorf("%+v", r)
	}
	var states []string
	for _, s := range told(b, r) {
		if strings.HasPrefix(s, "status") || strings.HasPrefix(s, "resolution") {
			states = append(states, s)
		}
	}
	want := []string{
		"status by ben: open Open -> closed Closed", "resolution by ben:  -> not_planned Not planned",
		"status by ana: closed Closed -> open Open", "resolution by ana: not_planned Not planned -> ",
		"status by ben: open Open -> closed Closed", "resolution by ben:  -> duplicate Duplicate",
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	if len(r.Links) != 1 || r.Links[0].Phrase != "blocks" || r.Links[0].Other.Key != "acme/shop#2" || r.Parent.Key != "acme/shop#1" {
		t.Errorf("%+v, %+v", r.Links, r.Parent)
	}
}

// However small the pages are, within items too, the same comes of them; and
// node ids of either form give the same ids.
func TestPagesOfAnySize(t *testing.T) {
	t.Parallel()
	read := func(legacy bool, first, events int) connectors.Batch {
		c := &wall{began}
		a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{LegacyIDs: legacy}, shop(c))}
		b := a.byGraphQL(everything, "acme/shop", first, events)
		for i := range b.Records {
			for k := range b.Records[i].Changes {
				b.Records[i].Changes[k].By = 0 // numbered as they come
				b.Records[i].Changes[k].From.Person, b.Records[i].Changes[k].To.Person = 0, 0
			}
			for k := range b.Records[i].Involvement {
				b.Records[i].Involvement[k].By = 0
			}
			b.Records[i].Creator, b.Records[i].Reporter, b.Records[i].Assignee = 0, 0, 0
		}
		return b
	}
	want := read(false, 100, 100)
	for _, size := range []int{1, 2, 3, 7} {
		got := read(size%2 == 1, size, size)
		if diff := cmp.Diff(want.Records, got.Records, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("pages of %d: %s", size, diff)
		}
		if len(got.Accounts) != len(want.Accounts) {
			t.Errorf("%d accounts, %d in large pages", len(got.Accounts), len(want.Accounts))
		}
	}
}

// What both APIs tell, they tell under the same ids.
func TestBothAPIsAgree(t *testing.T) {
	t.Parallel()
	a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, shop(&wall{began}))}
	everybody := people{}
	for _, repo := range []string{"acme/shop", "acme/pay"} {
		graph, rest := everybody.records(a.byGraphQL(everything, repo, 50, 60)), everybody.records(a.byREST(repo))
		if len(graph) != len(rest) {
			t.Fatalf("%d and %d records", len(graph), len(rest))
		}
		for i := range graph {
			if diff := cmp.Diff(common(graph[i]), common(rest[i]), alike); diff != "" {
				t.Errorf("%s: %s", graph[i].Key, diff)
			}
		}
	}
}

// common is what both APIs tell of a record.
func common(r fact.Record) fact.Record {
	r.Columns, r.Unseen, r.History = nil, 0, fact.History{}
	r.Parent.ID = "" // REST has an address
	if r.Class == fact.ClassMilestone {
		r.Project.ID = "" // and not the repository's id in milestones
	}
	for i := range r.Involvement {
		if v := &r.Involvement[i]; v.Act == fact.ActCommit {
			v.By = 0 // REST tells their mail alone
		}
	}
	r.Links = slices.DeleteFunc(r.Links, func(l fact.Link) bool { return l.Type == typeCloses })
	r.Involvement = slices.DeleteFunc(r.Involvement, func(i fact.Involvement) bool { return i.ID[0] == 'l' })
	r.Changes = slices.DeleteFunc(r.Changes, func(c fact.Change) bool {
		return c.Kind == fact.KindOther || c.Kind == fact.KindColumn || c.Kind == fact.KindLink && strings.Contains(c.To.Text, "close")
	})
	for i := range r.Changes {
		if c := &r.Changes[i]; c.Kind == fact.KindParent {
			c.To.ID, c.From.ID = "", ""
		}
	}
	return r
}

// Reviews and comments that an archive tells without an id are told apart by when
// and by whom they were made; told again, they are the same.
func TestWithoutIDs(t *testing.T) {
	t.Parallel()
	d := newDecoded(gitHub)
	it := newItem(fact.ClassPull)
	it.r.Site = gitHub
	for range 2 {
		for _, login := range []string{"ana", "ben"} {
			for second := range 3 {
				for _, kind := range []string{"PullRequestReview", "IssueComment"} {
					d.graphEvent(it, gjson.Parse(fmt.Sprintf(`{"__typename":%q,"author":%q,"state":"APPROVED","createdAt":"2026-03-02T09:00:0%dZ"}`, kind, login, second)))
				}
			}
		}
	}
	count, ids := map[fact.Act]int{}, map[string]bool{}
	for _, i := range it.r.Involvement {
		count[i.Act]++
		ids[i.ID] = true
	}
	if count[fact.ActReview] != 6 || count[fact.ActComment] != 6 || len(ids) != 12 {
		t.Errorf("%v with %d ids: two people did both at three moments", count, len(ids))
	}
}
