package connectortest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// validator holds one batch after the other to what the contract says of them.
type validator struct {
	tb    testing.TB
	texts bool // look at every text, which takes its time

	n    int // of the batch
	what string
	most fact.Person
}

func (v *validator) wrong(format string, args ...any) {
	v.tb.Helper()
	v.tb.Errorf("batch %d: %s", v.n, strings.TrimSpace(v.what+" "+fmt.Sprintf(format, args...)))
}

func (v *validator) batch(n int, b *connectors.Batch) {
	v.n, v.most, v.what = n, fact.Person(len(b.Accounts)), ""
	rejected := 0
	for _, note := range b.Notes {
		v.note(note)
		if note.Kind == connectors.NoteRejected {
			rejected++
		}
	}
	if sum := len(b.Records) + len(b.Histories) + rejected; sum != b.Received {
		v.wrong("received %d and accounts for %d: %d records, %d parts of histories, %d rejected",
			b.Received, sum, len(b.Records), len(b.Histories), rejected)
	}
	if b.Next == "" {
		v.wrong("its cursor is that of the beginning")
	}
	for _, a := range b.Accounts {
		v.account(a)
	}
	for i := range b.Records {
		v.record(&b.Records[i])
	}
	for i := range b.Histories {
		v.history(&b.Histories[i])
	}
	v.what = ""
	for _, t := range b.Terms {
		if t.Site == "" || t.Kind == "" || t.ID == "" && t.Name == "" {
			v.wrong("a term without site, kind or name: %+v", t)
		}
	}
	if v.texts && !valid(reflect.ValueOf(*b)) {
		v.wrong("a text in it is no valid UTF-8")
	}
}

func (v *validator) note(n connectors.Note) {
	switch n.Kind {
	case connectors.NoteRejected, connectors.NoteRepaired, connectors.NoteSkipped, connectors.NoteMissing, connectors.NoteGone:
	default:
		v.wrong("a note of no known kind: %+v", n)
	}
	if n.Subject == "" || n.Reason == "" {
		v.wrong("a note that does not say of what, or why: %+v", n)
	}
}

func (v *validator) account(a connectors.Account) {
	if a.Site == "" || len(a.IDs) == 0 || slices.ContainsFunc(a.IDs, func(id string) bool { return strings.TrimSpace(id) == "" }) {
		v.wrong("an account without site or name: %+v", a)
	}
}

func (v *validator) person(p fact.Person) {
	if p > v.most {
		v.wrong("person %d of %d accounts", p, v.most)
	}
}

func (v *validator) record(r *fact.Record) {
	v.what = fmt.Sprintf("record %q %q:", r.ID, r.Key)
	if err := r.Validate(); err != nil {
		v.wrong("it cannot be kept: %v", err)
	}
	if r.Digest != [16]byte{} {
		v.wrong("its digest is set")
	}
	if r.Updated < r.Created {
		v.wrong("updated at %v, before its creation at %v", r.Updated, r.Created)
	}
	if math.IsInf(r.Estimate, 0) {
		v.wrong("its estimate is infinite")
	}
	for _, p := range []fact.Person{r.Creator, r.Reporter, r.Assignee} {
		v.person(p)
	}
	v.changes(r.Changes)
	if sorted := fact.SortChanges(slices.Clone(r.Changes)); !slices.Equal(sorted, r.Changes) {
		v.wrong("its changes are not in order")
	}
	if h := r.History; h.State > fact.CutHistory || h.Have < 0 || h.Total < 0 || h.State == fact.NoHistory && len(r.Changes) > 0 {
		v.wrong("%d changes and the history %+v", len(r.Changes), h)
	}
	seen := map[[2]string]bool{}
	for _, l := range r.Links {
		// An item that is tied to itself shows both ends.
		if id := [2]string{l.ID, l.Phrase}; l.ID == "" || seen[id] {
			v.wrong("a link without an id, or twice: %+v", l)
		} else {
			seen[id] = true
		}
		if l.Other.IsZero() {
			v.wrong("a link to nowhere: %+v", l)
		}
	}
	acts := map[string]bool{}
	for _, i := range r.Involvement {
		v.involvement(i, acts)
	}
	if r.Unseen < 0 || r.Children < 0 {
		v.wrong("%d comments, reviews and worklogs left out, %d sub-issues", r.Unseen, r.Children)
	}
	v.repository(r)
}

// repository checks what repositories alone tell.
func (v *validator) repository(r *fact.Record) {
	if r.Class > fact.ClassMilestone {
		v.wrong("a record of no known class: %v", r.Class)
	}
	p := &r.Pull
	if pull := p.Sized || p.Merged != 0 || p.Begun != 0 || len(p.Paths) > 0; pull && r.Class != fact.ClassPull {
		v.wrong("a %v with the members of a pull request: %+v", r.Class, *p)
	}
	if p.Added < 0 || p.Deleted < 0 || p.Files < 0 || !p.Sized && p.Added+p.Deleted+p.Files+len(p.Paths) > 0 || len(p.Paths) > p.Files {
		v.wrong("a size that cannot be: %+v", *p)
	}
	for _, m := range r.Mentions {
		if m.Key == "" || m.Where < fact.InTitle || m.Where > fact.InBranch || m.Word < fact.WordMentions || m.Word > fact.WordTask {
			v.wrong("a mention of nothing, or nowhere: %+v", m)
		}
	}
	for _, c := range r.Columns {
		if c.ID == "" {
			v.wrong("a status on no board: %+v", c)
		}
	}
}

func (v *validator) changes(changes []fact.Change) {
	seen := map[string]bool{}
	for i := range changes {
		c := &changes[i]
		if c.ID == "" || seen[c.ID] {
			v.wrong("a change without an id, or twice: %+v", *c)
		}
		seen[c.ID] = true
		v.person(c.By)
		v.person(c.From.Person)
		v.person(c.To.Person)
		named := c.From.ID != "" || c.From.Text != "" || c.To.ID != "" || c.To.Text != ""
		switch c.Kind {
		case fact.KindAssignee:
			if named {
				v.wrong("a change of the assignee that tells who by more than a number: %+v", *c)
			}
		default:
			if c.From.Person != 0 || c.To.Person != 0 {
				v.wrong("a change of %v between people: %+v", c.Kind, *c)
			}
		}
	}
}

func (v *validator) involvement(i fact.Involvement, seen map[string]bool) {
	id := fmt.Sprint(i.Act, " ", i.ID) // comments and worklogs are numbered apart
	if i.ID == "" || seen[id] {
		v.wrong("an involvement without an id, or twice: %+v", i)
	}
	seen[id] = true
	v.person(i.By)
	if i.Act < fact.ActComment || int(i.Act) >= fact.Acts || i.Length > fact.Long {
		v.wrong("an involvement of no known kind: %+v", i)
	}
}

func (v *validator) history(h *connectors.History) {
	v.what = fmt.Sprintf("a part of the history of %+v:", h.Of)
	if h.Site == "" || h.Of.IsZero() {
		v.wrong("it does not say of which record")
	}
	if h.Entries < 0 || h.Total < -1 {
		v.wrong("%d entries of %d", h.Entries, h.Total)
	}
	v.changes(h.Changes) // in whichever order: that is the tracker's
}

// valid walks through all texts of a value.
func valid(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !valid(v.Index(i)) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !valid(v.Field(i)) {
				return false
			}
		}
	}
	return true
}

// copyOf copies a batch with all that it holds.
func copyOf(b *connectors.Batch) connectors.Batch {
	return deep(reflect.ValueOf(*b)).Interface().(connectors.Batch)
}

// deep copies a value of structs, slices and plain values.
func deep(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(deep(v.Index(i)))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(deep(v.Field(i)))
		}
	default:
		out.Set(v)
	}
	return out
}

// spoil overwrites all that a batch's lists hold, up to their capacities: what
// a receiver may do with what is its own.
func spoil(b *connectors.Batch) { wipe(reflect.ValueOf(b).Elem()) }

func wipe(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		all := v.Slice(0, v.Cap())
		for i := range all.Len() {
			wipe(all.Index(i))
		}
		for i := range all.Len() {
			all.Index(i).SetZero()
		}
	case reflect.Struct:
		for i := range v.NumField() {
			wipe(v.Field(i))
		}
	case reflect.String:
		v.SetString("spoilt")
	}
}
