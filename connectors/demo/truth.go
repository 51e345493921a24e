package demo

import (
	"slices"

	"smokestack/analysis/fact"
)

// Truth is what was planted, as the plan has it and as far as it had happened
// by the end: what an analysis of the records should find again. Instants are
// zero where something never happened.
type Truth struct {
	Begin, End fact.Instant
	Teams      []TeamTruth
	Items      []ItemTruth // every record of Jira, in order of id
	Epics      []EpicTruth // in order of id
	Links      []LinkTruth
	Noise      Noise // of Jira's records

	Repositories []RepositoryTruth // in no case of [Options.JiraOnly]
	Pulls        []PullTruth       // in order of id
}

// TeamTruth is what was planted in a team, with its size in numbers. Items are
// those of rank 0 that are in the team's project at the end, and epics those
// whose own record is there.
type TeamTruth struct {
	Team
	Plants []Plant

	Items, Finished, Dropped    int
	WIP, WIPBefore              int // started, by status, and not over: at the end, and 26 weeks earlier
	Epics, EpicsDone, EpicsShut int // Shut: abandoned after the start
	SharedEpics                 int // with a child that another team's project holds
	FollowedUp                  int // finished epics with a linked follow-up
	Asks, Asked                 int // blocking links ever made to and from other teams, between visible items
	HandedOver                  int // items that went to another team's people after their start
}

// Outcome says how an item stands at the end.
type Outcome string

// The outcomes.
const (
	Open     Outcome = "open"
	Finished Outcome = "finished"
	Dropped  Outcome = "dropped" // closed as Won't Do or as Duplicate
)

// Stay is a stretch of an item's life in one project.
type Stay struct {
	From    fact.Instant
	Project string
}

// ItemTruth is what was planted of a record. An item with neither Start nor an
// assignment after its creation has no start by any rule.
type ItemTruth struct {
	ID, Key string
	Stays   []Stay // one, or two where the item moved
	Type    string
	Rank    fact.Rank
	Parent  string // id of the present parent
	Created fact.Instant
	Start   fact.Instant // first entry into a status of category In Progress
	Given   fact.Instant // first assignment made after the creation
	Handed  fact.Instant // hand-over after the start from one team's people to another's
	Exit    fact.Instant // last entry into Done
	Coded   fact.Instant // first commit of all pull requests that name it
	Outcome Outcome
	Marks   Marks
}

// Marks tell what noise is on an item.
type Marks struct {
	Skipped, Flapped, Reopened, BulkClosed, NoEntries bool
}

// EpicTruth is what was planted of an epic. Start is its first child's, Done
// its last child's exit, if all are over and the epic was closed by the end.
type EpicTruth struct {
	ID, Project string
	Children    []string // ids, in order of creation; sub-tasks are their children's
	Start, Done fact.Instant
	Outcome     Outcome
	FollowUps   []string // ids of linked follow-ups
	Due         string   // the present due date
	Moved       bool     // it was later than the first one
	Bucket      bool     // open for more than 180 days, children created and finished in four months or more
}

// LinkTruth is a link. From is the end that depends, relates or duplicates;
// an end outside the visible site is given by its key.
type LinkTruth struct {
	ID, Type, From, To string
	Made, Removed      fact.Instant
	Outside            bool
}

// PullTruth is what was planted of a pull request.
type PullTruth struct {
	ID, Key, Repository string
	Author              string   // key of the project of the author's team; "" is the account that takes newer libraries
	Carries             []string // ids of the items that it names, in order
	Silent              string   // id of the item that it is made for, if it names none
	Begun, Opened       fact.Instant
	Closed              fact.Instant // for good, with the merge or without
	Outcome             Outcome      // Finished is merged, Dropped closed without
	Lines               int          // added and deleted, without generated files
	Reviewers           []string     // key of the project of each reviewer's team, sorted
}

// RepositoryTruth sums up the pull requests of a repository.
type RepositoryTruth struct {
	Key  string
	Team string // key of the project of the team whose it is; "" is everybody's

	Pulls, Merged, Unmerged int
	Bumps                   int            // pull requests of the account that takes newer libraries
	Naming                  int            // pull requests that name an item
	Several                 int            // that name more than one
	Items                   int            // different items that they name
	Reviewed                int            // pull requests with a review
	Across                  int            // reviewed by another team than the author's; bumps apart
	Reviewers               map[string]int // by the reviewer's team: one for each person and pull request
	Lines                   float64        // median of the sizes; bumps apart
}

// Noise counts what makes records less tidy than a plan.
type Noise struct {
	Skipped      int // went from To Do to Done
	Flaps        int // round trips from In Progress to To Do and back within a day
	Reopened     int
	BulkClosed   int // items closed within a minute by one person
	Moved        int // items that changed projects
	OutsideLinks int
	RemovedLinks int
	NoEntries    int // imported: closed, and nothing in the history
	Subtasks     int
	LoneEpics    int // epics outside of any initiative, buckets included
	OverdueEpics int // open epics with a due date before the end
	BucketEpics  int
	ByBot        int // changes and comments by the automation account
	Worklogs     int
	Comments     map[fact.LengthClass]int
}

// Truth returns what was planted. It takes memory for every item, unlike a
// pull, and is worked out anew on every call.
func (s *Source) Truth() *Truth {
	o := s.org()
	t := &Truth{Begin: o.begin, End: o.end, Items: make([]ItemTruth, len(o.born)), Noise: Noise{Comments: map[fact.LengthClass]int{}}}
	for i := range o.teams {
		t.Teams = append(t.Teams, TeamTruth{Team: o.teams[i].public(o.people), Plants: slices.Clone(o.teams[i].plants)})
	}
	t.found(o)
	for c := range o.cells {
		p := o.plan(c)
		p.tell(t)
		p.tellPulls(t)
	}
	slices.SortFunc(t.Epics, func(a, b EpicTruth) int { return fact.CompareID(a.ID, b.ID) })
	return t
}
