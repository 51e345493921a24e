package demo

import (
	"fmt"
	"slices"
	"testing"

	"smokestack/analysis/fact"
)

// What makes the teams differ is counted here from the records alone.
func TestPlantedDifferences(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			o := Options{Seed: seed}
			r, truth := tell(t, o)
			w := &witness{T: t, read: r, truth: truth}
			w.lives()
			w.independent()
			w.entangled()
			w.largeBatches()
			w.swamped()
			w.platform()
			w.healthy()
			w.rosters()
		})
	}
}

// witness measures teams.
type witness struct {
	*testing.T
	*read
	truth *Truth
	life  map[string]life
	kids  map[string][]*fact.Record
}

func (w *witness) lives() {
	w.life = map[string]life{}
	for i := range w.records {
		w.life[w.records[i].ID] = w.read.life(&w.records[i])
	}
	w.kids = w.children()
}

// within says what was measured and complains if it is not between two bounds.
func (w *witness) within(what string, got, lo, hi float64) {
	w.Helper()
	w.Logf("%s: %.2f", what, got)
	if got < lo || got > hi {
		w.Errorf("%s is %.3f, want %g to %g", what, got, lo, hi)
	}
}

func share(part, of int) float64 { return float64(part) / float64(max(1, of)) }

func median(x []float64) float64 {
	slices.Sort(x)
	if len(x) == 0 {
		return 0
	}
	return x[len(x)/2]
}

// crossings counts a project's ties to other teams' projects and people, in
// several ways.
type crossings struct{ items, links, handed, visited, lent, written, family int }

func (w *witness) crossings(project string) (c crossings) {
	for _, rec := range w.items(project) {
		c.items++
		for _, l := range rec.Links {
			if o := w.byID[l.Other.ID]; o == nil || o.Project.Key != project {
				c.links++
			}
		}
		if up := w.byID[rec.Parent.ID]; up != nil && up.Project.Key != project {
			c.family++
		}
		c.handed += tick(w.handed(rec, w.life[rec.ID].start) != 0)
		c.lent += tick(rec.Assignee != 0 && w.home[rec.Assignee] != project)
		c.written += tick(w.home[rec.Creator] != project)
		c.visited += tick(slices.ContainsFunc(rec.Involvement, func(v fact.Involvement) bool {
			return !w.people[v.By-1].Bot && w.home[v.By] != project
		}))
	}
	return c
}

// shared is the share of a project's epics with a child in another one.
func (w *witness) shared(project string) float64 {
	n, of := 0, 0
	for _, e := range w.epics(project) {
		of++
		n += tick(slices.ContainsFunc(w.kids[e.ID], func(c *fact.Record) bool { return c.Project.Key != project }))
	}
	return share(n, of)
}

func (w *witness) independent() {
	p := w.truth.team(Independent).Project
	c := w.crossings(p)
	if c.links+c.handed+c.lent+c.written+c.family > 0 || w.shared(p) > 0 {
		w.Errorf("the independent team's ties: %+v, shared epics %.2f", c, w.shared(p))
	}
	w.within("independent: items with outside commenters", share(c.visited, c.items), 0, 0.03)
}

func (w *witness) entangled() {
	p, partner := w.truth.team(Entangled).Project, w.truth.team(Partner).Project
	c := w.crossings(p)
	if c.links > 0 {
		w.Errorf("the entangled team has %d links to other teams", c.links)
	}
	w.within("entangled: epics with the partner's items", w.shared(p), 0.55, 0.95)
	w.within("entangled: items handed over after the start", share(c.handed, c.items), 0.33, 0.65)
	w.within("entangled: items with the partner's commenters", share(c.visited, c.items), 0.45, 0.8)
	w.within("entangled: items that end in other hands", share(c.lent, c.items), 0.3, 0.65)
	for _, rec := range w.items(p) {
		if h := w.home[rec.Assignee]; h != "" && h != p && h != partner {
			w.Errorf("%s is in the hands of %s", rec.Key, h)
		}
	}
}

// finishedEpics returns the sizes, and the days from the first start to the
// last exit, of a project's finished epics, and the share of them with a link.
func (w *witness) finishedEpics(project string) (sizes, days []float64, followed float64) {
	n := 0
	for _, e := range w.truth.Epics {
		if e.Project == project && e.Outcome == Finished && e.Start != 0 {
			sizes = append(sizes, float64(len(e.Children)))
			days = append(days, fact.Days(e.Start, e.Done))
			n += tick(len(w.byID[e.ID].Links) > 0)
		}
	}
	return sizes, days, share(n, len(sizes))
}

func (w *witness) largeBatches() {
	p := w.truth.team(LargeBatches).Project
	sizes, days, followed := w.finishedEpics(p)
	w.within("large batches: finished epics", float64(len(sizes)), 8, 16)
	w.within("large batches: fewest children", slices.Min(sizes), 25, 46)
	w.within("large batches: median days", median(days), 90, 200)
	w.within("large batches: followed up", followed, 0, 0)
	early, moved := 0, 0
	for _, e := range w.truth.Epics {
		if e.Project != p || e.Outcome != Finished {
			continue
		}
		before, bound := 0, 0
		for _, id := range e.Children {
			c := &w.truth.Items[at(id)]
			before += tick(c.Created < e.Start)
			bound += tick(c.Start != 0 && w.assigned(w.byID[id]) <= c.Start-week)
		}
		early += tick(share(before, len(e.Children)) >= 0.8 && share(bound, len(e.Children)) >= 0.5 && w.byID[e.ID].Due != "")
		moved += tick(e.Moved)
	}
	w.within("large batches: epics locked early", share(early, len(sizes)), 0.7, 1)
	w.within("large batches: epics whose date slipped", share(moved, len(sizes)), 0.4, 1)
	for _, rec := range w.records {
		if rec.Project.Key == p && w.life[rec.ID].outcome == Dropped {
			w.Errorf("%s was dropped", rec.Key)
		}
	}
}

// at returns the place of an id in the truth.
func at(id string) int {
	n := 0
	for _, c := range id {
		n = 10*n + int(c-'0')
	}
	return n - firstID
}

// assigned returns when an item was first given to somebody.
func (w *witness) assigned(rec *fact.Record) fact.Instant {
	for _, c := range rec.Changes {
		if c.Kind == fact.KindAssignee {
			if !c.From.IsZero() {
				return rec.Created
			}
			return c.At
		}
	}
	return rec.Created
}

func (w *witness) swamped() {
	p, end := w.truth.team(Swamped).Project, w.truth.End
	var before, recent []float64
	now, then, starts, exits, fires := 0, 0, 0, 0, 0
	for _, rec := range w.items(p) {
		l := w.life[rec.ID]
		if l.start == 0 {
			continue
		}
		now += tick(l.exit == 0)
		then += tick(l.start <= end-trend && (l.exit == 0 || l.exit > end-trend))
		starts += tick(l.start > end-trend)
		exits += tick(l.exit > end-trend)
		fires += tick(l.start-rec.Created <= 2*day)
		switch {
		case l.exit == 0:
		case l.start <= end-trend:
			before = append(before, fact.Days(l.start, l.exit))
		default:
			recent = append(recent, fact.Days(l.start, l.exit))
		}
	}
	w.within("swamped: open work against half a year earlier", float64(now)/float64(max(1, then)), 1.8, 20)
	w.within("swamped: starts less exits of the last half year", float64(starts-exits), 12, 80)
	w.within("swamped: how much longer work takes", median(recent)/median(before), 1.4, 4)
	usual := before[len(before)*85/100]
	old := 0
	for _, rec := range w.items(p) {
		l := w.life[rec.ID]
		old += tick(l.start != 0 && l.exit == 0 && fact.Days(l.start, end) > usual)
	}
	w.within("swamped: open items older than the usual 85 %", share(old, now), 0.4, 1)
	w.within("swamped: starts within two days of writing", share(fires, starts+len(before)), 0.45, 0.9)
}

func (w *witness) platform() {
	t := w.truth.team(Platform)
	var bound, free, leadBefore, leadRecent []float64
	asking := map[string]int{}
	early, links := 0, 0
	waits := map[string]bool{}
	for _, l := range w.truth.Links {
		if l.Type != "Blocks" || l.Outside || w.byID[l.To].Project.Key != t.Project || w.byID[l.From].Project.Key == t.Project || l.Removed != 0 {
			continue
		}
		links++
		waits[l.From] = true
		asking[w.byID[l.From].Project.Key]++
		early += tick(l.Made <= w.truth.Items[at(l.From)].Start)
	}
	for i := range w.records {
		rec := &w.records[i]
		l := w.life[rec.ID]
		if asking[rec.Project.Key] > 0 && rec.Type.Rank == 0 && l.start != 0 && l.exit != 0 {
			if d := fact.Days(l.start, l.exit); waits[rec.ID] {
				bound = append(bound, d)
			} else {
				free = append(free, d)
			}
		}
		if rec.Project.Key == t.Project && w.home[rec.Creator] != t.Project && l.start != 0 {
			if l.start < w.truth.End-trend {
				leadBefore = append(leadBefore, fact.Days(rec.Created, l.start))
			} else {
				leadRecent = append(leadRecent, fact.Days(rec.Created, l.start))
			}
		}
	}
	w.within("platform: links to it", float64(links), 150, 500)
	w.within("platform: teams that wait for it", float64(len(asking)), 5, 7)
	w.within("platform: links made by the start", share(early, links), 0.8, 0.95)
	w.within("platform: how much longer dependent items take", median(bound)/median(free), 2, 5)
	w.within("platform: items that others asked for", share(len(leadBefore)+len(leadRecent), len(w.items(t.Project))), 0.3, 0.8)
	w.within("platform: days a request waits, before", median(leadBefore), 12, 40)
	w.within("platform: how much longer it waits lately", median(leadRecent)/median(leadBefore), 1.2, 4)
}

func (w *witness) healthy() {
	t := w.truth.team(Healthy)
	sizes, days, followed := w.finishedEpics(t.Project)
	w.within("healthy: people", float64(len(t.People)), 4, 4)
	w.within("healthy: most children", slices.Max(sizes), 3, 6)
	w.within("healthy: median days", median(days), 8, 30)
	w.within("healthy: followed up", followed, 0.6, 1)
	w.within("healthy: epics dropped", share(t.EpicsShut, t.EpicsShut+t.EpicsDone), 0.1, 0.4)
	w.within("independent: followed up", func() float64 { _, _, f := w.finishedEpics(w.truth.team(Independent).Project); return f }(), 0.35, 0.8)
}

// rosters checks that everybody is mostly busy with the own team's items, so
// that teams can be told from what people do.
func (w *witness) rosters() {
	own, all := map[fact.Person]int{}, map[fact.Person]int{}
	for i := range w.records {
		rec := &w.records[i]
		note := func(who fact.Person) {
			all[who]++
			own[who] += tick(w.home[who] == rec.Project.Key)
		}
		note(rec.Creator)
		for _, c := range rec.Changes {
			note(c.By)
		}
		for _, v := range rec.Involvement {
			note(v.By)
		}
	}
	lowest := 1.0
	for who, n := range all {
		if !w.people[who-1].Bot {
			lowest = min(lowest, share(own[who], n))
		}
	}
	w.within("lowest share of what somebody does in the own team", lowest, 0.6, 1)
}

func TestTeamNumbersAreCounts(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		kids := r.children()
		for _, want := range truth.Teams {
			got := TeamTruth{Team: want.Team, Plants: want.Plants}
			for _, rec := range r.items(want.Project) {
				got.Items++
				l := r.life(rec)
				got.Finished += tick(l.outcome == Finished)
				got.Dropped += tick(l.outcome == Dropped)
				got.WIP += tick(l.start != 0 && l.exit == 0)
				then := truth.End - trend
				got.WIPBefore += tick(l.start != 0 && l.start <= then && (l.exit == 0 || l.exit > then))
				got.HandedOver += tick(r.handed(rec, l.start) != 0)
			}
			for _, e := range r.epics(want.Project) {
				l := r.life(e)
				got.Epics++
				got.EpicsDone += tick(l.outcome == Finished)
				got.EpicsShut += tick(l.outcome == Dropped)
				got.FollowedUp += tick(l.outcome == Finished && len(e.Links) > 0)
				got.SharedEpics += tick(slices.ContainsFunc(kids[e.ID], func(c *fact.Record) bool { return c.Project.Key != want.Project }))
			}
			for _, l := range truth.Links {
				if l.Type != "Blocks" || l.Outside {
					continue
				}
				from, to := r.byID[l.From].Project.Key, r.byID[l.To].Project.Key
				got.Asks += tick(from == want.Project && to != want.Project)
				got.Asked += tick(to == want.Project && from != want.Project)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("records tell\n%+v\nand the truth is\n%+v", got, want)
			}
		}
	})
}

func TestEveryNoiseIsThere(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		_, truth := tell(t, Options{Seed: seed})
		n := truth.Noise
		for what, c := range map[string]struct{ got, lo, hi int }{
			"skipped": {n.Skipped, 40, 200}, "flaps": {n.Flaps, 40, 250}, "reopened": {n.Reopened, 40, 250},
			"bulk-closed": {n.BulkClosed, bulk, bulk}, "moved": {n.Moved, 4, 60}, "outside links": {n.OutsideLinks, 5, 60},
			"removed links": {n.RemovedLinks, 1, 1}, "without entries": {n.NoEntries, imports, imports},
			"sub-tasks": {n.Subtasks, 150, 600}, "lone epics": {n.LoneEpics, 20, 120}, "overdue epics": {n.OverdueEpics, 1, 20},
			"bucket epics": {n.BucketEpics, 1, 2}, "by the bot": {n.ByBot, 200, 2500}, "worklogs": {n.Worklogs, 200, 1500},
			"short comments": {n.Comments[fact.Short], 100, 5000}, "medium comments": {n.Comments[fact.Medium], 100, 5000},
			"long comments": {n.Comments[fact.Long], 100, 5000},
		} {
			if c.got < c.lo || c.got > c.hi {
				t.Errorf("seed %d: %s: %d, want %d to %d", seed, what, c.got, c.lo, c.hi)
			}
		}
	}
}
