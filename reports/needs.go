package reports

import (
	"fmt"

	"smokestack/analysis/change"
	"smokestack/reports/table"
)

// needs says what a number is short of, and when it will be there; without a day
// it will not at the present rate.
func (s *Scan) needs(n *change.Need) table.Cell {
	switch {
	case n == nil:
		return table.Blank()
	case n.By == 0:
		return table.Words(fmt.Sprintf("%d of %d %s", n.Have, n.Need, n.Unit))
	}
	return table.Words(fmt.Sprintf("%d of %d %s, by %s", n.Have, n.Need, n.Unit, s.day(n.By)))
}

// yearOf is what a row's history is short of for a comparison of two half years, as
// its tests of changes know it; nil where it has both, or no tests.
func (s *Scan) yearOf(r row) *change.Need {
	for _, k := range s.tested[r.key()] {
		if n := s.family.Tests[k].Needs; n != nil && n.Unit == "weeks" {
			return n
		}
	}
	return nil
}

// needCell is one number of what is short.
func needCell(n *change.Need, of func(*change.Need) int) table.Cell {
	if n == nil {
		return table.Blank()
	}
	return table.Count(of(n))
}

// needBy is when what is short will be there.
func needBy(n *change.Need) table.Cell {
	if n == nil {
		return table.Blank()
	}
	return instant(n.By)
}
