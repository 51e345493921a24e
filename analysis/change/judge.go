package change

import (
	"math"

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
	Raw      Verdict // of this scan alone
	Earlier  Verdict // of the scan a week before, alone
	Verdict  Verdict
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
}

// Judge corrects the tests of a scan and of the one a week before, each in its own
// family, and says what both agree on. bands are those of the view; out are the
// rows that are outside their bands in the way that asks for a talk, see
// [Discussion].
func Judge(now, then Tested, bands []work.Band, out map[Row]bool) Family {
	f := Family{}
	rejected, others, m := now.reject()
	before, othersBefore, _ := then.reject()
	f.M = m
	earlier := map[key]Verdict{}
	for k, t := range then.Tests {
		earlier[t.key()] = t.Raw(before[k], t.place(bands))
	}
	for k, t := range now.Tests {
		j := Judged{Test: t, Rejected: rejected[k], Raw: t.Raw(rejected[k], t.place(bands)), Earlier: earlier[t.key()]}
		j.Verdict = Agree(j.Raw, j.Earlier)
		if t.Eligible() && out[t.row()] && j.Verdict != Better {
			j.Verdict = Discuss
		}
		f.Tests = append(f.Tests, j)
	}
	for k := range others {
		f.Others = append(f.Others, others[k] && k < len(othersBefore) && othersBefore[k])
	}
	return f
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

// families says which measures tell of the same thing. Two of different families
// must agree before a scan asks for a talk.
var families = map[string]string{"F1": "time", "F2": "time", "F3": "stock", "F5": "rate", "B1": "batch"}

// Discussion returns the rows that need radical change by what they agreed on:
// two blocks of four weeks in a row outside their bands on the same side, by
// measures of two families at least.
func Discussion(bands []work.Band, earlier, later Block) map[Row]bool {
	out := map[Row]bool{}
	found := map[Row]map[string]bool{}
	for _, b := range bands {
		r := Row{Team: b.Team, All: b.Team == work.NoTeam}
		x, y := earlier[r][b.Metric], later[r][b.Metric]
		below := x.Value < b.Low && y.Value < b.Low
		above := x.Value > b.High && y.Value > b.High
		if families[b.Metric] == "" || !below && !above {
			continue
		}
		if found[r] == nil {
			found[r] = map[string]bool{}
		}
		found[r][families[b.Metric]] = true
		out[r] = len(found[r]) >= 2
	}
	return out
}
