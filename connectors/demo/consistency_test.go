package demo

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smokestack/analysis/fact"
)

// organisations are the sizes and seeds that every rule is held to.
var organisations = map[string]Options{
	"default":       {},
	"another seed":  {Seed: 20260629},
	"one team":      {Teams: 1, Seed: 2},
	"two teams":     {Teams: 2, Seed: 3},
	"six teams":     {Teams: 6, Seed: 4},
	"several casts": {Teams: 18, Items: 4_000, Seed: 5},
	"a broken cast": {Teams: 13, Items: 3_000, Weeks: 40},
	"short":         {Weeks: 26, Seed: 6},
	"long":          {Weeks: 110, Teams: 5, Seed: 7},
	"few items":     {Items: 400, Seed: 8},
	"busy teams":    {Teams: 3, Items: 4_000, Seed: 9},
	"another end":   {End: defaultEnd - 1234567, Seed: 10},
	"tiny":          {Items: 1, Teams: 9},
	"a later end":   {End: defaultEnd + 400*day, Teams: 4, Seed: math.MaxUint64},
	"jira only":     {Seed: 11, JiraOnly: true},
}

func forAll(t *testing.T, check func(*testing.T, Options)) {
	for name, o := range organisations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, o)
		})
	}
}

func TestRecordsAreConsistent(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, _ := tell(t, o)
		s := o.settle()
		for i := range r.records {
			rec := &r.records[i]
			for _, complaint := range slices.Concat(
				identity(rec), times(rec, s), replay(rec), ids(rec), r.surroundings(rec),
			) {
				t.Errorf("%s: %s", rec.Key, complaint)
			}
			if t.Failed() {
				t.Fatalf("%+v", rec)
			}
		}
	})
}

// identity checks what names a record.
func identity(r *fact.Record) (out []string) {
	if err := r.Validate(); err != nil {
		out = append(out, err.Error())
	}
	if r.Site != Site || r.URL != Site+"/browse/"+r.Key || r.Digest != [16]byte{} {
		out = append(out, "site, address or digest")
	}
	project, number, _ := strings.Cut(r.Key, "-")
	if n, err := strconv.Atoi(number); err != nil || n < 1 || project != r.Project.Key {
		out = append(out, "key does not fit project "+r.Project.Key)
	}
	if strings.TrimSpace(r.Title) == "" || r.Creator == 0 || r.Reporter == 0 || r.Type.Name == "" || r.Priority.Name == "" {
		out = append(out, "something is missing")
	}
	return out
}

// times checks that all of a record lies between the beginning and the end.
func times(r *fact.Record, s settings) (out []string) {
	if r.Created < s.begin {
		out = append(out, "created before the beginning")
	}
	if r.Updated > s.end {
		out = append(out, "updated after the end")
	}
	newest := max(r.Created, r.Resolved)
	within := func(what string, at fact.Instant) {
		newest = max(newest, at)
		if at <= r.Created {
			out = append(out, what+" not after the creation")
		}
	}
	for _, c := range r.Changes {
		within("a change of "+c.Kind.String(), c.At)
	}
	for _, v := range r.Involvement {
		within("an involvement", v.At)
	}
	if r.Updated != newest {
		out = append(out, fmt.Sprintf("updated at %v, and the newest is %v", r.Updated, newest))
	}
	return out
}

// ids checks the ids within a record and the order of its changes.
func ids(r *fact.Record) (out []string) {
	seen := map[string]bool{}
	for _, c := range r.Changes {
		if c.ID == "" || seen[c.ID] || c.By == 0 {
			out = append(out, "change "+c.ID+" comes twice, or from nobody")
		}
		seen[c.ID] = true
	}
	for _, v := range r.Involvement {
		if v.ID == "" || seen[v.ID] || v.By == 0 || v.Act == 0 || (v.Act == fact.ActComment) != (v.Length != fact.LengthUnknown) {
			out = append(out, fmt.Sprintf("involvement %+v", v))
		}
		seen[v.ID] = true
	}
	if sorted := fact.SortChanges(slices.Clone(r.Changes)); !reflect.DeepEqual(sorted, r.Changes) {
		out = append(out, "changes are not in order")
	}
	if h := r.History; h.State != fact.WholeHistory || h.Have != len(r.Changes) || h.Total != len(r.Changes) {
		out = append(out, "history is not whole")
	}
	return out
}

// replay checks that every change begins where the one before ended and that
// the last one leads to the present.
func replay(r *fact.Record) (out []string) {
	now := map[fact.Kind]fact.Value{
		fact.KindStatus: value(r.Status), fact.KindResolution: value(r.Resolution), fact.KindPriority: value(r.Priority),
		fact.KindAssignee: {Person: r.Assignee}, fact.KindParent: {ID: r.Parent.ID, Text: r.Parent.Key},
		fact.KindEstimate: {Text: points(r.Estimate)}, fact.KindDue: {Text: r.Due}, fact.KindKey: {Text: r.Key},
		fact.KindProject: {ID: r.Project.ID, Text: r.Project.Name}, fact.KindType: {ID: r.Type.ID, Text: r.Type.Name},
	}
	if r.Flagged {
		now[fact.KindFlag] = fact.Value{Text: flagText}
	}
	sets := map[fact.Kind]map[fact.Value]bool{}
	for kind, elements := range present(r) {
		sets[kind] = map[fact.Value]bool{}
		for _, v := range elements {
			if sets[kind][v] {
				out = append(out, fmt.Sprintf("%s holds %v twice", kind, v))
			}
			sets[kind][v] = true
		}
	}
	for _, c := range slices.Backward(r.Changes) {
		switch {
		case c.Kind.IsSet():
			out = append(out, undo(sets, c)...)
		case c.Kind == fact.KindOther || c.Kind == fact.KindRank:
		case c.From == c.To || now[c.Kind] != c.To:
			out = append(out, fmt.Sprintf("%s changes from %v to %v, and then it is %v", c.Kind, c.From, c.To, now[c.Kind]))
		default:
			now[c.Kind] = c.From
		}
	}
	if (r.Resolved != 0) != (r.Resolution.Name != "") || (r.Status.Name == "Done") != (r.Resolution.Name != "") {
		out = append(out, "status, resolution and its time do not agree")
	}
	return append(out, young(r, now, sets)...)
}

// young checks what is left when the whole history is undone: a new record.
func young(r *fact.Record, now map[fact.Kind]fact.Value, sets map[fact.Kind]map[fact.Value]bool) (out []string) {
	imported := r.Status.Name == "Done" && len(r.Changes) == 0
	if now[fact.KindStatus].Text != "To Do" && !imported || !now[fact.KindFlag].IsZero() {
		out = append(out, "was not new when it was created")
	}
	for _, kind := range []fact.Kind{fact.KindLink, fact.KindSprint, fact.KindRelease} {
		if len(sets[kind]) > 0 {
			out = append(out, fmt.Sprintf("%s %v was never added", kind, sets[kind]))
		}
	}
	return out
}

// present lists the elements of a record's sets as a history writes them; of a
// link that is the key that the other end bears now.
func present(r *fact.Record) map[fact.Kind][]fact.Value {
	out := map[fact.Kind][]fact.Value{}
	for kind, list := range map[fact.Kind][]fact.Named{
		fact.KindComponent: r.Components, fact.KindRelease: r.Releases, fact.KindSprint: r.Sprints,
	} {
		for _, n := range list {
			out[kind] = append(out[kind], value(n))
		}
	}
	for _, l := range r.Labels {
		out[fact.KindLabel] = append(out[fact.KindLabel], fact.Value{Text: l})
	}
	for _, l := range r.Links {
		out[fact.KindLink] = append(out[fact.KindLink], fact.Value{Text: l.Phrase, ID: l.Other.Key})
	}
	return out
}

// undo takes a change of a set back. A link is known by its phrase where the
// other end has got another key since.
func undo(sets map[fact.Kind]map[fact.Value]bool, c fact.Change) []string {
	set := sets[c.Kind]
	if set == nil {
		set = map[fact.Value]bool{}
		sets[c.Kind] = set
	}
	switch {
	case c.From.IsZero() == c.To.IsZero():
		return []string{fmt.Sprintf("%s: from %v to %v is no change of one element", c.Kind, c.From, c.To)}
	case c.To.IsZero():
		if set[c.From] {
			return []string{fmt.Sprintf("%s %v is taken out and still there", c.Kind, c.From)}
		}
		set[c.From] = true
		return nil
	case set[c.To]:
		delete(set, c.To)
		return nil
	case c.Kind == fact.KindLink:
		for v := range set {
			if v.Text == c.To.Text {
				delete(set, v)
				return nil
			}
		}
	}
	return []string{fmt.Sprintf("%s %v is put in and not there", c.Kind, c.To)}
}

// surroundings checks a record's parent and the other ends of its links.
func (r *read) surroundings(rec *fact.Record) (out []string) {
	if !rec.Parent.IsZero() {
		up := r.byID[rec.Parent.ID]
		switch {
		case up == nil || up.Key != rec.Parent.Key:
			out = append(out, "its parent does not exist")
		case up.Type.Rank != rec.Type.Rank+1:
			out = append(out, "its parent is of rank "+fmt.Sprint(up.Type.Rank))
		case !r.adopted(rec) && up.Created >= rec.Created:
			out = append(out, "it was created in a parent that was not")
		}
	} else if rec.Type.Rank < 0 {
		out = append(out, "a sub-task without a parent")
	}
	for _, l := range rec.Links {
		out = append(out, r.otherEnd(rec, l)...)
	}
	for _, c := range rec.Changes {
		if c.Kind == fact.KindLink {
			out = append(out, r.otherHistory(rec, c)...)
		}
	}
	return out
}

func (r *read) adopted(rec *fact.Record) bool {
	return slices.ContainsFunc(rec.Changes, func(c fact.Change) bool { return c.Kind == fact.KindParent })
}

// reverse is how a phrase reads from the other end, by the vocabulary.
func (r *read) reverse(phrase string) string {
	for _, t := range r.terms {
		switch {
		case t.Kind != fact.TermLinkType:
		case t.Inward == phrase:
			return t.Outward
		case t.Outward == phrase:
			return t.Inward
		}
	}
	return ""
}

func isOutside(key string) bool {
	return slices.ContainsFunc(outside[:], func(o fact.Ref) bool { return o.Key == key })
}

func (r *read) otherEnd(rec *fact.Record, l fact.Link) []string {
	if isOutside(l.Other.Key) && r.byID[l.Other.ID] == nil {
		return nil
	}
	other := r.byID[l.Other.ID]
	if other == nil || other.Key != l.Other.Key || other == rec {
		return []string{fmt.Sprintf("link %+v leads nowhere", l)}
	}
	want := fact.Link{ID: l.ID, Type: l.Type, Phrase: r.reverse(l.Phrase), Other: fact.Ref{ID: rec.ID, Key: rec.Key}}
	if !slices.Contains(other.Links, want) {
		return []string{fmt.Sprintf("link %+v is not on %s", l, other.Key)}
	}
	return nil
}

// otherHistory checks that a link's making or end stands in both histories, at
// the same instant and by the same person.
func (r *read) otherHistory(rec *fact.Record, c fact.Change) []string {
	key, phrase := c.To.ID+c.From.ID, c.To.Text+c.From.Text
	if isOutside(key) {
		return nil
	}
	for _, other := range r.keys[key] {
		for _, d := range other.Changes {
			if d.Kind == fact.KindLink && d.At == c.At && d.By == c.By && d.To.Text+d.From.Text == r.reverse(phrase) && d.From.IsZero() == c.From.IsZero() {
				return nil
			}
		}
	}
	return []string{"the other end of " + key + " knows nothing of its link"}
}

func TestIDsAndKeysGrowWithCreation(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, _ := tell(t, o)
		last := map[string]int{}
		for i := range r.records {
			rec := &r.records[i]
			if want := strconv.Itoa(firstID + i); rec.ID != want {
				t.Fatalf("record %d has the id %s, want %s", i, rec.ID, want)
			}
			if i > 0 && rec.Created < r.records[i-1].Created {
				t.Fatalf("%s is older than the record before", rec.Key)
			}
			key := rec.Key
			for _, c := range rec.Changes {
				if c.Kind == fact.KindKey {
					key = c.From.Text
				}
			}
			project, number, _ := strings.Cut(key, "-")
			n, _ := strconv.Atoi(number)
			if n <= last[project] {
				t.Fatalf("%s comes after %s-%d", key, project, last[project])
			}
			last[project] = n
		}
		for key, list := range r.keys {
			if len(list) != 1 {
				t.Errorf("%s was borne by %d records", key, len(list))
			}
		}
	})
}

func TestVocabularyCoversTheRecords(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, _ := tell(t, o)
		need := func(kind fact.TermKind, n fact.Named) {
			if term, ok := r.terms.Find(Site, kind, n.ID); !ok || term.Name != n.Name || term.Seen == 0 {
				t.Fatalf("the vocabulary lacks %s %v", kind, n)
			}
		}
		for i := range r.records {
			rec := &r.records[i]
			need(fact.TermStatus, rec.Status)
			need(fact.TermType, fact.Named{ID: rec.Type.ID, Name: rec.Type.Name})
			need(fact.TermProject, fact.Named{ID: rec.Project.ID, Name: rec.Project.Name})
			for _, s := range rec.Sprints {
				need(fact.TermSprint, s)
			}
			for _, v := range rec.Releases {
				need(fact.TermRelease, v)
			}
		}
	})
}
