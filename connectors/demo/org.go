package demo

import (
	"slices"
	"sort"

	"smokestack/analysis/fact"
)

// org is an organisation: rounds of the cast, called cells. Work crosses the
// teams of one cell only, so a cell can be planned without the others, and a
// large organisation never needs more memory than its largest cell and eight
// bytes for each item, from which ids follow.
type org struct {
	settings
	teams  []team
	people []person
	repos  []repo
	cells  []cell
	born   []fact.Instant // creation of every item, in order
	only   *plan          // of the only cell, if there is just one
}

// cell is what is known of one without its plan.
type cell struct{ items, links, pulls int }

func newOrg(s settings) *org {
	o := &org{settings: s}
	o.teams, o.people = assemble(s)
	o.found()
	for c := range (len(o.teams) + len(cast) - 1) / len(cast) {
		p := o.draw(c)
		o.cells = append(o.cells, cell{items: len(p.items), links: len(p.links), pulls: len(p.pulls)})
		for i := range p.items {
			o.born = append(o.born, p.items[i].created)
		}
		o.only = p
	}
	slices.Sort(o.born)
	if len(o.cells) > 1 {
		o.only = nil
		return o
	}
	o.only.identify()
	return o
}

func (o *org) teamsOf(cell int) []team {
	return o.teams[cell*len(cast) : min((cell+1)*len(cast), len(o.teams))]
}

// plan returns the plan of a cell, made anew if there are several.
func (o *org) plan(c int) *plan {
	if o.only != nil {
		return o.only
	}
	p := o.draw(c)
	for _, before := range o.cells[:c] {
		p.linkBase += before.links
		p.pullBase += before.pulls
	}
	p.identify()
	return p
}

const firstID = 10_001

// identify gives every item its id: its place in the order of creation of the
// whole organisation. No two cells create anything in the same millisecond.
func (p *plan) identify() {
	p.ids = make([]int32, len(p.items))
	for i := range p.items {
		at := p.items[i].created
		if i > 0 && at == p.items[i-1].created {
			p.ids[i] = p.ids[i-1] + 1
			continue
		}
		p.ids[i] = firstID + int32(sort.Search(len(p.born), func(k int) bool { return p.born[k] >= at }))
	}
}

// ownMoment returns the last millisecond up to t in which the cell, and no
// other, may create something.
func (p *plan) ownMoment(t fact.Instant) fact.Instant {
	n := fact.Instant((len(p.teams) + len(cast) - 1) / len(cast))
	return t - (t-fact.Instant(p.cell)+n)%n
}

// batches returns into how many batches a cell is cut: those of its items, then
// those of its pull requests.
func (c cell) batches() int { return inBatches(c.items) + inBatches(c.pulls) }

func inBatches(n int) int { return (n + batchSize - 1) / batchSize }

func (o *org) batches() int {
	n := 0
	for _, c := range o.cells {
		n += c.batches()
	}
	return n
}

// locate returns the cell of a batch, and its number there.
func (o *org) locate(batch int) (c, n int) {
	for c, n = 0, batch; n >= o.cells[c].batches(); c++ {
		n -= o.cells[c].batches()
	}
	return c, n
}
