package change

import (
	"fmt"
	"math"
	"strconv"

	"smokestack/analysis/work"
)

// Reasons for which an eligible test tells nothing, where no number is in them.
const (
	whyDisagree = "this scan and the one of a week ago do not agree"
	whySmall    = "it changed, but not surely by a fifth"
	whyChance   = "a change, but not a sure one among all the tests of the scan"
	whyOpen     = "there is no 90 % interval"
)

// reason says why a judged test cannot tell, "" where it does: first what the test
// lacks, then what the interval leaves open, then the scan of a week ago.
func (j Judged) reason(band *work.Band) string {
	switch {
	case j.Verdict != CantTell:
		return ""
	case !j.Eligible():
		return j.Why
	case j.Raw != CantTell:
		return whyDisagree
	case math.IsNaN(j.Low90) || math.IsNaN(j.High90):
		return whyOpen
	case j.Low90 > 1/steady && j.High90 < steady: // nothing else keeps it from being steady
		return "outside the agreed band " + BandWords(*band) + ", and no change that would explain it"
	case j.Rejected:
		return whySmall
	case j.Ratio.Low > 1 || j.Ratio.High < 1: // by the interval that is shown
		return whyChance
	}
	return "the interval is too wide: it holds both no change and " + j.extremes()
}

// extremes names the changes that the 90 % interval of a test does not exclude.
func (t Test) extremes() string {
	up, down := fmt.Sprintf("×%g", steady), fmt.Sprintf("÷%g", steady)
	switch {
	case t.High90 < steady:
		return down
	case t.Low90 > 1/steady:
		return up
	}
	return down + " and " + up
}

// BandWords writes a band for people: 4–8, from 4, up to 8.
func BandWords(b work.Band) string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	switch {
	case math.IsInf(b.Low, -1):
		return "up to " + number(b.High)
	case math.IsInf(b.High, 1):
		return "from " + number(b.Low)
	}
	return number(b.Low) + "–" + number(b.High)
}
