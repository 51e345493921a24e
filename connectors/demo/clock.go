package demo

import "smokestack/analysis/fact"

// Work is planned in elapsed time and done in office hours. The two are tied
// by a map that keeps the order of instants: every local working day squeezes
// its 24 hours into 9:00–18:00, and Monday takes the weekend's hours as well.
// So whatever is planned in order also happens in order.

const (
	opens  = 9 * hour
	office = 9 * hour
	// morning is longer than anything is done before it was planned, which is
	// six hours, for the last moment of a day.
	morning = 7 * hour
	// saturday is midnight of some Saturday; weeks are counted from it, so that
	// the days that Monday takes over lie together.
	saturday = 2 * day
)

// local splits an instant into a local week's beginning and the time since.
func local(t fact.Instant, zone int16) (base, since fact.Instant) {
	shift := fact.Instant(zone) * hour / 60
	since = (t + shift - saturday) % week
	return t - since, since
}

// atWork returns when something planned for t is done by somebody whose
// offices' zone is so many minutes ahead of UTC.
func atWork(t fact.Instant, zone int16) fact.Instant {
	base, since := local(t, zone)
	if since < 3*day {
		return base + 2*day + opens + since*office/(3*day)
	}
	return base + since/day*day + opens + since%day*office/day
}

// planned is the way back from atWork. What was not done in office hours counts
// as planned for the moment at which the office next opened, or last closed.
func planned(t fact.Instant, zone int16) fact.Instant {
	base, since := local(t, zone)
	d := since / day
	in := min(max(since%day-opens, 0), office-1)
	switch {
	case d < 2:
		return base
	case d == 2:
		return base + in*3*day/office
	}
	return base + d*day + in*day/office
}

// mid returns an instant between a and b, so many thousandths of the planned
// way from a to b: in office hours where these allow, and never within minutes
// of either if there is room.
func mid(a, b fact.Instant, permille int64, zone int16) fact.Instant {
	x, y := planned(a, zone), planned(b, zone)
	t := atWork(x+(y-x)/1000*fact.Instant(permille), zone)
	edge := max(1, min(hour/12, (b-a)/8))
	return min(max(t, a+edge), b-edge)
}
