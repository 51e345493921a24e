// Package requests measures what teams ask of each other.
//
// A request is an item that somebody of another team created: the home team of
// its creator at that instant is not the item's team, which is its owner when it
// left, or at the window's end. Items that bots created, whose creator has no
// home team (product managers who only file, say), that no single team owns or
// that a configuration keeps out are none.
//
// All of this is about people, so that teams of fewer than five are told
// together (METRICS section 0): see [work.FoldPeople].
package requests

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

const (
	patience    = 14 * fact.Day // without a response a request is quiet (A7)
	minClusters = 20            // batches, or items without one, for an interval of a share
)

// Request is one item that a team asked of another.
type Request struct {
	Item              work.ItemID
	Asking, Receiving work.TeamID
	Created           fact.Instant
	Started           fact.Instant // or left; 0 while it waits
	Answered          fact.Instant // or left; 0 while nobody of the receiving team responded
	Ended             fact.Instant // 0 while it is open
	Dropped           bool
	Cluster           work.ItemID // its batch, else itself

	until  fact.Instant // until when it is known
	hidden bool         // no whole history tells when it was begun
	unseen bool         // nor who responded; or nobody is known to belong to the team

	askedBefore, receivedBefore bool // before a team was reorganised
}

// Analysis is the requests of one window.
type Analysis struct {
	Window work.Window
	// Requests are those created within the window, or open at its end, in order
	// of item.
	Requests []Request
	// Groups are who asks and receives: a team, or the teams that are told
	// together.
	Groups []Group
	Why    string // why there are no rows: too few people; "" where there are

	Homeless int // items of the window that are none since their creator has no home team
	Unowned  int // since no single team owns them
	Unknown  int // since nobody is told to have created them, or a bot did

	of []int // Group by TeamID, -1 for none
}

// Group is one team, or several of too few people that are told together.
type Group struct {
	Teams  []work.TeamID
	People int // who belonged to them in the window
}

// Others reports whether the group stands for the other teams.
func (g Group) Others() bool { return len(g.Teams) > 1 }

// Analyse finds the requests of a window. Homes must be of the cut's view; people
// are those of every team in the window ([work.Homes.Crews]), nil to have them
// counted here, which takes longer than all else.
//
// What was asked of a team, or of another by it, before it was reorganised is left
// out of the rows that name it. The organisation's row, and what the other teams
// are told of, know no such date, so that subtraction finds no small team's.
func Analyse(c *work.Cut, homes *work.Homes, people [][]fact.Person) *Analysis {
	a := &Analysis{Window: c.Window}
	for i := range work.ItemID(c.View.Items.Len()) {
		if !c.View.Has(i) || c.View.Level(i) != work.LevelItem || c.View.NotRequested[i] {
			continue
		}
		open := c.Lives[i].Exit == 0 && !c.View.Lapsed(i)
		if within := c.Window.Holds(c.View.Items.Created[i]); within || open {
			a.item(c, homes, i, within)
		}
	}
	if len(people) < len(c.View.Teams) {
		people = homes.Crews(c.Window.From(), c.Window.To())
	}
	a.group(people, c.View.FirstItems())
	for k := range a.Requests {
		r := &a.Requests[k]
		r.unseen = r.hidden || a.Why == "" && a.Groups[a.of[r.Receiving]].People == 0
	}
	return a
}

// item adds an item if it is a request.
func (a *Analysis) item(c *work.Cut, homes *work.Homes, i work.ItemID, within bool) {
	count := func(n *int) {
		if within {
			*n++
		}
	}
	created := c.View.Items.Created[i]
	by := creator(c.View, i)
	if by == 0 {
		count(&a.Unknown)
		return
	}
	r := Request{Item: i, Receiving: c.Owner(i), Created: created, Asking: homes.At(by, created, i)}
	switch {
	case r.Asking == work.NoTeam:
		count(&a.Homeless)
	case r.Receiving <= work.Several:
		count(&a.Unowned)
	case r.Asking != r.Receiving:
		r.askedBefore, r.receivedBefore = a.before(c, r.Asking, created), a.before(c, r.Receiving, created)
		a.fill(c, homes, by, &r)
		a.Requests = append(a.Requests, r)
	}
}

// before reports whether a team was reorganised after an instant, up to the window's
// end.
func (a *Analysis) before(c *work.Cut, t work.TeamID, at fact.Instant) bool {
	w := c.Teams[t].Window
	return w.Weeks() == 0 || w.From() > a.Window.From() && at < w.From()
}

// creator returns who created an item, 0 where nobody is told.
func creator(v work.View, i work.ItemID) fact.Person {
	for _, e := range v.Trail(i) {
		if e.Deed == work.DeedCreated {
			return e.By
		}
	}
	return 0
}

func (a *Analysis) fill(c *work.Cut, homes *work.Homes, by fact.Person, r *Request) {
	v, l := c.View, c.Lives[r.Item]
	r.Cluster, r.until = v.Cluster(r.Item), v.KnownUntil(r.Item, c.Window.To())
	r.Ended, r.Dropped = l.Exit, l.End == work.Dropped
	r.Started = l.Exit
	if l.Begun() {
		r.Started = max(l.Start, r.Created)
	}
	r.hidden = v.Items.History[r.Item] != fact.WholeHistory
	r.Answered = answered(v, homes, by, r)
}

// answered returns when somebody of the receiving team first responded: wrote a
// comment or a review, moved the item, assigned or linked it. An exit answers whoever
// brought it about.
func answered(v work.View, homes *work.Homes, by fact.Person, r *Request) fact.Instant {
	for _, e := range v.Trail(r.Item) {
		if r.Ended != 0 && e.At >= r.Ended {
			break
		}
		if e.By != by && e.By != 0 && e.At >= r.Created && responds(e.Deed) && homes.At(e.By, e.At, r.Item) == r.Receiving {
			return e.At
		}
	}
	return r.Ended
}

func responds(d work.Deed) bool {
	switch d {
	case work.DeedCommented, work.DeedReviewed, work.DeedMoved, work.DeedAssigned, work.DeedLinked:
		return true
	}
	return false
}

// group folds small teams among those that ask, receive or have people.
func (a *Analysis) group(people [][]fact.Person, order []work.ItemID) {
	folded, ok := work.FoldPeople(people, order, nil)
	if !ok {
		a.Why = fmt.Sprintf("fewer than %d people are known to belong to a team", work.LeastPeople)
	}
	takesPart := make([]bool, len(people))
	for _, r := range a.Requests {
		takesPart[r.Asking], takesPart[r.Receiving] = true, true
	}
	others := Group{People: work.Together(people, folded)}
	a.of = make([]int, len(people))
	for t := range people {
		a.of[t] = -1
		switch {
		case t <= int(work.Several):
		case folded[t]:
			others.Teams = append(others.Teams, work.TeamID(t))
		case takesPart[t]:
			a.of[t] = len(a.Groups)
			a.Groups = append(a.Groups, Group{[]work.TeamID{work.TeamID(t)}, len(people[t])})
		}
	}
	for _, t := range others.Teams {
		a.of[t] = len(a.Groups)
	}
	if len(others.Teams) > 0 {
		a.Groups = append(a.Groups, others)
	}
}

// Row is the requests between two groups, to one, or all.
type Row struct {
	Asking, Receiving int // positions in Groups, -1 for all

	Asked int // created within the window
	// Wait is the median of the days from creation to start, or exit; N counts these.
	// Requests without a whole history are left out: those known to wait would be all
	// that is known of them.
	Wait stats.Estimate
	Open stats.Estimate // median age of those that are open at the window's end, whenever created; N counts them
	// Response is the median of the days from creation to the first comment,
	// review, move, assignment or link by somebody of the receiving team, or exit (A7);
	// N counts these. Left out, of this and of Quiet, are requests without a whole history, and those to a team
	// to which nobody is known to belong: they would be quiet by construction.
	Response stats.Estimate
	Quiet    stats.Estimate // share without any of these within 14 days; N counts those of which the 14 days are over
	Declined stats.Estimate // share dropped of those that ended; N counts these
}

// Org returns the row of all requests.
func (a *Analysis) Org() Row { return a.row(-1, -1, a.Requests) }

// Receivers returns one row for every group that received a request, in order
// of Groups.
func (a *Analysis) Receivers() []Row {
	return a.rows(func(r Request) ([2]int, bool) {
		return [2]int{-1, a.of[r.Receiving]}, a.names(r.Receiving, r.receivedBefore)
	})
}

// Pairs returns one row for every asking and receiving group between which
// there is a request, in order of Groups. Both may be the other teams.
func (a *Analysis) Pairs() []Row {
	return a.rows(func(r Request) ([2]int, bool) {
		return [2]int{a.of[r.Asking], a.of[r.Receiving]}, a.names(r.Asking, r.askedBefore) || a.names(r.Receiving, r.receivedBefore)
	})
}

// names reports whether a row would name a team that was reorganised since.
func (a *Analysis) names(t work.TeamID, before bool) bool {
	return before && !a.Groups[a.of[t]].Others()
}

// rows makes the rows of the requests by a key, but for those that are left out.
func (a *Analysis) rows(key func(Request) (row [2]int, out bool)) []Row {
	if a.Why != "" {
		return nil
	}
	of := map[[2]int][]Request{}
	for _, r := range a.Requests {
		if k, out := key(r); !out {
			of[k] = append(of[k], r)
		}
	}
	var out []Row
	for k, requests := range of {
		out = append(out, a.row(k[0], k[1], requests))
	}
	slices.SortFunc(out, func(x, y Row) int {
		return cmp.Or(cmp.Compare(x.Asking, y.Asking), cmp.Compare(x.Receiving, y.Receiving))
	})
	return out
}

const (
	none         = "nothing was asked in the window"
	noHistory    = "no history that tells when items began"
	unanswerable = "no history tells who responded, or nobody is known to belong to the team"
)

func (a *Analysis) row(asking, receiving int, of []Request) Row {
	row := Row{Asking: asking, Receiving: receiving}
	if a.Why != "" {
		u := stats.Unknown(0, a.Why)
		row.Wait, row.Open, row.Response, row.Quiet, row.Declined = u, u, u, u, u
		return row
	}
	var waits, responses []stats.Spell
	var ages []float64
	var quiet, declined shares
	for _, r := range of {
		if r.Ended == 0 {
			ages = append(ages, fact.Days(r.Created, r.until))
		}
		if !a.Window.Holds(r.Created) {
			continue
		}
		row.Asked++
		if !r.hidden {
			waits = append(waits, spell(r.Created, r.Started, r.until))
		}
		if r.Ended != 0 {
			declined.add(r.Cluster, r.Dropped)
		}
		if r.unseen {
			continue
		}
		responses = append(responses, spell(r.Created, r.Answered, r.until))
		if r.Created+patience <= r.until || r.Answered != 0 && r.Created+patience <= a.Window.To() {
			quiet.add(r.Cluster, r.Answered == 0 || r.Answered > r.Created+patience)
		}
	}
	row.Wait, row.Response = median(waits, row.Asked), median(responses, row.Asked)
	row.Open = stats.Unknown(0, "no request is open")
	if len(ages) > 0 {
		row.Open = stats.Census(stats.Quantile(ages, 0.5), len(ages))
	}
	row.Quiet = quiet.estimate("no request is older than 14 days", row.Asked)
	row.Declined = declined.estimate("no request ended", row.Asked)
	if row.Asked > 0 && len(waits) == 0 {
		row.Wait = stats.Unknown(0, noHistory)
	}
	if row.Asked > 0 && len(responses) == 0 {
		row.Response = stats.Unknown(0, unanswerable)
		row.Quiet = row.Response
	}
	return row
}

func spell(from, to, until fact.Instant) stats.Spell {
	s := stats.Spell{Entry: math.Inf(-1), Event: to != 0}
	if to == 0 {
		to = until
	}
	s.Exit = fact.Days(from, max(from, to))
	return s
}

func median(spells []stats.Spell, asked int) stats.Estimate {
	if asked == 0 {
		return stats.Unknown(0, none)
	}
	return stats.KaplanMeier(spells).Quantile(0.5).WithCoverage(float64(len(spells)) / float64(asked))
}

// shares counts hits by cluster.
type shares struct {
	place    map[work.ItemID]int
	clusters []stats.Cluster
}

func (s *shares) add(cluster work.ItemID, hit bool) {
	if s.place == nil {
		s.place = map[work.ItemID]int{}
	}
	k, known := s.place[cluster]
	if !known {
		k = len(s.clusters)
		s.place[cluster], s.clusters = k, append(s.clusters, stats.Cluster{})
	}
	s.clusters[k].N++
	if hit {
		s.clusters[k].Hits++
	}
}

// estimate is the clustered share (METRICS section 0).
func (s *shares) estimate(empty string, asked int) stats.Estimate {
	if len(s.clusters) == 0 {
		if asked == 0 {
			empty = none
		}
		return stats.Unknown(0, empty)
	}
	share := stats.ClusteredShare(s.clusters)
	e := stats.Estimate{Value: share.P, N: share.N, Low: share.Low, High: share.High}
	if share.G < minClusters {
		e.Low, e.High = math.NaN(), math.NaN()
		e.Why = fmt.Sprintf("an interval needs %d batches or items without one", minClusters)
	}
	return e.WithCoverage(float64(share.N) / float64(asked))
}
