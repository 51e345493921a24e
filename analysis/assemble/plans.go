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
	of := s.of[fact.KindEstimate]
	if len(of) == 0 && math.IsNaN(r.Estimate) {
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
	now, ok := points(r.Estimate)
	odd = !ok && !math.IsNaN(r.Estimate)
	s.addRuns(&s.points, r, of, now, read)
	if odd {
		s.cover.OddPoints++
	}
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
