package demo

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// read is what somebody who knows nothing of the plan makes of the records:
// the tests hold the truth against it.
type read struct {
	records []fact.Record // of Jira, in order of id; people are numbers over the whole pull
	pulls   []fact.Record // of GitHub, in order of id
	byID    map[string]*fact.Record
	terms   fact.Vocabulary
	people  []connectors.Account
	home    map[fact.Person]string    // project of the team of each account
	keys    map[string][]*fact.Record // who bears a key or has borne it
}

// told is what a source tells of an organisation, in records and as the truth.
type told struct {
	once  sync.Once
	read  *read
	truth *Truth
}

var tellings sync.Map // of Options to *told

// tell returns what a source tells. Tests share it and must not change it.
func tell(tb testing.TB, o Options) (*read, *Truth) {
	tb.Helper()
	t, _ := tellings.LoadOrStore(o, &told{})
	all := t.(*told)
	all.once.Do(func() { all.read, all.truth = readAll(tb, o), New(o).Truth() })
	return all.read, all.truth
}

// readAll pulls everything and reads it.
func readAll(tb testing.TB, o Options) *read {
	tb.Helper()
	r := &read{byID: map[string]*fact.Record{}, home: map[fact.Person]string{}}
	known := map[string]fact.Person{}
	_, err := New(o).Pull(tb.Context(), connectors.State{}, func(b connectors.Batch) error {
		r.terms = r.terms.Add(b.Terms...)
		global := []fact.Person{0}
		for _, a := range b.Accounts {
			if known[a.IDs[0]] == 0 {
				r.people = append(r.people, a)
				known[a.IDs[0]] = fact.Person(len(r.people))
			}
			global = append(global, known[a.IDs[0]])
		}
		for i := range b.Records {
			renumber(&b.Records[i], global)
			if b.Records[i].Site == CodeSite {
				r.pulls = append(r.pulls, b.Records[i])
			} else {
				r.records = append(r.records, b.Records[i])
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	slices.SortFunc(r.records, func(a, b fact.Record) int { return fact.CompareID(a.ID, b.ID) })
	slices.SortFunc(r.pulls, func(a, b fact.Record) int { return fact.CompareID(a.ID[1:], b.ID[1:]) })
	for i := range r.records {
		r.byID[r.records[i].ID] = &r.records[i]
	}
	for _, t := range Teams(o) {
		for _, a := range slices.Concat(t.People, t.Logins) {
			r.home[known[a]] = t.Project
		}
	}
	delete(r.home, 0)
	r.listKeys()
	return r
}

func (r *read) listKeys() {
	r.keys = map[string][]*fact.Record{}
	for i := range r.records {
		rec := &r.records[i]
		r.keys[rec.Key] = append(r.keys[rec.Key], rec)
		for _, c := range rec.Changes {
			if c.Kind == fact.KindKey {
				r.keys[c.From.Text] = append(r.keys[c.From.Text], rec)
			}
		}
	}
}

func renumber(r *fact.Record, global []fact.Person) {
	for _, p := range []*fact.Person{&r.Creator, &r.Reporter, &r.Assignee} {
		*p = global[*p]
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		c.By, c.From.Person, c.To.Person = global[c.By], global[c.From.Person], global[c.To.Person]
	}
	for i := range r.Involvement {
		r.Involvement[i].By = global[r.Involvement[i].By]
	}
}

func (r *read) category(v fact.Value) string {
	t, _ := r.terms.Find(Site, fact.TermStatus, v.ID)
	return t.Category
}

// life is what the history of a record says of it.
type life struct {
	start, given, exit fact.Instant
	outcome            Outcome
	stays              []Stay
	flaps              int
	reopened           bool
}

func (r *read) life(rec *fact.Record) life {
	l := life{outcome: Open}
	var left fact.Instant // when In Progress was last left for To Do
	project := rec.Project.Key
	for _, c := range rec.Changes {
		switch c.Kind {
		case fact.KindStatus:
			from, to := r.category(c.From), r.category(c.To)
			if to == "indeterminate" && l.start == 0 {
				l.start = c.At
			}
			if from == "indeterminate" && to == "new" {
				left = c.At
			}
			if from == "new" && to == "indeterminate" && left != 0 && c.At-left < day {
				l.flaps++
			}
			if to == "done" {
				l.exit = c.At
			} else if from == "done" {
				l.exit, l.reopened = 0, true
			}
		case fact.KindAssignee:
			if l.given == 0 {
				l.given = c.At
			}
		case fact.KindKey:
			project, _, _ = strings.Cut(c.From.Text, "-")
			l.stays = append(l.stays, Stay{From: rec.Created, Project: project}, Stay{From: c.At, Project: rec.Project.Key})
		}
	}
	if l.stays == nil {
		l.stays = []Stay{{From: rec.Created, Project: project}}
	}
	if r.category(value(rec.Status)) == "done" {
		l.exit = cmp.Or(l.exit, rec.Resolved)
		if l.outcome = Dropped; rec.Resolution.Name == "Done" {
			l.outcome = Finished
		}
	}
	return l
}

// items are the records of rank 0 that are in a project at the end.
func (r *read) items(project string) []*fact.Record {
	var out []*fact.Record
	for i := range r.records {
		if rec := &r.records[i]; rec.Type.Rank == 0 && rec.Project.Key == project {
			out = append(out, rec)
		}
	}
	return out
}

// epics are the epics of a project.
func (r *read) epics(project string) []*fact.Record {
	var out []*fact.Record
	for i := range r.records {
		if rec := &r.records[i]; rec.Type.Rank == 1 && rec.Project.Key == project {
			out = append(out, rec)
		}
	}
	return out
}

// children are the records of rank 0 under each parent.
func (r *read) children() map[string][]*fact.Record {
	out := map[string][]*fact.Record{}
	for i := range r.records {
		if rec := &r.records[i]; rec.Type.Rank == 0 && !rec.Parent.IsZero() {
			out[rec.Parent.ID] = append(out[rec.Parent.ID], rec)
		}
	}
	return out
}

// team returns the one team of a role in the first cast.
func (t *Truth) team(role Role) *TeamTruth {
	for i := range t.Teams {
		if t.Teams[i].Role == role {
			return &t.Teams[i]
		}
	}
	return nil
}
