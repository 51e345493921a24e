package change

import (
	"maps"
	"math"
	"slices"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// FalseDiscovery is the share of false ones that a scan allows among what it
// finds (METRICS section 7).
const FalseDiscovery = 0.10

// Judged is a test with what the scan says of it.
type Judged struct {
	Test
	Rejected bool    // by the correction of this scan
	Raw      Verdict // of this scan alone, with what asks for a talk
	Earlier  Verdict // of the scan a week before, alone
	Verdict  Verdict
	Band     *work.Band // that was agreed for the measure of the row; nil: none
	Because  string     // why the verdict cannot tell; "" where it does
}

// Family is the tests of one scan that share its correction.
type Family struct {
	Tests []Judged
	M     int // tests that were eligible, those of others that share the correction among them
	// Others says which of the others this scan and the one a week before reject.
	Others []bool
}

// Tested is what one scan tested.
type Tested struct {
	Tests  []Test
	Others []float64 // the p of what shares the correction, NaN for what was not tested; the same in every scan
	// Out are the rows that are outside their bands in the way that asks for a talk,
	// see [Discussion].
	Out map[Row]bool
}

// Judge corrects the tests of a scan and of the one a week before, each in its own
// family, and says what both agree on. bands are those of the view.
func Judge(now, then Tested, bands []work.Band) Family {
	f := Family{}
	rejected, others, m := now.reject()
	before, othersBefore, _ := then.reject()
	f.M = m
	earlier := map[key]Verdict{}
	for k, t := range then.Tests {
		earlier[t.key()] = then.raw(t, before[k], bands)
	}
	for k, t := range now.Tests {
		j := Judged{Test: t, Rejected: rejected[k], Raw: now.raw(t, rejected[k], bands), Earlier: earlier[t.key()]}
		if t.Described {
			j.Earlier = Untested
		}
		j.Verdict = Agree(j.Raw, j.Earlier)
		j.Band = bandOf(bands, t.ID, t.row())
		j.Because = j.reason(j.Band)
		f.Tests = append(f.Tests, j)
	}
	for k := range others {
		f.Others = append(f.Others, others[k] && k < len(othersBefore) && othersBefore[k])
	}
	return f
}

// raw is the verdict of one scan on one test. What asks for a talk comes before
// everything but that a measure gets better.
func (x Tested) raw(t Test, rejected bool, bands []work.Band) Verdict {
	v := t.Raw(rejected, t.place(bands))
	if t.Eligible() && x.Out[t.row()] && v != Better {
		return Discuss
	}
	return v
}

type key struct {
	id string
	Row
}

func (t Test) key() key { return key{t.ID, t.row()} }

func (t Test) row() Row {
	if t.All {
		return Row{All: true}
	}
	return Row{Team: t.Team}
}

// reject makes one correction over all eligible tests.
func (x Tested) reject() (tests, others []bool, m int) {
	p := make([]float64, 0, len(x.Tests)+len(x.Others))
	for _, t := range x.Tests {
		if t.Eligible() {
			p = append(p, t.P)
		} else {
			p = append(p, math.NaN())
		}
	}
	p = append(p, x.Others...)
	for _, x := range p {
		if x >= 0 && x <= 1 {
			m++
		}
	}
	all := stats.BenjaminiHochberg(p, FalseDiscovery)
	return all[:len(x.Tests)], all[len(x.Tests):], m
}

// place tells where the measure lies now by the row's band.
func (t Test) place(bands []work.Band) Place {
	return PlaceOf(t.Now.Value, bandOf(bands, t.ID, t.row()))
}

// bandOf finds the band that was agreed for a measure of a row.
func bandOf(bands []work.Band, id string, r Row) *work.Band {
	for k, b := range bands {
		if b.Metric == id && (r.All && b.Team == work.NoTeam || !r.All && b.Team == r.Team) {
			return &bands[k]
		}
	}
	return nil
}

// Block is the measures of the rows over four weeks, by id.
type Block map[Row]map[string]stats.Estimate

// watched are the measures that a talk can be about, with what each tells of: two
// of different families must agree before a scan asks for one.
var watched = map[string]struct {
	family   string
	polarity Polarity
}{"F1": {"time", Less}, "F2": {"time", Less}, "F3": {"stock", Less}, "F5": {"rate", More}, "B1": {"batch", Less}}

// Watched returns the ids of the measures whose bands count, sorted.
func Watched() []string { return slices.Sorted(maps.Keys(watched)) }

// Discussion returns the rows that need radical change by what they agreed on:
// two blocks of four weeks in a row outside their bands, on the side that is worse,
// by measures of two families at least. Better than was agreed on is no reason.
func Discussion(bands []work.Band, earlier, later Block) map[Row]bool {
	out := map[Row]bool{}
	found := map[Row]map[string]bool{}
	for _, b := range bands {
		r := Row{Team: b.Team, All: b.Team == work.NoTeam}
		w, known := watched[b.Metric]
		before, was := earlier[r][b.Metric]
		now, is := later[r][b.Metric]
		x, y := before.Value, now.Value
		worse := x > b.High && y > b.High
		if w.polarity == More {
			worse = x < b.Low && y < b.Low
		}
		if !known || !was || !is || !worse {
			continue
		}
		if found[r] == nil {
			found[r] = map[string]bool{}
		}
		found[r][w.family] = true
		out[r] = len(found[r]) >= 2
	}
	return out
}
