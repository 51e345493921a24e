package assemble

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// inherit gives items to the team of the pull requests that carry them, while
// they fit no rule: to several, where the pull requests' teams differ.
func (b *builder) inherit() {
	o := b.o
	heirs := map[work.ItemID][]ownerRun{}
	for from := 0; from < len(o.Carries); {
		item := o.Carries[from].Item
		to := from
		for to < len(o.Carries) && o.Carries[to].Item == item {
			to++
		}
		if _, own := o.Owners.Of(item); slices.Contains(own, work.NoTeam) {
			if runs := b.heritage(item, b.gifts(o.Carries[from:to])); len(runs) > 0 {
				heirs[item] = runs
			}
		}
		from = to
	}
	if len(heirs) > 0 {
		b.reown(heirs)
	}
}

// gift says that from an instant on one pull request more (or less, −1) of a team
// carries an item.
type gift struct {
	at   fact.Instant
	team work.TeamID
	more int
}

// gifts lists whose pull requests carry an item when, in order of time. The team
// of a pull request is the one that owns it at the time.
func (b *builder) gifts(carries []work.Carry) []gift {
	var out []gift
	for _, c := range carries {
		from, owners := b.o.Owners.Of(c.Pull)
		for k, team := range owners {
			since, until := max(from[k], c.Made), orNever(c.Removed)
			if k+1 < len(from) {
				until = min(until, from[k+1])
			}
			if team != work.NoTeam && since < until {
				out = append(out, gift{since, team, 1}, gift{until, team, -1})
			}
		}
	}
	slices.SortFunc(out, func(x, y gift) int { return cmp.Compare(x.at, y.at) })
	return out
}

// heritage returns an item's owners over time, with what it inherits; nil if that
// is nothing.
func (b *builder) heritage(item work.ItemID, gifts []gift) []ownerRun {
	carrying := map[work.TeamID]int{} // how many pull requests of a team
	var out []ownerRun
	inherits := false
	for _, at := range b.handovers(item, gifts) {
		for len(gifts) > 0 && gifts[0].at <= at {
			g := gifts[0]
			if carrying[g.team] += g.more; carrying[g.team] == 0 {
				delete(carrying, g.team)
			}
			gifts = gifts[1:]
		}
		team, ok := b.o.Owners.At(item, at)
		if !ok {
			continue // the item is not there yet
		}
		if team == work.NoTeam && len(carrying) > 0 {
			team, inherits = lone(carrying), true
		}
		if n := len(out); n == 0 || out[n-1].val != uint32(team) {
			out = append(out, ownerRun{at, uint32(team)})
		}
	}
	if !inherits {
		return nil
	}
	return out
}

// handovers are the instants at which an item's owner may change, in order.
func (b *builder) handovers(item work.ItemID, gifts []gift) []fact.Instant {
	from, _ := b.o.Owners.Of(item)
	at := slices.Clone(from)
	for _, g := range gifts {
		if g.at != fact.Never {
			at = append(at, g.at)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// lone returns the only team that there is, else several.
func lone(teams map[work.TeamID]int) work.TeamID {
	only := work.Several
	for team := range teams {
		if len(teams) == 1 {
			only = team
		}
	}
	return only
}

// reown writes the column of owners anew, with what some items inherit.
func (b *builder) reown(heirs map[work.ItemID][]ownerRun) {
	old := b.o.Owners
	b.o.Owners = work.Runs[work.TeamID]{Off: make([]uint32, 1, len(old.Off))}
	room(&b.o.Owners, len(old.From)+2*len(heirs))
	for i := range b.places {
		from, val := old.Of(work.ItemID(i))
		runs, ok := heirs[work.ItemID(i)]
		if !ok {
			b.o.Owners.From, b.o.Owners.Val = append(b.o.Owners.From, from...), append(b.o.Owners.Val, val...)
		}
		for _, run := range runs {
			add(&b.o.Owners, run.from, work.TeamID(run.val))
		}
		if ok && val[len(val)-1] == work.NoTeam {
			b.countHeir(work.TeamID(runs[len(runs)-1].val))
		}
		seal(&b.o.Owners)
	}
}

// countHeir counts an item that fits no rule now, and whose it is by heritage.
func (b *builder) countHeir(team work.TeamID) {
	c := &b.o.Coverage
	if team == work.NoTeam {
		return // it inherited once
	}
	c.NoTeam--
	c.Inherited++
	if team == work.Several {
		c.Several++
	}
}
