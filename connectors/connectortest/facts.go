package connectortest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// Facts is what a sink holds, in a form in which equal facts are equal texts:
// records in order of site and id, people renamed in the order in which the
// records mention them, everything else sorted.
type Facts struct {
	Records []string // one text of several lines each
	Terms   []string
	Notes   []string
	Bots    []string // people who are programs, among those whom a record mentions

	// Digests are the store's own, by record; nil where another sink made the
	// facts.
	Digests []string
}

// newFacts puts records, words and notes into their common form. Of changes
// and involvements, lean leaves out the ids, as a store does when it is read.
func newFacts(records []*fact.Record, terms fact.Vocabulary, notes []connectors.Note, bots map[fact.Person]bool, lean bool) Facts {
	slices.SortFunc(records, func(a, b *fact.Record) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), fact.CompareID(a.ID, b.ID))
	})
	f := Facts{}
	w := &writer{names: map[fact.Person]string{}, lean: lean}
	for _, r := range records {
		f.Records = append(f.Records, w.record(r))
	}
	for p := range bots {
		if name, ok := w.names[p]; ok {
			f.Bots = append(f.Bots, name)
		}
	}
	for _, t := range terms {
		f.Terms = append(f.Terms, fmt.Sprintf("%+v", t))
	}
	for _, n := range notes {
		f.Notes = append(f.Notes, fmt.Sprintf("%+v", n))
	}
	slices.Sort(f.Bots)
	slices.Sort(f.Notes)
	return f
}

// Difference says where two facts differ; "" if they do not. Digests are compared
// where both have them.
func Difference(want, got Facts) string {
	if want.Digests == nil || got.Digests == nil {
		want.Digests, got.Digests = nil, nil
	}
	return strings.Join(slices.Concat(
		differ("records", want.Records, got.Records),
		differ("terms", want.Terms, got.Terms),
		differ("notes", want.Notes, got.Notes),
		differ("bots", want.Bots, got.Bots),
		differ("digests", want.Digests, got.Digests),
	), "\n")
}

// differ shows the first difference of two lists.
func differ(what string, want, got []string) []string {
	if slices.Equal(want, got) {
		return nil
	}
	out := []string{fmt.Sprintf("%s: want %d, got %d", what, len(want), len(got))}
	i := 0
	for i < len(want) && i < len(got) && want[i] == got[i] {
		i++
	}
	out = append(out, fmt.Sprintf("the first difference is in number %d:", i))
	return append(out, lines(at(want, i), at(got, i))...)
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(nothing)"
}

// lines shows the first lines in which two texts differ.
func lines(want, got string) []string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	out := []string{"  in  " + a[0]}
	for _, l := range a[i:min(i+3, len(a))] {
		out = append(out, "  want "+l)
	}
	for _, l := range b[i:min(i+3, len(b))] {
		out = append(out, "  got  "+l)
	}
	return out
}

// writer writes records as texts.
type writer struct {
	buf   []byte
	names map[fact.Person]string // nil: do not say who
	lean  bool
}

func (w *writer) word(s string)       { w.buf = append(append(w.buf, ' '), s...) }
func (w *writer) text(s string)       { w.buf = strconv.AppendQuote(append(w.buf, ' '), s) }
func (w *writer) number(n int)        { w.word(strconv.Itoa(n)) }
func (w *writer) named(n fact.Named)  { w.text(n.ID); w.text(n.Name) }
func (w *writer) ref(r fact.Ref)      { w.text(r.ID); w.text(r.Key) }
func (w *writer) at(t fact.Instant)   { w.number(int(t)) }
func (w *writer) line(name string)    { w.buf = append(append(w.buf, "\n  "...), name...) }
func (w *writer) side(v fact.Value)   { w.text(v.ID); w.text(v.Text); w.person(v.Person) }
func (w *writer) float(x float64)     { w.word(strconv.FormatFloat(x, 'g', -1, 64)) }
func (w *writer) flag(b bool)         { w.word(strconv.FormatBool(b)) }
func (w *writer) list(l []fact.Named) { each(l, w.named) }

func each[T any](list []T, write func(T)) {
	for _, x := range list {
		write(x)
	}
}

func (w *writer) person(p fact.Person) {
	if p == 0 {
		w.word("nobody")
		return
	}
	if w.names == nil {
		w.word("somebody")
		return
	}
	name, ok := w.names[p]
	if !ok {
		name = "p" + strconv.Itoa(len(w.names)+1)
		w.names[p] = name
	}
	w.word(name)
}

func (w *writer) id(s string) {
	if !w.lean {
		w.text(s)
	}
}

func (w *writer) record(r *fact.Record) string {
	w.buf = append(w.buf[:0], "record"...)
	w.text(r.Site)
	w.text(r.ID)
	w.body(r)
	w.line("history")
	w.word(r.History.State.String())
	w.number(r.History.Have)
	w.number(r.History.Total)
	for i := range r.Changes {
		w.change(&r.Changes[i])
	}
	return string(w.buf)
}

// body writes the present values of a record.
func (w *writer) body(r *fact.Record) {
	w.line("key")
	w.text(r.Key)
	w.text(r.Title)
	w.text(r.URL)
	w.line("project")
	w.named(fact.Named{ID: r.Project.ID, Name: r.Project.Name})
	w.text(r.Project.Key)
	w.line("type")
	w.named(fact.Named{ID: r.Type.ID, Name: r.Type.Name})
	w.number(int(r.Type.Rank))
	w.line("status")
	w.named(r.Status)
	w.named(r.Resolution)
	w.named(r.Priority)
	w.line("times")
	w.at(r.Created)
	w.at(r.Updated)
	w.at(r.Resolved)
	w.text(r.Due)
	w.line("people")
	w.person(r.Creator)
	w.person(r.Reporter)
	w.person(r.Assignee)
	w.line("parent")
	w.ref(r.Parent)
	w.line("estimate")
	w.float(r.Estimate)
	w.flag(r.Flagged)
	w.line("team")
	w.named(r.Team)
	w.line("components")
	w.list(r.Components)
	w.line("labels")
	each(r.Labels, w.text)
	w.line("releases")
	w.list(r.Releases)
	w.line("sprints")
	w.list(r.Sprints)
	for _, f := range r.Fields {
		w.line("field")
		w.text(f.ID)
		w.list(f.Values)
	}
	for _, l := range r.Links {
		w.line("link")
		w.text(l.ID)
		w.text(l.Type)
		w.text(l.Phrase)
		w.ref(l.Other)
	}
	for _, v := range r.Involvement {
		w.line("act")
		w.id(v.ID)
		w.at(v.At)
		w.person(v.By)
		w.number(int(v.Act))
		w.number(int(v.Length))
	}
	w.line("unseen")
	w.number(r.Unseen)
	w.repository(r)
}

// repository writes what repositories alone tell.
func (w *writer) repository(r *fact.Record) {
	w.line("class")
	w.word(r.Class.String())
	w.number(r.Children)
	w.ref(r.Milestone)
	w.list(r.Columns)
	for _, m := range r.Mentions {
		w.line("mention")
		w.word(m.Where.String())
		w.word(m.Word.String())
		w.text(m.Site)
		w.text(m.Key)
	}
	p := &r.Pull
	w.line("pull")
	w.at(p.Merged)
	w.at(p.Begun)
	w.flag(p.Sized)
	for _, n := range []int{p.Added, p.Deleted, p.Files} {
		w.number(n)
	}
	for _, f := range p.Paths {
		w.text(f.Name)
		w.number(f.Added)
		w.number(f.Deleted)
	}
}

func (w *writer) change(c *fact.Change) {
	w.line("change")
	w.id(c.ID)
	w.at(c.At)
	w.person(c.By)
	w.word(c.Kind.String())
	w.text(c.Field)
	w.side(c.From)
	w.side(c.To)
}

// impersonal writes the present values of a record without saying who.
func impersonal(r *fact.Record) string {
	w := &writer{}
	w.body(r)
	return string(w.buf)
}
