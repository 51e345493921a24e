package jira

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/saved/savedtest"
)

// facts -> answers -> archive -> facts gives the same facts, but for what no
// answer tells. All of that is in this file: what is not named here must come
// back.

// kept is a source that tells again what another told.
type kept struct{ batches []connectors.Batch }

func keep(tb testing.TB, src connectors.Source) *kept {
	tb.Helper()
	k := &kept{}
	_, err := src.Pull(tb.Context(), connectors.State{}, func(b connectors.Batch) error {
		k.batches = append(k.batches, b)
		return nil
	})
	must(tb, err)
	return k
}

func (k *kept) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "kept", Origin: "memory", Decoder: 1}
}

func (k *kept) Pull(_ context.Context, _ connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	for _, b := range k.batches {
		if err := emit(b); err != nil {
			return connectors.Summary{}, err
		}
	}
	return connectors.Summary{}, nil
}

// records calls do with every record.
func (k *kept) records(do func(r *fact.Record)) {
	for i := range k.batches {
		for j := range k.batches[i].Records {
			do(&k.batches[i].Records[j])
		}
	}
}

// facts puts what is kept into its common form.
func (k *kept) facts(tb testing.TB) connectortest.Facts {
	tb.Helper()
	sink := connectortest.NewSink()
	_, err := connectors.Pull(tb.Context(), k, sink, nil)
	must(tb, err)
	return sink.Facts()
}

// forget takes out of facts what no answer tells.
func (k *kept) forget() {
	k.records(func(r *fact.Record) {
		// Which of a site's custom fields holds story points, teams or flags, an
		// issue does not tell: the list of fields does, or a board. They stay what
		// they are in the answer, custom fields.
		if !math.IsNaN(r.Estimate) {
			r.Fields = append(r.Fields, fact.Field{ID: jiratest.EstimateField, Values: []fact.Named{{Name: strconv.FormatFloat(r.Estimate, 'f', -1, 64)}}})
		}
		if r.Team != (fact.Named{}) {
			r.Fields = append(r.Fields, fact.Field{ID: jiratest.TeamField, Values: []fact.Named{r.Team}})
		}
		if r.Flagged {
			r.Fields = append(r.Fields, fact.Field{ID: jiratest.FlagField, Values: []fact.Named{{ID: "10100", Name: "Impediment"}}})
		}
		r.Estimate, r.Team, r.Flagged = math.NaN(), fact.Named{}, false
		// The members of a JSON object have no order.
		slices.SortFunc(r.Fields, func(a, b fact.Field) int { return cmp.Compare(a.ID, b.ID) })
		// Comments and worklogs stand in two lists.
		slices.SortStableFunc(r.Involvement, func(a, b fact.Involvement) int { return cmp.Compare(a.Act, b.Act) })
		for i := range r.Changes {
			// Jira tells of a rank that it changed, in words for people; of a field
			// that means nothing to an analysis, the name is kept alone.
			if c := &r.Changes[i]; c.Kind == fact.KindRank || c.Kind == fact.KindOther {
				c.From, c.To = fact.Value{}, fact.Value{}
			}
		}
	})
	// Only words that a record bears now stand in its answer, as of its update:
	// not the statuses of its past, and not what nobody uses.
	words := k.words()
	for i := range k.batches {
		k.batches[i].Terms = nil
	}
	k.batches[0].Terms = words
}

// words returns the words that stand in answers.
func (k *kept) words() []fact.Term {
	var all fact.Vocabulary
	for _, b := range k.batches {
		all = all.Add(b.Terms...)
	}
	var out fact.Vocabulary
	k.records(func(r *fact.Record) {
		bears := func(kind fact.TermKind, n fact.Named) {
			i := slices.IndexFunc(all, func(t fact.Term) bool {
				return t.Site == r.Site && t.Kind == kind && t.ID == n.ID && t.Name == n.Name
			})
			t := fact.Term{Site: r.Site, Kind: kind, ID: n.ID, Name: n.Name}
			if i >= 0 {
				t = all[i]
			}
			t.Seen = r.Updated
			if kind == fact.TermRelease {
				t.End -= t.End % fact.Day // a release has a day, no hour
			}
			out = append(out, t)
		}
		bears(fact.TermStatus, r.Status)
		bears(fact.TermProject, fact.Named{ID: r.Project.ID, Name: r.Project.Name})
		bears(fact.TermType, fact.Named{ID: r.Type.ID, Name: r.Type.Name})
		for _, n := range r.Releases {
			bears(fact.TermRelease, n)
		}
		for _, n := range r.Sprints {
			bears(fact.TermSprint, n)
		}
		for _, l := range r.Links {
			for _, t := range all.Named(r.Site, fact.TermLinkType, l.Type) {
				bears(fact.TermLinkType, fact.Named{ID: t.ID, Name: t.Name})
			}
		}
	})
	return fact.Vocabulary(nil).Add(out...)
}

// renumber gives the changes of one entry of a log numbers by their content. An
// entry's items have no ids: sources number them as they like.
func (k *kept) renumber() {
	k.records(func(r *fact.Record) {
		entry := func(c fact.Change) string { e, _, _ := strings.Cut(c.ID, "."); return e }
		slices.SortFunc(r.Changes, func(a, b fact.Change) int {
			return cmp.Or(cmp.Compare(a.At, b.At), fact.CompareID(entry(a), entry(b)),
				cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Field, b.Field),
				cmp.Compare(a.From.ID, b.From.ID), cmp.Compare(a.From.Text, b.From.Text), cmp.Compare(a.To.ID, b.To.ID), cmp.Compare(a.To.Text, b.To.Text))
		})
		n, last := 0, ""
		for i := range r.Changes {
			e := entry(r.Changes[i])
			if n++; e != last {
				n, last = 0, e
			}
			r.Changes[i].ID = e + "." + strconv.Itoa(n)
		}
	})
}

// goesRound renders what a source tells, reads it back and compares.
func goesRound(t *testing.T, src connectors.Source) {
	t.Helper()
	issues, err := render(src)
	must(t, err)
	want := keep(t, src)
	n := 0
	for _, b := range want.batches {
		n += len(b.Records)
	}
	if n == 0 || len(issues) != n {
		t.Fatalf("%d records, %d answers", n, len(issues))
	}
	want.forget()
	want.renumber()
	got := keep(t, openArchive(savedtest.TarGzFile(t, oneEach(issues)), narrow))
	got.renumber()
	for _, b := range got.batches {
		if len(b.Notes) > 0 {
			t.Errorf("notes: %+v", b.Notes)
		}
	}
	if d := connectortest.Difference(want.facts(t), got.facts(t)); d != "" {
		t.Error(d)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]demo.Options{
		"three teams":     {Teams: 3, Items: 300},
		"all of the cast": {Seed: 4, Items: 500},
		"a shorter past":  {Seed: 9, Teams: 2, Weeks: 26, Items: 200},
		"a later end":     {Seed: 11, Teams: 1, Items: 60, End: 1_900_000_000_123},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.JiraOnly = true
			goesRound(t, demo.New(o))
		})
	}
}

// The demo is an orderly place. Records that were made up at random have
// everything in them that facts can hold and an answer can tell.
func TestRoundTripOfAnything(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		if goesRound(t, &kept{anything(seed)}); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// inventor makes up a few batches.
type inventor struct {
	*rand.Rand
	b    connectors.Batch
	site string
}

// texts are what people write into trackers.
var texts = []string{
	"Plain words", "", " spaces around ", "Zeile\nund\tnoch eine", `quotes " and \ strokes`, "<b>no page</b> & more", "合計が違う", "naïve 🚀 e\u0301",
	"\u2028\u2029\u0085", "\x00\x01\x1f", "a, b, c", "[brackets] {and} (so) on", "PAY-1 in a title", "null", "-0.0e7", strings.Repeat("long ", 200),
}

// anything makes up records, their people and their words. Every batch has the
// words of all, as a list of them would come first.
func anything(seed uint64) []connectors.Batch {
	m := &inventor{Rand: rand.New(rand.NewPCG(seed, 3))}
	var out []connectors.Batch
	n := 0
	for range 1 + m.IntN(3) {
		m.b = connectors.Batch{Next: connectors.Cursor(strconv.Itoa(n + 1))}
		// Accounts are known by site, so a batch speaks of one.
		m.site = []string{"https://one.example", "http://jira.example:8443/base"}[m.IntN(2)]
		for range 1 + m.IntN(4) {
			m.b.Accounts = append(m.b.Accounts, m.account())
		}
		for range 1 + m.IntN(5) {
			n++
			m.b.Records = append(m.b.Records, m.record(n))
		}
		m.b.Received = len(m.b.Records)
		out = append(out, m.b)
	}
	out[0].Fresh = true
	return out
}

// account makes up one of a few accounts by some of its names: what it is called
// is always there, a key and an address now and then.
func (m *inventor) account() connectors.Account {
	n := m.IntN(6)
	name := fmt.Sprintf("u%d", n)
	a := connectors.Account{Site: m.site, IDs: []string{name}, Bot: n == 0}
	if m.IntN(2) == 0 {
		a.IDs = append(a.IDs, "JIRAUSER"+name)
	}
	if m.IntN(2) == 0 {
		a.IDs = append(a.IDs, name+"@one.example")
	}
	return a
}

func (m *inventor) person() fact.Person { return fact.Person(m.IntN(len(m.b.Accounts) + 1)) }
func (m *inventor) text() string        { return texts[m.IntN(len(texts))] }

// word is a text that stays the same where blanks part words.
func (m *inventor) word() string {
	return []string{"web", "tech-debt", "日本", "a,b", "x=y", "\"quoted\"", "UPPER", "0"}[m.IntN(8)]
}

// at is an instant between 2001 and 2033.
func (m *inventor) at() fact.Instant {
	return fact.Instant(1_000_000_000_000 + m.Int64N(1_000_000_000_000))
}

func (m *inventor) day() string { return m.at().Time().Format("2006-01-02") }

// named makes up a thing whose name follows from its id, so that a word means
// one thing only.
func (m *inventor) named(most int) fact.Named {
	n := 1 + m.IntN(most)
	return fact.Named{ID: strconv.Itoa(n), Name: texts[n%len(texts)] + strconv.Itoa(n)}
}

func (m *inventor) some(most int, one func()) {
	for range m.IntN(most + 1) {
		one()
	}
}

// term tells of a word of the site. What it says follows from the id, too.
func (m *inventor) term(t fact.Term) {
	t.Site = m.site
	m.b.Terms = append(m.b.Terms, t)
}

func (m *inventor) record(n int) fact.Record {
	r := fact.Record{
		Site: m.site, ID: strconv.Itoa(n * 37), Key: fmt.Sprintf("%s-%d", []string{"PAY", "A1_B", "X"}[m.IntN(3)], n), Title: m.text(),
		Created: m.at(), Creator: m.person(), Reporter: m.person(), Assignee: m.person(), Estimate: math.NaN(), Unseen: m.IntN(3),
	}
	r.URL = r.Site + "/browse/" + r.Key
	r.Updated = r.Created + fact.Instant(m.Int64N(1e10))
	p := m.named(9)
	r.Project = fact.Project{ID: p.ID, Name: p.Name, Key: "P" + p.ID}
	m.term(fact.Term{Kind: fact.TermProject, ID: p.ID, Name: p.Name, Key: r.Project.Key})
	m.hierarchy(&r)
	m.status(&r)
	if m.IntN(2) == 0 {
		r.Due, r.Resolved = m.day(), m.at()
	}
	if m.IntN(2) == 0 {
		r.Resolution, r.Priority = m.named(9), m.named(9)
	}
	m.sets(&r)
	m.customs(&r)
	m.some(3, func() { m.link(&r) })
	m.some(4, func() { m.involve(&r) })
	m.history(&r)
	return r
}

func (m *inventor) hierarchy(r *fact.Record) {
	n := m.IntN(5)
	r.Type = fact.Type{ID: strconv.Itoa(n), Name: "Type " + strconv.Itoa(n), Rank: []fact.Rank{-1, 0, 1, 2, fact.RankUnknown}[n]}
	m.term(fact.Term{Kind: fact.TermType, ID: r.Type.ID, Name: r.Type.Name, Rank: r.Type.Rank})
	if m.IntN(2) == 0 {
		r.Parent = m.ref()
	}
}

// ref points somewhere by id, by key or by both.
func (m *inventor) ref() fact.Ref {
	ref := fact.Ref{ID: strconv.Itoa(1 + m.IntN(99)), Key: fmt.Sprintf("OTHER-%d", 1+m.IntN(99))}
	switch m.IntN(4) {
	case 0:
		ref.ID = ""
	case 1:
		ref.Key = ""
	}
	return ref
}

func (m *inventor) status(r *fact.Record) {
	r.Status = m.named(9)
	n, _ := strconv.Atoi(r.Status.ID)
	m.term(fact.Term{Kind: fact.TermStatus, ID: r.Status.ID, Name: r.Status.Name, Category: []string{"new", "indeterminate", "done", ""}[n%4]})
}

func (m *inventor) sets(r *fact.Record) {
	m.some(3, func() { r.Components = append(r.Components, m.named(9)) })
	m.some(3, func() { r.Labels = append(r.Labels, m.word()) })
	m.some(3, func() {
		n := m.named(9)
		id, _ := strconv.Atoi(n.ID)
		r.Releases = append(r.Releases, n)
		m.term(fact.Term{Kind: fact.TermRelease, ID: n.ID, Name: n.Name, End: fact.Instant(id%3) * 9_999 * fact.Day})
	})
	m.some(3, func() {
		id := 1 + m.IntN(9)
		n := fact.Named{ID: strconv.Itoa(id), Name: []string{"Week 1", "Plan, do, check", "[A] b]", "第二", "=,="}[id%5]}
		if slices.Contains(r.Sprints, n) {
			return
		}
		r.Sprints = append(r.Sprints, n)
		m.term(fact.Term{Kind: fact.TermSprint, ID: n.ID, Name: n.Name, Start: fact.Instant(id%3) * 5e11, End: fact.Instant(id%2) * 12e11})
	})
}

func (m *inventor) customs(r *fact.Record) {
	if m.IntN(2) == 0 {
		r.Estimate = []float64{0, 0.5, 3, 13, -1, 1e6, 0.1}[m.IntN(7)]
	}
	r.Flagged = m.IntN(3) == 0
	if m.IntN(2) == 0 {
		r.Team = fact.Named{ID: "t" + strconv.Itoa(m.IntN(3)), Name: "Team, of sorts"}
	}
	values := [][]fact.Named{{{Name: "42"}}, {{Name: "-0.25"}}, {{Name: "EPIC-7"}}, {{ID: "1", Name: "Gold"}}, {{ID: "1", Name: "North"}, {ID: "2", Name: ""}}}
	for i := range 3 {
		if m.IntN(2) == 0 {
			r.Fields = append(r.Fields, fact.Field{ID: fmt.Sprint("customfield_2000", i), Values: values[m.IntN(len(values))]})
		}
	}
}

// linkNames are link types, read from both ends; of one, both read the same.
var linkNames = []fact.Term{
	{ID: "1", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"},
	{ID: "2", Name: "Relates", Inward: "relates to", Outward: "relates to"},
	{ID: "3", Name: "Issue split", Inward: "split from", Outward: "split to"},
}

func (m *inventor) link(r *fact.Record) {
	t := linkNames[m.IntN(len(linkNames))]
	t.Kind = fact.TermLinkType
	m.term(t)
	r.Links = append(r.Links, fact.Link{
		ID: strconv.Itoa(1000 + len(r.Links)), Type: t.Name, Phrase: []string{t.Inward, t.Outward}[m.IntN(2)], Other: m.ref(),
	})
}

func (m *inventor) involve(r *fact.Record) {
	i := fact.Involvement{ID: strconv.Itoa(10 + len(r.Involvement)), At: m.at(), By: m.person(), Act: fact.ActWorklog}
	if m.IntN(2) == 0 {
		i.Act, i.Length = fact.ActComment, fact.LengthClass(1+m.IntN(3))
	}
	r.Involvement = append(r.Involvement, i)
}

// history makes up none, a whole one or one that was cut.
func (m *inventor) history(r *fact.Record) {
	r.History.State = fact.Completeness(m.IntN(3))
	if r.History.State == fact.NoHistory {
		return
	}
	entries := m.IntN(6)
	for e := range entries {
		at, by := m.at(), m.person()
		kinds := m.Perm(int(fact.KindColumn))[:1+m.IntN(4)] // what follows, Jira does not know
		for i, kind := range kinds {
			c := m.change(fact.Kind(kind))
			c.ID, c.At, c.By = fmt.Sprintf("%d.%d", 5000+e, i), at, by
			if len(kinds) == 1 {
				c.ID, _, _ = strings.Cut(c.ID, ".")
			}
			r.Changes = append(r.Changes, c)
		}
	}
	r.Changes = fact.SortChanges(r.Changes)
	r.History.Have, r.History.Total = entries, entries
	if r.History.State == fact.CutHistory {
		r.History.Total += 1 + m.IntN(3)
	}
}

// change makes up a change of a kind.
func (m *inventor) change(kind fact.Kind) fact.Change {
	c := fact.Change{Kind: kind}
	side := func() fact.Value {
		n := m.named(9)
		return fact.Value{ID: n.ID, Text: n.Name}
	}
	switch kind {
	case fact.KindOther:
		c.Field = []string{"description", "Reviewer", "状態?", "Attachment"}[m.IntN(4)]
		c.To.Text = "what somebody wrote"
	case fact.KindAssignee:
		c.From.Person, c.To.Person = m.person(), m.person()
	case fact.KindLabel, fact.KindSprint, fact.KindLink:
		return m.setChange(c)
	case fact.KindDue:
		c.From.Text, c.To.Text = m.day(), m.day()
	case fact.KindKey:
		c.From.Text, c.To.Text = "OLD-1", "NEW-2"
	case fact.KindEstimate:
		c.To.Text = "5"
	default:
		if m.IntN(3) > 0 {
			c.From = side()
		}
		if m.IntN(3) > 0 {
			c.To = side()
		}
	}
	return c
}

// setChange puts one element into a set, or takes one out.
func (m *inventor) setChange(c fact.Change) fact.Change {
	v := fact.Value{Text: m.word()}
	switch c.Kind {
	case fact.KindSprint:
		v = fact.Value{ID: strconv.Itoa(1 + m.IntN(9)), Text: "Plan, do, check"}
	case fact.KindLink:
		v = fact.Value{ID: fmt.Sprintf("OTHER-%d", 1+m.IntN(99)), Text: []string{"blocks", "is blocked by", "relates to"}[m.IntN(3)]}
	}
	if m.IntN(2) == 0 {
		c.From = v
	} else {
		c.To = v
	}
	return c
}
