package store

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"smokestack/analysis/fact"
)

// The same item can arrive many times: twice in an archive, once with its
// history and once without, its history in pieces, in any order. What is kept
// is the join of all that arrived, so that the order never matters: the
// present values of the newest version, and the union of all changes.

// ownHistory is what the versions of a record themselves say of the
// completeness of its history, joined over the versions.
type ownHistory struct {
	wholeThrough fact.Instant // the newest version with a whole history
	total        int          // the largest count of entries that a version named
	any          bool         // a version had a history
	before       fact.Instant // as of which the newest version tells that is older than the one at hand; 0: none
}

func (a ownHistory) join(b ownHistory) ownHistory {
	return ownHistory{
		wholeThrough: max(a.wholeThrough, b.wholeThrough),
		total:        max(a.total, b.total),
		any:          a.any || b.any,
		before:       max(a.before, b.before),
	}
}

func ownOf(r *fact.Record) ownHistory {
	switch r.History.State {
	case fact.WholeHistory:
		return ownHistory{wholeThrough: asOf(r), total: r.History.Total, any: true}
	case fact.CutHistory:
		return ownHistory{total: r.History.Total, any: true}
	}
	return ownHistory{}
}

// asOf is the moment as of which a version tells: an item that was never
// updated tells as of its creation.
func asOf(r *fact.Record) fact.Instant { return max(r.Updated, r.Created) }

// telling is as of when something was told: an item's last update then, and the
// moment of the answer.
type telling struct{ updated, told fact.Instant }

func (t telling) compare(o telling) int {
	return cmp.Or(cmp.Compare(t.updated, o.updated), cmp.Compare(t.told, o.told))
}

// changeID is what makes two tellings of a change the same change.
type changeID struct {
	id string
	at fact.Instant
}

func idOf(c *fact.Change) changeID { return changeID{c.ID, c.At} }

// version is one record with what the join needs to know of it.
type version struct {
	rec   *fact.Record
	own   ownHistory
	body  mark
	other map[changeID]telling // of changes that were not told, or not last, with the version at hand
}

// telling is as of when the present values were told.
func (v *version) telling() telling { return telling{v.rec.Updated, v.rec.Told} }

// of is as of when one of the changes was told.
func (v *version) of(c *fact.Change) telling {
	if t, ok := v.other[idOf(c)]; ok {
		return t
	}
	return v.telling()
}

// merge joins two versions of one record into the newer of the two.
func merge(a, b version) version {
	if newerThan(a, b) {
		a, b = b, a
	}
	b.take(a)
	b.own = b.own.join(a.own)
	if t := asOf(a.rec); t < asOf(b.rec) {
		b.own.before = max(b.own.before, t)
	}
	return b
}

// take adds the changes of another version. Of what both tell, the newer telling
// is kept: what a change names may be called otherwise since, as everything is
// whose repository was renamed. It is known of every change when it was told, so
// that the newer telling is found whatever came first.
func (v *version) take(other version) {
	kept := make(map[changeID]telling, len(v.rec.Changes)+len(other.rec.Changes))
	for _, from := range []*version{v, &other} {
		for i := range from.rec.Changes {
			c := &from.rec.Changes[i]
			if t, met := kept[idOf(c)]; !met || from.of(c).compare(t) > 0 {
				kept[idOf(c)] = from.of(c)
			}
		}
	}
	var changes []fact.Change
	for _, from := range []*version{v, &other} {
		for i := range from.rec.Changes {
			if c := &from.rec.Changes[i]; from.of(c) == kept[idOf(c)] {
				changes = append(changes, *c)
			}
		}
	}
	now := v.telling()
	maps.DeleteFunc(kept, func(_ changeID, t telling) bool { return t == now })
	v.rec.Changes, v.other = unite(changes), kept
}

// unite puts changes of several answers of one moment in order, each once. Where
// they tell one change differently, what is kept does not depend on which came
// first.
func unite(changes []fact.Change) []fact.Change {
	slices.SortFunc(changes, func(a, b fact.Change) int {
		return cmp.Or(
			cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Field, b.Field),
			cmp.Compare(a.From.ID, b.From.ID), cmp.Compare(a.From.Text, b.From.Text),
			cmp.Compare(a.To.ID, b.To.ID), cmp.Compare(a.To.Text, b.To.Text),
			cmp.Compare(a.By, b.By), cmp.Compare(a.From.Person, b.From.Person), cmp.Compare(a.To.Person, b.To.Person),
		)
	})
	changes = slices.CompactFunc(changes, func(a, b fact.Change) bool { return a.ID == b.ID && a.At == b.At })
	return fact.SortChanges(changes)
}

// newerThan orders versions by their last update, then by when they were told,
// since not everything moves the update, then by how much they tell,
// then by content: a total order that does not know which came first. Two that
// differ in nothing but who is named contradict each other, unless the two are
// one person; then the account that the store met first is kept.
func newerThan(a, b version) bool {
	return cmp.Or(
		cmp.Compare(a.rec.Updated, b.rec.Updated),
		cmp.Compare(a.rec.Told, b.rec.Told),
		cmp.Compare(richness(a.rec), richness(b.rec)),
		bytes.Compare(a.body[:], b.body[:]),
		-comparePeople(a.rec, b.rec),
	) > 0
}

func comparePeople(a, b *fact.Record) int {
	return cmp.Or(
		cmp.Compare(a.Creator, b.Creator), cmp.Compare(a.Reporter, b.Reporter), cmp.Compare(a.Assignee, b.Assignee),
		slices.CompareFunc(a.Involvement, b.Involvement, func(x, y fact.Involvement) int { return cmp.Compare(x.By, y.By) }),
	)
}

func richness(r *fact.Record) int {
	n := len(r.Links) + len(r.Involvement) + len(r.Components) + len(r.Labels) + len(r.Releases) + len(r.Sprints) + len(r.Fields) +
		len(r.Mentions) + len(r.Columns) + len(r.Pull.Paths)
	if r.Pull.Sized {
		n++ // lists of pull requests do not tell it
	}
	return n
}

// parts is what the pieces of a history that came apart from its record say
// together.
type parts struct {
	count   int
	last    int // pieces that no further piece follows
	total   int // the largest count that a piece gave; −1: none gave one
	counted reach
	ended   reach
}

// reach is how far some pieces go.
type reach struct {
	newest  fact.Instant // their newest change
	through fact.Instant // as of which they were told at least, as far as known
}

func (r reach) with(newest, through fact.Instant) reach {
	return reach{max(r.newest, newest), max(r.through, through)}
}

// add notes one piece.
func (p *parts) add(total int, more bool, newest, through fact.Instant) {
	p.count++
	p.total = max(p.total, total)
	if total >= 0 {
		p.counted = p.counted.with(newest, through)
	}
	if !more {
		p.last++
		p.ended = p.ended.with(newest, through)
	}
}

// whole reports whether the pieces make the history of a record whole, of which
// have entries are there.
//
// They must be complete in themselves: as many entries as any answer ever
// counted or, where no piece gives a count, an end. And they must belong to the
// record's last update, as of which it tells. A piece does not always say when
// it was told. It did not come without its record, so it belongs to one of the
// versions that are known. Is there but one, it is that. Of several it is the
// newest, if the pieces were told no earlier than its update, or tell of
// something newer than the version before it. Else they may be those of an older
// version, and what happened since may be missing: then the history is not known
// to be whole. All this follows from what was told, in whatever order.
func (p parts) whole(have int, own ownHistory, now fact.Instant) bool {
	r := p.counted
	if p.total < 0 {
		r = p.ended
	}
	if p.total < 0 && p.last == 0 || have < max(own.total, p.total) {
		return false
	}
	return own.before == 0 || r.newest > own.before || max(r.newest, r.through) >= now
}

// settle computes the history's final state from all that is known.
func settle(r *fact.Record, own ownHistory, p parts) {
	have := entries(r.Changes)
	h := fact.History{Have: have, Total: max(have, own.total, p.total)}
	switch {
	case own.any && own.wholeThrough >= asOf(r):
		h.State, h.Total = fact.WholeHistory, have
	case p.count > 0 && p.whole(have, own, asOf(r)):
		h.State = fact.WholeHistory
	case own.any || p.count > 0:
		h.State = fact.CutHistory
	}
	r.History = h
}

// entries counts the entries of the tracker's log that the changes come from:
// an entry with several changes numbers them behind a point.
func entries(changes []fact.Change) int {
	seen := make(map[string]struct{}, len(changes))
	for i := range changes {
		entry, _, _ := strings.Cut(changes[i].ID, ".")
		seen[entry] = struct{}{}
	}
	return len(seen)
}
