package work

import "smokestack/analysis/fact"

// Everybody returns the people who ever did anything, in an order that does not
// depend on their numbers. The slice is not to be changed.
func (h *Homes) Everybody() []fact.Person { return h.people }

// Roster returns the team that everybody of [Homes.Everybody] belonged to at an
// instant.
func (h *Homes) Roster(t Instant) []TeamID {
	out := make([]TeamID, len(h.people))
	for n, p := range h.people {
		out[n] = h.At(p, t, NoItem)
	}
	return out
}

// Acted reports, for everybody, whether they did anything from an instant until
// before another.
func (h *Homes) Acted(from, to Instant) []bool {
	out := make([]bool, len(h.people))
	for n := range h.people {
		for k := h.off[n]; k < h.off[n+1] && !out[n]; k++ {
			out[n] = h.times[k] >= from && h.times[k] < to
		}
	}
	return out
}
