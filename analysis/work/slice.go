package work

import "slices"

// Slice is one row's share of the work in a window: that of one team, or of
// the whole organisation. It holds items of level item only. An item counts
// for the team that owned it when it left, or at the window's end while it is
// open; a change of owner in between hands over the time in progress, not the
// item.
type Slice struct {
	Team TeamID // meaningless for the organisation
	All  bool   // the organisation

	// Window is the cut's, or the part of it since the team was last reorganised
	// (whole weeks; it may have none).
	Window Window

	Finished, Dropped []ItemID // left within the window, in order of number
	Begun             []ItemID // open at its end, begun, in order of number
	Lapsed            []ItemID // begun, and open when their source ended within the window, in order of number
	Unknown           int      // open when their source ended, at any time
	Waiting           int      // open at its end, not begun as far as is known
	Pastless          int      // open at its end, of which no history tells the beginning
	Started           int      // begun within the window
	Known             Instant  // until when any of its items is known, the window's end at most; 0 without items
	Owned             int      // existing and owned at the window's end, ended or not

	// Time in progress within the window, summed over items, in milliseconds,
	// and the part of it that only weak starts tell.
	Progress, WeakProgress Instant
}

// Reorganised reports whether nothing but the time before the team's last
// reorganisation lies in the cut's window.
func (s *Slice) Reorganised() bool { return !s.All && len(s.Window.Bounds) == 1 }

// Exits returns how many items left within the window.
func (s *Slice) Exits() int { return len(s.Finished) + len(s.Dropped) }

// Cut is a window cut into slices.
type Cut struct {
	View   View
	Window Window
	Lives  []Life // of all items, by ItemID
	Org    Slice
	Teams  []Slice // by TeamID

	efforts []Effort // nil until they are known
}

// Efforts returns the efforts of the window, see [View.Efforts]. The slice is not
// to be changed.
func (c *Cut) Efforts() []Effort {
	if c.efforts != nil {
		return c.efforts
	}
	return c.View.Efforts(c.Window, c.Lives)
}

// KeepEfforts keeps the efforts of the window for all who ask for them: as they
// are looked up or, of a window that two others make up without a gap, from
// theirs. Nobody may use the cut meanwhile.
func (c *Cut) KeepEfforts(parts ...*Cut) {
	if len(parts) == 2 && parts[0].Window.To() == parts[1].Window.From() &&
		parts[0].Window.From() == c.Window.From() && parts[1].Window.To() == c.Window.To() {
		c.efforts = JoinEfforts(parts[0].Efforts(), parts[1].Efforts())
	} else {
		c.efforts = c.Efforts()
	}
}

// Cut shares out the items over the organisation and its teams. The view's
// instant should be the last one within the window.
func (v View) Cut(w Window, lives []Life) *Cut {
	c := &Cut{View: v, Window: w, Lives: lives, Teams: make([]Slice, len(v.Teams))}
	c.Org.All, c.Org.Window = true, w
	for i := range c.Teams {
		c.Teams[i].Team, c.Teams[i].Window = TeamID(i), v.since(TeamID(i), w)
	}
	for i := range ItemID(v.Items.Len()) {
		if v.Has(i) && v.Level(i) == LevelItem {
			c.place(i)
		}
	}
	return c
}

// since returns the part of a window after the last reorganisation of a team:
// the weeks that begin at it or later. One without teams is one of all teams.
func (v View) since(t TeamID, w Window) Window {
	for _, r := range v.Reorganised {
		if r.At > v.T || len(r.Teams) > 0 && !slices.Contains(r.Teams, t) {
			continue
		}
		for w.Weeks() > 0 && w.From() < r.At && r.At < w.To() {
			w.Bounds = w.Bounds[1:]
		}
	}
	return w
}

// Owner returns the team that an item counts for: its owner when it left, or at
// the window's end.
func (c *Cut) Owner(i ItemID) TeamID {
	if exit := c.Lives[i].Exit; exit != 0 {
		return c.View.Owner(i, exit)
	}
	return c.View.Owner(i, c.View.T)
}

// Before reports whether an item that left within the window did so before the
// team that it counts for was last reorganised.
func (c *Cut) Before(i ItemID) bool {
	exit := c.Lives[i].Exit
	return c.Window.Holds(exit) && !c.Teams[c.Owner(i)].Window.Holds(exit)
}

func (c *Cut) place(i ItemID) {
	v, w, l := c.View, c.Window, c.Lives[i]
	now := v.Owner(i, v.T)
	both := func(team TeamID, do func(*Slice)) {
		do(&c.Org)
		do(&c.Teams[team])
	}
	known := v.KnownUntil(i, w.To())
	both(now, func(s *Slice) {
		s.Owned++
		s.Known = max(s.Known, known)
	})
	switch {
	case l.Exit != 0 && w.Holds(l.Exit):
		both(v.Owner(i, l.Exit), func(s *Slice) {
			switch {
			case !s.Window.Holds(l.Exit): // before the team was reorganised
			case l.End == Done:
				s.Finished = append(s.Finished, i)
			default:
				s.Dropped = append(s.Dropped, i)
			}
		})
	case l.Exit == 0 && v.Lapsed(i):
		c.lapse(i, l)
	case l.Exit == 0 && l.Begun():
		both(now, func(s *Slice) { s.Begun = append(s.Begun, i) })
	case l.Exit == 0:
		both(now, func(s *Slice) { s.Waiting++ })
	}
	if l.Exit == 0 && !v.PastKnown(i) && !v.Lapsed(i) {
		both(now, func(s *Slice) { s.Pastless++ })
	}
	if !l.Begun() {
		return
	}
	if w.Holds(l.Start) {
		both(v.Owner(i, l.Start), func(s *Slice) {
			if s.Window.Holds(l.Start) {
				s.Started++
			}
		})
	}
	c.progress(i, l)
}

// lapse counts an item of which nothing is known at the window's end.
func (c *Cut) lapse(i ItemID, l Life) {
	for _, s := range []*Slice{&c.Org, &c.Teams[c.View.Owner(i, c.View.T)]} {
		s.Unknown++
		if !c.View.PastKnown(i) {
			s.Pastless++
		}
		if l.Begun() && s.Window.Holds(c.View.KnownUntil(i, c.Window.To())) {
			s.Lapsed = append(s.Lapsed, i)
		}
	}
}

// progress adds the item's time in progress to its owners of the time.
func (c *Cut) progress(i ItemID, l Life) {
	from, to := max(l.Start, c.Window.From()), c.View.KnownUntil(i, c.Window.To())
	if l.Exit != 0 {
		to = min(to, l.Exit)
	}
	if from >= to {
		return
	}
	c.Org.spend(l, to-from)
	at, owners := c.View.Owners.Of(i)
	for k, team := range owners {
		begin, end := max(from, at[k]), to
		if k == 0 {
			begin = from
		}
		begin = max(begin, c.Teams[team].Window.From())
		if k+1 < len(at) {
			end = min(to, at[k+1])
		}
		if begin < end {
			c.Teams[team].spend(l, end-begin)
		}
	}
}

func (s *Slice) spend(l Life, time Instant) {
	s.Progress += time
	if l.Rule.Weak() {
		s.WeakProgress += time
	}
}
