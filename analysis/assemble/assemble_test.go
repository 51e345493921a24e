package assemble

import (
	"crypto/md5"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// randomFacts tells a random story, and gives its records digests.
func randomFacts(t *testing.T, r *rand.Rand) (*story.Story, []*fact.Record) {
	t.Helper()
	for {
		s, err := story.Parse(random(r))
		if err != nil {
			continue
		}
		records := s.Facts()
		for _, rec := range records {
			rec.Digest = md5.Sum([]byte(fmt.Sprint(rec.ID, rec.Changes)))
			switch r.IntN(6) {
			case 0:
				rec.History, rec.Changes = fact.History{}, nil
			case 1:
				rec.History.State, rec.Changes = fact.CutHistory, rec.Changes[r.IntN(1+len(rec.Changes)):]
			}
		}
		return s, records
	}
}

// scribble spoils what a shard must not look at again once it has a record.
func scribble(r *fact.Record) {
	for i := range r.Changes {
		r.Changes[i] = fact.Change{ID: "spoilt", Kind: fact.KindStatus}
	}
	for i := range r.Links {
		r.Links[i] = fact.Link{ID: "spoilt"}
	}
	for i := range r.Involvement {
		r.Involvement[i] = fact.Involvement{}
	}
	for _, list := range [][]fact.Named{r.Components, r.Sprints, r.Releases} {
		for i := range list {
			list[i] = fact.Named{ID: "spoilt", Name: "spoilt"}
		}
	}
	for i := range r.Labels {
		r.Labels[i] = "spoilt"
	}
	for i := range r.Columns {
		r.Columns[i] = fact.Named{ID: "spoilt", Name: "spoilt"}
	}
	for i := range r.Mentions {
		r.Mentions[i] = fact.Mention{Site: "spoilt", Key: "spoilt"}
	}
	for i := range r.Pull.Paths {
		r.Pull.Paths[i] = fact.Path{Name: "spoilt", Added: 1 << 30}
	}
	*r = fact.Record{}
}

// In whatever order records come, in however many shards, filled by however
// many goroutines, and though the records are used again at once: the same
// organisation.
func TestAssembleAnyOrderAndNumberOfShards(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 8))
		s, records := randomFacts(t, r)
		for name, rules := range ruleSets {
			want, err := Assemble(rules, terms(s), records)
			if err != nil {
				t.Fatal(err)
			}
			a := New(rules, terms(s))
			shards := make([]*Shard, 1+r.IntN(4))
			portions := make([][]*fact.Record, len(shards))
			for i := range shards {
				shards[i] = a.Shard(r.IntN(5))
			}
			for _, k := range r.Perm(len(records)) {
				n := r.IntN(len(shards))
				portions[n] = append(portions[n], records[k])
			}
			var wg sync.WaitGroup
			for i, shard := range shards {
				wg.Go(func() {
					for _, rec := range portions[i] {
						again := clone(rec)
						shard.Add(again)
						scribble(again)
					}
				})
			}
			wg.Wait()
			got, err := a.Finish()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, rules %s, %d shards: the organisations differ\n%s\n\n%s", seed, name, len(shards), dump(got.Org.At(fact.Never)), dump(want.Org.At(fact.Never)))
			}
		}
	}
}

func clone(r *fact.Record) *fact.Record {
	c := *r
	c.Changes, c.Links, c.Involvement = slices.Clone(r.Changes), slices.Clone(r.Links), slices.Clone(r.Involvement)
	c.Components, c.Sprints, c.Releases, c.Labels = slices.Clone(r.Components), slices.Clone(r.Sprints), slices.Clone(r.Releases), slices.Clone(r.Labels)
	c.Columns, c.Mentions, c.Pull.Paths = slices.Clone(r.Columns), slices.Clone(r.Mentions), slices.Clone(r.Pull.Paths)
	return &c
}

// The digest follows the content of the records, and nothing else.
func TestDigest(t *testing.T) {
	s := parse(t, "A-1 story: 0 created\nA-2 story: 0 created")
	digest := func(spoil func([]*fact.Record) []*fact.Record) string {
		records := s.Facts()
		records[0].Digest, records[1].Digest = [16]byte{1}, [16]byte{2}
		return assembled(t, Rules{}, s, spoil(records)).Digest
	}
	same := digest(func(rs []*fact.Record) []*fact.Record { return rs })
	if len(same) != 32 {
		t.Errorf("digest %q", same)
	}
	if got := digest(func(rs []*fact.Record) []*fact.Record { slices.Reverse(rs); return rs }); got != same {
		t.Error("the order of arrival shows in the digest")
	}
	for name, spoil := range map[string]func([]*fact.Record) []*fact.Record{
		"a record less":    func(rs []*fact.Record) []*fact.Record { return rs[1:] },
		"a record changed": func(rs []*fact.Record) []*fact.Record { rs[1].Digest[15] = 9; return rs },
		"contents exchanged": func(rs []*fact.Record) []*fact.Record {
			rs[0].Digest, rs[1].Digest = rs[1].Digest, rs[0].Digest
			return rs
		},
	} {
		if digest(spoil) == same {
			t.Errorf("%s: the digest is the same", name)
		}
	}
}

// The digest follows the words that assembly goes by, and neither the moment at
// which they were seen nor those that it does not read.
func TestDigestCoversTheVocabulary(t *testing.T) {
	s := parse(t, "sprint \"Week 2\" 7 21\nlink Need \"needed by\" needs\nA-1 story: 0 created")
	old := fact.Term{Site: s.Site, Kind: fact.TermStatus, ID: "s", Name: "Doing", Category: "indeterminate", Seen: 5}
	renamed := fact.Term{Site: s.Site, Kind: fact.TermStatus, ID: "s", Name: "Working", Category: "new", Seen: 7}
	field := fact.Term{Site: s.Site, Kind: fact.TermField, ID: "cf", Name: "Squad"}
	release := fact.Term{Site: s.Site, Kind: fact.TermRelease, ID: "81", Name: "1.4", End: 9}
	estimate := fact.Term{Site: s.Site, Kind: fact.TermEstimate, ID: "cf_2"}
	vocab := s.Vocabulary().Add(old, renamed, field, release, estimate)
	digest := func(change func(*fact.Term)) string {
		words := slices.Clone(vocab)
		for i := range words {
			change(&words[i])
		}
		slices.Reverse(words)
		res, err := Assemble(Rules{}, words, s.Facts())
		if err != nil {
			t.Fatal(err)
		}
		return res.Digest
	}
	same := digest(func(*fact.Term) {})
	on := func(kind fact.TermKind, do func(*fact.Term)) func(*fact.Term) {
		return func(t *fact.Term) {
			if t.Kind == kind {
				do(t)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*fact.Term)
		same   bool
	}{
		"seen later":              {func(t *fact.Term) { t.Seen += 100 }, true},
		"another site":            {func(t *fact.Term) { t.Site += "/other" }, false},
		"a sprint's end":          {on(fact.TermSprint, func(t *fact.Term) { t.End++ }), false},
		"a release's day":         {on(fact.TermRelease, func(t *fact.Term) { t.End++ }), false},
		"a board's estimate":      {on(fact.TermEstimate, func(t *fact.Term) { t.End++ }), true},
		"a sprint's beginning":    {on(fact.TermSprint, func(t *fact.Term) { t.Start++ }), false},
		"a status's category":     {on(fact.TermStatus, func(t *fact.Term) { t.Category = "done" }), false},
		"the present status name": {on(fact.TermStatus, func(t *fact.Term) { t.Seen = -t.Seen }), false},
		"a type's rank":           {on(fact.TermType, func(t *fact.Term) { t.Rank = 3 }), false},
		"a link's phrase":         {on(fact.TermLinkType, func(t *fact.Term) { t.Inward = "awaits" }), false},
		"a field's name":          {on(fact.TermField, func(t *fact.Term) { t.Name = "Team" }), false},
	} {
		if got := digest(c.change); (got == same) != c.same {
			t.Errorf("%s: the digest is the same: %v", name, got == same)
		}
	}
	with, err := Assemble(Rules{}, vocab.Add(fact.Term{Site: "https://other.example", Kind: fact.TermStatus, ID: "1", Name: "X"}, fact.Term{Site: s.Site, Kind: fact.TermProject, ID: "1", Name: "P"}), s.Facts())
	if err != nil || with.Digest != same {
		t.Errorf("words of other trackers, or of projects, show: %v", err)
	}
}

func TestNewestIsTheLastInstantOfEachSite(t *testing.T) {
	s := parse(t, "A-1 story: 0 created; 3 start; 7 comment 5\nA-2 story: 5 created")
	records := s.Facts()
	other := *records[1]
	other.Site = "https://other.example"
	o := assembled(t, Rules{}, s, append(records, &other))
	if len(o.Newest) != 2 || o.Newest[s.Site] != s.Day(7) || o.Newest[other.Site] != s.Day(5) {
		t.Errorf("newest %v, want days 7 and 5", o.Newest)
	}
}

func TestZone(t *testing.T) {
	berlin := time.FixedZone("Europe/Berlin", 3600)
	if got := tell(t, Rules{}, "A-1 story: 0 created").Org.Zone; got != time.UTC {
		t.Errorf("zone %v by default", got)
	}
	if got := tell(t, Rules{Zone: berlin}, "A-1 story: 0 created").Org.Zone; got != berlin {
		t.Errorf("zone %v, not the one of the rules", got)
	}
}

func TestLevelOfAType(t *testing.T) {
	term := func(id, name string, rank fact.Rank) fact.Term {
		return fact.Term{Site: site, Kind: fact.TermType, ID: id, Name: name, Rank: rank}
	}
	vocab := fact.Vocabulary{}.Add(term("1", "Saga", 1), term("2", "Chore", fact.RankUnknown))
	for _, c := range []struct {
		typ   fact.Type
		rules map[string]work.Level
		want  work.Level
	}{
		{fact.Type{Name: "Anything", Rank: 0}, nil, work.LevelItem},
		{fact.Type{Name: "Anything", Rank: -1}, nil, work.LevelSub},
		{fact.Type{Name: "Anything", Rank: 1}, nil, work.LevelBatch},
		{fact.Type{Name: "Anything", Rank: 2}, nil, work.LevelGoal},
		{fact.Type{Name: "Anything", Rank: 7}, nil, work.LevelGoal},
		{fact.Type{Name: "Epic", Rank: 0}, nil, work.LevelItem}, // a rank is told: the name says nothing
		{fact.Type{Name: "EPIC", Rank: fact.RankUnknown}, nil, work.LevelBatch},
		{fact.Type{Name: "Initiative", Rank: fact.RankUnknown}, nil, work.LevelGoal},
		{fact.Type{Name: "Theme", Rank: fact.RankUnknown}, nil, work.LevelGoal},
		{fact.Type{Name: "Sub-task", Rank: fact.RankUnknown}, nil, work.LevelSub},
		{fact.Type{Name: "Subtask", Rank: fact.RankUnknown}, nil, work.LevelSub},
		{fact.Type{Name: "Story", Rank: fact.RankUnknown}, nil, work.LevelItem},
		{fact.Type{ID: "1", Name: "Saga", Rank: fact.RankUnknown}, nil, work.LevelBatch}, // the vocabulary knows the rank
		{fact.Type{ID: "2", Name: "Epic", Rank: fact.RankUnknown}, nil, work.LevelBatch},
		{fact.Type{Name: "Epic", Rank: 1}, map[string]work.Level{"EPIC": work.LevelGoal}, work.LevelGoal},
		{fact.Type{Name: "story", Rank: 0}, map[string]work.Level{"Story": work.LevelBatch}, work.LevelBatch},
	} {
		r := &fact.Record{Site: site, ID: "1", Key: "A-1", Created: 1, Type: c.typ, History: fact.History{State: fact.WholeHistory}}
		res, err := Assemble(Rules{Levels: c.rules}, vocab, []*fact.Record{r})
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Org.At(1).Level(0); got != c.want {
			t.Errorf("%+v with rules %v is of level %v, want %v", c.typ, c.rules, got, c.want)
		}
	}
}

func TestFlags(t *testing.T) {
	s := parse(t, "A-1 story: 0 created; 2 flag; 5 unflag; 7 flag\nA-2 story: 0 created\nA-3 story: 0 created; 2 flag")
	records := s.Facts()
	records[2].Changes = nil // flagged, and no history says since when
	o := assembled(t, Rules{}, s, records)
	for _, c := range []struct {
		key  string
		day  float64
		want work.State
	}{
		{"A-1", 1, work.Unknown}, {"A-1", 2, work.Wait}, {"A-1", 5, work.Unknown}, {"A-1", 9, work.Wait},
		{"A-2", 9, work.Unknown}, {"A-3", 0, work.Wait},
	} {
		if got, _ := o.Org.Flags.At(o.item(c.key), o.Day(c.day)); got != c.want {
			t.Errorf("the flag of %s on day %v is %v, want %v", c.key, c.day, got, c.want)
		}
	}
}

func TestBotsAndTitles(t *testing.T) {
	s := parse(t, `A-1 story "Pay by card": 0 created`+"\n"+`A-2 story "Pay by ünïcode": 0 created`)
	o := assembled(t, Rules{Bots: []fact.Person{3, 5}}, s, s.Facts())
	if !reflect.DeepEqual(o.Org.Bots, map[fact.Person]bool{3: true, 5: true}) {
		t.Errorf("bots %v", o.Org.Bots)
	}
	if o.Org.Items.Title.At(0) != "Pay by card" || o.Org.Items.Title.At(1) != "Pay by ünïcode" {
		t.Errorf("titles %q, %q", o.Org.Items.Title.At(0), o.Org.Items.Title.At(1))
	}
}

// A bot's worklog, or an assignment to a bot, begins nothing: the first sign of
// a person does.
func TestBotsBeginNothing(t *testing.T) {
	s := parse(t, `A-1 story: 0 created; 2 worklog by bot; 4 worklog by ana
A-2 story: 0 created; 2 assign bot; 4 assign ana
A-3 story: 0 created; 2 worklog by bot; 3 assign bot`)
	for _, c := range []struct {
		bots []fact.Person
		want [3]work.Life
	}{
		{nil, [3]work.Life{
			{Start: s.Day(2), Rule: work.StartWorklog}, {Start: s.Day(2), Rule: work.StartAssigned}, {Start: s.Day(2), Rule: work.StartWorklog},
		}},
		{[]fact.Person{s.Person("bot")}, [3]work.Life{
			{Start: s.Day(4), Rule: work.StartWorklog}, {Start: s.Day(4), Rule: work.StartAssigned}, {Rule: work.StartNone},
		}},
	} {
		o := assembled(t, Rules{Bots: c.bots}, s, s.Facts())
		for i, l := range o.Org.At(s.Day(9)).Lives() {
			if l.Start != c.want[i].Start || l.Rule != c.want[i].Rule {
				t.Errorf("bots %v: A-%d begins at %v by %v, want %v by %v", c.bots, i+1, l.Start, l.Rule, c.want[i].Start, c.want[i].Rule)
			}
		}
	}
}

// sound reports what no organisation may be, whatever the facts were.
func sound(o *work.Org) string {
	n := o.Items.Len()
	if !o.Coverage.Balance() || o.Coverage.Items != n {
		return fmt.Sprintf("coverage does not balance: %+v", o.Coverage)
	}
	bad := ""
	check := func(name string, off []uint32, from []fact.Instant, values int) {
		if len(off) != n+1 || int(off[n]) != len(from) || len(from) != values {
			bad = fmt.Sprintf("%s: %d offsets of %d items, %d instants, %d values", name, len(off), n, len(from), values)
			return
		}
		for i := range n {
			if run := from[off[i]:off[i+1]]; !slices.IsSorted(run) {
				bad = fmt.Sprintf("%s of item %d go back in time: %v", name, i, run)
			} else if len(run) > 0 && run[0] < o.Items.Created[i] {
				bad = fmt.Sprintf("%s of item %d begin before it: %v", name, i, run)
			}
		}
	}
	check("states", o.States.Off, o.States.From, len(o.States.Val))
	check("levels", o.Levels.Off, o.Levels.From, len(o.Levels.Val))
	check("types", o.Kinds.Off, o.Kinds.From, len(o.Kinds.Val))
	check("owners", o.Owners.Off, o.Owners.From, len(o.Owners.Val))
	check("parents", o.Parents.Off, o.Parents.From, len(o.Parents.Val))
	check("flags", o.Flags.Off, o.Flags.From, len(o.Flags.Val))
	check("milestones", o.Milestones.Off, o.Milestones.From, len(o.Milestones.Val))
	check("assignees", o.Assignees.Off, o.Assignees.From, len(o.Assignees.Val))
	check("due days", o.Due.Off, o.Due.From, len(o.Due.Val))
	check("points", o.Points.Off, o.Points.From, len(o.Points.Val))
	check("categories", o.Mix.Off, o.Mix.From, len(o.Mix.Val))
	if odd := soundPeople(o); odd != "" {
		bad = odd
	}
	if len(o.Actors) != len(o.States.Val) {
		bad = fmt.Sprintf("%d actors of %d states", len(o.Actors), len(o.States.Val))
	}
	for i, p := range o.Parents.Val {
		if p != work.NoItem && int(p) >= n {
			bad = fmt.Sprintf("parent %d of %d items at %d", p, n, i)
		}
	}
	for _, owner := range o.Owners.Val {
		if int(owner) >= len(o.Teams) {
			bad = fmt.Sprintf("team %d of %d", owner, len(o.Teams))
		}
	}
	if joint := soundJoins(o); joint != "" {
		bad = joint
	}
	for k, l := range o.Links {
		switch {
		case l.From == work.NoItem && l.To == work.NoItem, l.From == l.To, l.Kind == work.LinkParent:
			bad = fmt.Sprintf("link %+v", l)
		case l.Removed != 0 && l.Removed <= l.Made:
			bad = fmt.Sprintf("link %+v ends before it begins", l)
		case k > 0 && l.From == o.Links[k-1].From && l.To == o.Links[k-1].To && l.Kind == o.Links[k-1].Kind && l.To != work.NoItem && l.From != work.NoItem:
			if before := o.Links[k-1]; before.Removed == 0 || before.Removed > l.Made {
				bad = fmt.Sprintf("the links %+v and %+v are one", before, l)
			}
		}
	}
	return bad
}

// soundPeople reports what people did, planned and found out and cannot have.
func soundPeople(o *work.Org) string {
	for i := range work.ItemID(o.Items.Len()) {
		events := o.Trails.Of(i)
		if !slices.IsSortedFunc(events, compareEvents) {
			return fmt.Sprintf("trail %v", events)
		}
		for _, e := range events {
			if e.By == 0 || o.Bots[e.By] || e.At != 0 && e.At < o.Items.Created[i] && e.Deed != work.DeedCommitted || e.Length != 0 && e.Deed != work.DeedCommented {
				return fmt.Sprintf("event %+v of one created %v", e, o.Items.Created[i])
			}
		}
		if at, ok := o.Measured[i]; ok && at < o.Items.Created[i] {
			return fmt.Sprintf("measured %v, created %v", at, o.Items.Created[i])
		}
	}
	for _, list := range []struct {
		within []work.Within
		things int
	}{{o.InReleases, len(o.Releases)}, {o.InSprints, len(o.Sprints)}} {
		for k, w := range list.within {
			if int(w.In) >= list.things || w.From < o.Items.Created[w.Item] || w.To != 0 && w.To <= w.From ||
				k > 0 && (list.within[k-1].Item > w.Item || list.within[k-1].Item == w.Item && list.within[k-1].From > w.From) {
				return fmt.Sprintf("%+v of %d", w, list.things)
			}
		}
	}
	for _, c := range o.Mix.Val {
		if int(c) >= len(o.Categories) {
			return fmt.Sprintf("category %d of %d", c, len(o.Categories))
		}
	}
	for k, u := range o.Uses {
		if len(u.At) == 0 || !slices.IsSorted(u.At) || k > 0 && o.Uses[k-1].Team > u.Team {
			return fmt.Sprintf("use %+v", u)
		}
	}
	return ""
}

// soundJoins reports what no organisation with pull requests may be.
func soundJoins(o *work.Org) string {
	n := o.Items.Len()
	count := map[fact.Class]int{}
	for _, class := range o.Items.Class {
		count[class]++
	}
	if c := o.Coverage; c.Pulls != count[fact.ClassPull] || c.Milestones != count[fact.ClassMilestone] || len(o.Pulls) != c.Pulls {
		return fmt.Sprintf("%d pull requests of %d counted, %d milestones of %d", c.Pulls, count[fact.ClassPull], c.Milestones, count[fact.ClassMilestone])
	}
	for k, p := range o.Pulls {
		if o.Items.Class[p.Item] != fact.ClassPull || k > 0 && o.Pulls[k-1].Item >= p.Item || p.Lines < 0 || p.Left < 0 || p.Begun > o.Items.Created[p.Item] {
			return fmt.Sprintf("pull request %+v", p)
		}
	}
	pulls, items := map[work.ItemID]bool{}, map[work.ItemID]bool{}
	for k, c := range o.Carries {
		switch {
		case o.Items.Class[c.Pull] != fact.ClassPull, o.Items.Class[c.Item] != fact.ClassIssue, c.Removed != 0 && c.Removed <= c.Made,
			c.Made < max(o.Items.Created[c.Pull], o.Items.Created[c.Item]):
			return fmt.Sprintf("tie %+v", c)
		case k > 0 && o.Carries[k-1].Item == c.Item && o.Carries[k-1].Pull == c.Pull && (o.Carries[k-1].Removed == 0 || o.Carries[k-1].Removed >= c.Made):
			return fmt.Sprintf("the ties %+v and %+v are one", o.Carries[k-1], c)
		case c.Removed == 0:
			pulls[c.Pull], items[c.Item] = true, true
		}
	}
	if c := o.Coverage; c.Carried != len(pulls) || c.CarriedItems != len(items) {
		return fmt.Sprintf("%d carry %d, counted %d and %d", len(pulls), len(items), c.Carried, c.CarriedItems)
	}
	owned := map[work.TeamID]int{}
	for i := range work.ItemID(n) {
		team, _ := o.Owners.At(i, fact.Never)
		owned[team]++
		_, stones := o.Milestones.Of(i)
		for _, m := range stones {
			if m != work.NoItem && (o.Items.Class[m] != fact.ClassMilestone || o.Items.Class[i] == fact.ClassMilestone) {
				return fmt.Sprintf("milestone %d of %d", m, i)
			}
		}
		_, parents := o.Parents.Of(i)
		for _, p := range parents {
			if p != work.NoItem && (o.Items.Class[p] != fact.ClassIssue || o.Items.Class[i] != fact.ClassIssue) {
				return fmt.Sprintf("parent %d of %d", p, i)
			}
		}
	}
	if c := o.Coverage; c.NoTeam != owned[work.NoTeam] || c.Several != owned[work.Several] {
		return fmt.Sprintf("%d without a team, %d of several; counted %d and %d", owned[work.NoTeam], owned[work.Several], c.NoTeam, c.Several)
	}
	return soundTexts(o)
}

// soundTexts reports what texts repeat of what links say.
func soundTexts(o *work.Org) string {
	text, mention := 0, 0
	for _, l := range o.Links {
		switch {
		case l.Kind == work.LinkCarries:
			return "a tie is among the links"
		case l.Removed != 0:
		case l.Kind == work.LinkText:
			text++
		case l.Kind == work.LinkMention:
			mention++
		}
		if l.Kind != work.LinkText && l.Kind != work.LinkMention {
			continue
		}
		for _, m := range o.Links {
			same := m.From == l.From && m.To == l.To || l.Kind == work.LinkMention && m.From == l.To && m.To == l.From
			apart := m.Removed != 0 && m.Removed <= l.Made || l.Removed != 0 && l.Removed <= m.Made
			if same && !apart && (m.Kind == work.LinkDepends || l.Kind == work.LinkMention && m.Kind == work.LinkText) {
				return fmt.Sprintf("%+v says no more than %+v", l, m)
			}
		}
	}
	if c := o.Coverage; c.TextLinks != text || c.Mentions != mention {
		return fmt.Sprintf("%d text links, %d mentions; counted %d and %d", text, mention, c.TextLinks, c.Mentions)
	}
	return ""
}

// look walks through everything that a view can show.
func look(o *work.Org, at fact.Instant) {
	v := o.At(at)
	v.Lives()
	for i := range work.ItemID(o.Items.Len()) {
		v.State(i)
		v.Level(i)
		v.Batch(i)
		v.Key(i)
		v.Kind(i)
		v.Owner(i, at)
		v.Bound(i)
		v.HasChild(i)
		v.Children(i, func(work.ItemID) {})
		v.Carried(i, func(*work.Pull) {})
		v.Project(i)
		v.UsesParents(i)
		v.Trail(i)
		v.Assignee(i, at)
		v.DueAt(i, at)
		v.CategoryOf(i)
		v.EverReleasedIn(i)
		v.EverInSprints(i)
		if o.Items.Class[i] == fact.ClassPull {
			v.Evidence(i)
		}
	}
}

// Whatever a story tells, assembly neither panics nor loses anything.
func FuzzAssemble(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(random(rand.New(rand.NewPCG(seed, 9))), 10.0)
	}
	f.Add("A-1 story in A-1: 0 created; 1 blocked by A-1; 2 child of A-1; 3 move A-1", 2.0)
	f.Fuzz(func(t *testing.T, text string, day float64) {
		s, err := story.Parse(text)
		if err != nil || math.Abs(day) > 1e6 || math.IsNaN(day) {
			return
		}
		at := s.Day(day)
		records := slices.DeleteFunc(s.Facts(), func(r *fact.Record) bool { return r.Validate() != nil })
		for name, rules := range ruleSets {
			res, err := Assemble(rules, terms(s), records)
			if err != nil {
				t.Fatal(err)
			}
			if bad := sound(res.Org); bad != "" {
				t.Fatalf("rules %s: %s", name, bad)
			}
			look(res.Org, at)
			look(res.Org, fact.Never)
		}
	})
}

// wild makes records that no tracker should tell: instants in any order,
// references to anything, histories that contradict themselves.
func wild(data []byte) []*fact.Record {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	name := func() string {
		return []string{"", "A", "B-1", "A-2", "To Do", "Done", "Odd", "In Progress", "Duplicate", "is blocked by", "blocks", "is a child of",
			"closes", "is closed by", "acme/x", "acme/x#", "Acme/X#", "acme/x/milestone/"}[next()%18]
	}
	instant := func() fact.Instant { return fact.Instant(next() - 20) }
	named := func() fact.Named { return fact.Named{ID: name(), Name: name()} }
	value := func() fact.Value { return fact.Value{ID: name(), Text: name(), Person: fact.Person(next() % 3)} }
	var out []*fact.Record
	for len(data) > 0 && len(out) < 6 {
		r := &fact.Record{
			Site: []string{"a", "b"}[next()%2], ID: []string{"1", "01", "x", "20", ""}[next()%5] + fmt.Sprint(len(out)), Key: name() + fmt.Sprint(next()%4),
			Type: fact.Type{ID: name(), Name: name(), Rank: fact.Rank(next())}, Status: named(), Resolution: named(),
			Created: 1 + fact.Instant(next()), Updated: instant(), Resolved: instant(), Parent: fact.Ref{ID: name(), Key: name()},
			Flagged: next()%2 == 0, Team: named(), History: fact.History{State: fact.Completeness(next() % 3)},
		}
		r.Due, r.Estimate = []string{"", "2025-02-01", "2025-13-01", "soon"}[next()%4], []float64{math.NaN(), 3, -1, math.Inf(1)}[next()%4]
		r.Creator, r.Assignee = fact.Person(next()%4), fact.Person(next()%4)
		for range next() % 4 {
			r.Releases, r.Fields = append(r.Releases, named()), append(r.Fields, fact.Field{ID: name(), Values: []fact.Named{named()}})
			r.Sprints, r.Components, r.Labels = append(r.Sprints, named()), append(r.Components, named()), append(r.Labels, name())
		}
		for range next() % 8 {
			r.Changes = append(r.Changes, fact.Change{ID: fmt.Sprint(next() % 20), At: instant(), By: fact.Person(next() % 4), Kind: fact.Kind(next() % (fact.Kinds + 2)), From: value(), To: value(), Field: name()})
		}
		for range next() % 4 {
			r.Links = append(r.Links, fact.Link{ID: fmt.Sprint(next() % 5), Type: name(), Phrase: name(), Other: fact.Ref{ID: []string{"", "10", "011", "x2"}[next()%4], Key: name()}})
		}
		for range next() % 3 {
			r.Involvement = append(r.Involvement, fact.Involvement{At: instant(), Act: fact.Act(next() % 6), By: fact.Person(next() % 3)})
		}
		r.Class, r.Children, r.Milestone = fact.Class(next()%4), next()-9, fact.Ref{ID: []string{"", "10", "x1"}[next()%3], Key: name() + "1"}
		for range next() % 3 {
			r.Columns = append(r.Columns, named())
			r.Mentions = append(r.Mentions, fact.Mention{Where: fact.Where(next() % 5), Word: fact.Word(next() % 7), Site: []string{"", "a", "b"}[next()%3], Key: name() + fmt.Sprint(next()%4)})
			r.Pull.Paths = append(r.Pull.Paths, fact.Path{Name: name(), Added: math.MaxInt >> (next() % 64), Deleted: math.MinInt >> (next() % 64)})
		}
		r.Pull.Merged, r.Pull.Begun, r.Pull.Sized = instant(), instant(), next()%2 == 0
		r.Pull.Added, r.Pull.Deleted, r.Pull.Files = math.MaxInt>>(next()%64), math.MaxInt>>(next()%64), next()-9
		r.Changes = fact.SortChanges(r.Changes)
		out = append(out, r)
	}
	return out
}

// differing names the parts of two organisations that differ.
func differing(a, b *Result) string {
	var out []string
	tell := func(a, b reflect.Value) {
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() && f.Name != "Org" && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
				out = append(out, fmt.Sprintf("%s: %+v and %+v", f.Name, a.Field(i), b.Field(i)))
			}
		}
	}
	tell(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
	tell(reflect.ValueOf(a.Org).Elem(), reflect.ValueOf(b.Org).Elem())
	return strings.Join(out, "\n")
}

// Facts are not to be trusted: whatever they hold, assembly neither panics nor
// builds columns that contradict themselves.
func FuzzAssembleWildFacts(f *testing.F) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 10))
		data := make([]byte, 900)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	vocab := story.MustParse("status Odd other\nsprint A 1 2\nA-1 epic: 0 created").Vocabulary()
	for i := range vocab {
		vocab[i].Site = "a"
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, rules := range ruleSets {
			res, err := Assemble(rules, vocab, wild(data))
			if err != nil {
				t.Fatal(err)
			}
			if bad := sound(res.Org); bad != "" {
				t.Fatalf("rules %s: %s", name, bad)
			}
			for _, at := range []fact.Instant{-30, 0, 50, 300, fact.Never} {
				look(res.Org, at)
			}
			a := New(rules, vocab)
			shards := []*Shard{a.Shard(3), a.Shard(3)}
			for i, r := range slices.Backward(wild(data)) {
				shards[i%2].Add(r)
			}
			if again, err := a.Finish(); err != nil || !reflect.DeepEqual(res, again) {
				t.Fatalf("rules %s: the order of records shows (%v): %s", name, err, differing(res, again))
			}
		}
	})
}

// More teams, types or sites than there are numbers for are refused, not mixed
// up.
func TestTooMany(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(r *fact.Record, n string){
		"types": func(r *fact.Record, n string) { r.Type = fact.Type{ID: n, Name: n} },
		"sites": func(r *fact.Record, n string) { r.Site = n },
		"teams": func(r *fact.Record, n string) { r.Key = n + "-1" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []struct {
				n  int
				ok bool
			}{{60_000, true}, {1<<16 + 1, false}} {
				a := New(Rules{}, nil)
				s := a.Shard(c.n)
				for i := range c.n {
					r := fact.Record{Site: "s", ID: fmt.Sprint(i), Key: "K-1", Project: fact.Project{Key: "K"}, Created: 1, Estimate: math.NaN()}
					edit(&r, fmt.Sprint("n", i))
					s.Add(&r)
				}
				_, err := a.Finish()
				if c.ok && err != nil || !c.ok && (err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "can tell apart")) {
					t.Errorf("%d: %v", c.n, err)
				}
			}
		})
	}
}
