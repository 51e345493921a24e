package story

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// What belongs to repositories: issues, pull requests and milestones, in the
// words of their tracker.

// classify finds out what an item is to its tracker. The ids of the classes
// differ, as they do where repositories are kept.
func classify(it *item) {
	switch {
	case !it.coded():
	case strings.Contains(it.key, "/milestone/"):
		it.class, it.id = fact.ClassMilestone, "m"+it.id
	case it.typ == "pull":
		it.class, it.id, it.typ = fact.ClassPull, "p"+it.id, "Pull request"
	}
}

// The statuses of a repository's items.
var (
	issueOpen, issueClosed         = fact.Named{ID: "open", Name: "Open"}, fact.Named{ID: "closed", Name: "Closed"}
	pullDraft, pullOpen            = fact.Named{ID: "pull-draft", Name: "Draft"}, fact.Named{ID: "pull-open", Name: "Open pull request"}
	pullMerged, pullClosed         = fact.Named{ID: "merged", Name: "Merged"}, fact.Named{ID: "pull-closed", Name: "Closed pull request"}
	milestoneOpen, milestoneClosed = fact.Named{ID: "milestone-open", Name: "Open milestone"}, fact.Named{ID: "milestone-closed", Name: "Closed milestone"}

	opened = map[fact.Class]fact.Named{fact.ClassIssue: issueOpen, fact.ClassPull: pullOpen, fact.ClassMilestone: milestoneOpen}
	closed = map[fact.Class]fact.Named{fact.ClassIssue: issueClosed, fact.ClassPull: pullClosed, fact.ClassMilestone: milestoneClosed}
)

// codeTerms are the words of the repositories' tracker.
func codeTerms(site string) []fact.Term {
	var out []fact.Term
	for category, list := range map[string][]fact.Named{
		"new": {issueOpen, milestoneOpen}, "indeterminate": {pullDraft, pullOpen}, "done": {issueClosed, pullMerged, pullClosed, milestoneClosed},
	} {
		for _, s := range list {
			out = append(out, fact.Term{Site: site, Kind: fact.TermStatus, ID: s.ID, Name: s.Name, Category: category})
		}
	}
	return out
}

// only tells which verbs are for which classes alone.
var only = map[string][]fact.Class{
	"merge": {fact.ClassPull}, "draft": {fact.ClassPull}, "ready": {fact.ClassPull}, "closes": {fact.ClassPull}, "review": {fact.ClassPull},
	"path": {fact.ClassPull}, "done": {fact.ClassIssue, fact.ClassMilestone},
	"milestone": {fact.ClassIssue, fact.ClassPull}, "column": {fact.ClassIssue, fact.ClassPull}, "hidden": {fact.ClassIssue},
	"start": {}, "wait": {}, "status": {},
}

// suits refuses what does not happen to items of this tracker and class.
func suits(it *item, e *event) error {
	classes, limited := only[e.verb]
	switch {
	case e.verb == "move" && fact.IsRepository(e.arg) != it.coded():
		return fmt.Errorf("%s is in another tracker", e.arg)
	case e.verb == "move" && it.class != fact.ClassIssue:
		return fmt.Errorf("a %v stays where it is", it.class)
	case !limited, !it.coded() && (len(classes) == 0 || e.verb == "done"):
		return nil
	case !it.coded():
		return fmt.Errorf("%s is for what belongs to a repository", e.verb)
	case !slices.Contains(classes, it.class):
		return fmt.Errorf("%s is not for a repository's %v", e.verb, it.class)
	}
	return nil
}

// code reads the arguments of the verbs for repositories.
func (p *parser) code(e *event, args []string) error {
	switch e.verb {
	case "merge", "draft", "ready", "review", "commit":
		if len(args) > 0 {
			return fmt.Errorf("%s takes nothing, not %q", e.verb, e.arg)
		}
	case "closes":
		if len(args) != 1 {
			return fmt.Errorf("closes needs one key")
		}
		e.verb, e.arg, e.other = "link", "closes", args[0]
	case "milestone":
		if len(args) != 1 {
			return fmt.Errorf("milestone needs one key, or -")
		}
		if args[0] != "-" {
			e.other = args[0]
		}
	case "column":
		return column(e, args)
	case "hidden":
		n, err := strconv.ParseInt(e.arg, 10, 16)
		if err != nil {
			return fmt.Errorf("hidden needs a number")
		}
		e.number = float64(n)
	case "path":
		return path(e, args)
	case "mentions":
		return mentions(e, args)
	}
	return nil
}

// column reads NAME [on PROJECT]; there is one board where none is named.
func column(e *event, args []string) error {
	project := "board"
	if n := len(args); n >= 3 && args[n-2] == "on" {
		project, args = args[n-1], args[:n-2]
	}
	if len(args) == 0 {
		return fmt.Errorf("column needs a name, or -")
	}
	e.path.Name = project
	if e.arg = strings.Join(args, " "); e.arg == "-" {
		e.arg = ""
	}
	return nil
}

func path(e *event, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("path needs a name and two numbers of lines")
	}
	added, err1 := strconv.Atoi(args[1])
	deleted, err2 := strconv.Atoi(args[2])
	if err1 != nil || err2 != nil {
		return fmt.Errorf("path needs two numbers of lines, not %q and %q", args[1], args[2])
	}
	e.path = fact.Path{Name: args[0], Added: added, Deleted: deleted}
	return nil
}

// mentions reads [WHERE] [WORD] KEY.
func mentions(e *event, args []string) error {
	e.says = fact.Mention{Where: fact.InBody, Word: fact.WordMentions}
	for len(args) > 1 {
		switch args[0] {
		case "title":
			e.says.Where = fact.InTitle
		case "body":
			e.says.Where = fact.InBody
		case "branch":
			e.says.Where = fact.InBranch
		case "closes":
			e.says.Word = fact.WordCloses
		case "depends":
			e.says.Word = fact.WordDependsOn
		case "blocks":
			e.says.Word = fact.WordBlocks
		case "task":
			e.says.Word = fact.WordTask
		default:
			return fmt.Errorf("%q is neither a text nor a word before a key", args[0])
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return fmt.Errorf("mentions needs a key")
	}
	e.says.Key = args[0]
	return nil
}

// code plays what only a repository's items know; false if it is something else.
func (p *player) code(r *fact.Record, e event) bool {
	switch e.verb {
	case "merge":
		p.turn(r, e, pullMerged, "")
		r.Pull.Merged = e.at
	case "draft":
		p.turn(r, e, pullDraft, "")
	case "todo", "ready":
		p.turn(r, e, opened[r.Class], "")
	case "done":
		p.turn(r, e, closed[r.Class], p.reason(r, e, "Completed"))
	case "drop":
		p.turn(r, e, closed[r.Class], p.reason(r, e, "Not planned"))
	case "milestone":
		p.milestone(r, e)
	case "in", "out":
		p.parent(r, e)
	case "column":
		p.column(r, e)
	case "hidden":
		r.Children = int(e.number)
	case "path":
		r.Pull.Paths = append(r.Pull.Paths, e.path)
		r.Pull.Sized, r.Pull.Files = true, r.Pull.Files+1
		r.Pull.Added, r.Pull.Deleted = r.Pull.Added+e.path.Added, r.Pull.Deleted+e.path.Deleted
	case "move":
		p.transfer(r, e)
	default:
		return false
	}
	return true
}

// countChildren adds, to the sub-issues that nobody may read, those of the story.
func (p *player) countChildren() {
	byID := map[string]*fact.Record{}
	for it, r := range p.records {
		byID[it.id] = r
	}
	for it, r := range p.records {
		if parent := byID[r.Parent.ID]; it.coded() && parent != nil && parent != r && r.Class == fact.ClassIssue {
			parent.Children++
		}
	}
}

// reason is why something was closed. A pull request that is closed was not
// merged; a milestone gives no reason.
func (p *player) reason(r *fact.Record, e event, usual string) string {
	switch r.Class {
	case fact.ClassPull:
		return "Not merged"
	case fact.ClassMilestone:
		return ""
	}
	return orElse(e.arg, usual)
}

// turn enters a status. What is done has an end, with a reason or without.
func (p *player) turn(r *fact.Record, e event, to fact.Named, reason string) {
	p.log(r, e, fact.KindStatus, value(r.Status), value(to))
	r.Status = to
	p.resolve(r, e, reason)
	r.Resolved = 0
	if term, _ := p.story.terms.Find(r.Site, fact.TermStatus, to.ID); term.Category == "done" {
		r.Resolved = e.at
	}
}

// milestone changes the milestone: events tell of the old and of the new one, by
// title.
func (p *player) milestone(r *fact.Record, e event) {
	title := func(ref fact.Ref) fact.Value {
		if ref.IsZero() {
			return fact.Value{}
		}
		return fact.Value{Text: p.story.byKey[ref.Key].title}
	}
	to := fact.Ref{}
	if e.other != "" {
		to = p.ref(e.other)
	}
	if to == r.Milestone {
		return
	}
	p.replace(r, e, fact.KindMilestone, title(r.Milestone), title(to))
	r.Milestone = to
}

// parent changes the parent issue: events tell of the old and of the new one.
func (p *player) parent(r *fact.Record, e event) {
	to := fact.Ref{}
	if e.verb == "in" {
		to = p.ref(e.other)
	}
	if to == r.Parent {
		return
	}
	p.replace(r, e, fact.KindParent, fact.Value{ID: r.Parent.ID, Text: r.Parent.Key}, fact.Value{ID: to.ID, Text: to.Key})
	r.Parent = to
}

// replace tells of what is gone and of what is new, one by one and in either
// order: trackers make no promise.
func (p *player) replace(r *fact.Record, e event, kind fact.Kind, from, to fact.Value) {
	if p.changes%2 == 0 {
		p.log(r, e, kind, from, fact.Value{})
		p.log(r, e, kind, fact.Value{}, to)
		return
	}
	p.log(r, e, kind, fact.Value{}, to)
	p.log(r, e, kind, from, fact.Value{})
}

// column moves an item on a project's board, onto it or off.
func (p *player) column(r *fact.Record, e event) {
	board := e.path.Name
	var from, to fact.Value
	at := slices.IndexFunc(r.Columns, func(n fact.Named) bool { return n.ID == board })
	if at >= 0 {
		from = value(r.Columns[at])
		r.Columns = slices.Delete(slices.Clone(r.Columns), at, at+1)
	}
	if e.arg != "" {
		to = fact.Value{ID: board, Text: e.arg}
		r.Columns = append(r.Columns, fact.Named{ID: board, Name: e.arg})
	}
	p.log(r, e, fact.KindColumn, from, to)
}

// transfer moves an issue to another repository. Its number there tells nothing of
// the one before, and the event no more than the repository.
func (p *player) transfer(r *fact.Record, e event) {
	project := projectOf(e.arg)
	p.log(r, e, fact.KindProject, fact.Value{ID: r.Project.ID, Text: r.Project.Key}, fact.Value{ID: project.ID, Text: project.Key})
	r.Key, r.Project, r.URL = e.arg, project, fact.Address(r.Site, e.arg)
}
