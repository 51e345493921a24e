package flow

import "smokestack/analysis/work"

// Counted returns whose starts count, for what is measured from them: org for
// the organisation's row, teams for those of the teams, where the finishes of an
// item's owner decide. Of durations, unlike those of stocks, bulk edits are left
// out (DQ4).
func (a *Analysis) Counted(durations bool) (org, teams func(work.ItemID) bool) {
	by := func(rule func(work.ItemID) Rule) func(work.ItemID) bool {
		return func(i work.ItemID) bool { return a.counts(i, rule(i)) && !(durations && a.bulk[i]) }
	}
	return by(func(work.ItemID) Rule { return a.stocks.org.rule }),
		by(func(i work.ItemID) Rule { return a.stocks.teams[a.Owner(i)].rule })
}
