package assemble

import (
	"path"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Rules say what facts mean. The zero value is a useful default: the tracker's
// own status categories, types and links, one team a project, weeks in UTC.
type Rules struct {
	Zone *time.Location // nil: UTC

	// Statuses names statuses, and for Done and Dropped also resolutions, that
	// mean something else than the tracker's category says. Names compare
	// without regard to case.
	Statuses map[string]work.State
	// Levels gives item types a level, by name.
	Levels map[string]work.Level
	// Links gives link types, or phrases, a meaning, by name.
	Links map[string]Link

	By    TeamBy
	Field string // the name or id of the field that ByField goes by
	Teams []Team // for ByRules, in order of precedence

	Bots   []fact.Person
	People [][]fact.Person // each is one person, whatever accounts they are

	// Joins say which Jira keys tie a pull request to an item.
	Joins Joins
	// Generated are patterns of paths whose lines are nobody's work: lock files,
	// vendored and generated code. In them ** stands for any folders.
	Generated []string

	// Categories of work, in order of precedence; nil: the types of items are the
	// categories. Planned says that they have a plan.
	Categories []Category
	Planned    bool
	// Outcome describes what shows that somebody found out what a batch brought.
	Outcome Outcome
	// NotRequested are items that nobody asked another team for, whoever wrote
	// them: those that fit one of these when they are created, and those of these
	// creators.
	NotRequested []Match
	NotAskers    []fact.Person

	Reorganised []Reorganisation
	Bands       []Band
}

// Category is a kind of work that time goes into. An item is of the first one
// that names its type, else of the first that names one of its labels.
type Category struct {
	Name  string
	Names []string // patterns, in which * stands for anything
	Plan  float64  // share of the plan, of 1
}

// Outcome describes what shows that an outcome is known: a value in one of the
// fields (by name or id), one of the labels, or a link of one of these types or
// phrases. The zero value: nothing does.
type Outcome struct{ Fields, Labels, Links []string }

// Reorganisation is a date at which teams became others; without teams, all did.
// Teams are positions in Rules.Teams.
type Reorganisation struct {
	At    fact.Instant
	Teams []int
}

// Band is the range in which a team (position in Rules.Teams), or the
// organisation (−1), agreed that a measure works for now.
type Band struct {
	Team      int
	Metric    string
	Low, High float64 // ±Inf where there is no such end
}

// Joins say where a Jira key ties a pull request to the item of that key. The
// zero value: anywhere, to any item.
type Joins struct {
	In       []fact.Where // nil: in all texts
	Projects []string     // patterns of Jira's project keys; nil: all
}

// TeamBy says what decides who owns an item.
type TeamBy uint8

// The ways to own. With all but ByRules the teams are what the items name; an
// item that names several goes to [work.Several].
const (
	ByTeamOrProject TeamBy = iota // the Team field where an item has one, else its project
	ByProject
	ByComponent
	ByLabel
	ByField
	ByRules
)

// Team is one configured team. The first team whose Match fits owns an item.
type Team struct {
	Name   string
	ID     string
	Match  Match
	From   fact.Instant // owns nothing before; 0: always
	Claims bool
	Kind   string // what the team is for; changes no number

	Members []Member
}

// Member is somebody who belongs to a team from an instant (0: always) until
// another (0: still), with a share of their time.
type Member struct {
	Person      fact.Person
	From, Until fact.Instant
	Share       float64 // above 0, at most 1
}

// Match describes items. Every member that is not empty must fit, by any of
// its names; names are patterns in which * stands for anything. What speaks of
// Jira (Projects, Components) and what speaks of repositories (Repositories,
// CodeOwners, GitHubTeams) is asked of items of that kind alone.
type Match struct {
	// Projects are Jira's keys of projects, Repositories those of repositories
	// (acme/shop).
	Projects, Repositories    []string
	Components, Labels, Types []string
	// CodeOwners are owners in the repositories' CODEOWNERS files: a pull request
	// fits by the paths that it changes, anything else by what owns all.
	CodeOwners []string
	// GitHubTeams maintain the repository, by its own settings: payments, or
	// acme/payments.
	GitHubTeams []string
	Fields      map[string][]string // by the name or id of a field
}

// Link is what a phrase between two items means for the one that carries it.
type Link struct {
	Kind work.LinkKind
	// Reverse: the other end is the one that depends, or the parent's child.
	Reverse bool
	// Vague: the phrase reads the same from both ends.
	Vague bool
}

// waitWords mark the statuses of category "in progress" that mean waiting.
var waitWords = []string{"block", "on hold", "waiting", "impediment"}

// droppedWords are resolutions that close an item without delivering it.
var droppedWords = []string{
	"won't", "wont ", "will not", "duplicate", "cannot reproduce", "can't reproduce", "not reproducible", "incomplete", "invalid",
	"not planned", "not merged", "converted to", "not a bug", "not a problem", "not an issue", "works for me", "works as designed", "works as intended", "by design",
	"declined", "rejected", "abandoned", "obsolete", "withdrawn", "cancelled", "canceled", "not planned", "out of scope",
	"later", "remind", "auto closed", "timed out", "superseded", "superceded", "deferred", "postponed", "not applicable", "stale", "expired",
}

// meansDropped reports whether a resolution's name says that nothing was
// delivered.
func meansDropped(resolution string) bool {
	r := strings.ReplaceAll(strings.ToLower(resolution), "’", "'")
	for _, w := range droppedWords {
		if strings.HasPrefix(r, w) || w == "duplicate" && strings.Contains(r, w) {
			return true
		}
	}
	return false
}

// phrases is what link phrases mean by default, in the wordings that public
// trackers use.
var phrases = func() map[string]Link {
	out := map[string]Link{}
	add := func(l Link, words ...string) {
		for _, w := range words {
			out[w] = l
		}
	}
	depends := Link{Kind: work.LinkDepends}
	add(depends,
		"is blocked by", "blocked by", "depends on", "depends upon", "is dependent on", "requires", "needs", "waits for", "is waiting for",
		"has to be done after", "can't start until the linked issue is done.", "can't finish until the linked issue is done.",
		"can't start until the linked issue starts.", "can't finish until the linked issue begins.", "preceded by", "is preceded by")
	add(Link{Kind: work.LinkDepends, Reverse: true},
		"blocks", "is blocking", "required by", "is required by", "is required for", "needed by", "is needed by",
		"is depended on by", "is depended upon by", "depended on by", "is a precondition for", "has to be done before", "precedes",
		"linked one can't start until this issue is done.", "linked one can't finish until this issue is done.",
		"linked one can't start until this issue starts.", "linked one can't finish until this issue begins.")
	add(Link{Kind: work.LinkDepends, Vague: true}, "blocked", "dependency", "dependent")
	add(Link{Kind: work.LinkRelates, Vague: true}, "relates to", "relates", "is related to", "related to", "related", "references", "is referenced by")
	add(Link{Kind: work.LinkDuplicates}, "duplicates", "supersedes", "supercedes", "replaces", "merged into")
	add(Link{Kind: work.LinkDuplicates, Reverse: true},
		"is duplicated by", "is superseded by", "is superceded by", "is replaced by", "merged from")
	add(Link{Kind: work.LinkClones}, "clones", "is a clone of", "is clone of", "cloned from", "is cloned from")
	add(Link{Kind: work.LinkClones, Reverse: true}, "is cloned by", "cloned by", "cloned to", "cloned as", "was cloned as", "is original of")
	add(Link{Kind: work.LinkSplits}, "split from", "was split from")
	add(Link{Kind: work.LinkSplits, Reverse: true}, "split to", "was split into")
	add(Link{Kind: work.LinkCarries}, "closes")
	add(Link{Kind: work.LinkCarries, Reverse: true}, "is closed by")
	add(Link{Kind: work.LinkParent}, "is a child of", "is child of", "is subtask of", "belongs to epic", "child of")
	add(Link{Kind: work.LinkParent, Reverse: true}, "is a parent of", "is parent of", "is parent task of", "is the epic for", "parent of")
	return out
}()

// typeLevels are the types whose level shows in the name alone, for trackers
// that do not tell ranks.
var typeLevels = map[string]work.Level{
	"epic": work.LevelBatch, "initiative": work.LevelGoal, "theme": work.LevelGoal, "portfolio epic": work.LevelGoal,
	"goal": work.LevelGoal, "objective": work.LevelGoal, "sub-task": work.LevelSub, "subtask": work.LevelSub,
}

func (r *Rules) level(t fact.Type) work.Level {
	name := strings.ToLower(t.Name)
	if l, ok := r.Levels[name]; ok {
		return l
	}
	switch {
	case t.Rank == fact.RankUnknown:
		return typeLevels[name]
	case t.Rank < 0:
		return work.LevelSub
	case t.Rank == 0:
		return work.LevelItem
	case t.Rank == 1:
		return work.LevelBatch
	}
	return work.LevelGoal
}

// fits reports whether a name fits one of the patterns, which are in lower
// case.
func fits(patterns []string, name string) bool {
	name = strings.ToLower(name)
	for _, p := range patterns {
		if p == name {
			return true
		}
		if strings.ContainsAny(p, "*?") {
			// A * may stand for slashes, too: repositories have them.
			if ok, err := path.Match(literal.Replace(p), strings.ReplaceAll(name, "/", "\x00")); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// literal takes the meaning from what package path would read as more than a
// letter.
var literal = strings.NewReplacer("/", "\x00", `\`, `\\`, "[", `\[`)

func anyFits(patterns, names []string) bool {
	for _, n := range names {
		if fits(patterns, n) {
			return true
		}
	}
	return false
}

// lower returns the match with its patterns in lower case.
func (m Match) lower() Match {
	out := Match{
		Projects: down(m.Projects), Repositories: down(m.Repositories), Components: down(m.Components), Labels: down(m.Labels), Types: down(m.Types),
		CodeOwners: down(m.CodeOwners), GitHubTeams: down(m.GitHubTeams), Fields: map[string][]string{},
	}
	for name, values := range m.Fields {
		out.Fields[strings.ToLower(name)] = down(values)
	}
	return out
}

// down writes names in lower case.
func down(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}

// needs is what of an item the team rules look at.
type needs struct{ project, components, labels, types, fields, team, codeOwners bool }

func (r *Rules) needs() needs {
	switch r.By {
	case ByTeamOrProject:
		return needs{project: true, team: true}
	case ByProject:
		return needs{project: true}
	case ByComponent:
		return needs{project: true, components: true}
	case ByLabel:
		return needs{labels: true}
	case ByField:
		return needs{fields: true, team: true}
	}
	var n needs
	for _, t := range r.Teams {
		n.add(t.Match)
	}
	return n
}

// add adds what a match looks at.
func (n *needs) add(m Match) {
	n.project = n.project || len(m.Projects)+len(m.Repositories)+len(m.GitHubTeams) > 0
	n.codeOwners = n.codeOwners || len(m.CodeOwners) > 0
	n.components = n.components || len(m.Components) > 0
	n.labels = n.labels || len(m.Labels) > 0
	n.types = n.types || len(m.Types) > 0
	n.fields = n.fields || len(m.Fields) > 0
	n.team = n.team || len(m.Fields) > 0
}

// looks is what of an item all rules look at.
func (r *Rules) looks() needs {
	n := r.needs()
	for _, m := range r.NotRequested {
		n.add(m)
	}
	n.labels = n.labels || r.Categories != nil || len(r.Outcome.Labels) > 0
	return n
}

// projectOnly reports whether ownership goes by project alone, so that work
// which cannot leave a project cannot cross teams. The default rule does until
// an item has a Team field; see [work.Org.FirstTeamField].
func (r *Rules) projectOnly() bool {
	switch r.By {
	case ByProject, ByTeamOrProject:
		return true
	case ByRules:
		n := r.needs()
		n.project = false
		return n == needs{}
	}
	return false
}
