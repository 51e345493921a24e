package assembletest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/stats"
)

// World is a made-up organisation, as facts and rules that tests may change.
type World struct {
	Records    []*fact.Record
	Vocabulary fact.Vocabulary
	Rules      assemble.Rules
	AsOf       fact.Instant // the last instant of the last week
	Weeks      int
	People     []string               // names: person n+1 is the nth
	Of         map[fact.Person]string // the team of everybody, by its key
	Keys       []string               // of teams, in order
}

// teamKeys are the keys of made-up teams, of which none begins another.
var teamKeys = []string{"ALFA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL"}

// Build makes up an organisation over so many weeks, by a seed: of every team the
// number of people and that of the items that it begins in a week, with people who
// hand work over, comment on each other's, open it again and drop it, with
// batches, links, sub-tasks, pull requests, releases and sprints. The members of
// each team are those of the rules, and now and then somebody works elsewhere.
func Build(t testing.TB, seed int, weeks int, crews ...[2]int) *World {
	t.Helper()
	r := stats.Rand("world", fmt.Sprint(seed))
	w := &World{Weeks: weeks, Of: map[fact.Person]string{}}
	m := &maker{r: r, weeks: weeks}
	for k, c := range crews {
		var members []string
		for n := range c[0] {
			members = append(members, fmt.Sprintf("%s-person%d", strings.ToLower(teamKeys[k]), n))
		}
		m.members = append(m.members, members)
		w.Keys = append(w.Keys, teamKeys[k])
	}
	for n := 1; n < weeks/2; n++ {
		fmt.Fprintf(&m.text, "sprint \"Sprint %d\" %d %d\n", n, 14*n, 14*n+14)
	}
	for k, c := range crews {
		m.team(k, c)
	}
	s, err := story.Parse(m.text.String())
	if err != nil {
		t.Fatal(err)
	}
	w.Records, w.Vocabulary, w.People = s.Facts(), s.Vocabulary(), s.People
	w.AsOf = s.Day(float64(7*weeks)) - 1
	w.Rules = assemble.Rules{By: assemble.ByRules}
	for k, key := range w.Keys {
		team := assemble.Team{Name: key, ID: "id-" + strings.ToLower(key), Match: assemble.Match{Projects: []string{key}, Repositories: []string{"acme/" + strings.ToLower(key)}}, Claims: k == 0}
		for _, name := range m.members[k] {
			if p := s.Person(name); p != 0 {
				team.Members = append(team.Members, assemble.Member{Person: p, Share: 1})
				w.Of[p] = key
			}
		}
		w.Rules.Teams = append(w.Rules.Teams, team)
	}
	return w
}

// maker writes the story of an organisation.
type maker struct {
	text    strings.Builder
	r       *rand.Rand
	weeks   int
	members [][]string
	known   []born // items so far
}

// born is an item and when it is created.
type born struct {
	key string
	at  float64
}

// other is an item created before a day, "" if none is found soon.
func (m *maker) other(day float64) string {
	for range 10 {
		if len(m.known) > 0 {
			if b := m.known[m.r.IntN(len(m.known))]; b.at < day {
				return b.key
			}
		}
	}
	return ""
}

func (m *maker) chance(percent int) bool { return m.r.IntN(100) < percent }

// somebody is a member of a team, at times of another, as always where it has none.
func (m *maker) somebody(team int) string {
	if m.chance(8) {
		team = m.r.IntN(len(m.members))
	}
	for len(m.members[team]) == 0 {
		team = m.r.IntN(len(m.members))
	}
	return m.members[team][m.r.IntN(len(m.members[team]))]
}

func (m *maker) team(k int, c [2]int) {
	key, number := teamKeys[k], 0
	for epic := range m.weeks/6 + 1 {
		due := ""
		if epic%2 == 0 {
			due = fmt.Sprintf("; %d due %s", 42*epic, time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 42*epic).Format(time.DateOnly))
		}
		end := ""
		if done := 42*epic + 90; done < 7*m.weeks {
			end = fmt.Sprintf("; %d done", done)
		}
		fmt.Fprintf(&m.text, "%s-%d epic \"Batch %d\": %d created by %s%s%s\n", key, 9000+epic, epic, 42*epic, m.somebody(k), due, end)
	}
	for week := range m.weeks {
		for range c[1] {
			number++
			m.item(k, key, number, float64(7*week)+float64(m.r.IntN(7000))/1000)
		}
	}
}

func (m *maker) item(k int, key string, number int, created float64) {
	b := &m.text
	name := fmt.Sprintf("%s-%d", key, number)
	at := created
	step := func(most float64) float64 {
		at += 0.001 + float64(m.r.IntN(1000))/1000*most
		return at
	}
	say := func(format string, args ...any) {
		if at < float64(7*m.weeks) {
			fmt.Fprintf(b, "; %.3f ", at)
			fmt.Fprintf(b, format, args...)
		}
	}
	parent := ""
	if m.chance(75) {
		team := k
		if m.chance(15) {
			team = m.r.IntN(len(m.members))
		}
		parent = fmt.Sprintf(" in %s-%d", teamKeys[team], 9000+int(created)/42)
	}
	fmt.Fprintf(b, "%s %s \"Item %d\"%s: %.3f created by %s", name, []string{"story", "story", "bug", "chore"}[m.r.IntN(4)], number, parent, at, m.somebody(k))
	who := m.somebody(k)
	if m.chance(20) {
		say("label +upkeep")
	}
	if m.chance(30) {
		say("sprint %q", fmt.Sprintf("+Sprint %d", 1+m.r.IntN(max(1, m.weeks/2-1))))
	}
	if other := m.other(at); other != "" && m.chance(25) {
		say("blocked by %s", other)
	}
	if other := m.other(at); other != "" && m.chance(10) {
		say("relates to %s", other)
	}
	m.known = append(m.known, born{name, created})
	if m.chance(6) { // never begun
		fmt.Fprintln(b)
		return
	}
	step(6)
	say("assign %s by %s", who, m.somebody(k))
	say("start by %s", who)
	for m.chance(50) {
		step(2)
		say("comment %d by %s", 10+m.r.IntN(300), m.somebody(k))
	}
	if m.chance(15) {
		step(3)
		say("wait by %s", who)
		step(3)
		say("start by %s", who)
	}
	if m.chance(30) {
		step(3)
		who = m.somebody(k)
		say("assign %s by %s", who, who)
	}
	if m.chance(15) {
		step(2)
		say("worklog by %s", who)
	}
	if m.chance(94) {
		step(12)
		if m.chance(88) {
			say("done by %s", who)
		} else {
			say("drop by %s", who)
		}
		if m.chance(7) {
			step(5)
			say("start by %s", who)
			step(5)
			say("done by %s", who)
		}
	}
	fmt.Fprintln(b)
	if m.chance(40) {
		m.pull(k, key, number, name, created)
	}
	if m.chance(10) {
		fmt.Fprintf(b, "%s-%d sub-task in %s: %.3f created by %s; %.3f done by %s\n", key, 20000+number, name, created+0.2, m.somebody(k), created+2, m.somebody(k))
	}
}

func (m *maker) pull(k int, key string, number int, name string, created float64) {
	if created+4 > float64(7*m.weeks) {
		return
	}
	author := m.somebody(k)
	fmt.Fprintf(&m.text, "acme/%s#%d pull: %.3f created by %s; %.3f commit by %s; %.3f mentions title %s; %.3f path a.go %d 3; %.3f review by %s; %.3f merge by %s\n",
		strings.ToLower(key), number, created+1, author, created+1, author, created+1, name, created+1, m.r.IntN(90), created+2.5, m.somebody(k), created+3, author)
}

// Clone copies a world as deep as changes go.
func (w *World) Clone() *World {
	out := *w
	out.Records = make([]*fact.Record, len(w.Records))
	for n, r := range w.Records {
		c := *r
		c.Changes, c.Involvement, c.Links = slices.Clone(r.Changes), slices.Clone(r.Involvement), slices.Clone(r.Links)
		c.Components, c.Labels, c.Releases, c.Sprints = slices.Clone(r.Components), slices.Clone(r.Labels), slices.Clone(r.Releases), slices.Clone(r.Sprints)
		c.Fields, c.Columns, c.Mentions, c.Pull.Paths = slices.Clone(r.Fields), slices.Clone(r.Columns), slices.Clone(r.Mentions), slices.Clone(r.Pull.Paths)
		out.Records[n] = &c
	}
	out.Vocabulary = slices.Clone(w.Vocabulary)
	out.Rules.Teams = slices.Clone(w.Rules.Teams)
	for n := range out.Rules.Teams {
		out.Rules.Teams[n].Members = slices.Clone(out.Rules.Teams[n].Members)
	}
	return &out
}

// Assemble makes the organisation, by so many shards.
func (w *World) Assemble(t testing.TB, shards int) *assemble.Result {
	t.Helper()
	a := assemble.New(w.Rules, w.Vocabulary)
	parts := make([]*assemble.Shard, shards)
	for n := range parts {
		parts[n] = a.Shard(len(w.Records) / shards)
	}
	for n, r := range w.Records {
		parts[n%shards].Add(r)
	}
	res, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return res
}
