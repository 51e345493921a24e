// Package demo makes up an organisation and hands it over as a tracker would.
//
// It serves two readers. Somebody without an account or a network sees with it
// what a scan looks like. And the analyses are tested against it: what is wrong
// with each team is planted, and [Source.Truth] says exactly what was planted
// where, so that an analysis can be held to it.
//
// The organisation looks like one Jira Cloud site with a project for each team,
// and one GitHub where the same people write the code: pull requests name the
// items that they are made for (see pulls.go).
// Everything follows from [Options]: the clock is never read, every random
// draw comes from a stream named after what it decides, and arithmetic is done
// in whole numbers, so that any machine makes the same records.
//
// Making goes in two steps. A compact plan (see plan.go) fixes, for every item,
// what must agree with other items: times, parents, links, hands it goes
// through. Records are then made one by one from the plan and belong to the
// receiver of their batch. A large organisation is many small ones side by
// side (see org.go), of which only one is planned at a time, so that a million
// items take no more memory than some ten thousand.
package demo

import (
	"fmt"
	"time"

	"smokestack/analysis/fact"
)

// The addresses of the pretend trackers: Jira's, and GitHub's.
const (
	Site     = "https://demo.example"
	CodeSite = "https://github.demo.example"
)

// Options choose an organisation. The zero value is the default one. Equal
// options give equal records.
type Options struct {
	Seed uint64

	// Weeks is the length of the history in whole weeks: 78 if it is zero, and
	// never fewer than 26, since less holds no trend.
	Weeks int

	// Teams is how many teams there are. They take the roles of the cast in its
	// order, again and again. Zero is the cast once or, if Items asks for more
	// than the cast gets done, as many whole casts as it takes, up to 22 (198
	// teams); beyond that teams grow.
	Teams int

	// Items is about how many items of Jira there are, of every level; pull
	// requests come on top, about four for every five of them. Zero keeps the pace
	// of the cast, which the planted differences were made for; fewer make every
	// team slower, more give it more people who start more.
	Items int

	// End is the instant at which the tracker was asked: nothing happens later,
	// but work is cut off in the middle. Zero is Monday 2026-06-29T00:00:00Z.
	End fact.Instant

	// JiraOnly leaves the pull requests out. What Jira tells is the same, to the
	// byte, with them and without.
	JiraOnly bool
}

const (
	hour = fact.Instant(time.Hour / time.Millisecond)
	day  = fact.Day
	week = 7 * day

	defaultWeeks = 78
	leastWeeks   = 26
	mostCasts    = 22

	// trend is how long before the end the planted changes set in: the window
	// that the analyses call recent.
	trend = 26 * week

	// whole is what the scale of a plan counts in: a scale of whole keeps the
	// cast's pace.
	whole = 10_000
)

var defaultEnd = fact.At(time.Date(2026, 6, 29, 0, 0, 0, 0, time.UTC))

// settings are options with every default filled in.
type settings struct {
	seed       uint64
	weeks      int
	teams      int
	items      int
	scale      int64 // pace of every team, in parts of whole
	begin, end fact.Instant
	jiraOnly   bool
}

func (o Options) settle() settings {
	s := settings{seed: o.Seed, weeks: o.Weeks, teams: o.Teams, items: max(o.Items, 0), scale: whole, end: o.End, jiraOnly: o.JiraOnly}
	if s.weeks <= 0 {
		s.weeks = defaultWeeks
	}
	s.weeks = max(s.weeks, leastWeeks)
	if s.end <= 0 {
		s.end = defaultEnd
	}
	s.begin = s.end - fact.Instant(s.weeks)*week
	if s.teams <= 0 {
		casts := (int64(s.items) + expected(len(cast), s.weeks)/2) / expected(len(cast), s.weeks)
		s.teams = len(cast) * int(min(max(casts, 1), mostCasts))
	}
	if s.items > 0 {
		s.scale = max(1, int64(s.items)*whole/expected(s.teams, s.weeks))
	}
	return s
}

// query tells these settings apart from all others.
func (s settings) query() string {
	q := fmt.Sprintf("seed=%d weeks=%d teams=%d items=%d end=%s", s.seed, s.weeks, s.teams, s.items, s.end)
	if s.jiraOnly {
		q += " jira only"
	}
	return q
}

// Team is what a configuration would say of a team, and where to find it.
type Team struct {
	Name    string
	Project string // key of the one project that is the team's
	Role    Role
	Claims  bool     // the team says that it is independent
	People  []string // account ids of its members
	Logins  []string // at [CodeSite], of the same members in the same order

	Repositories []string // keys of those that are the team's alone
}

// Teams returns the teams of the organisation that the options describe, in
// the order of the cast.
func Teams(o Options) []Team {
	s := o.settle()
	teams, people := assemble(s)
	out := make([]Team, len(teams))
	for i, t := range teams {
		out[i] = t.public(people)
	}
	return out
}
