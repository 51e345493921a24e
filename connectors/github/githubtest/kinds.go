package githubtest

// kind is how one kind of event is called, and where it shows.
type kind struct {
	typ, prefix string // the type in GraphQL, and what its ids begin with
	item        string // how a query of a timeline asks for it; "": it is not there
	listed      bool   // among the events of a repository, not in timelines alone
}

// kinds are the events by their name in REST. The prefixes are those of public
// data where it has them.
var kinds = map[string]kind{
	"closed":                         {"ClosedEvent", "CE", "CLOSED_EVENT", true},
	"reopened":                       {"ReopenedEvent", "REE", "REOPENED_EVENT", true},
	"merged":                         {"MergedEvent", "ME", "MERGED_EVENT", true},
	"assigned":                       {"AssignedEvent", "AE", "ASSIGNED_EVENT", true},
	"unassigned":                     {"UnassignedEvent", "UNE", "UNASSIGNED_EVENT", true},
	"labeled":                        {"LabeledEvent", "LE", "LABELED_EVENT", true},
	"unlabeled":                      {"UnlabeledEvent", "UNLE", "UNLABELED_EVENT", true},
	"milestoned":                     {"MilestonedEvent", "MIE", "MILESTONED_EVENT", true},
	"demilestoned":                   {"DemilestonedEvent", "DEME", "DEMILESTONED_EVENT", true},
	"renamed":                        {"RenamedTitleEvent", "RTE", "RENAMED_TITLE_EVENT", true},
	"locked":                         {"LockedEvent", "LOE", "LOCKED_EVENT", true},
	"unlocked":                       {"UnlockedEvent", "UNLOE", "UNLOCKED_EVENT", true},
	"pinned":                         {"PinnedEvent", "PIE", "PINNED_EVENT", true},
	"mentioned":                      {"MentionedEvent", "MEE", "MENTIONED_EVENT", true},
	"subscribed":                     {"SubscribedEvent", "SE", "SUBSCRIBED_EVENT", true},
	"referenced":                     {"ReferencedEvent", "REFE", "REFERENCED_EVENT", true},
	"transferred":                    {"TransferredEvent", "TE", "TRANSFERRED_EVENT", true},
	"marked_as_duplicate":            {"MarkedAsDuplicateEvent", "MADE", "MARKED_AS_DUPLICATE_EVENT", true},
	"connected":                      {"ConnectedEvent", "COE", "CONNECTED_EVENT", true},
	"disconnected":                   {"DisconnectedEvent", "DIE", "DISCONNECTED_EVENT", true},
	"converted_to_discussion":        {"ConvertedToDiscussionEvent", "CITDE", "CONVERTED_TO_DISCUSSION_EVENT", true},
	"comment_deleted":                {"CommentDeletedEvent", "CDE", "COMMENT_DELETED_EVENT", true},
	"review_requested":               {"ReviewRequestedEvent", "RRE", "REVIEW_REQUESTED_EVENT", true},
	"review_request_removed":         {"ReviewRequestRemovedEvent", "RRRE", "REVIEW_REQUEST_REMOVED_EVENT", true},
	"review_dismissed":               {"ReviewDismissedEvent", "RDE", "REVIEW_DISMISSED_EVENT", true},
	"convert_to_draft":               {"ConvertToDraftEvent", "CTDE", "CONVERT_TO_DRAFT_EVENT", true},
	"ready_for_review":               {"ReadyForReviewEvent", "RFRE", "READY_FOR_REVIEW_EVENT", true},
	"head_ref_deleted":               {"HeadRefDeletedEvent", "HRDE", "HEAD_REF_DELETED_EVENT", true},
	"head_ref_force_pushed":          {"HeadRefForcePushedEvent", "HRFPE", "HEAD_REF_FORCE_PUSHED_EVENT", true},
	"issue_type_added":               {"IssueTypeAddedEvent", "ITAE", "ISSUE_TYPE_ADDED_EVENT", true},
	"issue_type_changed":             {"IssueTypeChangedEvent", "ITCE", "ISSUE_TYPE_CHANGED_EVENT", true},
	"issue_type_removed":             {"IssueTypeRemovedEvent", "ITRE", "ISSUE_TYPE_REMOVED_EVENT", true},
	"sub_issue_added":                {"SubIssueAddedEvent", "SIAE", "SUB_ISSUE_ADDED_EVENT", true},
	"sub_issue_removed":              {"SubIssueRemovedEvent", "SIRE", "SUB_ISSUE_REMOVED_EVENT", true},
	"parent_issue_added":             {"ParentIssueAddedEvent", "PIAE", "PARENT_ISSUE_ADDED_EVENT", true},
	"parent_issue_removed":           {"ParentIssueRemovedEvent", "PIRE", "PARENT_ISSUE_REMOVED_EVENT", true},
	"blocked_by_added":               {"BlockedByAddedEvent", "BBAE", "BLOCKED_BY_ADDED_EVENT", true},
	"blocked_by_removed":             {"BlockedByRemovedEvent", "BBRE", "BLOCKED_BY_REMOVED_EVENT", true},
	"blocking_added":                 {"BlockingAddedEvent", "BAE", "BLOCKING_ADDED_EVENT", true},
	"blocking_removed":               {"BlockingRemovedEvent", "BRE", "BLOCKING_REMOVED_EVENT", true},
	"added_to_project_v2":            {"AddedToProjectV2Event", "ATPVTE", "ADDED_TO_PROJECT_V2_EVENT", false},
	"removed_from_project_v2":        {"RemovedFromProjectV2Event", "RFPVTE", "REMOVED_FROM_PROJECT_V2_EVENT", false},
	"project_v2_item_status_changed": {"ProjectV2ItemStatusChangedEvent", "PVTISC", "PROJECT_V2_ITEM_STATUS_CHANGED_EVENT", false},
	"cross-referenced":               {"CrossReferencedEvent", "CRE", "CROSS_REFERENCED_EVENT", false},
	"commented":                      {"IssueComment", "IC", "ISSUE_COMMENT", false},
	"committed":                      {"PullRequestCommit", "PURC", "PULL_REQUEST_COMMIT", false},
	"reviewed":                       {"PullRequestReview", "PRR", "PULL_REQUEST_REVIEW", false},
	"line-commented":                 {"PullRequestReviewComment", "PRRC", "", false},
}

// onBoard reports whether an event tells of a project's board: such events need
// a permission of their own.
func onBoard(kind string) bool {
	return kind == "added_to_project_v2" || kind == "removed_from_project_v2" || kind == "project_v2_item_status_changed"
}
