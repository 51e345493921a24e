package assemble

import (
	"math"
	"strconv"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// addDue notes for which day an item was promised.
func (s *Shard) addDue(r *fact.Record) {
	of := s.of[fact.KindDue]
	if len(of) == 0 && r.Due == "" {
		return
	}
	odd := false
	read := func(v fact.Value) uint32 {
		d, ok := readDate(v.Text)
		odd = odd || !ok
		return uint32(d)
	}
	s.addRuns(&s.due, r, of, read(fact.Value{Text: r.Due}), read)
	if odd {
		s.cover.OddDates++
	}
}

// readDate reads a day, YYYY-MM-DD, whatever time of the day follows. It is false
// for what is none; days before 1970-01-02 are told by no tracker.
func readDate(text string) (work.Date, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	if len(text) > len(time.DateOnly) && (text[len(time.DateOnly)] == ' ' || text[len(time.DateOnly)] == 'T') {
		text = text[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, text)
	days := t.Unix() / (24 * 60 * 60)
	if err != nil || days <= 0 {
		return 0, false
	}
	return work.Date(days), true
}

// addPoints notes an item's estimates.
func (s *Shard) addPoints(r *fact.Record) {
	of, estimate := s.of[fact.KindEstimate], s.estimate(r)
	if len(of) == 0 && math.IsNaN(estimate) {
		return
	}
	odd := false
	read := func(v fact.Value) uint32 {
		text := strings.Replace(strings.TrimSpace(pointsText(v)), ",", ".", 1)
		if text == "" {
			return 0
		}
		x, err := strconv.ParseFloat(text, 64)
		p, ok := points(x)
		odd = odd || err != nil || !ok
		return p
	}
	now, ok := points(estimate)
	odd = !ok && !math.IsNaN(estimate)
	s.addRuns(&s.points, r, of, now, read)
	if odd {
		s.cover.OddPoints++
	}
}

// estimate returns the present estimate of an item, NaN if it has none: the one
// that the record tells, else the number in the field by which a board of the
// tracker estimates, else that in a field called story points, as it is on most
// trackers.
func (s *Shard) estimate(r *fact.Record) float64 {
	out := math.NaN()
	if !math.IsNaN(r.Estimate) || !s.w.estimates[r.Site] {
		return r.Estimate
	}
	for _, f := range r.Fields {
		kind := s.w.estimateFields[siteText{r.Site, f.ID}]
		if kind == 0 || len(f.Values) != 1 || kind != byBoard && !math.IsNaN(out) {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(f.Values[0].Name), 64)
		if err != nil {
			continue
		}
		if out = x; kind == byBoard {
			return out
		}
	}
	return out
}

// How a field is known to hold estimates.
const (
	byName  = 1
	byBoard = 2
)

// noteEstimates learns which fields hold estimates.
func (w *words) noteEstimates(t fact.Term) {
	kind := 0
	switch {
	case t.Kind == fact.TermEstimate:
		kind = byBoard
	case t.Kind == fact.TermField && isPoints(t.Name):
		kind = byName
	default:
		return
	}
	id := siteText{t.Site, t.ID}
	w.estimates[t.Site], w.estimateFields[id] = true, max(w.estimateFields[id], kind)
}

// isPoints reports whether a field's name is one of those that trackers give to
// story points.
func isPoints(name string) bool {
	switch strings.ToLower(strings.Join(strings.Fields(name), " ")) {
	case "story points", "story point estimate":
		return true
	}
	return false
}

// pointsText is what a side of an estimate's change says: its text, which is what
// people see, or else its value.
func pointsText(v fact.Value) string {
	if v.Text != "" {
		return v.Text
	}
	return v.ID
}

// mostPoints bounds estimates, so that sums of them stay numbers.
const mostPoints = 1e6

// points returns hundredths of points; false for what cannot be an estimate.
func points(x float64) (uint32, bool) {
	if !(x >= 0 && x <= mostPoints) {
		return 0, false
	}
	return uint32(math.Round(100 * x)), true
}

// plans fills the columns of what was promised and planned.
func (b *builder) plans() {
	b.o.Due = column[work.Date](b, func(s *Shard) []valueRun { return s.due }, func(d *draft) span { return d.due })
	b.o.Points = column[work.Points](b, func(s *Shard) []valueRun { return s.points }, func(d *draft) span { return d.points })
}
