package github

import (
	"fmt"
	"strings"
)

// What is asked of GraphQL. Every text is one that GitHub's description of its
// schema accepts. What a server, or a token, cannot give is left out of it, line
// by line.

// asks says what can be asked for beyond what every server knows.
type asks struct {
	projects bool // the present columns of project boards: the token may read them
	boards   bool // and their past, public since October 2025
	recent   bool // sub-issues, dependencies and types, public since 2025
	fields   bool // fields of issues, public since 2026
}

// everything is what github.com gives to whom may read all of it.
var everything = asks{projects: true, boards: true, recent: true, fields: true}

// A line of a query that ends in a mark is for servers and tokens that can
// answer it.
const (
	markProjects = "# projects"
	markBoards   = "# boards"
	markRecent   = "# recent"
	markFields   = "# fields"
)

func (a asks) answers(mark string) bool {
	switch mark {
	case markProjects:
		return a.projects
	case markBoards:
		return a.projects && a.boards
	case markRecent:
		return a.recent
	}
	return a.fields
}

// text leaves out of a query what cannot be asked, and adds the fragments that
// it uses.
func (a asks) text(query string) string {
	out := a.filter(query)
	for _, f := range fragments {
		if strings.Contains(out, "..."+f.name) {
			out += a.filter(f.text(a))
		}
	}
	return out
}

func (a asks) filter(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if i := strings.IndexByte(line, '#'); i >= 0 {
			if !a.answers(strings.TrimSpace(line[i:])) {
				continue
			}
			line = strings.TrimRight(line[:i], " ") + "\n"
		}
		out.WriteString(line)
	}
	return out.String()
}

// page is one page of a list of a repository: every list is asked for in the
// order of the last update.
func (a asks) page(name, list, node, variables, arguments string) string {
	return a.text(fmt.Sprintf(`query %s($owner: String!, $name: String!, $first: Int!, $after: String%s) {
  repository(owner: $owner, name: $name) {
    ...repo
    %s(first: $first, after: $after%s) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...%s }
    }
  }
  rateLimit { cost remaining resetAt }
}
`, name, variables, list, arguments, node))
}

// issues asks for a page of a repository's issues. Variables: owner, name,
// first, after, since; events, how many events of each come with it.
func (a asks) issues() string {
	return a.page("Issues", "issues", "issue", ", $since: DateTime, $events: Int = 60",
		", filterBy: {since: $since}, orderBy: {field: UPDATED_AT, direction: ASC}")
}

// pulls asks for a page of a repository's pull requests. GitHub has no filter
// for those updated since some time: descending, a reader can stop there.
// Variables: owner, name, first, after, direction, events.
func (a asks) pulls() string {
	return a.page("Pulls", "pullRequests", "pull", ", $direction: OrderDirection = ASC, $events: Int = 60",
		", orderBy: {field: UPDATED_AT, direction: $direction}")
}

// milestones asks for a page of a repository's milestones. Variables: owner,
// name, first, after, direction.
func (a asks) milestones() string {
	return a.page("Milestones", "milestones", "milestone", ", $direction: OrderDirection = ASC",
		", orderBy: {field: UPDATED_AT, direction: $direction}")
}

// nodes asks for issues and pull requests by their node ids. Variables: ids,
// events.
func (a asks) nodes() string {
	return a.text(`query Nodes($ids: [ID!]!, $events: Int = 60) {
  nodes(ids: $ids) {
    __typename
    ...issue
    ...pull
  }
  rateLimit { cost remaining resetAt }
}
`)
}

// further asks for the next page of one list within an issue or a pull request.
// Variables: id, after.
func (a asks) further(list string) string {
	var query strings.Builder
	query.WriteString("query Further($id: ID!, $after: String!) {\n  node(id: $id) {\n    __typename\n    id\n")
	for _, side := range []struct {
		name  string
		lists []within
	}{{"Issue", issueLists}, {"PullRequest", pullLists}} {
		for _, l := range side.lists {
			if l.name == list {
				fmt.Fprintf(&query, "    ... on %s { %s } %s\n", side.name, l.ask(a, "100", "$after"), l.mark)
			}
		}
	}
	query.WriteString("  }\n  rateLimit { cost remaining resetAt }\n}\n")
	return a.text(query.String())
}

// The lists within an issue or a pull request, by their names in GraphQL.
const (
	listTimeline    = "timelineItems"
	listAssignees   = "assignees"
	listLabels      = "labels"
	listSubIssues   = "subIssues"
	listBlockedBy   = "blockedBy"
	listBlocking    = "blocking"
	listClosedBy    = "closedByPullRequestsReferences"
	listCloses      = "closingIssuesReferences"
	listFiles       = "files"
	listProjects    = "projectItems"
	listIssueFields = "issueFieldValues"
)

// within is a list within an issue or a pull request.
type within struct {
	name      string
	first     string // how many elements come with the item itself
	arguments string
	node      string // what is asked of an element
	mark      string
	types     []types // of a timeline
}

// types are types of a timeline's events.
type types struct{ names, mark string }

// ask is the question for some elements behind a mark, "" for the first.
func (l within) ask(a asks, first, after string) string {
	arguments := "first: " + first
	if after != "" {
		arguments += ", after: " + after
	}
	if l.types != nil {
		var names []string
		for _, t := range l.types {
			if t.mark == "" || a.answers(t.mark) {
				names = append(names, t.names)
			}
		}
		arguments += ", itemTypes: [" + strings.Join(names, " ") + "]"
	}
	return fmt.Sprintf("%s(%s%s) { totalCount pageInfo { hasNextPage endCursor } nodes { %s } }", l.name, arguments, l.arguments, l.node)
}

var issueLists = []within{
	{name: listAssignees, first: "10", node: "...who"},
	{name: listLabels, first: "30", node: "name"},
	{name: listClosedBy, first: "10", arguments: ", includeClosedPrs: true", node: "...item", mark: markRecent},
	{name: listSubIssues, first: "30", node: "...item", mark: markRecent},
	{name: listBlockedBy, first: "20", node: "...item", mark: markRecent},
	{name: listBlocking, first: "20", node: "...item", mark: markRecent},
	{name: listProjects, first: "10", node: "...card", mark: markProjects},
	{name: listIssueFields, first: "10", node: "...value", mark: markFields},
	{name: listTimeline, first: "$events", node: "...event", types: []types{
		{"CLOSED_EVENT REOPENED_EVENT", ""}, everyItem, {"TRANSFERRED_EVENT", ""},
		{"PARENT_ISSUE_ADDED_EVENT PARENT_ISSUE_REMOVED_EVENT ISSUE_TYPE_ADDED_EVENT ISSUE_TYPE_CHANGED_EVENT ISSUE_TYPE_REMOVED_EVENT", markRecent},
		{"BLOCKED_BY_ADDED_EVENT BLOCKED_BY_REMOVED_EVENT BLOCKING_ADDED_EVENT BLOCKING_REMOVED_EVENT", markRecent}, everyBoard,
	}},
}

var pullLists = []within{
	{name: listAssignees, first: "10", node: "...who"},
	{name: listLabels, first: "30", node: "name"},
	{name: listCloses, first: "20", node: "...item"},
	{name: listFiles, first: "100", node: "path additions deletions"},
	{name: listProjects, first: "10", node: "...card", mark: markProjects},
	{name: listTimeline, first: "$events", node: "...event", types: []types{
		{"CLOSED_EVENT REOPENED_EVENT MERGED_EVENT CONVERT_TO_DRAFT_EVENT READY_FOR_REVIEW_EVENT", ""}, everyItem,
		{"PULL_REQUEST_REVIEW PULL_REQUEST_COMMIT", ""}, everyBoard,
	}},
}

// What issues and pull requests have in common.
var (
	everyItem  = types{"ASSIGNED_EVENT UNASSIGNED_EVENT LABELED_EVENT UNLABELED_EVENT MILESTONED_EVENT DEMILESTONED_EVENT CONNECTED_EVENT DISCONNECTED_EVENT REFERENCED_EVENT ISSUE_COMMENT", ""}
	everyBoard = types{"ADDED_TO_PROJECT_V2_EVENT REMOVED_FROM_PROJECT_V2_EVENT PROJECT_V2_ITEM_STATUS_CHANGED_EVENT", markBoards}
)

// lists writes the lists of an item, one a line.
func (a asks) lists(of []within) string {
	var out strings.Builder
	for _, l := range of {
		fmt.Fprintf(&out, "  %s %s\n", l.ask(a, l.first, ""), l.mark)
	}
	return out.String()
}

// fragments are what queries share, each before those that it uses itself.
var fragments = []struct {
	name string
	text func(asks) string
}{
	{"issue", fragmentIssue}, {"pull", fragmentPull}, {"milestone", constant(fragmentMilestone)},
	{"event", constant(fragmentEvent)}, {"item", constant(fragmentItem)}, {"card", constant(fragmentCard)}, {"value", constant(fragmentValue)},
	{"who", constant(fragmentWho)}, {"repo", constant(fragmentRepo)},
}

func constant(text string) func(asks) string { return func(asks) string { return text } }

func fragmentIssue(a asks) string {
	return `fragment issue on Issue {
  __typename
  id
  number
  title
  body
  state
  stateReason
  reason: stateReason(enableDuplicate: true) # recent
  createdAt
  updatedAt
  closedAt
  author { ...who }
  repository { ...repo }
  milestone { id number title }
  issueType { id name } # recent
  parent { ...item } # recent
  subIssuesSummary { total } # recent
` + a.lists(issueLists) + "}\n"
}

// fragmentPull gives the state another name: beside issues in one query, a state
// would be of two types.
func fragmentPull(a asks) string {
	return `fragment pull on PullRequest {
  __typename
  id
  number
  title
  body
  headRefName
  standing: state
  isDraft
  mergedAt
  createdAt
  updatedAt
  closedAt
  additions
  deletions
  changedFiles
  totalCommentsCount
  author { ...who }
  repository { ...repo }
  milestone { id number title }
` + a.lists(pullLists) + "}\n"
}

const fragmentMilestone = `fragment milestone on Milestone {
  __typename
  id
  number
  title
  description
  state
  createdAt
  updatedAt
  closedAt
  dueOn
  creator { ...who }
  repository { ...repo }
}
`

const fragmentRepo = `fragment repo on Repository { id databaseId nameWithOwner name }
`

const fragmentWho = `fragment who on Actor {
  __typename
  login
  ... on User { databaseId }
  ... on Bot { databaseId }
  ... on Mannequin { databaseId }
}
`

// fragmentItem is all that is asked of the other end of a relation.
const fragmentItem = `fragment item on Node {
  __typename
  id
  ... on Issue { number repository { nameWithOwner } }
  ... on PullRequest { number repository { nameWithOwner } }
}
`

const fragmentCard = `fragment card on ProjectV2Item { # projects
  isArchived # projects
  project { id title } # projects
  fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } } # projects
} # projects
`

const fragmentValue = `fragment value on IssueFieldValue { # fields
  __typename # fields
  ... on IssueFieldSingleSelectValue { name field { ... on IssueFieldSingleSelect { name } } } # fields
} # fields
`

// fragmentEvent asks for what becomes facts, see the package's comment.
const fragmentEvent = `fragment event on Node {
  __typename
  id
  ... on ClosedEvent { createdAt actor { ...who } stateReason }
  ... on ReopenedEvent { createdAt actor { ...who } }
  ... on MergedEvent { createdAt actor { ...who } }
  ... on ConvertToDraftEvent { createdAt actor { ...who } }
  ... on ReadyForReviewEvent { createdAt actor { ...who } }
  ... on AssignedEvent { createdAt actor { ...who } assignee { ...who } }
  ... on UnassignedEvent { createdAt actor { ...who } assignee { ...who } }
  ... on LabeledEvent { createdAt actor { ...who } label { name } }
  ... on UnlabeledEvent { createdAt actor { ...who } label { name } }
  ... on MilestonedEvent { createdAt actor { ...who } milestoneTitle }
  ... on DemilestonedEvent { createdAt actor { ...who } milestoneTitle }
  ... on ConnectedEvent { createdAt actor { ...who } source { ...item } subject { ...item } }
  ... on DisconnectedEvent { createdAt actor { ...who } source { ...item } subject { ...item } }
  ... on TransferredEvent { createdAt actor { ...who } fromRepository { ...repo } }
  ... on ReferencedEvent { createdAt actor { ...who } by: commit { oid } }
  ... on IssueComment { createdAt author { ...who } body }
  ... on PullRequestReview { submittedAt createdAt author { ...who } body state }
  ... on PullRequestCommit { commit { oid authoredDate author { email user { ...who } } } }
  ... on ParentIssueAddedEvent { createdAt actor { ...who } parent { ...item } } # recent
  ... on ParentIssueRemovedEvent { createdAt actor { ...who } parent { ...item } } # recent
  ... on IssueTypeAddedEvent { createdAt actor { ...who } issueType { id name } } # recent
  ... on IssueTypeRemovedEvent { createdAt actor { ...who } issueType { id name } } # recent
  ... on IssueTypeChangedEvent { createdAt actor { ...who } issueType { id name } prevIssueType { id name } } # recent
  ... on BlockedByAddedEvent { createdAt actor { ...who } blockingIssue { ...item } } # recent
  ... on BlockedByRemovedEvent { createdAt actor { ...who } blockingIssue { ...item } } # recent
  ... on BlockingAddedEvent { createdAt actor { ...who } blockedIssue { ...item } } # recent
  ... on BlockingRemovedEvent { createdAt actor { ...who } blockedIssue { ...item } } # recent
  ... on AddedToProjectV2Event { createdAt actor { ...who } project { id title } } # boards
  ... on RemovedFromProjectV2Event { createdAt actor { ...who } project { id title } } # boards
  ... on ProjectV2ItemStatusChangedEvent { createdAt actor { ...who } project { id title } previousStatus status } # boards
}
`
