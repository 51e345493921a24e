package work

import "smokestack/analysis/fact"

// Membership is that somebody belonged to a team for a time, as a configuration
// says.
type Membership struct {
	Person      fact.Person
	Team        TeamID
	From, Until Instant // Until is the first instant outside; 0: still
	Share       float64 // of the person's time, above 0 and at most 1
}

// Holds reports whether the membership covers an instant.
func (m Membership) Holds(t Instant) bool { return t >= m.From && (m.Until == 0 || t < m.Until) }

// Reorganisation is a date at which teams became others under the same names:
// no window of theirs crosses it. Without teams it is one of all teams.
type Reorganisation struct {
	At    Instant
	Teams []TeamID
}

// Band is the range in which a team, or the organisation (NoTeam), agreed that
// a measure works for now.
type Band struct {
	Team      TeamID
	Metric    string  // id: F1, F5
	Low, High float64 // in the measure's unit; ±Inf where there is no such end
}
