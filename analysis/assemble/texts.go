package assemble

import (
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// mentionFact is a reference in a text.
type mentionFact struct {
	draft   int
	mention fact.Mention
}

// addMentions keeps the references in a record's texts.
func (s *Shard) addMentions(r *fact.Record) {
	for _, m := range r.Mentions {
		if m.Site == "" && fact.IsRepository(fact.ProjectOf(m.Key)) {
			m.Site = r.Site
		}
		m.Site, m.Key = strings.Clone(m.Site), strings.Clone(m.Key)
		s.mentions = append(s.mentions, mentionFact{len(s.drafts), m})
	}
}

// sitesOf returns the sites at which a mentioned key may be: the one that the
// text gives, else every Jira that has a project of the key.
func (f *finder) sitesOf(m fact.Mention) []string {
	if m.Site != "" {
		return []string{m.Site}
	}
	var out []string
	for _, site := range f.jiras {
		if f.projects[siteText{site, fact.ProjectOf(m.Key)}] {
			out = append(out, site)
		}
	}
	return out
}

// meant is what a text refers to.
type meant struct {
	item work.ItemID // NoItem: nothing that is there
	// From since on the key led there. A key that several Jiras have says nothing:
	// it does so until the second of them has it.
	since, until fact.Instant
	known        bool // the container is
}

// mentioned finds what a text refers to.
func (f *finder) mentioned(m fact.Mention) meant {
	out := meant{item: work.NoItem, until: fact.Never}
	for _, site := range f.sitesOf(m) {
		out.known = out.known || f.projects[siteText{site, fold(fact.ProjectOf(m.Key))}]
		i := f.item(site, fact.Ref{Key: m.Key})
		if i == work.NoItem {
			continue
		}
		switch since := f.bore(i, m.Key); {
		case out.item == work.NoItem:
			out.item, out.since = i, since
		case since < out.since:
			out.item, out.since, out.until = i, since, out.since
		default:
			out.until = min(out.until, since)
		}
	}
	return out
}

// bore returns since when an item has borne a key.
func (f *finder) bore(i work.ItemID, key string) fact.Instant {
	for _, run := range f.b.o.OldKeys[i] {
		if fold(run.Key) == fold(key) {
			return run.From
		}
	}
	return f.b.o.Items.Created[i]
}

// mentioned turns references in texts into ties: a pull request carries what it
// closes and the item whose Jira key it names; words of dependence make a weaker
// kind of link; what is left is a mention. A text was written, as far as can be
// known, when the younger of both items was.
func (b *builder) mentioned(at [][]work.ItemID) {
	var said []work.Link
	for n, s := range b.a.shards {
		for i := range s.mentions {
			f := &s.mentions[i]
			from, to := at[n][f.draft], b.find.mentioned(f.mention)
			switch {
			case to.item == work.NoItem && (to.known || fact.IsRepository(fact.ProjectOf(f.mention.Key))):
				b.o.Coverage.MentionsOutside[fact.ProjectOf(f.mention.Key)]++
			case to.item != work.NoItem && to.item != from:
				said = b.tie(said, from, to, f.mention)
			}
		}
	}
	b.o.Carries = unite(b.o.Carries)
	b.settle(said)
}

// tie keeps what a text says of two items.
func (b *builder) tie(said []work.Link, from work.ItemID, to meant, m fact.Mention) []work.Link {
	l := work.Link{From: from, To: to.item, OneWay: true, Made: max(b.o.Items.Created[from], to.since)}
	if to.until != fact.Never {
		l.Removed = to.until
	}
	switch {
	case l.Removed != 0 && l.Removed <= l.Made, b.o.Items.Class[to.item] == fact.ClassMilestone:
		return said
	case b.carries(from, to.item, m):
		b.o.Carries = append(b.o.Carries, work.Carry{Pull: l.From, Item: l.To, Made: l.Made, Removed: l.Removed})
		return said
	case m.Word == fact.WordDependsOn, m.Word == fact.WordTask:
		l.Kind = work.LinkText
	case m.Word == fact.WordBlocks:
		l.Kind, l.From, l.To = work.LinkText, l.To, l.From
	default:
		l.Kind = work.LinkMention
	}
	return append(said, l)
}

// carries reports whether a text says that a pull request carries an item: by a
// word that closes it, or by its Jira key, unless words make something else of it.
func (b *builder) carries(from, to work.ItemID, m fact.Mention) bool {
	if !b.o.Carriable(from, to) {
		return false
	}
	if fact.IsRepository(fact.ProjectOf(m.Key)) {
		return m.Word == fact.WordCloses
	}
	return m.Word != fact.WordDependsOn && m.Word != fact.WordBlocks && b.a.words.joins(m)
}

// stretch is a time in which something stood.
type stretch struct{ from, to fact.Instant }

// pair are two items, in an order that matters.
type pair struct{ from, to work.ItemID }

// settle keeps what texts say, each thing once, while no better word says it: a
// link of the tracker where a text tells a dependence, and any tie at all where it
// does no more than mention the other.
func (b *builder) settle(said []work.Link) {
	o := b.o
	slices.SortFunc(said, compareLinks)
	better := map[pair][]stretch{}
	note := func(from, to work.ItemID, made, removed fact.Instant) {
		better[pair{from, to}] = append(better[pair{from, to}], stretch{made, orNever(removed)})
	}
	for _, l := range o.Links {
		if l.Kind == work.LinkDepends {
			note(l.From, l.To, l.Made, l.Removed)
		}
	}
	o.Links = append(o.Links, keepSaid(said, work.LinkText, func(p pair) []stretch { return better[p] })...)
	for _, l := range said {
		if l.Kind == work.LinkText {
			note(l.From, l.To, l.Made, l.Removed)
		}
	}
	for _, c := range o.Carries {
		note(c.Pull, c.Item, c.Made, c.Removed)
	}
	o.Links = append(o.Links, keepSaid(said, work.LinkMention, func(p pair) []stretch {
		return slices.Concat(better[p], better[pair{p.to, p.from}])
	})...)
	slices.SortFunc(o.Links, compareLinks)
	b.countSaid()
}

func orNever(t fact.Instant) fact.Instant {
	if t == 0 {
		return fact.Never
	}
	return t
}

// countSaid counts what texts say now, and no better word.
func (b *builder) countSaid() {
	for _, l := range b.o.Links {
		switch {
		case l.Removed != 0:
		case l.Kind == work.LinkText:
			b.o.Coverage.TextLinks++
		case l.Kind == work.LinkMention:
			b.o.Coverage.Mentions++
		}
	}
}

// keepSaid returns the links of a kind, in order, as far as no better word was
// there.
func keepSaid(said []work.Link, kind work.LinkKind, better func(pair) []stretch) []work.Link {
	var out []work.Link
	for i := 0; i < len(said); {
		l := said[i]
		var times []stretch
		for ; i < len(said) && said[i].From == l.From && said[i].To == l.To && said[i].Kind == l.Kind; i++ {
			times = append(times, stretch{said[i].Made, orNever(said[i].Removed)})
		}
		if l.Kind != kind {
			continue
		}
		for _, t := range without(joined(times), joined(better(pair{l.From, l.To}))) {
			l.Made, l.Removed = t.from, t.to
			if t.to == fact.Never {
				l.Removed = 0
			}
			out = append(out, l)
		}
	}
	return out
}

// joined puts stretches in order and those together that touch.
func joined(list []stretch) []stretch {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// without returns what is left of the stretches of one list outside those of the
// other. Both are in order.
func without(list, taken []stretch) []stretch {
	var out []stretch
	for _, s := range list {
		for _, t := range taken {
			if t.to <= s.from || t.from >= s.to {
				continue
			}
			if t.from > s.from {
				out = append(out, stretch{s.from, t.from})
			}
			s.from = min(t.to, s.to)
		}
		if s.from < s.to {
			out = append(out, s)
		}
	}
	return out
}

func compareLinks(x, y work.Link) int {
	return cmp.Or(
		cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Made, y.Made),
		cmp.Compare(x.Removed, y.Removed), compareBool(x.Dated, y.Dated), compareBool(x.OneWay, y.OneWay),
	)
}
