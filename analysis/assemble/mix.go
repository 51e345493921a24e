package assemble

import (
	"fmt"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// addMix notes the categories of work that an item was in, where rules describe
// them.
func (s *Shard) addMix(r *fact.Record, h holdings) {
	if s.w.rules.Categories == nil {
		return
	}
	begin := len(s.mix)
	if len(h.labels) == 0 {
		for _, t := range h.types {
			putRun(&s.mix, begin, t.from, s.category(t.val.Text))
		}
		return
	}
	turns := make([]fact.Instant, 0, len(h.types)+2*len(h.labels))
	for _, t := range h.types {
		turns = append(turns, t.from)
	}
	for _, m := range h.labels {
		if turns = append(turns, m.from); m.to != 0 {
			turns = append(turns, m.to)
		}
	}
	slices.Sort(turns)
	for _, at := range slices.Compact(turns) {
		putRun(&s.mix, begin, at, s.categoryAt(h, at))
	}
}

// categoryAt returns the category at an instant: the first that names the type,
// else the first that names a label.
func (s *Shard) categoryAt(h holdings, at fact.Instant) uint32 {
	if c := s.category(valueAt(h.types, at).Text); c != 0 {
		return c
	}
	best := uint32(0)
	for _, m := range h.labels {
		if m.from > at || m.to != 0 && m.to <= at {
			continue
		}
		if c := s.category(m.value.Text); c != 0 && (best == 0 || c < best) {
			best = c
		}
	}
	return best
}

// category returns the first category that names a type or a label. Items have
// few different ones, so the answers are kept.
func (s *Shard) category(name string) uint32 {
	c, ok := s.categories[name]
	if !ok {
		if name != "" {
			at := slices.IndexFunc(s.w.rules.Categories, func(c Category) bool { return fits(c.Names, name) })
			c = uint32(at + 1)
		}
		s.categories[strings.Clone(name)] = c
	}
	return c
}

// mix fills the column of categories. Without rules they are the types.
func (b *builder) mix() error {
	o, rules := b.o, b.a.words.rules
	o.Categories, o.Planned = []work.Category{{Name: "(unlabelled)"}}, rules.Planned
	if len(rules.Categories) >= most {
		return fmt.Errorf("%d categories of work: more than this program can tell apart", len(rules.Categories))
	}
	for _, c := range rules.Categories {
		o.Categories = append(o.Categories, work.Category{Name: c.Name, Plan: c.Plan})
	}
	if rules.Categories != nil {
		o.Mix = column[work.CategoryID](b, func(s *Shard) []valueRun { return s.mix }, func(d *draft) span { return d.mix })
		return nil
	}
	category := make([]work.CategoryID, len(o.Types))
	for n, name := range o.Types {
		if name != "" {
			category[n] = work.CategoryID(len(o.Categories))
			o.Categories = append(o.Categories, work.Category{Name: name})
		}
	}
	o.Mix = work.Runs[work.CategoryID]{Off: o.Kinds.Off, From: o.Kinds.From, Val: make([]work.CategoryID, len(o.Kinds.Val))}
	for n, kind := range o.Kinds.Val {
		o.Mix.Val[n] = category[kind]
	}
	return nil
}
