package demo

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// jiraDigests are what every organisation told, without cursors, when the
// generator knew no pull requests yet.
var jiraDigests = map[string]uint64{
	"a broken cast": 0x5d59edda9906c9cd,
	"a later end":   0x5f84cf4c3ab900af,
	"another end":   0x65068fd090ace9fd,
	"another seed":  0x95e735caf88eb295,
	"busy teams":    0xa0e53733397c0823,
	"default":       0xeb388cf6c8036302,
	"few items":     0x3313545d9c3368e7,
	"jira only":     0xc04a68225bfd9fa,
	"long":          0x422de170c66682ba,
	"one team":      0x13186e6bb531f324,
	"several casts": 0x915cf1abcfb51b58,
	"short":         0xd074c2d0d469b144,
	"six teams":     0xfc5d4c538bcd1637,
	"tiny":          0x1b011513c2b030b6,
	"two teams":     0x31d592b1a619d3c5,
}

// Code is written about work that is there without it: what Jira tells must
// not change by a byte, whether pull requests are told or not.
func TestJiraIsUntouched(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		alone := o
		alone.JiraOnly = true
		want, got := jiraOf(batches(t, New(alone), "")), jiraOf(batches(t, New(o), ""))
		d := digest(want)
		if !reflect.DeepEqual(settled(want), settled(got)) {
			t.Error("Jira tells something else where there are pull requests")
		}
		if d != jiraDigests[strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestJiraIsUntouched/"), "_", " ")] {
			t.Errorf("Jira tells %#x", d)
		}
	})
}

// jiraOf leaves out what GitHub tells, and the cursors, which count on.
func jiraOf(list []connectors.Batch) []connectors.Batch {
	var out []connectors.Batch
	for _, b := range list {
		if b.Records[0].Site == CodeSite {
			continue
		}
		b.Next = ""
		b.Terms = slices.DeleteFunc(b.Terms, func(t fact.Term) bool { return t.Site == CodeSite })
		out = append(out, b)
	}
	return out
}

// carries lists the items that a pull request names: by the keys that they bear
// or have borne.
func (r *read) carries(rec *fact.Record) []string {
	var out []string
	for _, m := range rec.Mentions {
		for _, it := range r.keys[m.Key] {
			if !slices.Contains(out, it.ID) {
				out = append(out, it.ID)
			}
		}
	}
	slices.SortFunc(out, fact.CompareID)
	return out
}

// coded tells of every item when the first commit of a pull request was written
// that names it.
func (r *read) coded() map[string]fact.Instant {
	out := map[string]fact.Instant{}
	for i := range r.pulls {
		for _, id := range r.carries(&r.pulls[i]) {
			if at := r.pulls[i].Pull.Begun; out[id] == 0 || at < out[id] {
				out[id] = at
			}
		}
	}
	return out
}

// byTool reports whether a tool writes a file, by the habits of the trade.
func byTool(path string) bool {
	for _, end := range []string{"go.sum", "-lock.json", ".pb.go", ".min.js"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// byHand counts the lines of a pull request that no tool wrote.
func byHand(rec *fact.Record) (n int) {
	for _, p := range rec.Pull.Paths {
		if !byTool(p.Name) {
			n += p.Added + p.Deleted
		}
	}
	return n
}

func TestPullsAreConsistent(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, _ := tell(t, o)
		s := o.settle()
		if len(r.pulls) > 0 == o.JiraOnly {
			t.Fatalf("%d pull requests", len(r.pulls))
		}
		number := map[string]int{}
		seen := map[string]bool{}
		for i := range r.pulls {
			rec := &r.pulls[i]
			for _, complaint := range slices.Concat(pullIdentity(rec), pullTimes(rec, s), ids(rec), pullReplay(rec), pullSize(rec)) {
				t.Errorf("%s: %s", rec.Key, complaint)
			}
			number[rec.Project.Key]++
			if want := rec.Project.Key + "#" + strconv.Itoa(number[rec.Project.Key]); rec.Key != want || seen[rec.ID] {
				t.Errorf("%s (%s), want %s", rec.Key, rec.ID, want)
			}
			seen[rec.ID] = true
			for kind, n := range map[fact.TermKind]fact.Named{fact.TermStatus: rec.Status, fact.TermProject: {ID: rec.Project.ID, Name: rec.Project.Name}} {
				if term, ok := r.terms.Find(CodeSite, kind, n.ID); !ok || term.Name != n.Name || term.Seen == 0 {
					t.Errorf("%s: the vocabulary lacks %v", rec.Key, n)
				}
			}
			if t.Failed() {
				t.Fatalf("%+v", rec)
			}
		}
	})
}

func pullIdentity(r *fact.Record) (out []string) {
	if err := r.Validate(); err != nil {
		out = append(out, err.Error())
	}
	if r.Site != CodeSite || r.Class != fact.ClassPull || r.ID[0] != 'p' || r.URL != fact.Address(CodeSite, r.Key) || fact.ProjectOf(r.Key) != r.Project.Key {
		out = append(out, "site, class, id or address")
	}
	if !math.IsNaN(r.Estimate) || r.Title == "" || r.Creator == 0 || r.Reporter != r.Creator || len(r.Links) > 0 {
		out = append(out, "something is missing, or too much")
	}
	if repeated := slices.CompactFunc(slices.Clone(r.Mentions), func(a, b fact.Mention) bool { return a == b }); len(repeated) != len(r.Mentions) {
		out = append(out, "a mention comes twice")
	}
	for _, m := range r.Mentions {
		if m.Where == fact.InTitle && !strings.Contains(r.Title, m.Key) {
			out = append(out, "the title does not name "+m.Key)
		}
	}
	return out
}

func pullTimes(r *fact.Record, s settings) (out []string) {
	newest := max(r.Created, r.Resolved)
	within := func(what string, at, from fact.Instant) {
		newest = max(newest, at)
		if at < from || at > s.end {
			out = append(out, fmt.Sprintf("%s at %v", what, at))
		}
	}
	first := fact.Never
	for _, c := range r.Changes {
		within("a change of "+c.Kind.String(), c.At, r.Created+1)
	}
	for _, v := range r.Involvement {
		if v.Act == fact.ActCommit {
			first = min(first, v.At)
			within("a commit", v.At, s.begin)
		} else {
			within("an act", v.At, r.Created+1)
		}
	}
	if r.Pull.Begun != first || first >= r.Created || r.Updated != newest {
		out = append(out, fmt.Sprintf("begun %v, first commit %v, opened %v, updated %v, newest %v", r.Pull.Begun, first, r.Created, r.Updated, newest))
	}
	return out
}

// pullReplay undoes the history of a pull request.
func pullReplay(r *fact.Record) (out []string) {
	now := map[fact.Kind]fact.Value{
		fact.KindStatus: value(r.Status), fact.KindResolution: value(r.Resolution), fact.KindAssignee: {Person: r.Assignee},
	}
	for _, c := range slices.Backward(r.Changes) {
		switch c.Kind {
		case fact.KindOther:
			if c.Field == "" {
				out = append(out, "an event without a name")
			}
		case fact.KindLabel:
			if !slices.Contains(r.Labels, c.To.Text) {
				out = append(out, "it lacks the label "+c.To.Text)
			}
		default:
			if c.From == c.To || now[c.Kind] != c.To {
				out = append(out, fmt.Sprintf("%s changes from %v to %v, and then it is %v", c.Kind, c.From, c.To, now[c.Kind]))
			}
			now[c.Kind] = c.From
		}
	}
	if s := now[fact.KindStatus].ID; s != "pull-draft" && s != "pull-open" || !now[fact.KindResolution].IsZero() || !now[fact.KindAssignee].IsZero() {
		out = append(out, "was not new when it was opened")
	}
	merged, closed := r.Status.ID == "merged", r.Status.ID == "pull-closed"
	if merged != (r.Pull.Merged != 0) || closed != (r.Resolution.ID == "unmerged") || (merged || closed) != (r.Resolved != 0) || merged && r.Resolved != r.Pull.Merged {
		out = append(out, "status, resolution and their times do not agree")
	}
	return out
}

func pullSize(r *fact.Record) (out []string) {
	p, added, deleted := r.Pull, 0, 0
	names := map[string]bool{}
	for _, f := range p.Paths {
		added, deleted = added+f.Added, deleted+f.Deleted
		if names[f.Name] || f.Added < 0 || f.Deleted < 0 || f.Added+f.Deleted == 0 || strings.Contains(f.Name, " ") {
			out = append(out, fmt.Sprintf("the file %+v", f))
		}
		names[f.Name] = true
	}
	if !p.Sized || p.Added != added || p.Deleted != deleted || p.Files != len(p.Paths) || byHand(r) == 0 {
		out = append(out, fmt.Sprintf("its size is %+v", p))
	}
	return out
}

// pullOf tells of a pull request what the truth should, but for the item that
// it does not name.
func (r *read) pullOf(rec *fact.Record) PullTruth {
	p := PullTruth{
		ID: rec.ID, Key: rec.Key, Repository: rec.Project.Key, Author: r.home[rec.Creator], Carries: r.carries(rec),
		Begun: rec.Pull.Begun, Opened: rec.Created, Closed: rec.Resolved, Outcome: Open, Lines: byHand(rec),
	}
	switch rec.Status.Name {
	case "Merged":
		p.Outcome = Finished
	case "Closed pull request":
		p.Outcome = Dropped
	}
	looked := map[fact.Person]bool{}
	for _, v := range rec.Involvement {
		if v.Act == fact.ActReview && !looked[v.By] {
			looked[v.By] = true
			p.Reviewers = append(p.Reviewers, r.home[v.By])
		}
	}
	slices.Sort(p.Reviewers)
	return p
}

func TestTruthOfPulls(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		if len(r.pulls) != len(truth.Pulls) {
			t.Fatalf("%d pull requests, and the truth has %d", len(r.pulls), len(truth.Pulls))
		}
		for i, want := range truth.Pulls {
			rec := &r.pulls[i]
			got := r.pullOf(rec)
			if want.Silent != "" {
				got.Silent = want.Silent
				if about := r.byID[want.Silent]; about.Title != rec.Title || len(got.Carries) > 0 {
					t.Errorf("%s does not name %s, and yet: %v, %q", rec.Key, about.Key, got.Carries, rec.Title)
				}
			} else if got.Author != "" && !slices.ContainsFunc(got.Carries, func(id string) bool { return strings.HasSuffix(rec.Title, r.byID[id].Title) }) {
				t.Errorf("%s is called %q, and none of its items is", rec.Key, rec.Title)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("records tell\n%+v\nand the truth is\n%+v", got, want)
			}
		}
	})
}

func TestTruthOfRepositories(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		got := map[string]*RepositoryTruth{}
		for _, team := range Teams(o) {
			for _, key := range team.Repositories {
				if !o.JiraOnly {
					got[key] = &RepositoryTruth{Key: key, Team: team.Project, Reviewers: map[string]int{}}
				}
			}
		}
		named, sizes := map[string]map[string]bool{}, map[string][]int{}
		for i := range r.pulls {
			p := r.pullOf(&r.pulls[i])
			key := p.Repository
			if got[key] == nil {
				got[key] = &RepositoryTruth{Key: key, Reviewers: map[string]int{}}
			}
			if named[key] == nil {
				named[key] = map[string]bool{}
			}
			c, across := got[key], false
			c.Pulls++
			c.Merged += tick(p.Outcome == Finished)
			c.Unmerged += tick(p.Outcome == Dropped)
			c.Naming += tick(len(p.Carries) > 0)
			c.Several += tick(len(p.Carries) > 1)
			c.Reviewed += tick(len(p.Reviewers) > 0)
			for _, id := range p.Carries {
				named[key][id] = true
			}
			for _, home := range p.Reviewers {
				c.Reviewers[home]++
				across = across || home != p.Author
			}
			if bot := r.people[r.pulls[i].Creator-1].Bot; bot {
				c.Bumps++
			} else {
				c.Across += tick(across)
				sizes[key] = append(sizes[key], p.Lines)
			}
			c.Items = len(named[key])
		}
		for _, want := range truth.Repositories {
			g := got[want.Key]
			if g == nil { // everybody's, and nobody used it
				g = &RepositoryTruth{Key: want.Key, Reviewers: map[string]int{}}
			}
			if list := sizes[want.Key]; len(list) > 0 {
				slices.Sort(list)
				g.Lines = float64(list[len(list)/2]+list[(len(list)-1)/2]) / 2
			}
			if !reflect.DeepEqual(*g, want) {
				t.Errorf("records tell\n%+v\nand the truth is\n%+v", *g, want)
			}
			delete(got, want.Key)
		}
		if len(got) > 0 {
			t.Errorf("the truth knows nothing of %v", got)
		}
	})
}

// What makes the teams' code differ is counted here from the records alone.
func TestPlantedCode(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r, truth := tell(t, Options{Seed: seed})
			w := &witness{T: t, read: r, truth: truth}
			w.lives()
			w.reviews()
			w.begins()
			w.names()
			w.sizes()
			w.proofs()
		})
	}
}

// reviews measures who looks at whose code.
func (w *witness) reviews() {
	pulls, crossed := map[string]int{}, map[[2]string]int{}
	abroad := map[[2]string]int{} // by the author's team and the repository's
	owner := map[string]string{}
	for _, t := range w.truth.Teams {
		for _, key := range t.Repositories {
			owner[key] = t.Project
		}
	}
	for i := range w.pulls {
		p := w.pullOf(&w.pulls[i])
		if p.Author == "" {
			continue
		}
		pulls[p.Author]++
		for _, home := range slices.Compact(p.Reviewers) {
			crossed[[2]string{p.Author, home}]++
		}
		abroad[[2]string{p.Author, owner[p.Repository]}]++
	}
	e, p := w.truth.team(Entangled).Project, w.truth.team(Partner).Project
	w.within("code of the entangled team that the partner reviews", share(crossed[[2]string{e, p}], pulls[e]), 0.4, 0.65)
	w.within("code of the partner that the entangled team reviews", share(crossed[[2]string{p, e}], pulls[p]), 0.14, 0.35)
	w.within("code of the entangled team in the partner's repositories", share(abroad[[2]string{e, p}], pulls[e]), 0.12, 0.45)
	for _, t := range w.truth.Teams {
		own := share(crossed[[2]string{t.Project, t.Project}], pulls[t.Project])
		w.within("code of "+t.Name+" that its own people review", own, 0.7, 0.97)
		if t.Role == Entangled || t.Role == Partner {
			continue
		}
		others := 0
		for pair, n := range crossed {
			if pair[0] == t.Project && pair[1] != t.Project {
				others += n
			}
		}
		w.within("code of "+t.Name+" that others review", share(others, pulls[t.Project]), 0, 0.12)
	}
	i := w.truth.team(Independent).Project
	for pair, n := range abroad {
		if (pair[0] == i) != (pair[1] == i) {
			w.Errorf("%d pull requests of %s in repositories of %q", n, pair[0], pair[1])
		}
	}
}

// begins compares first commits with the starts by status.
func (w *witness) begins() {
	coded, began, after, skipped, shown := 0, 0, 0, 0, 0
	for _, it := range w.truth.Items {
		if it.Rank != 0 {
			continue
		}
		if it.Start != 0 {
			began++
			coded += tick(it.Coded != 0)
			after += tick(it.Coded >= it.Start)
		}
		if it.Marks.Skipped {
			skipped++
			shown += tick(it.Coded > it.Created && it.Coded < it.Exit)
		}
	}
	w.within("begun items with code", share(coded, began), 0.7, 0.9)
	w.within("of these, first commits after the start", share(after, coded), 0.85, 0.95)
	w.within("items that skip In Progress and have code", share(shown, skipped), 0.65, 0.98)
}

// names counts how pull requests and items meet.
func (w *witness) names() {
	perItem, several, byPeople := map[string]int{}, 0, 0
	naming, of := map[bool]int{}, map[bool]int{}
	for i := range w.pulls {
		p := w.pullOf(&w.pulls[i])
		if p.Author == "" {
			continue
		}
		byPeople++
		several += tick(len(p.Carries) > 1)
		shy := p.Repository == "acme/search-index"
		of[shy]++
		naming[shy] += tick(len(p.Carries) > 0)
		for _, id := range p.Carries {
			perItem[id]++
		}
	}
	many := 0
	for _, n := range perItem {
		many += tick(n > 1)
	}
	w.within("pull requests that name a key", share(naming[false], of[false]), 0.94, 0.99)
	w.within("the same in the shy repository", share(naming[true], of[true]), 0.07, 0.25)
	w.within("pull requests that carry several items", share(several, byPeople), 0.02, 0.08)
	w.within("items with several pull requests", share(many, len(perItem)), 0.1, 0.3)
	w.within("pull requests by people", float64(byPeople), 2300, 3800)
	w.within("pull requests that take newer libraries", float64(len(w.pulls)-byPeople), 180, 400)
}

func (w *witness) sizes() {
	lines, generated := map[string][]float64{}, 0
	for i := range w.pulls {
		rec := &w.pulls[i]
		p := w.pullOf(rec)
		lines[p.Author] = append(lines[p.Author], float64(p.Lines))
		generated += tick(p.Lines < rec.Pull.Added+rec.Pull.Deleted && p.Author != "")
	}
	large := median(lines[w.truth.team(LargeBatches).Project])
	small := median(lines[w.truth.team(Healthy).Project])
	w.within("lines in the middle, large batches", large, 290, 480)
	w.within("lines in the middle, healthy", small, 38, 65)
	w.within("pull requests with generated files", share(generated, len(w.pulls)), 0.08, 0.22)
}

// proofs checks which accounts at GitHub can be told to be somebody of Jira's.
func (w *witness) proofs() {
	addresses := map[string]string{}
	for _, a := range w.people {
		for _, id := range a.IDs {
			if a.Site == Site && strings.Contains(id, "@") {
				addresses[id] = a.IDs[0]
			}
		}
	}
	proved, of := 0, 0
	for _, t := range w.truth.Teams {
		for n, login := range t.Logins {
			i := slices.IndexFunc(w.people, func(a connectors.Account) bool { return a.Site == CodeSite && a.IDs[0] == login })
			if i < 0 {
				w.Errorf("%s does nothing", login)
				continue
			}
			of++
			who := ""
			for _, id := range w.people[i].IDs {
				who = cmp.Or(addresses[id], who)
			}
			if proved += tick(who != ""); who != "" && who != t.People[n] {
				w.Errorf("%s is proved to be somebody else", login)
			}
		}
	}
	w.within("accounts that are proved to be somebody's", share(proved, of), 0.6, 0.8)
}
