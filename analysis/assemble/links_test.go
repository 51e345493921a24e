package assemble

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// reading is a link type as a public tracker words it, and what it says of
// A-1, that carries the outward phrase, and A-2, the younger, that carries the
// inward one.
type reading struct {
	inward, outward string
	want            string
}

// The link types of sixteen public Jira trackers (Montgomery et al., MSR 2022,
// jira_issuelinktype_information.json), read by a person: "A-1 depends on A-2"
// where whoever carries the outward phrase needs the other one.
var readings = []reading{
	{"is blocked by", "blocks", "A-2 depends on A-1"},
	{"is blocked by", "is blocking", "A-2 depends on A-1"},
	{"is depended on by", "depends on", "A-1 depends on A-2"},
	{"depends on", "is depended on by", "A-2 depends on A-1"},
	{"depended on by", "depends on", "A-1 depends on A-2"},
	{"is depended upon by", "depends upon", "A-1 depends on A-2"},
	{"is a precondition for", "depends on", "A-1 depends on A-2"},
	{"is required for", "depends on", "A-1 depends on A-2"},
	{"is required by", "requires", "A-1 depends on A-2"},
	{"required by", "requires", "A-1 depends on A-2"},
	{"needed by", "needs", "A-1 depends on A-2"},
	{"has to be done after", "has to be done before", "A-2 depends on A-1"},
	{"Preceded By", "Precedes", "A-2 depends on A-1"},
	{"can't start until the linked issue is done.", "Linked one can't start until this issue is done.", "A-2 depends on A-1"},
	{"can't finish until the linked issue begins.", "Linked one can't finish until this issue begins.", "A-2 depends on A-1"},
	{"Blocked", "Blocked", "A-2 depends on A-1 vague"},
	{"Dependency", "Dependency", "A-2 depends on A-1 vague"},
	{"Dependent", "Dependent", "A-2 depends on A-1 vague"},

	{"is related to", "relates to", "A-2 relates A-1 vague"},
	{"relates to", "relates to", "A-2 relates A-1 vague"},
	{"is related to", "is related to ", "A-2 relates A-1 vague"},
	{"is referenced by", "references", "A-2 relates A-1 vague"},
	{"is duplicated by", "duplicates", "A-1 duplicates A-2"},
	{"supersedes", "is superseded by", "A-2 duplicates A-1"},
	{"replaces", "is replaced by", "A-2 duplicates A-1"},
	{"supersedes", "supersedes", "A-2 duplicates A-1 vague"},
	{"is cloned by", "clones", "A-1 clones A-2"},
	{"was cloned as", "is cloned from", "A-1 clones A-2"},
	{"is cloned by", "is a clone of", "A-1 clones A-2"},
	{"Cloned to", "Cloned from", "A-1 clones A-2"},
	{"cloned from", "cloned to", "A-2 clones A-1"},
	{"is clone of", "is original of", "A-2 clones A-1"},
	{"split from", "split to", "A-2 splits A-1"},
	{"was split into", "was split from", "A-1 splits A-2"},
	{"is caused by", "causes", "A-1 other A-2"},
	{"has to be finished together with", "has to be finished together with", "A-1 other A-2 vague"},
}

// Whichever end tells of a link, or both, it is one connection of one
// direction.
func TestLinkPhrases(t *testing.T) {
	for _, c := range readings {
		scene := fmt.Sprintf("link Type %q %q\nA-2 story: 1 created\nA-1 story: 0 created; 2 link %q A-2\n", c.inward, c.outward, c.outward)
		s := parse(t, scene)
		for _, silent := range []string{"", "A-1", "A-2"} {
			records := s.Facts()
			if silent != "" {
				r := record(t, records, silent)
				r.Links, r.Changes = nil, nil
			}
			o := assembled(t, Rules{}, s, records)
			got := o.links()
			words, vague := strings.CutSuffix(c.want, " vague")
			want := words + " 2.."
			if vague {
				want += " vague"
			}
			if strings.Contains(words, "other") {
				want, got = "other", got[strings.Index(got, "other"):][:5] // who of the two is not said
			}
			if got != want || len(o.Org.Links) != 1 {
				t.Errorf("%q / %q, without %q: %s, want %s", c.inward, c.outward, silent, got, want)
			}
		}
	}
}

// Phrases of a hierarchy become parents and are no links.
func TestLinkPhrasesOfParents(t *testing.T) {
	for _, c := range []struct{ inward, outward, child string }{
		{"is a child of", "is a parent of", "A-2"},
		{"is parent of", "is subtask of", "A-1"},
		{"is subtask of", "is parent task of", "A-2"},
		{"is the epic for", "belongs to epic", "A-1"},
	} {
		o := tell(t, Rules{}, fmt.Sprintf("link Type %q %q\nA-1 story: 0 created; 2 link %q A-2\nA-2 story: 0 created", c.inward, c.outward, c.outward))
		parent := map[string]string{"A-1": "A-2", "A-2": "A-1"}[c.child]
		if got := o.parents(c.child); got != "2 "+parent || o.parents(parent) != "" || len(o.Org.Links) > 0 {
			t.Errorf("%q / %q: parents of %s: %q; %s", c.inward, c.outward, c.child, got, o.links())
		}
	}
}

func TestLinkRules(t *testing.T) {
	const (
		hold    = "link Hold \"held by\" holds\nA-1 story: 0 created; 2 link holds A-2\nA-2 story: 1 created"
		relates = "A-1 story: 0 created; 2 relates to A-2\nA-2 story: 1 created"
		blocks  = "A-1 story: 0 created; 2 blocks A-2\nA-2 story: 1 created"
	)
	depends := Link{Kind: work.LinkDepends}
	for _, c := range []struct {
		name, story string
		rules       map[string]Link
		want        string
	}{
		{"without a rule", hold, nil, "A-1 other A-2 2.."},
		{"by the phrase, outward", hold, map[string]Link{"HOLDS": depends, "held by": {Kind: work.LinkDepends, Reverse: true}}, "A-1 depends on A-2 2.."},
		{"by the phrase, inward", hold, map[string]Link{"held by": depends, "holds": {Kind: work.LinkDepends, Reverse: true}}, "A-2 depends on A-1 2.."},
		{"by the type's name: whoever carries the outward phrase depends", hold, map[string]Link{"hold": depends}, "A-1 depends on A-2 2.."},
		{"by the type's name, reversed", hold, map[string]Link{"hold": {Kind: work.LinkDepends, Reverse: true}}, "A-2 depends on A-1 2.."},
		{"a type whose phrases are known keeps their direction", blocks, map[string]Link{"Blocks": depends}, "A-2 depends on A-1 2.."},
		{"also where the rule counts on them to be the other way round", blocks, map[string]Link{"blocks": {Kind: work.LinkDepends, Reverse: true}}, "A-2 depends on A-1 2.."},
		{"a type may be ignored", blocks, map[string]Link{"blocks": {Kind: work.LinkOther}}, "A-2 other A-1 2.."},
		{"or each of its phrases", blocks, map[string]Link{"blocks": {}, "is blocked by": {}}, "A-2 other A-1 2.."},
		{"relations count where they are opted in", relates, map[string]Link{"relates to": {Kind: work.LinkDepends, Vague: true}}, "A-2 depends on A-1 2.. vague"},
		{"or by the type", relates, map[string]Link{"relates": depends}, "A-2 depends on A-1 2.. vague"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{Links: c.rules}, c.story)
			if got := o.links(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestLinksOverTime(t *testing.T) {
	const two = "\nA-2 story: 1 created; 20 comment 10\n"
	for _, c := range []struct{ name, story, want string }{
		{"made", "A-1 story: 0 created; 3 blocked by A-2" + two, "A-1 depends on A-2 3.."},
		{"made and removed", "A-1 story: 0 created; 3 blocked by A-2; 5 unlink A-2" + two, "A-1 depends on A-2 3..5"},
		{"made again", "A-1 story: 0 created; 3 blocked by A-2; 5 unlink A-2; 8 blocked by A-2" + two, "A-1 depends on A-2 3..5; A-1 depends on A-2 8.."},
		{"made from the other end", "A-1 story: 0 created\nA-2 story: 0 created; 3 blocks A-1", "A-1 depends on A-2 3.."},
		{"told as two types", "link Need \"needed by\" needs\nA-1 story: 0 created; 3 blocked by A-2; 4 link needs A-2" + two, "A-1 depends on A-2 3.."},
		{"each on the other", "A-1 story: 0 created; 3 blocked by A-2; 4 blocks A-2" + two, "A-1 depends on A-2 3..; A-2 depends on A-1 4.."},
		{"made and removed in one instant", "A-1 story: 0 created; 3 blocked by A-2; 3 unlink A-2" + two, ""},
		{"removed and made in one instant", "A-1 story: 0 created; 3 blocked by A-2; 5 unlink A-2; 5 blocked by A-2" + two, "A-1 depends on A-2 3..5; A-1 depends on A-2 5.."},
		{"to itself", "A-1 story: 0 created; 3 blocked by A-1", ""},
		{"to an item outside", "A-1 story: 0 created; 3 blocked by X-1; 5 blocks X-2", "- depends on A-1 5..; A-1 depends on - 3.."},
		{"an outside end gone again", "A-1 story: 0 created; 3 blocked by X-1; 5 unlink X-1", "A-1 depends on - 3..5"},
		{"two ends outside", "A-1 story: 0 created; 3 blocked by X-1; 4 blocked by X-2", "A-1 depends on - 3..; A-1 depends on - 4.."},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{}, c.story)
			got := strings.Split(o.links(), "; ")
			slices.Sort(got)
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// Histories differ from what is there now in every way.
func TestLinksWhereHistoryAndPresentDiffer(t *testing.T) {
	const text = "A-1 story: 0 created; 3 blocked by A-2; 5 unlink A-2; 20 comment 1\nA-2 story: 2 created; 21 comment 1"
	blocked := fact.Link{ID: "l1", Type: "Blocks", Phrase: "is blocked by", Other: fact.Ref{ID: "10002", Key: "A-2"}}
	for _, c := range []struct {
		name  string
		spoil func(a, b *fact.Record)
		want  string
	}{
		{"as told", func(a, b *fact.Record) {}, "A-1 depends on A-2 3..5"},
		{"no history at all: it stands since both exist", func(a, b *fact.Record) {
			a.Changes, b.Changes, a.Links = nil, nil, []fact.Link{blocked}
		}, "A-1 depends on A-2 2.. undated"},
		{"the making was not logged: it was there from the first", func(a, b *fact.Record) {
			a.Changes, b.Changes = a.Changes[1:], b.Changes[1:]
		}, "A-1 depends on A-2 2..5 undated"},
		{"the removal was not logged: gone by the last update", func(a, b *fact.Record) {
			a.Changes, b.Changes = a.Changes[:1], b.Changes[:1]
		}, "A-1 depends on A-2 3..21"},
		{"the second making was not logged: back by the last update", func(a, b *fact.Record) {
			a.Links = []fact.Link{blocked}
		}, "A-1 depends on A-2 3..5; A-1 depends on A-2 21.. undated"},
		{"only one end logged the removal", func(a, b *fact.Record) { b.Changes = b.Changes[:1] }, "A-1 depends on A-2 3..5"},
		{"the other end logged a moment later", func(a, b *fact.Record) {
			b.Changes[0].At += 900
			b.Changes[1].At += 900
		}, "A-1 depends on A-2 3..5"},
		{"logged before the other end was created", func(a, b *fact.Record) {
			a.Changes[0].At -= 2 * fact.Day
			b.Changes[0].At -= 2 * fact.Day
		}, "A-1 depends on A-2 2..5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, text)
			records := s.Facts()
			c.spoil(records[0], records[1])
			o := assembled(t, Rules{}, s, records)
			if got := o.links(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// A history speaks the language of whoever acted, and ends in a phrase of the
// tracker: the longest one that fits. Where none does, the words that trackers
// usually have decide; where those say nothing either, the present link stands
// since both ends exist.
func TestLinkHistoriesInOtherWords(t *testing.T) {
	const text = `
link Bremse "wird gebremst von" bremst
link Frei "wird nicht mehr gebremst von" "nicht mehr bremst"
A-1 story: 0 created; 3 link bremst A-2
A-2 story: 1 created; 9 comment 1`
	rules := Rules{Links: map[string]Link{
		"wird gebremst von": {Kind: work.LinkDepends}, "bremst": {Kind: work.LinkDepends, Reverse: true},
	}}
	for _, c := range []struct {
		words string // in A-1's history
		want  string
	}{
		{"bremst", "A-2 depends on A-1 3.."},
		{"Dieser Vorgang bremst", "A-2 depends on A-1 3.."},
		{"  BREMST ", "A-2 depends on A-1 3.."},
		{"Dieser Vorgang blocks", "A-2 depends on A-1 3.."},                    // of another type of the tracker
		{"is needed by", "A-2 depends on A-1 3.."},                             // of none, but usual
		{"Dieser Vorgang is needed by", "A-2 depends on A-1 1.. undated"},      // usual phrases must stand alone
		{"Dieser Vorgang nicht mehr bremst", "A-2 depends on A-1 1.. undated"}, // a longer phrase, of no meaning
		{"ce ticket freine", "A-2 depends on A-1 1.. undated"},
		{"Dieser Vorgang wird gebremst von", "A-2 depends on A-1 1.. undated"}, // says the contrary
	} {
		s := parse(t, text)
		records := s.Facts()
		records[0].Changes[0].To.Text = c.words
		records[1].Changes = nil
		o := assembled(t, rules, s, records)
		var standing []string
		for _, l := range strings.Split(o.links(), "; ") {
			if strings.Contains(l, "A-2 depends on A-1") {
				standing = append(standing, l)
			}
		}
		if got := strings.Join(standing, "; "); got != c.want {
			t.Errorf("%q: %s\nwant %s", c.words, o.links(), c.want)
		}
	}
}

// The keys in references may be old ones; an item that bears the key now has
// the better right to it.
func TestLinksByOldKeys(t *testing.T) {
	byKey := func(records []*fact.Record) { // present links tell no ids
		for _, r := range records {
			for k := range r.Links {
				r.Links[k].Other.ID = ""
			}
		}
	}
	for _, c := range []struct {
		name, story string
		spoil       func([]*fact.Record)
		want        string
	}{
		{"the other end moved later", "A-1 story: 0 created; 3 blocked by A-2\nA-2 story: 0 created; 5 move B-2", byKey, "A-1 depends on B-2 3.."},
		{"it moved twice", "A-1 story: 0 created; 3 blocked by A-2\nA-2 story: 0 created; 5 move B-2; 6 move C-2", byKey, "A-1 depends on C-2 3.."},
		{"it was taken out under its new key", "A-1 story: 0 created; 3 blocked by A-2; 7 unlink B-2\nA-2 story: 0 created; 5 move B-2", byKey, "A-1 depends on B-2 3..7"},
		{"this end moved", "A-1 story: 0 created; 3 blocked by A-2; 5 move B-1\nA-2 story: 0 created; 8 unlink B-1", byKey, "B-1 depends on A-2 3..8"},
		{"an id beats a key", "A-1 story: 0 created; 3 blocked by A-2\nA-2 story: 0 created\nA-3 story: 0 created", func(records []*fact.Record) {
			records[0].Links[0].Other.Key = "A-3"
			records[0].Changes, records[1].Changes = nil, nil
		}, "A-1 depends on A-2 0.. undated"},
		{"the key is another item's today", "A-1 story: 0 created; 3 blocked by A-2\nA-2 story: 0 created; 5 move B-2\nA-9 story: 0 created", func(records []*fact.Record) {
			byKey(records)
			records[2].Key = "A-2"
			records[1].Changes, records[1].Links = records[1].Changes[1:], nil // keeps its move
		}, "A-1 depends on A-2 3.."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.story)
			records := s.Facts()
			c.spoil(records)
			o := assembled(t, Rules{}, s, records)
			if got := o.links(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// pairs is a random history of connections between pairs of items, as plain
// intervals: what any telling of it has to come down to.
type connection struct {
	a, b     int // a depends on b
	from, to int // in eighths of a day; to -1 while it stands
}

// However a history of links is told (from the one end or the other, by its
// active or its passive phrase, with one end silent), the same connections
// come out.
func TestLinksAreWhatHappened(t *testing.T) {
	silences := 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 6))
		n := 2 + r.IntN(4)
		lines := make([]string, n)
		for i := range lines {
			lines[i] = fmt.Sprintf("A-%d story: 0 created", i+1)
		}
		var want []connection
		tell := func(day int, from, to int, event string) {
			lines[from] += fmt.Sprintf("; %g %s A-%d", float64(day)/8, event, to+1)
		}
		for a := range n {
			for b := range n {
				if a == b || r.IntN(3) > 0 {
					continue
				}
				if slices.ContainsFunc(want, func(c connection) bool { return c.a == b && c.b == a }) {
					continue // "unlink" ends every link between two items
				}
				at := 8
				for range 1 + r.IntN(3) {
					at += 1 + r.IntN(20)
					c := connection{a, b, at, -1}
					if r.IntN(2) == 0 {
						tell(at, a, b, "blocked by")
					} else {
						tell(at, b, a, "blocks")
					}
					ends := r.IntN(3) > 0
					if ends {
						at += 1 + r.IntN(20)
						c.to = at
						from, to := a, b
						if r.IntN(2) == 0 {
							from, to = b, a
						}
						tell(at, from, to, "unlink")
					}
					want = append(want, c)
					if !ends {
						break
					}
				}
			}
		}
		s := parse(t, strings.Join(lines, "\n"))
		records := s.Facts()
		for _, c := range want { // one end of some pairs says nothing
			silent, other := c.a, c.b
			switch r.IntN(4) {
			case 0:
			case 1:
				silent, other = c.b, c.a
			default:
				continue
			}
			silences++
			rec := record(t, records, fmt.Sprintf("A-%d", silent+1))
			toOther := func(key string) bool { return key == fmt.Sprintf("A-%d", other+1) }
			spoken := record(t, records, fmt.Sprintf("A-%d", other+1))
			if !slices.ContainsFunc(spoken.Changes, func(ch fact.Change) bool { return ch.From.ID == rec.Key || ch.To.ID == rec.Key }) {
				continue // the other end is silent already
			}
			rec.Links = slices.DeleteFunc(rec.Links, func(l fact.Link) bool { return toOther(l.Other.Key) })
			rec.Changes = slices.DeleteFunc(rec.Changes, func(ch fact.Change) bool { return toOther(ch.From.ID) || toOther(ch.To.ID) })
		}
		o := assembled(t, Rules{}, s, records)
		slices.SortFunc(want, func(x, y connection) int {
			return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b), cmp.Compare(x.from, y.from))
		})
		var text []string
		for _, c := range want {
			to := ""
			if c.to >= 0 {
				to = fmt.Sprintf("%g", float64(c.to)/8)
			}
			text = append(text, fmt.Sprintf("A-%d depends on A-%d %g..%s", c.a+1, c.b+1, float64(c.from)/8, to))
		}
		if got := o.links(); got != strings.Join(text, "; ") {
			t.Fatalf("seed %d:\n%s\nwant\n%s\n%s", seed, got, strings.Join(text, "; "), strings.Join(lines, "\n"))
		}
	}
	if silences < 300 {
		t.Errorf("only %d silent ends: the stories test little", silences)
	}
}

func TestCoverageOfLinks(t *testing.T) {
	s := parse(t, `
link Odd "is odd to" "odds"
A-1 story: 0 created; 1 blocked by A-2; 2 blocked by B-1; 3 blocked by X-1; 4 relates to A-2; 5 link odds A-2; 6 link Dependency B-1
A-2 story: 0 created; 7 blocked by X-1; 8 blocked by X-2; 9 unlink X-2
B-1 story: 0 created`)
	records := s.Facts()
	records[2].Links, records[2].Changes = nil, nil // B-1 says nothing of A-1
	records[0].Changes = records[0].Changes[1:]     // forgot when they were tied
	records[1].Changes = slices.DeleteFunc(records[1].Changes, func(c fact.Change) bool { return c.To == fact.Value{ID: "A-1", Text: "blocks"} })
	o := assembled(t, Rules{}, s, records)
	c := o.Org.Coverage
	// Standing: blocked by A-2, B-1, X-1 (twice, from ), relates, odd, Dependency on B-1.
	if c.Links != 7 || c.LinksAcross != 4 || c.LinksOutside != 2 || c.TargetsOutside != 1 {
		t.Errorf("links %d, across %d, outside %d, targets %d", c.Links, c.LinksAcross, c.LinksOutside, c.TargetsOutside)
	}
	if c.LinksUndated != 1 || c.LinksOneEnd != 2 || c.NoDirection != 1 || len(c.LinksUnknown) != 0 {
		t.Errorf("undated %d, one end %d, no direction %d, unknown %v\n%s", c.LinksUndated, c.LinksOneEnd, c.NoDirection, c.LinksUnknown, o.links())
	}
}
