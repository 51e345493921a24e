package assemble

import (
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// fold writes a key as it is looked up: repositories are known without regard to
// case.
func fold(key string) string {
	if strings.Contains(key, "/") {
		return strings.ToLower(key)
	}
	return key
}

// addKeys notes the keys that an item bore, if it moved; also one that it bore
// for no time at all, since references may use it.
func (s *Shard) addKeys(r *fact.Record) []step {
	var runs []work.KeyRun
	for _, c := range s.of[fact.KindKey] {
		if len(runs) == 0 {
			runs = append(runs, work.KeyRun{From: r.Created, Key: strings.Clone(c.From.Text)})
		}
		runs = append(runs, work.KeyRun{From: max(c.At, r.Created), Key: strings.Clone(c.To.Text)})
	}
	if len(runs) > 0 {
		s.oldKeys[len(s.drafts)] = runs
		s.moved[len(s.drafts)] = runs
		return s.timeline(r, fact.KindKey, fact.Value{Text: r.Key})
	}
	steps := s.transfers(r)
	if len(steps) > 1 {
		for _, t := range steps {
			runs = append(runs, work.KeyRun{From: t.from, Key: strings.Clone(t.val.Text)})
		}
		s.moved[len(s.drafts)] = runs
	}
	return steps
}

// transfers returns the repositories that an issue was in, by their keys, and at
// the end the issue's own key. Of a transfer nothing is told but the repository
// that the issue came from: what its key was there nobody knows.
func (s *Shard) transfers(r *fact.Record) []step {
	out := []step{{r.Created, fact.Value{Text: r.Key}}}
	for _, c := range s.of[fact.KindProject] {
		if !fact.IsRepository(c.From.Text) {
			continue
		}
		last := &out[len(out)-1]
		last.val = fact.Value{Text: c.From.Text}
		if at := max(c.At, r.Created); at > last.from {
			out = append(out, step{from: at})
			last = &out[len(out)-1]
		}
		last.val = fact.Value{Text: r.Key}
	}
	return out
}

// container is a project of Jira or a repository, as it is looked up.
type container struct {
	site work.SiteID
	key  string
}

// projects numbers the containers of items, those that items have left among
// them.
func (b *builder) projects() {
	known := map[container]work.ProjectID{}
	t := &b.o.Items
	t.Project = make([]work.ProjectID, len(b.places))
	b.o.OldProjects = map[work.ItemID][]work.ProjectRun{}
	for i := range b.places {
		s, d := b.draft(i)
		t.Project[i] = b.project(known, t.Site[i], d.key)
		var runs []work.ProjectRun
		for _, run := range s.moved[b.places[i].draft] {
			p := b.project(known, t.Site[i], run.Key)
			if n := len(runs); n > 0 && runs[n-1].From == run.From {
				runs[n-1].Project = p
				continue
			}
			runs = append(runs, work.ProjectRun{From: run.From, Project: p})
		}
		if len(runs) > 0 {
			b.o.OldProjects[work.ItemID(i)] = runs
		}
		b.firstIssue(i, d, runs)
	}
}

// project returns the number of the container that a key belongs to.
func (b *builder) project(known map[container]work.ProjectID, site work.SiteID, key string) work.ProjectID {
	key = fact.ProjectOf(key)
	k := container{site, fold(key)}
	id, ok := known[k]
	if !ok {
		id = work.ProjectID(len(b.o.Projects))
		known[k] = id
		through := b.a.words.through[siteText{b.o.Sites[site].URL, k.key}]
		b.o.Projects = append(b.o.Projects, work.Project{Site: site, Key: key, Through: through})
	}
	return id
}

// firstIssue notes when repositories had their first issue.
func (b *builder) firstIssue(i int, d *draft, runs []work.ProjectRun) {
	if d.class != fact.ClassIssue {
		return
	}
	if len(runs) == 0 {
		runs = []work.ProjectRun{{From: d.created, Project: b.o.Items.Project[i]}}
	}
	for _, run := range runs {
		if p := &b.o.Projects[run.Project]; fact.IsRepository(p.Key) && (p.FirstIssue == 0 || run.From < p.FirstIssue) {
			p.FirstIssue = run.From
		}
	}
}

// spell writes the teams that stand for repositories as the repositories are
// written: until then one that is written in two ways is one.
func (b *builder) spell() {
	written := map[string]string{}
	for _, p := range b.o.Projects {
		if k := fold(p.Key); fact.IsRepository(k) && written[k] == "" {
			written[k] = p.Key
		}
	}
	for i := range b.o.Teams {
		t := &b.o.Teams[i]
		if t.Configured {
			continue
		}
		if key := written[t.Name]; key != "" {
			t.Name = key
		}
		if key := written[t.Group]; key != "" {
			t.Group = key
		}
	}
}

// firstParents notes when a repository first used parent issues.
func (b *builder) firstParents() {
	for i := range b.places {
		from, parents := b.o.Parents.Of(work.ItemID(i))
		for k, p := range parents {
			if p == work.NoItem || b.o.Items.Class[i] != fact.ClassIssue {
				continue
			}
			until := fact.Never
			if k+1 < len(from) {
				until = from[k+1]
			}
			b.parented(work.ItemID(i), max(from[k], b.o.Items.Created[p]), until)
		}
	}
}

// parented notes that an issue had a parent issue from an instant on until
// another, in whatever repositories it was.
func (b *builder) parented(i work.ItemID, since, until fact.Instant) {
	note := func(project work.ProjectID, at, end fact.Instant) {
		if p := &b.o.Projects[project]; at < end && fact.IsRepository(p.Key) && (p.FirstParent == 0 || at < p.FirstParent) {
			p.FirstParent = at
		}
	}
	runs := b.o.OldProjects[i]
	if len(runs) == 0 {
		note(b.o.Items.Project[i], since, until)
	}
	for k, run := range runs {
		end := until
		if k+1 < len(runs) {
			end = min(until, runs[k+1].From)
		}
		note(run.Project, max(since, run.From), end)
	}
}
