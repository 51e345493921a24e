package work

// Since returns the part of a window in which a team was the team that it is at
// the view's instant: the whole weeks since its last reorganisation, at times
// none.
func (v View) Since(t TeamID, w Window) Window { return v.since(t, w) }
