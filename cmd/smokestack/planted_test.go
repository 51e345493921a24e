package main

import (
	"slices"
	"testing"

	"smokestack/analysis/batch"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/independence"
	"smokestack/analysis/work"
	"smokestack/connectors"
	"smokestack/connectors/demo"
	"smokestack/connectors/store"
	"smokestack/reports"
)

// The demo plants a truth; here the whole way from its records, through the
// store and assembly, to the analyses is held to it.

// planted is the demo, pulled and assembled.
type planted struct {
	truth *demo.Truth
	org   *work.Org
	view  work.View
	lives []work.Life
	item  map[string]work.ItemID // by tracker id
}

func plant(t *testing.T, o demo.Options) *planted {
	t.Helper()
	src := demo.New(o)
	st, err := store.Open(t.Context(), store.Memory)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := connectors.Pull(t.Context(), src, st, nil); err != nil {
		t.Fatal(err)
	}
	sel, err := st.Select(t.Context(), []connectors.Scope{src.Scope()})
	if err != nil {
		t.Fatal(err)
	}
	p := &plan{conf: noConfig(), rules: demoRules(o)}
	in, err := (&env{}).assemble(t.Context(), p, st, sel)
	if err != nil {
		t.Fatal(err)
	}
	out := &planted{truth: src.Truth(), org: in.Org, item: map[string]work.ItemID{}}
	out.view = in.Org.At(out.truth.End)
	out.lives = out.view.Lives()
	for i, id := range in.Org.Items.ID {
		out.item[id] = work.ItemID(i)
	}
	return out
}

// Work as Jira alone tells it: what pull requests add is held to its own truth.
func TestPlantedLives(t *testing.T) {
	p := plant(t, demo.Options{JiraOnly: true})
	if len(p.truth.Items) != p.org.Items.Len() {
		t.Fatalf("%d items assembled, %d planted", p.org.Items.Len(), len(p.truth.Items))
	}
	for _, want := range p.truth.Items {
		i := p.item[want.ID]
		l := p.lives[i]
		end := map[demo.Outcome]work.State{demo.Finished: work.Done, demo.Dropped: work.Dropped}[want.Outcome]
		if l.Exit != want.Exit || l.End != end {
			t.Errorf("%s left %v as %v, planted %v as %v", want.Key, l.Exit, l.End, want.Exit, want.Outcome)
		}
		if want.Start != 0 && (l.Start != want.Start || l.Rule != work.StartStatus) {
			t.Errorf("%s began %v by %v, planted %v", want.Key, l.Start, l.Rule, want.Start)
		}
		if want.Start == 0 && l.Rule == work.StartStatus {
			t.Errorf("%s began by a status at %v, planted nothing", want.Key, l.Start)
		}
		if got := p.org.Items.Created[i]; got != want.Created {
			t.Errorf("%s created %v, planted %v", want.Key, got, want.Created)
		}
		parent := ""
		if q := p.view.Parent(i); q != work.NoItem {
			parent = p.org.Items.ID[q]
		}
		if parent != want.Parent {
			t.Errorf("%s has parent %q, planted %q", want.Key, parent, want.Parent)
		}
		for n, stay := range want.Stays {
			last := n == len(want.Stays)-1
			at := p.truth.End
			if !last {
				at = want.Stays[n+1].From - 1
			}
			if got := p.org.Teams[p.view.Owner(i, at)].ID; got != stay.Project {
				t.Errorf("%s belonged to %s at %v, planted %s", want.Key, got, at, stay.Project)
			}
		}
	}
}

// What a pull request was planted with is found again: what it carries, when it
// ended, how large it is without generated files, how many others reviewed it.
func TestPlantedPulls(t *testing.T) {
	p := plant(t, demo.Options{})
	carried := map[work.ItemID]bool{}
	for _, want := range p.truth.Pulls {
		i, ok := p.item[want.ID]
		pull := p.org.PullOf(i)
		if !ok || pull == nil {
			t.Fatalf("%s is no pull request", want.Key)
		}
		l := p.lives[i]
		end := map[demo.Outcome]work.State{demo.Finished: work.Done, demo.Dropped: work.Dropped}[want.Outcome]
		if l.Exit != want.Closed || l.End != end || (pull.Merged != 0) != (want.Outcome == demo.Finished) {
			t.Errorf("%s left %v as %v, planted %v as %v", want.Key, l.Exit, l.End, want.Closed, want.Outcome)
		}
		if pull.Lines != want.Lines || !pull.Sized {
			t.Errorf("%s has %d lines, planted %d", want.Key, pull.Lines, want.Lines)
		}
		var ids []string
		for _, c := range p.view.CarriedBy(i) {
			ids, carried[c] = append(ids, p.org.Items.ID[c]), true
		}
		if !slices.Equal(ids, want.Carries) {
			t.Errorf("%s carries %v, planted %v", want.Key, ids, want.Carries)
		}
		people := map[fact.Person]bool{}
		for _, e := range p.org.Trails.Of(i) {
			if e.Deed == work.DeedReviewed && e.By != pull.Creator {
				people[e.By] = true
			}
		}
		if len(people) != len(want.Reviewers) {
			t.Errorf("%s has %d reviewers, planted %d", want.Key, len(people), len(want.Reviewers))
		}
		own, bot := p.view.Level(i) == work.LevelItem, want.Author == ""
		if own != (len(want.Carries) == 0 && !bot) || p.org.Bots[pull.Creator] != bot {
			t.Errorf("%s is an item: %v, planted %+v", want.Key, own, want)
		}
	}
	if len(p.truth.Pulls) < 1000 || len(carried) < 1000 {
		t.Fatalf("%d pull requests, %d items carried", len(p.truth.Pulls), len(carried))
	}
	coded := 0
	for _, want := range p.truth.Items {
		i := p.item[want.ID]
		switch l := p.lives[i]; {
		case want.Start != 0 && (l.Start != want.Start || l.Rule != work.StartStatus):
			t.Errorf("%s began %v by %v, planted %v by a status", want.Key, l.Start, l.Rule, want.Start)
		case want.Start == 0 && l.Rule == work.StartCode:
			coded++
			if at := max(want.Coded, want.Created); l.Start != at {
				t.Errorf("%s began %v by code, planted %v", want.Key, l.Start, at)
			}
		}
	}
	if coded < 20 {
		t.Errorf("%d items began by code", coded)
	}
}

func TestPlantedLinks(t *testing.T) {
	p := plant(t, demo.Options{})
	type key struct{ from, to string }
	want := map[key]demo.LinkTruth{}
	outside := 0
	for _, l := range p.truth.Links {
		switch {
		case l.Type != "Blocks":
		case l.Outside:
			outside++
		default:
			want[key{l.From, l.To}] = l
		}
	}
	got := 0
	for _, l := range p.org.Links {
		if l.Kind != work.LinkDepends {
			continue
		}
		if l.From == work.NoItem || l.To == work.NoItem {
			outside--
			continue
		}
		got++
		w, ok := want[key{p.org.Items.ID[l.From], p.org.Items.ID[l.To]}]
		switch {
		case !ok:
			t.Errorf("%s depends on %s: not planted", p.org.Items.Key[l.From], p.org.Items.Key[l.To])
		case l.Made != w.Made || l.Removed != w.Removed || !l.Dated || !l.OneWay:
			t.Errorf("%s depends on %s: %+v, planted %+v", p.org.Items.Key[l.From], p.org.Items.Key[l.To], l, w)
		}
	}
	if got != len(want) || outside != 0 {
		t.Errorf("%d dependencies, planted %d; %d outside too few", got, len(want), outside)
	}
}

func TestPlantedBatches(t *testing.T) {
	p := plant(t, demo.Options{})
	batches := map[string]batch.Batch{}
	for _, b := range batch.All(p.view, p.lives) {
		batches[p.org.Items.ID[b.Item]] = b
	}
	if len(batches) != len(p.truth.Epics) {
		t.Errorf("%d batches, planted %d", len(batches), len(p.truth.Epics))
	}
	for _, e := range p.truth.Epics {
		b, ok := batches[e.ID]
		if !ok {
			t.Errorf("epic %s is no batch", e.ID)
			continue
		}
		var children []string
		for _, c := range b.Children {
			children = append(children, p.org.Items.ID[c])
		}
		if !slices.Equal(children, e.Children) {
			t.Errorf("epic %s has children %v, planted %v", e.ID, children, e.Children)
		}
		if b.Bucket != e.Bucket {
			t.Errorf("epic %s: drawer %v, planted %v", e.ID, b.Bucket, e.Bucket)
		}
		if e.Outcome == demo.Finished && e.Done != 0 && b.Finish != e.Done {
			t.Errorf("epic %s finished %v, planted %v", e.ID, b.Finish, e.Done)
		}
		if e.Outcome == demo.Dropped != b.Dropped && len(e.Children) > 0 && b.Finish != 0 {
			t.Errorf("epic %s dropped %v, planted %s", e.ID, b.Dropped, e.Outcome)
		}
	}
}

// scanOf analyses the planted organisation at its end.
func (p *planted) scan() (*flow.Analysis, *deps.Analysis, *independence.Analysis) {
	w := work.LastWeeks(p.truth.End, 52, p.org.Zone)
	v := p.org.At(w.To() - 1)
	c := v.Cut(w, v.Lives())
	d := deps.Analyse(c)
	return flow.Analyse(c)[0], d, independence.Analyse(c, d, nil, independence.Options{})
}

func (p *planted) team(t *testing.T, role demo.Role) work.TeamID {
	t.Helper()
	for _, want := range p.truth.Teams {
		if want.Role != role {
			continue
		}
		for n, team := range p.org.Teams {
			if team.ID == want.Project {
				return work.TeamID(n)
			}
		}
	}
	t.Fatalf("no team is %s", role)
	return 0
}

// What was planted in a team shows in its numbers, whatever the seed.
func TestPlantedDifferencesShow(t *testing.T) {
	seeds := []uint64{0, 1, 2}
	if testing.Short() {
		seeds = seeds[:1] // the run without -short plants the others
	}
	for _, seed := range seeds {
		p := plant(t, demo.Options{Seed: seed})
		f, d, ind := p.scan()
		row := func(role demo.Role) independence.Row { return ind.Teams[p.team(t, role)] }

		if r := row(demo.Independent); !(r.Headline.Value > 0.9 && r.Headline.Low > 0.8) {
			t.Errorf("seed %d: the independent team is at %.2f (%.2f–%.2f)", seed, r.Headline.Value, r.Headline.Low, r.Headline.High)
		}
		// It says that it is independent, and no link tells otherwise; batches do.
		entangled := row(demo.Entangled)
		if b := entangled.Lenses[independence.Batches]; !(b.Eligible && b.OII.High < 0.8) {
			t.Errorf("seed %d: the entangled team's batches are at %.2f (%.2f–%.2f), claimed is 0.8 or more", seed, b.OII.Value, b.OII.Low, b.OII.High)
		}
		if got := d.Team(p.team(t, demo.Entangled)); got.Out+got.In != 0 {
			t.Errorf("seed %d: the entangled team has %d links with others, planted none", seed, got.Out+got.In)
		}
		platform := d.Team(p.team(t, demo.Platform))
		if platform.NeededBy < 4 || platform.In < 30 {
			t.Errorf("seed %d: the platform is needed by %d teams, %d links", seed, platform.NeededBy, platform.In)
		}
		slow := f.Cycle(&f.Teams[p.team(t, demo.Swamped)]).Quantile(0.85)
		usual := f.Cycle(&f.Org).Quantile(0.85)
		if !(slow.Value > 1.3*usual.Value) {
			t.Errorf("seed %d: the swamped team's P85 is %.1f days, the organisation's %.1f", seed, slow.Value, usual.Value)
		}
		_, rows := batch.Analyse(f.View, f.Window, f.Lives).Rows()
		large, small := rows[p.team(t, demo.LargeBatches)].Size(0.5), rows[p.team(t, demo.Healthy)].Size(0.5)
		if !(large.Value >= 25 && small.Value <= 6) {
			t.Errorf("seed %d: large batches have %.0f children, small ones %.0f", seed, large.Value, small.Value)
		}
	}
}

// A scan as of a past date shows nothing that happened later: it is the scan
// of the same organisation cut off at that date.
func TestAsOfShowsNothingLater(t *testing.T) {
	whole := plant(t, demo.Options{})
	for _, weeksAgo := range []int{3, 17, 40} {
		at := whole.truth.End - fact.Instant(weeksAgo)*7*fact.Day
		in := reports.Input{Org: whole.org, AsOf: at, Weeks: 26}
		doc := reports.NewScan(in).Document()
		if doc.AsOf != at.Time() {
			t.Fatalf("as of %v, want %v", doc.AsOf, at)
		}
		v := whole.org.At(at)
		for _, want := range whole.truth.Items {
			i := whole.item[want.ID]
			if v.Has(i) != (want.Created <= at) {
				t.Errorf("%d weeks ago %s is there: %v", weeksAgo, want.Key, v.Has(i))
			}
			if l := v.Lives()[0]; l.Exit > at || l.Start > at {
				t.Fatalf("%d weeks ago an item has the life %+v", weeksAgo, l)
			}
			break
		}
		for i, l := range v.Lives() {
			if l.Start > at || l.Exit > at {
				t.Errorf("%d weeks ago %s has the life %+v", weeksAgo, whole.org.Items.Key[i], l)
			}
		}
	}
}

// Work in progress is what is in a started status, not what was assigned and
// lies in a queue.
func TestPlantedWorkInProgress(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		p := plant(t, demo.Options{Seed: seed, JiraOnly: true})
		f, _, _ := p.scan()
		planted := 0
		for _, want := range p.truth.Teams {
			planted += want.WIP
			if want.Role == demo.Ordinary { // two teams share the role
				continue
			}
			if got := f.WIPNow(&f.Teams[p.team(t, want.Role)]); got.Value != float64(want.WIP) {
				t.Errorf("seed %d: %s has %v items in progress, planted %d", seed, want.Name, got.Value, want.WIP)
			}
		}
		if got := f.WIPNow(&f.Org); got.Value != float64(planted) {
			t.Errorf("seed %d: %v items in progress, planted %d", seed, got.Value, planted)
		}
	}
}
