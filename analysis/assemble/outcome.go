package assemble

import (
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// outcomeWords is what the rules say of outcomes, in the words of the trackers.
type outcomeWords struct {
	fields map[siteText]string // by name or id in lower case: what tells the field apart
	labels []string
	links  map[siteText]bool // by phrase in lower case
	named  map[string]bool   // fields, and types or phrases of links, as the rules have them
	typed  map[string]bool
}

// on reports whether the rules say what an outcome is.
func (w *outcomeWords) on() bool { return len(w.named)+len(w.labels)+len(w.typed) > 0 }

func newOutcomeWords(rule Outcome, vocab fact.Vocabulary) outcomeWords {
	w := outcomeWords{
		fields: map[siteText]string{}, labels: down(rule.Labels), links: map[siteText]bool{}, named: map[string]bool{}, typed: map[string]bool{},
	}
	for _, f := range down(rule.Fields) {
		w.named[f] = true
	}
	for _, l := range down(rule.Links) {
		w.typed[l] = true
	}
	for _, t := range vocab {
		id, name := strings.ToLower(t.ID), strings.ToLower(t.Name)
		switch {
		case t.Kind == fact.TermField && (w.named[id] || w.named[name]):
			for _, x := range []string{id, name} {
				if have, ok := w.fields[siteText{t.Site, x}]; !ok || id < have {
					w.fields[siteText{t.Site, x}] = id
				}
			}
		case t.Kind == fact.TermLinkType && w.typed[name]:
			for _, phrase := range []string{t.Inward, t.Outward} {
				w.links[siteText{t.Site, strings.ToLower(strings.TrimSpace(phrase))}] = true
			}
		}
	}
	return w
}

// field returns what tells an outcome field apart; false for other fields.
func (w *outcomeWords) field(site, name string) (string, bool) {
	name = strings.ToLower(name)
	if id, ok := w.fields[siteText{site, name}]; ok {
		return id, true
	}
	return name, w.named[name]
}

// shows reports whether the words of a link make it one to an outcome.
func (w *words) shows(site, typ, text string) bool {
	o := &w.outcome
	if len(o.typed) == 0 {
		return false
	}
	text = strings.ToLower(strings.TrimSpace(text))
	if _, known := w.links[siteText{site, text}]; !known {
		for _, p := range w.phrases[site] {
			if endsIn(text, p) {
				text = p
				break
			}
		}
	}
	return o.typed[text] || o.links[siteText{site, text}] || typ != "" && o.typed[strings.ToLower(typ)]
}

// addOutcome notes when fields and labels first showed an outcome. Of a field that
// has a value and of which no change tells, a whole history tells that it always
// had; else the last update is the latest possible. Trackers that tell of a change
// and not of the values are taken to tell of the first value.
func (s *Shard) addOutcome(r *fact.Record, h holdings) {
	o := &s.w.outcome
	first := fact.Instant(0)
	note := func(at fact.Instant) {
		if at = max(at, r.Created); first == 0 || at < first {
			first = at
		}
	}
	var told []string
	if len(o.named) > 0 {
		for _, c := range s.of[fact.KindOther] {
			id, ok := o.field(r.Site, c.Field)
			if !ok || slices.Contains(told, id) {
				continue
			}
			told = append(told, id)
			if c.From.IsZero() {
				note(c.At)
			} else {
				note(r.Created)
			}
		}
		for _, f := range r.Fields {
			id, ok := o.field(r.Site, f.ID)
			switch {
			case !ok || len(f.Values) == 0 || slices.Contains(told, id):
			case r.History.State == fact.WholeHistory:
				note(r.Created)
			default:
				note(r.Last())
			}
		}
	}
	if len(o.labels) > 0 {
		for _, m := range h.labels {
			if fits(o.labels, m.value.Text) {
				note(m.from)
			}
		}
	}
	if first != 0 {
		s.measured = append(s.measured, evidence{len(s.drafts), first})
	}
}

// evidence is when an item of a shard first had an outcome.
type evidence struct {
	draft int
	at    fact.Instant
}

// measured fills in when items first had an outcome.
func (b *builder) measured(at [][]work.ItemID) {
	if b.o.Outcomes = b.a.words.outcome.on(); !b.o.Outcomes {
		return
	}
	b.o.Measured = map[work.ItemID]fact.Instant{}
	for n, s := range b.a.shards {
		for _, e := range s.measured {
			b.measure(at[n][e.draft], e.at)
		}
		for links := s.links; len(links) > 0; {
			k := 1
			for k < len(links) && links[k].draft == links[0].draft {
				k++
			}
			b.measureLinks(s, at[n][links[0].draft], links[:k])
			links = links[k:]
		}
	}
}

func (b *builder) measure(i work.ItemID, at fact.Instant) {
	if have, ok := b.o.Measured[i]; !ok || at < have {
		b.o.Measured[i] = at
	}
}

// measureLinks notes when the links of one record first showed an outcome. One
// whose making no change tells was made when both ends were there, if the history
// is whole; else the last update is the latest possible.
func (b *builder) measureLinks(s *Shard, i work.ItemID, links []linkFact) {
	d := &s.drafts[links[0].draft]
	made := map[siteText]bool{} // by the other end
	end := func(l *linkFact) (work.ItemID, siteText) {
		if other := b.find.item(d.site, l.other); other != work.NoItem {
			return other, siteText{d.site, b.o.Items.ID[other]}
		}
		return work.NoItem, siteText{"", fold(l.other.Key)}
	}
	for k := range links {
		if l := &links[k]; l.shows && l.op == linkMade {
			_, key := end(l)
			made[key] = true
			b.measure(i, l.at)
		}
	}
	for k := range links {
		l := &links[k]
		if !l.shows || l.op == linkMade {
			continue
		}
		other, key := end(l)
		switch {
		case made[key]:
		case d.history != fact.WholeHistory:
			b.measure(i, max(d.updated, d.created))
		case other != work.NoItem:
			b.measure(i, max(d.created, b.o.Items.Created[other]))
		default:
			b.measure(i, d.created)
		}
	}
}

// addNotRequested notes what nobody asked for, as of the creation, when it is
// asked for: what becomes of it later changes nothing.
func (s *Shard) addNotRequested(r *fact.Record, h holdings) {
	not := s.w.notAskers[s.w.who(r.Creator)]
	for _, m := range s.w.rules.NotRequested {
		not = not || s.match(r, h, m, fact.ProjectOf(valueAt(h.keys, r.Created).Text), r.Created)
	}
	if not {
		s.notRequested = append(s.notRequested, len(s.drafts))
	}
}

// notRequested fills in what nobody asked for.
func (b *builder) notRequested(at [][]work.ItemID) {
	b.o.NotRequested = map[work.ItemID]bool{}
	for n, s := range b.a.shards {
		for _, k := range s.notRequested {
			b.o.NotRequested[at[n][k]] = true
		}
	}
}
