package flow

import (
	"testing"

	"smokestack/analysis/fact"
)

// Shares of the time from start to finish, by hand.
func TestPausedTime(t *testing.T) {
	for _, c := range []struct {
		name, story string
		want        float64
	}{
		{"straight", "0 created; 30 start; 40 done", 0},
		{"put back for four days of ten", "0 created; 30 start; 33 todo; 37 start; 40 done", 0.4},
		{"waiting is no pause", "0 created; 30 start; 33 wait; 37 start; 40 done", 0},
		{"back within a day", "0 created; 30 start; 33 todo; 33.999 start; 40 done", 0},
		{"back after a day", "0 created; 30 start; 33 todo; 34 start; 40 done", 0.1},
		{"put back, and done from there", "0 created; 30 start; 35 todo; 40 done", 0.5},
		{"twice, once for a moment", "0 created; 30 start; 31 todo; 33 start; 34 todo; 34.5 wait; 40 done", 0.2},
		{"done, and reopened into a queue", "0 created; 30 start; 32 done; 33 todo; 36 start; 40 done", 0.4},
		{"dropped and taken up again", "0 created; 20 start; 25 drop; 30 start; 40 done", 0.25},
		{"reopened after the window", "0 created; 30 start; 40 done; 57 todo; 60 done", 0},
	} {
		o := tell(t, "A-1 story: "+c.story)
		a := o.analyse(56, 4)
		o.Value(c.name, a.Quality(&a.Org).Paused, c.want, 1)
	}
	o := tell(t, "A-1 story: 0 created; 30 start; 33 todo; 37 start; 40 done\nA-2 story: 0 created; 30 start; 60 done\nA-3 story: 0 created; 30 start; 40 drop\nA-4 story: 0 created; 30 worklog; 41 done\nA-5 story: 0 created; 30 start; 60 done\nA-6 story: 0 created; 20 start; 50 done")
	a := o.analyse(56, 4)
	o.Value("of all that finished", a.Quality(&a.Org).Paused, 4.0/40, 2)
}

func TestRework(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 30 start; 40 done
A-2 story: 0 created; 10 start; 20 done; 25 todo; 30 start; 32 done; 33 start; 40 done
A-3 story: 0 created; 30 start; 36 done; 37 start; 38 done
A-4 story: 0 created; 30 drop; 31 start; 40 done
A-5 story: 0 created; 30 done; 31 start`)
	a := o.analyse(56, 4)
	o.Value("20 and 2 days", a.Quality(&a.Org).Rework, 11, 2)
	o = tell(t, "A-1 story: 0 created; 30 start; 40 done\nB-1 story: 0 created")
	a = o.analyse(56, 4)
	o.Unknown("never", a.Quality(&a.Org).Rework, 0, "nothing that finished in the window had been done before")
	b := a.Quality(o.team(a, "B"))
	o.Unknown("nothing finished", b.Rework, 0, whyNothing)
	o.Unknown("nothing was paused", b.Paused, 0, "nothing that finished in the window was begun by a status")

	o = tell(t, many("A", "story", 5, "0 created; 30 start; 40 done"))
	records := o.Facts()
	for _, r := range records[:3] {
		r.History.State = fact.CutHistory
	}
	o.Told = o.With(records)
	a = o.analyse(56, 4)
	o.Unknown("without histories", a.Quality(&a.Org).Rework, 0, whyNotRecorded)
}
