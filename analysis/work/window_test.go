package work_test

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // zones on machines without a database of them too

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func utc(t *testing.T, text string) fact.Instant {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil {
		t.Fatal(err)
	}
	return fact.At(at)
}

// The expected instants are Monday's midnights by the clocks of the place: CET
// is UTC+1 and CEST +2, changing on 30 March and 26 October 2025; EST is UTC-5
// and EDT -4, changing on 9 March and 2 November; in Tehran (+3:30, then +4:30)
// the clocks went forward on Monday 22 March 2021 at midnight itself, so that
// this week began at 01:00 by the new clock.
func TestLastWeeks(t *testing.T) {
	for _, c := range []struct {
		name, zone, at string
		bounds         []string
		hours          []float64
	}{
		{
			"a moment within a week", "UTC", "2025-01-22T13:00:00Z",
			[]string{"2025-01-06T00:00:00Z", "2025-01-13T00:00:00Z", "2025-01-20T00:00:00Z"}, []float64{168, 168},
		},
		{
			"midnight ends a week", "UTC", "2025-01-20T00:00:00Z",
			[]string{"2025-01-13T00:00:00Z", "2025-01-20T00:00:00Z"}, []float64{168},
		},
		{
			"a second before midnight does not", "UTC", "2025-01-19T23:59:59Z",
			[]string{"2025-01-06T00:00:00Z", "2025-01-13T00:00:00Z"}, []float64{168},
		},
		{
			"it is Monday in Berlin before it is in Greenwich", "Europe/Berlin", "2025-01-19T23:30:00Z",
			[]string{"2025-01-12T23:00:00Z", "2025-01-19T23:00:00Z"}, []float64{168},
		},
		{
			"spring in Berlin", "Europe/Berlin", "2025-04-08T12:00:00Z",
			[]string{"2025-03-16T23:00:00Z", "2025-03-23T23:00:00Z", "2025-03-30T22:00:00Z", "2025-04-06T22:00:00Z"}, []float64{168, 167, 168},
		},
		{
			"autumn in Berlin", "Europe/Berlin", "2025-11-04T12:00:00Z",
			[]string{"2025-10-12T22:00:00Z", "2025-10-19T22:00:00Z", "2025-10-26T23:00:00Z", "2025-11-02T23:00:00Z"}, []float64{168, 169, 168},
		},
		{
			"spring in New York", "America/New_York", "2025-03-17T04:00:00Z",
			[]string{"2025-03-03T05:00:00Z", "2025-03-10T04:00:00Z", "2025-03-17T04:00:00Z"}, []float64{167, 168},
		},
		{
			"autumn in New York", "America/New_York", "2025-11-12T00:00:00Z",
			[]string{"2025-10-27T04:00:00Z", "2025-11-03T05:00:00Z", "2025-11-10T05:00:00Z"}, []float64{169, 168},
		},
		{
			"a Monday without a midnight", "Asia/Tehran", "2021-03-24T12:00:00Z",
			[]string{"2021-03-07T20:30:00Z", "2021-03-14T20:30:00Z", "2021-03-21T20:30:00Z"}, []float64{168, 168},
		},
		{
			"one in the past", "Asia/Tehran", "2021-03-31T12:00:00Z",
			[]string{"2021-03-14T20:30:00Z", "2021-03-21T20:30:00Z", "2021-03-28T19:30:00Z"}, []float64{168, 167},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := work.LastWeeks(utc(t, c.at), len(c.bounds)-1, zone(t, c.zone))
			if w.Weeks() != len(c.hours) || len(w.Bounds) != len(c.bounds) {
				t.Fatalf("%d weeks, %d bounds", w.Weeks(), len(w.Bounds))
			}
			for k, want := range c.bounds {
				if w.Bounds[k] != utc(t, want) {
					t.Errorf("bound %d is %v, want %v", k, w.Bounds[k], want)
				}
			}
			for k, want := range c.hours {
				if got := 24 * fact.Days(w.Bounds[k], w.Bounds[k+1]); got != want {
					t.Errorf("week %d has %v hours, want %v", k, got, want)
				}
			}
			if w.From() != utc(t, c.bounds[0]) || w.To() != utc(t, c.bounds[len(c.bounds)-1]) {
				t.Errorf("from %v to %v", w.From(), w.To())
			}
		})
	}
}

func TestWindowHoldsItsBeginAndNotItsEnd(t *testing.T) {
	w := work.LastWeeks(utc(t, "2025-01-20T00:00:00Z"), 1, time.UTC)
	for at, want := range map[fact.Instant]bool{w.From() - 1: false, w.From(): true, w.To() - 1: true, w.To(): false} {
		if w.Holds(at) != want {
			t.Errorf("the window of a week holds %v: %v", at, !want)
		}
	}
}

// The week of an instant is the one between whose bounds it lies, whatever the
// clocks did; the bounds and their neighbours are tried as well.
func TestWeekLiesBetweenItsBounds(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe"} {
		z := zone(t, name)
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, 3))
			end := utc(t, "2020-01-01T00:00:00Z") + fact.Instant(r.Int64N(int64(2200*fact.Day)))
			w := work.LastWeeks(end, 1+r.IntN(120), z)
			if w.To() > end || fact.Days(w.To(), end) > 7+1.0/24 {
				t.Fatalf("%s: the weeks before %v end at %v", name, end, w.To())
			}
			tries := []fact.Instant{w.From(), w.To() - 1}
			for _, b := range w.Bounds {
				tries = append(tries, b-1, b, b+1)
			}
			for range 200 {
				tries = append(tries, w.From()+fact.Instant(r.Int64N(int64(w.To()-w.From()))))
			}
			for _, at := range tries {
				if !w.Holds(at) {
					continue
				}
				if n := w.Week(at); n < 0 || n >= w.Weeks() || at < w.Bounds[n] || at >= w.Bounds[n+1] {
					t.Fatalf("%s: %v lies in week %d of %v", name, at, n, w.Bounds)
				}
			}
			for k, b := range w.Bounds {
				if local := b.Time().In(z); local.Weekday() != time.Monday || k > 0 && b <= w.Bounds[k-1] || (b-1).Time().In(z).Weekday() != time.Sunday {
					t.Fatalf("%s: week %d begins at %v", name, k, local)
				}
			}
		}
	}
}
