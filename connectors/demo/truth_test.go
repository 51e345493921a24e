package demo

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
)

// The plan and the records are told by different code: here the one is held
// against the other, item by item.
func TestTruthIsWhatTheRecordsTell(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		coded := r.coded()
		if len(truth.Items) != len(r.records) {
			t.Fatalf("%d items, and %d records", len(truth.Items), len(r.records))
		}
		for i, want := range truth.Items {
			rec := &r.records[i]
			l := r.life(rec)
			got := ItemTruth{
				ID: rec.ID, Key: rec.Key, Type: rec.Type.Name, Rank: rec.Type.Rank, Parent: rec.Parent.ID,
				Created: rec.Created, Start: l.start, Given: l.given, Handed: r.handed(rec, l.start), Exit: l.exit, Coded: coded[rec.ID], Outcome: l.outcome, Stays: l.stays,
				Marks: Marks{
					Skipped: rec.Type.Rank == 0 && l.start == 0 && l.outcome == Finished && len(rec.Changes) > 0,
					Flapped: l.flaps > 0, Reopened: l.reopened,
					BulkClosed: want.Marks.BulkClosed, // a matter of several records
					NoEntries:  rec.Status.Name == "Done" && len(rec.Changes) == 0,
				},
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("records tell\n%+v\nand the truth is\n%+v", got, want)
			}
			if want.Start != 0 && (want.Start <= want.Created || want.Exit != 0 && want.Exit < want.Start) {
				t.Fatalf("%s: created, start and exit are not in order", want.Key)
			}
		}
	})
}

// handed returns when an item passed, after its start, from one team's people
// to another's.
func (r *read) handed(rec *fact.Record, start fact.Instant) fact.Instant {
	for _, c := range rec.Changes {
		from, to := r.home[c.From.Person], r.home[c.To.Person]
		if c.Kind == fact.KindAssignee && start != 0 && c.At > start && from != "" && from != to {
			return c.At
		}
	}
	return 0
}

func TestTruthOfEpics(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		children := r.children()
		n := 0
		for _, want := range truth.Epics {
			rec := r.byID[want.ID]
			got := EpicTruth{ID: rec.ID, Project: rec.Project.Key, Due: rec.Due, Outcome: r.life(rec).outcome, Bucket: r.isBucket(rec, truth.End)}
			for _, c := range children[rec.ID] {
				l := r.life(c)
				got.Children = append(got.Children, c.ID)
				if l.start != 0 && (got.Start == 0 || l.start < got.Start) {
					got.Start = l.start
				}
				if got.Done = max(got.Done, l.exit); l.exit == 0 && got.Outcome != Open {
					t.Fatalf("%s is closed with an open child", rec.Key)
				}
			}
			if got.Outcome == Open {
				got.Done = 0
			}
			for _, c := range rec.Changes {
				got.Moved = got.Moved || c.Kind == fact.KindDue && c.To.Text > c.From.Text
			}
			for _, l := range rec.Links {
				got.FollowUps = append(got.FollowUps, l.Other.ID)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("records tell\n%+v\nand the truth is\n%+v", got, want)
			}
			n++
		}
		for i := range r.records {
			if r.records[i].Type.Rank == 1 {
				n--
			}
		}
		if n != 0 {
			t.Errorf("the truth has %d epics more than the records", n)
		}
	})
}

func TestTruthOfLinks(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		near := map[string]string{"Blocks": "is blocked by", "Relates": "relates to", "Duplicate": "duplicates"}
		present := 0
		for _, l := range truth.Links {
			from := r.byID[l.From]
			var made, removed fact.Instant
			for _, c := range from.Changes {
				switch {
				case c.Kind != fact.KindLink || c.To.Text+c.From.Text != near[l.Type]:
				case c.At == l.Made && c.From.IsZero():
					made = c.At
				case c.At == l.Removed && c.To.IsZero():
					removed = c.At
				}
			}
			stands := slices.ContainsFunc(from.Links, func(x fact.Link) bool {
				return x.ID == l.ID && x.Type == l.Type && x.Phrase == near[l.Type] && cmp.Or(r.idOf(x.Other), x.Other.Key) == l.To
			})
			if made != l.Made || removed != l.Removed || stands != (l.Removed == 0) || l.Outside != isOutside(l.To) {
				t.Fatalf("%s: %+v: made %v, removed %v, stands %v", from.Key, l, made, removed, stands)
			}
			present += tick(l.Removed == 0) * (1 + tick(!l.Outside))
		}
		for i := range r.records {
			present -= len(r.records[i].Links)
		}
		if present != 0 {
			t.Errorf("the truth has %d ends of links more than the records", present)
		}
	})
}

func (r *read) idOf(ref fact.Ref) string {
	if r.byID[ref.ID] == nil {
		return ""
	}
	return ref.ID
}

func TestTruthOfNoise(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		got := r.noise(t, truth.End)
		if !reflect.DeepEqual(got, truth.Noise) {
			t.Errorf("records tell\n%+v\nand the truth is\n%+v", got, truth.Noise)
		}
	})
}

// noise counts from the records what the truth says was planted of it.
func (r *read) noise(t *testing.T, end fact.Instant) Noise {
	n := Noise{Comments: map[fact.LengthClass]int{}}
	today := end.Time().Format(time.DateOnly)
	outsideIDs := map[string]bool{}
	for i := range r.records {
		rec := &r.records[i]
		l := r.life(rec)
		n.Skipped += tick(rec.Type.Rank == 0 && l.start == 0 && l.outcome == Finished && len(rec.Changes) > 0)
		n.NoEntries += tick(rec.Status.Name == "Done" && len(rec.Changes) == 0)
		n.Flaps += l.flaps
		n.Reopened += tick(l.reopened)
		n.Moved += len(l.stays) - 1
		n.Subtasks += tick(rec.Type.Name == "Sub-task")
		if rec.Type.Rank == 1 {
			n.LoneEpics += tick(rec.Parent.IsZero())
			n.OverdueEpics += tick(rec.Due != "" && rec.Due < today && l.outcome == Open)
			n.BucketEpics += tick(r.isBucket(rec, end))
		}
		for _, l := range rec.Links {
			if isOutside(l.Other.Key) {
				outsideIDs[l.ID] = true
			}
		}
		for _, c := range rec.Changes {
			n.ByBot += tick(r.people[c.By-1].Bot)
			n.RemovedLinks += tick(c.Kind == fact.KindLink && c.To.IsZero() && c.From.Text == "is blocked by")
		}
		for _, v := range rec.Involvement {
			n.ByBot += tick(r.people[v.By-1].Bot)
			if v.Act == fact.ActWorklog {
				n.Worklogs++
			} else {
				n.Comments[v.Length]++
			}
		}
	}
	n.OutsideLinks = len(outsideIDs)
	n.BulkClosed = r.bulkClosed()
	return n
}

// isBucket applies the definition: open for more than 180 days, children both
// created and finishing in at least four months.
func (r *read) isBucket(epic *fact.Record, end fact.Instant) bool {
	if r.life(epic).exit != 0 || end-epic.Created <= 180*day {
		return false
	}
	created, finished := map[string]bool{}, map[string]bool{}
	for _, rec := range r.children()[epic.ID] {
		created[rec.Created.Time().Format("2006-01")] = true
		if l := r.life(rec); l.outcome == Finished {
			finished[l.exit.Time().Format("2006-01")] = true
		}
	}
	return len(created) >= 4 && len(finished) >= 4
}

// bulkClosed counts items that one person closed, ten or more within a minute.
func (r *read) bulkClosed() int {
	closed := map[fact.Person][]fact.Instant{}
	for i := range r.records {
		for _, c := range r.records[i].Changes {
			if c.Kind == fact.KindStatus && c.To.Text == "Done" {
				closed[c.By] = append(closed[c.By], c.At)
			}
		}
	}
	n := 0
	for _, list := range closed {
		slices.Sort(list)
		for i := 0; i < len(list); {
			j := i
			for j < len(list) && list[j]-list[i] <= 60_000 {
				j++
			}
			if j-i >= 10 {
				n += j - i
			}
			i = j
		}
	}
	return n
}

func TestTruthIsOnlyOnesOwn(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	a := s.Truth()
	a.Items[0].Key, a.Teams[0].People[0], a.Teams[0].Plants[0] = "X", "X", "X"
	if b := New(Options{}).Truth(); reflect.DeepEqual(a, b) || !reflect.DeepEqual(s.Truth(), b) {
		t.Error("changing a truth changes the next one")
	}
}

func TestTeams(t *testing.T) {
	t.Parallel()
	forAll(t, func(t *testing.T, o Options) {
		r, truth := tell(t, o)
		teams := Teams(o)
		names, people := map[string]bool{}, map[string]bool{}
		for i, team := range teams {
			if !reflect.DeepEqual(truth.Teams[i].Team, team) {
				t.Fatalf("%+v is not %+v", truth.Teams[i].Team, team)
			}
			for _, a := range slices.Concat(team.People, team.Logins) {
				if people[a] || strings.Contains(a, "@") {
					t.Errorf("account %s twice, or no account id", a)
				}
				people[a] = true
			}
			if len(team.Logins) != len(team.People) {
				t.Errorf("%d people and %d logins", len(team.People), len(team.Logins))
			}
			if names[team.Name] || names[team.Project] || len(r.items(team.Project)) == 0 {
				t.Errorf("%s (%s): a name twice, or no items", team.Name, team.Project)
			}
			names[team.Name], names[team.Project] = true, true
		}
		bots := map[string]int{}
		for _, a := range r.people {
			bots[a.Site] += tick(a.Bot)
			if !a.Bot && !people[a.IDs[0]] {
				t.Errorf("account %v is in no team", a.IDs)
			}
		}
		if bots[Site] > 1 || bots[CodeSite] > 1 {
			t.Errorf("automation accounts: %v", bots)
		}
	})
}

func TestPartialCastsHoldTogether(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 20; n++ {
		truth := New(Options{Teams: n, Items: 200}).Truth()
		if len(truth.Teams) != n {
			t.Fatalf("%d teams, want %d", len(truth.Teams), n)
		}
		for i, team := range truth.Teams {
			if claims := team.Role == Independent || team.Role == Entangled; team.Claims != claims {
				t.Errorf("of %s teams, %s claims: %v", strconv.Itoa(n), team.Name, team.Claims)
			}
			if team.Role == Entangled && (i+1 == n || truth.Teams[i+1].Role != Partner) {
				t.Errorf("of %d teams, %s has no partner", n, team.Name)
			}
		}
	}
}
