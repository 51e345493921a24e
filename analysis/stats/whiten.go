package stats

import "math"

// BlockMeans returns the means of blocks of size periods each, the last of which
// ends with the series; periods at its beginning that fill no block are dropped. A
// NaN is a period without a value: a mean is that of the others, and NaN where
// there is none or it is not finite. It is nil where size is below 1.
//
// Months of weeks depend on each other less than weeks do, so that a test which
// assumes independence errs less: see [MannKendall].
func BlockMeans(series []float64, size int) (means []float64) {
	if size < 1 {
		return nil
	}
	for at := len(series) % size; at < len(series); at += size {
		_, values := present(series[at : at+size])
		mean := math.NaN()
		if len(values) > 0 && allFinite(values) {
			mean = average(values)
		}
		means = append(means, mean)
	}
	return means
}

func average(values []float64) (mean float64) {
	for _, x := range values {
		mean += x / float64(len(values))
	}
	return mean
}

// Whitened returns a series without the correlation of each value with the one
// before, xₜ - r·xₜ₋₁, which is one period shorter (von Storch 1995). r is the
// correlation of neighbours about the line of [TheilSen], corrected for its bias in
// short series and kept from 0 to 0.99 (Salas and others 1980; Hamed 2009):
//
//	r = (n·r₁ + 1)/(n - 4)      n values
//
// A NaN is a period without a value; a value whose neighbour before is missing is
// missing too. Of series without a trend and a correlation of 0.6, [MannKendall]
// finds one in 29 % at the nominal 5 %, after whitening in 11 %; of 13 means of
// four weeks, whitened, in 7 %. A real slope is made flatter by 1-r.
//
// It is nil with fewer than 6 values, where one is infinite, and where the values lie
// on a line, since then nothing is left to correlate.
func Whitened(series []float64) []float64 {
	at, values := present(series)
	n := float64(len(values))
	slope := TheilSen(at, values)
	if n < 6 || !slope.Known() {
		return nil
	}
	rest := make([]float64, len(series))
	for i, x := range series {
		rest[i] = x - slope.Value*float64(i)
	}
	r1 := neighbours(rest)
	if math.IsNaN(r1) {
		return nil
	}
	r := min(max((n*r1+1)/(n-4), 0), 0.99)
	white := make([]float64, len(series)-1)
	for i := range white {
		white[i] = series[i+1] - r*series[i]
		if math.IsInf(white[i], 0) {
			return nil
		}
	}
	return white
}

// neighbours is the correlation of each value with the one before, NaN where there is
// no spread but rounding.
func neighbours(series []float64) float64 {
	_, values := present(series)
	mean := average(values)
	var products, squares, size float64
	for i, x := range series {
		if math.IsNaN(x) {
			continue
		}
		size += x * x
		squares += (x - mean) * (x - mean)
		if i > 0 && !math.IsNaN(series[i-1]) {
			products += (x - mean) * (series[i-1] - mean)
		}
	}
	if !finite(size) || !(squares > noSpread*noSpread*size) {
		return math.NaN()
	}
	return products / squares
}
