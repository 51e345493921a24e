package assemble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// What texts say, and for how long: a link of the tracker is the better word
// while it stands, and a mention is the weakest.
func TestTextLinks(t *testing.T) {
	const two = "acme/shop#1 bug: 1 created\n"
	for _, c := range []struct{ name, story, want string }{
		{"depends on", two + "acme/shop#2 bug: 2 created; 2 mentions depends acme/shop#1", "acme/shop#2 depends on, by text acme/shop#1 2.."},
		{"blocks, the other way round", two + "acme/shop#2 bug: 2 created; 2 mentions blocks acme/shop#1", "acme/shop#1 depends on, by text acme/shop#2 2.."},
		{"a task", two + "acme/shop#2 bug: 2 created; 2 mentions task acme/shop#1", "acme/shop#2 depends on, by text acme/shop#1 2.."},
		{"a bare reference", two + "acme/shop#2 bug: 2 created; 2 mentions acme/shop#1", "acme/shop#2 mentions acme/shop#1 2.."},
		{"of what came later", "acme/shop#1 bug: 5 created\nacme/shop#2 bug: 2 created; 2 mentions acme/shop#1", "acme/shop#2 mentions acme/shop#1 5.."},
		{"said twice", two + "acme/shop#2 bug: 2 created; 2 mentions title depends acme/shop#1; 2 mentions body task ACME/Shop#1", "acme/shop#2 depends on, by text acme/shop#1 2.."},
		{"both words", two + "acme/shop#2 bug: 2 created; 2 mentions depends acme/shop#1; 2 mentions acme/shop#1", "acme/shop#2 depends on, by text acme/shop#1 2.."},
		{"each of the other", "acme/shop#1 bug: 1 created; 1 mentions acme/shop#2\nacme/shop#2 bug: 2 created; 2 mentions acme/shop#1", "acme/shop#1 mentions acme/shop#2 2..; acme/shop#2 mentions acme/shop#1 2.."},
		{"a link from the beginning", two + "acme/shop#2 bug: 2 created; 2 mentions depends acme/shop#1; 2 blocked by acme/shop#1", "acme/shop#2 depends on acme/shop#1 2.."},
		{"a link later, for a time", two + "acme/shop#2 bug: 2 created; 2 mentions depends acme/shop#1; 4 blocked by acme/shop#1; 7 unlink acme/shop#1", "acme/shop#2 depends on acme/shop#1 4..7; acme/shop#2 depends on, by text acme/shop#1 2..4; acme/shop#2 depends on, by text acme/shop#1 7.."},
		{"the link says the opposite", two + "acme/shop#2 bug: 2 created; 2 mentions depends acme/shop#1; 4 blocks acme/shop#1", "acme/shop#1 depends on acme/shop#2 4..; acme/shop#2 depends on, by text acme/shop#1 2.."},
		{"a mention has no direction", two + "acme/shop#2 bug: 2 created; 2 mentions acme/shop#1; 4 blocks acme/shop#1", "acme/shop#1 depends on acme/shop#2 4..; acme/shop#2 mentions acme/shop#1 2..4"},
		{"other links are no better word", two + "acme/shop#2 bug: 2 created; 2 mentions acme/shop#1; 4 relates to acme/shop#1", "acme/shop#2 relates acme/shop#1 4.. vague; acme/shop#2 mentions acme/shop#1 2.."},
		{"what a pull request carries it mentions anyway", two + "acme/shop#2 pull: 2 created; 2 mentions acme/shop#1; 4 closes acme/shop#1; 6 unlink acme/shop#1", "acme/shop#2 mentions acme/shop#1 2..4; acme/shop#2 mentions acme/shop#1 6.."},
		{"and what carries it", two + "acme/shop#2 pull: 2 created; 2 mentions closes acme/shop#1\nacme/shop#3 bug: 3 created; 3 mentions acme/shop#2\n", "acme/shop#3 mentions acme/shop#2 3.."},
		{"words of dependence beside a tie are kept", two + "acme/shop#2 pull: 2 created; 2 mentions closes acme/shop#1; 2 mentions depends acme/shop#1", "acme/shop#2 depends on, by text acme/shop#1 2.."},
		{"a milestone says nothing", "acme/shop/milestone/1 milestone: 0 created\nacme/shop#2 bug: 2 created; 2 mentions acme/shop/milestone/1", ""},
		{"across trackers", "A-1 story: 0 created\nacme/shop#2 pull: 2 created; 2 mentions depends A-1", "acme/shop#2 depends on, by text A-1 2.."},
		{"the other way", "A-1 story: 3 created; 3 mentions acme/shop#2\nacme/shop#2 pull: 2 created", ""}, // a key of a repository is one of the same site
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{}, c.story)
			if got := strings.ReplaceAll(o.links(), " undated", ""); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// A text may give the tracker of a key.
func TestMentionsOfASite(t *testing.T) {
	s := parse(t, "A-1 story: 0 created; 0 mentions acme/shop#1\nacme/shop#1 pull: 1 created; 1 mentions A-1")
	records := s.Facts()
	record(t, records, "A-1").Mentions[0].Site = s.Code
	pull := record(t, records, "acme/shop#1")
	pull.Mentions = append(pull.Mentions, fact.Mention{Where: fact.InBody, Word: fact.WordMentions, Site: "https://else.example", Key: "A-1"})
	pull.Mentions = append(pull.Mentions, fact.Mention{Where: fact.InBody, Word: fact.WordMentions, Site: s.Site, Key: "A-1"})
	o := assembled(t, Rules{}, s, records)
	if got := o.carries(); got != "acme/shop#1 A-1 1.." || len(o.Org.Coverage.MentionsOutside) != 0 {
		t.Errorf("%s; %v outside", got, o.Org.Coverage.MentionsOutside)
	}
	if got := o.links(); got != "" { // it carries it, and is mentioned by it
		t.Errorf("links %s", got)
	}
}

// A key that two Jiras have leads to the first until the second has it, and
// nowhere from then on; a word with the tracker's address leads there all the time.
func TestKeysOfSeveralJiras(t *testing.T) {
	s := parse(t, "A-1 story: 1 created\nacme/shop#1 pull: 2 created; 2 mentions A-1; 2 mentions title A-1")
	tell := func(created float64, site string) tale {
		records := s.Facts()
		second := *record(t, records, "A-1")
		second.Site, second.Created, second.Updated = "https://second.example", s.Day(created), s.Day(created)
		record(t, records, "acme/shop#1").Mentions[1].Site = site
		return assembled(t, Rules{}, s, append(records, &second))
	}
	for _, c := range []struct {
		created float64
		site    string
		want    string // from which day to which the first one, and the second one, is carried
	}{
		{5, "", "first 2..5"},
		{2, "", ""},
		{0, "", ""},
		{5, "https://second.example", "first 2..5; second 5.."},
		{5, s.Site, "first 2.."},
	} {
		o := tell(c.created, c.site)
		var got []string
		for _, tie := range o.Org.Carries {
			name := "first"
			if o.Org.Sites[o.Org.Items.Site[tie.Item]].URL != s.Site {
				name = "second"
			}
			got = append(got, name+" "+o.day(tie.Made)+".."+o.day(tie.Removed))
		}
		slices.Sort(got)
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("the second created on day %g, the text says %q: %s, want %s", c.created, c.site, text, c.want)
		}
	}
}

// Stretches are what a naive walk over all instants finds.
func TestStretches(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() []stretch {
		var out []stretch
		for range r.IntN(5) {
			from := fact.Instant(r.IntN(20))
			to := from + 1 + fact.Instant(r.IntN(6))
			if r.IntN(6) == 0 {
				to = fact.Never
			}
			out = append(out, stretch{from, to})
		}
		return out
	}
	in := func(list []stretch, t fact.Instant) bool {
		return slices.ContainsFunc(list, func(s stretch) bool { return s.from <= t && t < s.to })
	}
	for range 3000 {
		a, b := draw(), draw()
		got := without(joined(a), joined(b))
		for at := range fact.Instant(40) {
			if in(got, at) != (in(a, at) && !in(b, at)) {
				t.Fatalf("%v without %v: %v, wrong at %d", a, b, got, at)
			}
		}
		for k, s := range got {
			if s.from >= s.to || k > 0 && got[k-1].to > s.from {
				t.Fatalf("%v without %v: %v", a, b, got)
			}
		}
	}
}

// However often all items refer to one, each thing is kept once.
func TestManyReferences(t *testing.T) {
	first := story.MustParse("acme/shop#1 bug: 0 created").Facts()[0]
	const n = 2000
	records := make([]*fact.Record, n)
	for i := range records {
		r := *first
		r.ID, r.Key = fmt.Sprint(i+1), fmt.Sprintf("acme/shop#%d", i+1)
		for k := range 60 {
			r.Mentions = append(r.Mentions, fact.Mention{Where: fact.InBody, Word: fact.Word(k % 6), Key: "acme/shop#10"})
		}
		records[i] = &r
	}
	res, err := Assemble(Rules{}, nil, records)
	if err != nil {
		t.Fatal(err)
	}
	// Of every other item the texts say that it depends on that one, and the reverse.
	if got := len(res.Org.Links); got != 2*(n-1) || res.Org.Coverage.TextLinks != got || res.Org.Coverage.Mentions != 0 {
		t.Errorf("%d links of %d items to one; %+v", got, n, res.Org.Coverage)
	}
}

// The kind of a tie that the tracker tells between other things than a pull
// request and an issue is a link of no meaning.
func TestTiesBetweenOthers(t *testing.T) {
	s := parse(t, "acme/shop#1 bug: 0 created\nacme/shop#2 bug: 0 created\nacme/shop#3 pull: 0 created")
	records := s.Facts()
	link := func(from, phrase, to string) {
		r := record(t, records, from)
		r.Links = append(r.Links, fact.Link{ID: from + to, Type: "closes", Phrase: phrase, Other: fact.Ref{ID: record(t, records, to).ID}})
	}
	link("acme/shop#1", "closes", "acme/shop#2")
	link("acme/shop#2", "closes", "acme/shop#3")
	link("acme/shop#1", "is closed by", "acme/shop#3")
	o := assembled(t, Rules{}, s, records)
	if got := o.carries(); got != "acme/shop#3 acme/shop#1 0.." {
		t.Errorf("ties: %s", got)
	}
	for _, l := range o.Org.Links {
		if l.Kind != work.LinkOther {
			t.Errorf("link %+v", l)
		}
	}
	if len(o.Org.Links) != 2 {
		t.Errorf("links: %s", o.links())
	}
}
