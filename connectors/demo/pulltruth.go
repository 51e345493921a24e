package demo

import (
	"slices"

	"smokestack/analysis/fact"
)

// found lists the repositories, of which nothing is counted yet.
func (t *Truth) found(o *org) {
	if o.jiraOnly {
		return
	}
	for i := range o.repos {
		r := RepositoryTruth{Key: o.repos[i].key, Reviewers: map[string]int{}}
		if team := o.repos[i].team; team >= 0 {
			r.Team = o.teams[team].key
		}
		t.Repositories = append(t.Repositories, r)
	}
}

// tellPulls adds the pull requests of a cell, whose items were told.
func (p *plan) tellPulls(t *Truth) {
	sizes := make([][]int, len(p.repos))
	named := make([]map[string]bool, len(p.repos))
	for n := range p.pulls {
		pl := &p.pulls[n]
		told := p.pullTruth(int32(n))
		for _, i := range pl.carries {
			if i != none && !pl.silent {
				it := &t.Items[p.ids[i]-firstID]
				it.Coded = earliest(it.Coded, pl.begun)
			}
		}
		r := &t.Repositories[pl.repo]
		r.count(&told)
		if !pl.bump() {
			sizes[pl.repo] = append(sizes[pl.repo], told.Lines)
		}
		if named[pl.repo] == nil {
			named[pl.repo] = map[string]bool{}
		}
		for _, id := range told.Carries {
			named[pl.repo][id] = true
		}
		t.Pulls = append(t.Pulls, told)
	}
	for i := range p.repos {
		if p.repos[i].cell == p.cell && !p.jiraOnly {
			t.Repositories[i].Items, t.Repositories[i].Lines = len(named[i]), middle(sizes[i])
		}
	}
}

func earliest(a, b fact.Instant) fact.Instant {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// middle returns the median, 0 of nothing.
func middle(x []int) float64 {
	if len(x) == 0 {
		return 0
	}
	slices.Sort(x)
	return float64(x[(len(x)-1)/2]+x[len(x)/2]) / 2
}

func (p *plan) pullTruth(n int32) PullTruth {
	pl := &p.pulls[n]
	t := PullTruth{
		ID: p.pullID(n), Key: p.pullKey(n), Repository: p.repos[pl.repo].key, Begun: pl.begun, Opened: pl.opened,
		Closed: p.seen(pl.closed), Outcome: Open, Lines: int(pl.lines),
	}
	if home := p.people[pl.author].team; home >= 0 {
		t.Author = p.teams[home].key
	}
	switch {
	case t.Closed == 0:
	case pl.merged:
		t.Outcome = Finished
	default:
		t.Outcome = Dropped
	}
	for _, i := range pl.carries {
		if i != none && !pl.silent {
			t.Carries = append(t.Carries, p.id(i))
		}
	}
	slices.SortFunc(t.Carries, fact.CompareID)
	if pl.silent {
		t.Silent = p.id(pl.carries[0])
	}
	for _, v := range pl.reviews {
		if v.at != 0 && v.at <= p.end {
			t.Reviewers = append(t.Reviewers, p.teams[p.people[v.by].team].key)
		}
	}
	slices.Sort(t.Reviewers)
	return t
}

// count adds a pull request to its repository.
func (r *RepositoryTruth) count(p *PullTruth) {
	r.Pulls++
	r.Merged += tick(p.Outcome == Finished)
	r.Unmerged += tick(p.Outcome == Dropped)
	r.Bumps += tick(p.Author == "")
	r.Naming += tick(len(p.Carries) > 0)
	r.Several += tick(len(p.Carries) > 1)
	r.Reviewed += tick(len(p.Reviewers) > 0)
	r.Across += tick(p.Across())
	for _, team := range p.Reviewers {
		r.Reviewers[team]++
	}
}

// Across reports whether another team than the author's reviewed, too.
func (p *PullTruth) Across() bool {
	return p.Author != "" && slices.ContainsFunc(p.Reviewers, func(team string) bool { return team != p.Author })
}
