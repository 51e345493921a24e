package work

// Coverage counts what the facts hold and what they lack, so that every number
// can be read beside what weakens it. It speaks of all facts, whatever the
// instant of a view.
type Coverage struct {
	Items int // records assembled

	Whole, Cut, None int // items by the completeness of their change history
	Empty            int // of the whole ones, those in which nothing ever changed

	Changes, StatusChanges int
	Unused                 map[string]int // changes of fields that no analysis knows, by the tracker's name
	Comments, Worklogs     int
	Reviews, Commits       int
	Unseen                 int // comments, reviews and worklogs that answers left out
	Undated                int // of comments, reviews and commits, those without an instant
	Nobody                 int // of these and of changes, those by an account that is not told, or deleted
	Bots                   int // of these, by bots

	BotChanges int // changes by bots
	NoCreator  int // records whose creator is not told

	Moved           int            // items whose key changed
	UnmappedStatus  map[string]int // items that were ever in a status without a meaning, by its name
	GuessedStatus   map[string]int // readings of a status of which only the name tells the meaning, by that name
	ClosedSilently  int            // items that are done, resolved later than created, and have no change of status
	ResolvedOpen    int            // items with a resolution and a status that is not done
	HistoryDisagree int            // items whose last status change is not their present status

	Links          int // connections that stand, each once
	LinksAcross    int // of these, between two projects
	LinksOutside   int // of these, with an end that was not pulled
	TargetsOutside int // ends of links that were not pulled, each once
	LinksUnknown   map[string]int
	LinksUndated   int // dependencies that stand and whose making no history tells
	LinksOneEnd    int // dependencies of which only one of two pulled ends tells
	NoDirection    int // dependencies of which the tracker does not tell who depends on whom

	ParentsOutside int // items whose parent was not pulled
	SeveralParents int // items with several parents by links

	NoTeam, Several int // items owned by no team, by several
	Inherited       int // items that fit no rule and go with the pull requests that carry them

	Pulls, Milestones int // among the records
	BotPulls          int // pull requests that a bot opened
	PathsCut          int // pull requests of which the tracker did not tell all paths
	Carried           int // pull requests that carry an item
	CarriedItems      int // items that pull requests carry
	CarriesOutside    int // pull requests' ties to items that were not pulled
	TextLinks         int // dependencies that a text tells and no link
	Mentions          int // other references in texts to what was pulled
	MilestonesOutside int // records whose milestone was not pulled
	ChildrenUnread    int // children that the tracker counts and that were not pulled

	// MentionsOutside counts references in texts to what was not pulled, by the
	// repository, or the project that is known.
	MentionsOutside map[string]int

	OddDates  int // items with a due date that is no date
	OddPoints int // items with an estimate that is no number, or none that can be
	// Releases that items were in and of which no day is told, and sprints of which
	// no beginning is.
	ReleasesUndated, SprintsUndated int

	Boards, BoardsDisagree int // statuses on boards now; of these, those that the history does not end in
}

// Balance reports whether every assembled item is in one of the classes of
// history.
func (c Coverage) Balance() bool { return c.Items == c.Whole+c.Cut+c.None }
