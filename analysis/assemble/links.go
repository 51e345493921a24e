package assemble

import (
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// A tracker tells a link twice, once from each end, now and in both histories,
// and by keys that may be old. A linkFact is one such telling.
type linkFact struct {
	draft int
	other fact.Ref
	kind  work.LinkKind
	// reverse: the other end depends on, or is the child of, this one.
	reverse, vague bool
	shows          bool // it shows an outcome, as rules describe it
	op             linkOp
	at             fact.Instant
	seq            int // order within the record, for changes of one instant
	id             string
}

type linkOp uint8

const (
	linkNow linkOp = iota // it stands
	linkMade
	linkRemoved
)

// addLinks notes what a record tells of its links.
func (s *Shard) addLinks(r *fact.Record) {
	for i := range r.Links {
		l := &r.Links[i]
		s.tell(r, l.Phrase, l.Other, linkNow, 0, l.ID)
		s.links[len(s.links)-1].shows = s.w.shows(r.Site, l.Type, l.Phrase)
	}
	for _, c := range s.of[fact.KindLink] {
		at := max(c.At, r.Created)
		if !c.From.IsZero() {
			s.tell(r, c.From.Text, fact.Ref{Key: c.From.ID}, linkRemoved, at, "")
			s.links[len(s.links)-1].shows = s.w.shows(r.Site, "", c.From.Text)
		}
		if !c.To.IsZero() {
			s.tell(r, c.To.Text, fact.Ref{Key: c.To.ID}, linkMade, at, "")
			s.links[len(s.links)-1].shows = s.w.shows(r.Site, "", c.To.Text)
		}
	}
}

func (s *Shard) tell(r *fact.Record, phrase string, other fact.Ref, op linkOp, at fact.Instant, id string) {
	l, known := s.w.link(r.Site, phrase)
	if !known && op == linkNow {
		s.cover.LinksUnknown[strings.ToLower(phrase)]++
	}
	s.links = append(s.links, linkFact{
		draft: len(s.drafts), other: other, kind: l.Kind, reverse: l.Reverse, vague: l.Vague, op: op, at: at, seq: len(s.links), id: id,
	})
}

// ends is one connection, whoever tells of it.
type ends struct {
	from, to work.ItemID // from depends on to; ordered by number where nobody tells
	kind     work.LinkKind
	outside  fact.Ref // where to was not pulled
	reverse  bool     // of one whose other end is outside: it depends on this one
}

// told is one telling of a connection whose ends are found.
type told struct {
	ends
	op  linkOp
	at  fact.Instant
	seq int
	by  work.ItemID
	id  string // of one that stands
}

func compareEnds(a, b ends) int {
	return cmp.Or(
		cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.kind, b.kind),
		cmp.Compare(a.outside.ID, b.outside.ID), cmp.Compare(a.outside.Key, b.outside.Key), compareBool(a.reverse, b.reverse),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// linker makes connections out of what all shards tell.
type linker struct {
	o       *work.Org
	updated []fact.Instant
	vague   map[ends]bool
	childOf []childLink
}

// childLink is a parent that a link names.
type childLink struct {
	child, parent work.ItemID
	made, removed fact.Instant
	undated       bool   // made is when both ends existed, for want of anything better
	id            string // the tracker's; "" of one that only histories know
}

// compareChildLinks orders the links of one child by age. Those that no history
// tells the making of are older than what histories tell of, and among
// themselves as old as their ids say, which trackers count up.
func compareChildLinks(x, y childLink) int {
	age := compareBool(!x.undated, !y.undated)
	if age == 0 && !x.undated {
		age = cmp.Compare(x.made, y.made)
	}
	return cmp.Or(cmp.Compare(x.child, y.child), age, fact.CompareID(x.id, y.id), cmp.Compare(x.made, y.made), cmp.Compare(x.parent, y.parent))
}

// link turns the tellings into Org.Links, and the links that mean a parent
// into childOf.
func (l *linker) link(facts []told) {
	slices.SortStableFunc(facts, func(a, b told) int {
		return cmp.Or(compareEnds(a.ends, b.ends), cmp.Compare(a.at, b.at), cmp.Compare(a.by, b.by), cmp.Compare(a.seq, b.seq))
	})
	for len(facts) > 0 {
		n := 1
		for n < len(facts) && facts[n].ends == facts[0].ends {
			n++
		}
		l.connect(facts[:n])
		facts = facts[n:]
	}
}

// connect finds out when one connection stood. Both ends log the same event,
// so an event that changes nothing is a repeat.
func (l *linker) connect(facts []told) {
	e := facts[0].ends
	floor := l.o.Items.Created[e.from]
	last := l.updated[e.from]
	if e.to != work.NoItem {
		floor, last = max(floor, l.o.Items.Created[e.to]), max(last, l.updated[e.to])
	}
	now, id, tellers := false, "", map[work.ItemID]bool{}
	var events []told
	for _, f := range facts {
		tellers[f.by] = true
		if f.op == linkNow {
			if id == "" || f.id != "" && fact.CompareID(f.id, id) < 0 {
				id = f.id
			}
			now = true
		} else {
			events = append(events, f)
		}
	}
	if now && e.kind == work.LinkDepends && e.to != work.NoItem && len(tellers) == 1 {
		l.o.Coverage.LinksOneEnd++
	}
	link := work.Link{From: e.from, To: e.to, Kind: e.kind, OneWay: !l.vague[e]}
	if e.reverse { // only for ends outside: the far one depends on ours
		link.From, link.To = work.NoItem, e.from
	}
	on, dated, made := false, false, fact.Instant(0)
	if len(events) > 0 && events[0].op == linkRemoved {
		on, made = true, floor // it was there before anybody logged it
	}
	put := func(removed fact.Instant) {
		link.Made, link.Removed, link.Dated = max(made, floor), removed, dated
		if removed != 0 {
			if removed > link.Made {
				l.keep(link, floor, "")
			}
			return
		}
		l.keep(link, floor, id)
	}
	for _, f := range events {
		switch {
		case f.op == linkMade && !on:
			on, dated, made = true, true, f.at
		case f.op == linkRemoved && on:
			on = false
			put(f.at)
		}
	}
	switch {
	case on && now:
		put(0)
	case on: // never taken out, the history says, and yet gone
		put(last)
	case now && len(events) == 0:
		made, dated = floor, false
		put(0)
	case now: // taken out, the history says, and yet there
		made, dated = last, false
		put(0)
	}
}

func (l *linker) keep(link work.Link, floor fact.Instant, id string) {
	if link.Kind == work.LinkCarries {
		l.carry(link)
		return
	}
	if link.Kind == work.LinkParent {
		class := l.o.Items.Class
		if link.From != work.NoItem && link.To != work.NoItem && class[link.From] == fact.ClassIssue && class[link.To] == fact.ClassIssue {
			undated := !link.Dated && link.Made == floor
			l.childOf = append(l.childOf, childLink{link.From, link.To, link.Made, link.Removed, undated, id})
		}
		return
	}
	c := &l.o.Coverage
	if link.Kind == work.LinkDepends && link.Removed == 0 {
		if !link.Dated {
			c.LinksUndated++
		}
		if !link.OneWay {
			c.NoDirection++
		}
	}
	l.o.Links = append(l.o.Links, link)
}
