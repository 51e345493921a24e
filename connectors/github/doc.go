// Package github turns what GitHub says into facts: live, by GraphQL or REST,
// and out of saved answers, through the same decoders.
//
// How GitHub's words become facts, whichever API they came by:
//
//	Site        the web address: https://github.com, or that of an Enterprise Server
//	ID          the database id: "123" of an issue, "p123" of a pull request, "m123" of
//	            a milestone. Answers that carry a node id alone give it, too: both forms of
//	            node ids hold it. Of one that does not, the node id itself is the ID.
//	Key         acme/shop#12; of a milestone acme/shop/milestone/3
//	URL         fact.Address(Site, Key) but for milestones, whichever address the answer gives
//	Class       issue, pull request, milestone
//	Project     the repository: database id (where told), acme/shop, shop
//	Type        the issue type; "Issue", "Pull request" or "Milestone" without one. Rank 0.
//	Status      see below; Terms tell the categories
//	Resolution  of closed issues the state reason: completed, not_planned, duplicate
//	            ("Completed", "Not planned", "Duplicate"); of pull requests closed without
//	            a merge unmerged ("Not merged")
//	Resolved    closed at
//	Assignee    the first of the assignees
//	Creator, Reporter   the author; nobody where the account was deleted
//	Parent      the parent issue
//	Milestone   the milestone: ID and Key
//	Columns     the present status on each project's board: the project's id and the name of the status
//	Children    sub-issues by GitHub's own count
//	Fields      issue fields of a closed set, by name; Priority is Priority
//	Labels      names
//	Due         of a milestone, the day on which it is due
//	Links       "is blocked by" and "blocks" (type "blocked by", id "blocked-by:<blocked>:<blocker>"),
//	            "closes" and "is closed by" (type "closes", id "closes:<pull>:<issue>"), ids as above
//	Mentions    what the title, the body and a pull request's branch refer to: acme/shop#12, #12 (in full),
//	            addresses of issues, keys such as PAY-12 (any: which are known is decided later)
//	Pull        merged at, size, paths; Begun is the earliest author date of its commits
//
// Statuses, and the events that change them:
//
//	issue       open "Open", closed "Closed"
//	pull        pull-draft "Draft", pull-open "Open pull request", merged "Merged", pull-closed "Closed pull request"
//	milestone   milestone-open "Open milestone", milestone-closed "Closed milestone"
//
//	closed, reopened, merged, convert_to_draft, ready_for_review   KindStatus; a reason comes
//	            as a KindResolution beside it. The closed that follows a merged says nothing. Without
//	            a reason the last closing has the present one, an earlier one completed.
//	converted_to_discussion         the same, with a resolution of its name: GitHub calls it completed
//	assigned, unassigned            KindAssignee, To or From
//	labeled, unlabeled              KindLabel, by name (Text)
//	milestoned, demilestoned        KindMilestone, by title (Text): events tell no more
//	parent_issue_added, …_removed   KindParent: ID and key of the parent
//	blocked_by_added, blocking_added, …_removed, connected, disconnected   KindLink: the other's
//	            key in ID, the phrase in Text
//	issue_type_added, …             KindType
//	project status events           KindColumn: the project's id in ID, the statuses' names in Text;
//	            a removal has an empty To
//	transferred                     KindProject, From the repository it came from
//	all others                      KindOther, with the event's name in Field; that somebody was
//	            mentioned or subscribed is no event of the item and is left out
//
// Changes have the database id of their event, reviews "r<id>", comments "c<id>", comments
// on lines "l<id>", commits the first 16 digits of their hash. Who acted: the login and, where told, "#<database id>";
// a commit's author by e-mail, too, which says who somebody is elsewhere. An address
// under users.noreply.github.com proves the login. Acts are comments, reviews and commits; a
// referenced event is a commit elsewhere that names the item.
package github
