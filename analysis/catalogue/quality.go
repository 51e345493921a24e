package catalogue

const trusted = "The gates stand before all other numbers."

var quality = []Entry{
	{
		ID: "DQ1", Names: []string{"no-start"}, Title: "Finishes without a start",
		Meaning: "What share of finished items shows no start by any rule: they are in no cycle time.",
		Formula: "finishes without a start / finishes",
		Unit:    "share", MinimumN: "1 finish; above 40 % F1 is not told", Interval: census,
		Limits: "Where a tracker gives no history, a start may have been and is not known.", Confound: "tickets written after the work was done", Source: "proposed here",
		Table: "quality", Columns: []string{"no_start"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: "A-1 story: 0 created; 1 start; 9 done\nA-2 story: 0 created; 1 start; 10 done\nA-3 story: 0 created; 1 start; 11 done\nA-4 story: 0 created; 12 done",
			Asks:  "Over the four weeks to day 28: one of four.", Value: "0.25",
		},
	},
	{
		ID: "DQ2", Names: []string{"reopened", "reopen-rate"}, Title: "Reopened",
		Meaning: "What share of finished items had been closed before.",
		Formula: "finishes of items that were closed earlier / finishes with a whole history",
		Unit:    "share", MinimumN: "1 finish with a whole history, and 60 % of all with one", Interval: census,
		Limits: "A step back for a minute counts like one of a month.", Confound: "board clean-ups", Source: "proposed here",
		Table: "quality", Columns: []string{"reopened"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: "A-1 story: 0 created; 1 start; 9 done\nA-2 story: 0 created; 1 start; 10 done\nA-3 story: 0 created; 1 start; 11 done\nA-4 story: 0 created; 1 start; 5 done; 8 start; 12 done",
			Asks:  "Over the four weeks to day 28: one of four.", Value: "0.25",
		},
	},
	{
		ID: "DQ3", Names: []string{"flapped", "flap-rate"}, Title: "Flapping",
		Meaning: "What share of items that left went into progress and back, or back and into progress, within a day: their start is a matter of taste.",
		Formula: "exits with a round trip In Progress ↔ To Do of less than 24 hours / exits with a whole history",
		Unit:    "share", MinimumN: "1 exit with a whole history, and 60 % of all with one", Interval: census,
		Limits: "Such trips are collapsed before durations are taken.", Confound: "a rule of the tracker that moves tickets", Source: "proposed here",
		Table: "quality", Columns: []string{"flapped"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: "A-1 story: 0 created; 1 start; 9 done\nA-2 story: 0 created; 1 start; 10 done\nA-3 story: 0 created; 1 start; 11 done\nA-4 story: 0 created; 1 start; 1.2 todo; 3 start; 12 done",
			Asks:  "Over the four weeks to day 28: one of four.", Value: "0.25",
		},
	},
	{
		ID: "DQ4", Names: []string{"bulk", "bulk-edits"}, Title: "Bulk edits",
		Meaning: "What share of exits was made, or begun, by somebody who moved ten items or more within a minute: the day says when the board was tidied.",
		Formula: "exits whose start or end is one of 10 or more transitions by one actor in 60 s / exits",
		Unit:    "share", MinimumN: "1 exit with a whole history, and 60 % of all with one", Interval: census,
		Limits: "They count in F5, and are left out of F1, of people's days (A1, L3) and of where people belong.", Confound: "rules that run under somebody's name", Source: "proposed here",
		Table: "quality", Columns: []string{"bulk"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: many("A", "story", 10, "0 created; # start; 20 done by ana") + many("B", "story", 10, "0 created; # start; @.5 done by ana"),
			Asks:  "Of the organisation, over the four weeks to day 28: ten of twenty items leave at one instant.", Value: "0.5",
		},
	},
	{
		ID: "DQ5", Names: []string{"no-parent", "no-team"}, Title: "Without a team or a parent",
		Meaning: "What share of the window's items has no one team, and what share no parent: the first are in no row of a team, the second in no batch.",
		Formula: "items of the window without one team / items; without a parent / items",
		Unit:    "share", MinimumN: "1 item", Interval: census,
		Limits: "An item that several teams own by the same right has none.", Confound: "a team that needs no epics", Source: "proposed here",
		Table: "quality", Columns: []string{"no_team", "no_parent"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: "E-1 epic: 0 created\nA-1 story in E-1: 0 created; 1 start\nA-2 story: 0 created; 1 start\nA-3 story: 0 created; 1 start\nA-4 story: 0 created; 1 start",
			Asks:  "Without a parent, over the four weeks to day 28: three of four.", Value: "0.75",
		},
	},
	{
		ID: "DQ6", Names: []string{"bots", "bot-share"}, Title: "Moved by bots",
		Meaning: "What share of the changes of state was made by bots, which are left out of everything about people.",
		Formula: "changes of state in the window by bots / those that tell who made them",
		Unit:    "share", MinimumN: "1 change of state that tells who made it", Interval: census,
		Limits: "Bots are the accounts that trackers or the configuration name. " + trusted, Confound: "rules that run as humans: DQ4 shows them", Source: "proposed here",
		Table: "quality", Columns: []string{"by_bots"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: "A-1 story: 0 created; 1 start by robot; 9 done by ana\nA-2 story: 0 created; 1 start by ana; 10 done by ana",
			Asks:  "Over the four weeks to day 28, where the configuration names robot among the bots: one of four.", Value: "0.25",
		},
	},
	{
		ID: "DQ7", Names: []string{"drawers", "buckets"}, Title: "Drawers",
		Meaning: "Batches that are folders: open for half a year while work comes and goes. They are named, and kept out of what is said of batches and of A4.",
		Formula: "batches open for more than 180 days, with children both created and finished in 4 or more separate months",
		Unit:    "batches", MinimumN: "none: it is a count", Interval: census,
		Limits: "A long delivery in small steps looks alike.", Confound: "maintenance contracts", Source: "proposed here",
		Table: "batch", Columns: []string{"drawers"}, Polarity: LessIsBetter, Kind: Count, Change: neverQuality,
		Example: Example{
			Story: "E-1 epic: 0 created\nA-1 story in E-1: 1 created; 2 start; 10 done\nA-2 story in E-1: 35 created; 36 start; 44 done\nA-3 story in E-1: 65 created; 66 start; 74 done\nA-4 story in E-1: 95 created; 96 start; 104 done\nA-5 story in E-1: 190 created; 191 start",
			Asks:  "The organisation at day 196.", Value: "1 batch",
		},
	},
	{
		ID: "DQ8", Names: []string{"pulls-without-item"}, Title: "Pull requests without an item",
		Meaning: "What share of merged pull requests carries no item: work that the board does not know.",
		Formula: "merged pull requests without an item, and that are none themselves / merged pull requests",
		Unit:    "share", MinimumN: "1 merged pull request", Interval: census,
		Limits: "A key that stands in a comment alone ties nothing.", Confound: "updates by bots, which are left out where they are known", Source: "proposed here",
		Table: "pulls", Columns: []string{"no_item"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: "A-1 story: 0 created; 1 start; 9 done\nacme/shop#1 pull: 2 created by ana; 2 mentions title A-1; 5 merge\nacme/shop#2 issue: 2 created by ana\nacme/shop#3 pull: 2 created by ana; 2 closes acme/shop#2; 6 merge\nacme/shop#4 pull: 3 created by ben; 3 mentions title A-1; 7 merge\nacme/shop#5 pull: 3 created by ben; 8 merge",
			Asks:  "The organisation over the four weeks to day 28: one of four merges.", Value: "0.25",
		},
	},
	{
		ID: "DQ9", Names: []string{"blocked-without-link"}, Title: "Held up without a link",
		Meaning: "Of the open items that are flagged or wait, the share with no open dependency: nobody can see on what.",
		Formula: "held-up open items without a dependency that stands / held-up open items, at the window's end",
		Unit:    "share", MinimumN: "1 held-up item", Interval: census,
		Limits: "The reason may stand in a comment.", Confound: "waiting for somebody outside the tracker", Source: "proposed here",
		Table: "quality", Columns: []string{"held_unlinked"}, Polarity: LessIsBetter, Kind: Share, Change: neverQuality,
		Example: Example{
			Story: "A-1 story: 0 created; 1 start; 2 wait; 3 blocked by B-1\nA-2 story: 0 created; 1 start; 2 wait\nB-1 story: 0 created; 1 start",
			Asks:  "Of the organisation at day 28: one of two.", Value: "0.5",
		},
	},
}
