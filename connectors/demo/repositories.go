package demo

import (
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// owner is whose repositories they all are.
const owner = "acme"

// repo is a repository of the pretend GitHub. The repository that all teams of
// a cell share is the team's of nobody.
type repo struct {
	key, name  string
	team, cell int // team is −1 where it is everybody's
	shy        bool
}

// commonName is how the repository that all share is called.
const commonName = "shared"

// addresses returns the keys of the team's repositories in its cell, and of the
// shy one among them.
func (t *team) addresses() (keys []string, shy string) {
	for _, name := range t.code {
		keys = append(keys, address(name, t.cell))
		if name == t.shy {
			shy = keys[len(keys)-1]
		}
	}
	return keys, shy
}

func address(name string, cell int) string {
	if cell > 0 {
		name += "-" + strconv.Itoa(cell+1)
	}
	return owner + "/" + name
}

// found sets up the repositories: of each cell those of its teams, then the one
// that they share.
func (o *org) found() {
	for i := range o.teams {
		t := &o.teams[i]
		t.repos = nil
		for _, key := range t.code {
			t.repos = append(t.repos, int32(len(o.repos)))
			o.repos = append(o.repos, repo{key: key, team: i, cell: t.cell, shy: key == t.shy})
		}
		if i+1 == len(o.teams) || o.teams[i+1].cell != t.cell {
			o.repos = append(o.repos, repo{key: address(commonName, t.cell), team: -1, cell: t.cell})
		}
	}
	for i := range o.repos {
		o.repos[i].name = strings.TrimPrefix(o.repos[i].key, owner+"/")
	}
}

// common returns the repository that the teams of the cell share: the last one
// of the cell.
func (p *plan) common() int32 {
	c := p.teamsOf(p.cell)
	last := c[len(c)-1].repos
	return last[len(last)-1] + 1
}

func (o *org) project(repo int32) fact.Project {
	r := &o.repos[repo]
	return fact.Project{ID: strconv.Itoa(500_001 + int(repo)), Key: r.key, Name: r.name}
}

// directory is where the code of a team is in the repository that all share.
func (t *team) directory() string { return strings.ToLower(strings.ReplaceAll(t.name, " ", "-")) }

// ownersOf writes the CODEOWNERS file of the repository that a cell shares.
func (o *org) ownersOf(cell int) string {
	var out strings.Builder
	out.WriteString("# who looks after what\n")
	for _, t := range o.teamsOf(cell) {
		if t.common > 0 {
			out.WriteString("/" + t.directory() + "/ @" + owner + "/" + t.directory() + "\n")
		}
	}
	return out.String()
}

// The states of a pull request.
const (
	pullDraft = iota
	pullOpen
	pullMerged
	pullClosed
)

var pullStatuses = [...]fact.Named{
	pullDraft: {ID: "pull-draft", Name: "Draft"}, pullOpen: {ID: "pull-open", Name: "Open pull request"},
	pullMerged: {ID: "merged", Name: "Merged"}, pullClosed: {ID: "pull-closed", Name: "Closed pull request"},
}

var pullCategories = [...]string{pullDraft: "indeterminate", pullOpen: "indeterminate", pullMerged: "done", pullClosed: "done"}

var (
	pullType = fact.Type{Name: "Pull request"}
	unmerged = fact.Named{ID: "unmerged", Name: "Not merged"}
)

// codeTerms adds the vocabulary of the pretend GitHub.
func (o *org) codeTerms(add func(fact.Term)) {
	if o.jiraOnly {
		return
	}
	for i, s := range pullStatuses {
		add(fact.Term{Site: CodeSite, Kind: fact.TermStatus, ID: s.ID, Name: s.Name, Category: pullCategories[i]})
	}
	for i := range o.repos {
		pr := o.project(int32(i))
		add(fact.Term{Site: CodeSite, Kind: fact.TermProject, ID: pr.ID, Name: pr.Name, Key: pr.Key})
		if o.repos[i].team < 0 {
			add(fact.Term{Site: CodeSite, Kind: fact.TermOwners, ID: pr.Key, Name: fact.CodeOwners, Schema: o.ownersOf(o.repos[i].cell)})
		}
	}
}
