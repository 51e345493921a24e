package demo

import (
	"testing"
	"time"

	"smokestack/analysis/fact"
)

func TestAtWorkKeepsOrderAndOfficeHours(t *testing.T) {
	t.Parallel()
	for _, zone := range []int16{0, 60, 330, 540, -300, -480, 840, -720} {
		location := time.FixedZone("", int(zone)*60)
		last := fact.Instant(0)
		for at := defaultEnd; at < defaultEnd+2*week; at += 7 * hour / 8 {
			w := atWork(at, zone)
			if w <= last {
				t.Fatalf("zone %d: %v is done at %v, before %v", zone, at, w, last)
			}
			last = w
			if w < at-morning || w > at+3*day {
				t.Fatalf("zone %d: %v is done at %v", zone, at, w)
			}
			local := w.Time().In(location)
			if h := local.Hour(); h < 9 || h >= 18 || local.Weekday() == time.Sunday || local.Weekday() == time.Saturday {
				t.Fatalf("zone %d: %v is done at %v", zone, at, local)
			}
			if back := planned(w, zone); back < at-1000 || back > at+1000 {
				t.Fatalf("zone %d: %v is done at %v, which was planned for %v", zone, at, w, back)
			}
		}
	}
}

func TestMidLiesBetween(t *testing.T) {
	t.Parallel()
	s := newStream(1, "mid")
	for range 20_000 {
		a := defaultEnd + s.span(0, 3*week)
		b := a + s.span(2, 20*day)
		if s.chance(300) {
			b = a + s.span(2, 2000)
		}
		m := mid(a, b, s.between(0, 1000), int16(s.between(-720, 840)))
		if m <= a || m >= b {
			t.Fatalf("mid of %v and %v is %v", a, b, m)
		}
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	a, b, c := newStream(1, "x", "y"), newStream(1, "x", "y"), newStream(1, "xy")
	if x, y, z := a.bits(), b.bits(), c.bits(); x != y || x == z {
		t.Error("streams do not go by their names")
	}
	counts := make([]int, 3)
	var sum fact.Instant
	for range 30_000 {
		counts[a.weighted(100, 300, 600)]++
		if n := a.between(3, 5); n < 3 || n > 5 {
			t.Fatalf("between 3 and 5: %d", n)
		}
		sum += a.lasting(1000, &steady)
	}
	for i, want := range []int{3000, 9000, 18_000} {
		if counts[i] < want*9/10 || counts[i] > want*11/10 {
			t.Errorf("weights gave %v", counts)
		}
	}
	// The mean of a log-normal distribution is exp(0.6²/2) = 1.197 times its
	// median; the cut ends take a little away.
	if mean := float64(sum) / 30_000; mean < 1120 || mean > 1220 {
		t.Errorf("durations about 1000 have the mean %.0f", mean)
	}
	if a.below(0) != 0 || a.below(1) != 0 {
		t.Error("there was no choice")
	}
}
