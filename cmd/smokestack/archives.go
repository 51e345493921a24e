package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"smokestack/connectors"
	"smokestack/connectors/github"
	"smokestack/connectors/jira"
	"smokestack/connectors/saved"
	"smokestack/connectors/store"
)

// archive is a source of saved answers, whichever tracker gave them.
type archive interface {
	connectors.Source
	// LeaveOut names what is no part of the archive, though it lies within it.
	LeaveOut(paths ...string)
	// Look reports what is wrong with the archive's path.
	Look() error
}

var _, _ archive = (*jira.Archive)(nil), (*github.Archive)(nil)

// The trackers, as the configuration and folders of recorded answers name them.
const (
	trackerJira   = "jira"
	trackerGitHub = "github"
)

var trackerNames = map[string]string{trackerJira: "Jira", trackerGitHub: "GitHub"}

// placed is an archive in the plan.
type placed struct {
	archive
	path, site string
	tracker    string
	guessed    bool // nothing in it tells the tracker
}

func newArchive(tracker, path, site string) archive {
	if tracker == trackerGitHub {
		return github.NewArchive(path, site)
	}
	return jira.NewArchive(path, site)
}

// addArchive adds the archive at a path; without a tracker, it looks whose
// answers they are. A folder into which several trackers were recorded is an
// archive of each.
func (p *plan) addArchive(path, site, tracker string) {
	if parts := recordedIn(path); tracker == "" && parts != nil {
		for _, part := range parts {
			p.addArchive(filepath.Join(path, part), "", part)
		}
		return
	}
	guessed := false
	if tracker == "" {
		var other string
		if tracker, other = trackerOf(path); tracker == "" {
			tracker, guessed = trackerJira, true
		}
		if other != "" {
			p.hints = append(p.hints, fmt.Sprintf("archive %s holds answers of %s and, fewer, of %s: those of %s are passed over; in a configuration two sources can read it, with tracker: %s and tracker: %s",
				path, trackerNames[tracker], trackerNames[other], trackerNames[other], tracker, other))
		}
	}
	a := placed{newArchive(tracker, path, site), path, site, tracker, guessed}
	p.archives, p.sources = append(p.archives, a), append(p.sources, a.archive)
}

// recordedIn returns the folders of a recording of several trackers; nil if it is
// none, or holds anything else.
func recordedIn(path string) []string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil
	}
	var parts []string
	for _, e := range entries {
		switch {
		case e.IsDir() && trackerNames[e.Name()] != "":
			parts = append(parts, e.Name())
		case !strings.HasPrefix(e.Name(), "."):
			return nil
		}
	}
	if len(parts) < len(trackerNames) {
		return nil
	}
	return parts
}

// marks are words that stand, in quotes, in the answers of one tracker only.
var marks = map[string][]string{
	trackerJira: {
		"issuetype", "statusCategory", "fixVersions", "issuelinks", "changelog", "histories", "issueChangeLogs", "resolutiondate", "fieldtype",
		"accountId", "self",
	},
	trackerGitHub: {
		"node_id", "html_url", "repository_url", "events_url", "closed_at", "created_at", "databaseId", "nameWithOwner", "__typename",
		"timelineItems", "closedAt", "createdAt", "author_association", "authorAssociation",
	},
}

// trackerOf looks whose answers an archive holds, those of most files first; ""
// where nothing there tells.
func trackerOf(path string) (most, other string) {
	files := map[string]int{}
	saved.New(path, saved.Format{}).Heads(func(head []byte) bool {
		ofJira, ofGitHub := marked(head, trackerJira), marked(head, trackerGitHub)
		switch {
		case ofJira > ofGitHub:
			files[trackerJira]++
		case ofGitHub > ofJira:
			files[trackerGitHub]++
		}
		return true
	})
	most, other = trackerJira, trackerGitHub
	if files[other] > files[most] {
		most, other = other, most
	}
	if files[other] == 0 {
		other = ""
	}
	if files[most] == 0 {
		most = ""
	}
	return most, other
}

// marked counts the marks of a tracker. Within a text quotes are written \", so
// that what people write about keys counts for nothing.
func marked(head []byte, tracker string) int {
	n := 0
	for _, word := range marks[tracker] {
		if bytes.Contains(head, []byte(`"`+word+`":`)) || bytes.Contains(head, []byte(`"`+word+`" :`)) {
			n++
		}
	}
	return n
}

// leaveOut names what the program itself writes: it is no part of an archive, even
// where it lies within one.
func (p *plan) leaveOut(paths ...string) {
	p.own = append(p.own, paths...)
	for _, a := range p.archives {
		a.LeaveOut(paths...)
	}
}

// unsure says of an error that nothing told whose answers an archive holds.
func (p *plan) unsure(src connectors.Source, err error) error {
	i := slices.IndexFunc(p.archives, func(a placed) bool { return src == connectors.Source(a.archive) })
	if i < 0 || !errors.Is(err, jira.ErrNoIssues) && !errors.Is(err, github.ErrNoItems) {
		return err
	}
	a := p.archives[i]
	if really, _ := trackerOf(a.path); really != "" && really != a.tracker {
		return fmt.Errorf("%w; it holds answers of %s: leave out tracker: %s", err, trackerNames[really], a.tracker)
	}
	if !a.guessed {
		return err
	}
	return fmt.Errorf("%w; if it holds GitHub's, name it in a configuration, with tracker: %s", err, trackerGitHub)
}

// settle looks up in the store of which tracker an archive was that is no longer
// there, or tells no more.
func (p *plan) settle(ctx context.Context, st *store.Store) error {
	for i, a := range p.archives {
		if !a.guessed {
			continue
		}
		other := newArchive(trackerGitHub, a.path, a.site)
		known, err := p.knows(ctx, st, other.Scope())
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		other.LeaveOut(p.own...)
		for j, src := range p.sources {
			if src == connectors.Source(a.archive) {
				p.sources[j] = other
			}
		}
		p.archives[i] = placed{archive: other, path: a.path, site: a.site, tracker: trackerGitHub}
	}
	return nil
}

// knows reports whether the store was told of a scope.
func (p *plan) knows(ctx context.Context, st *store.Store, scope connectors.Scope) (bool, error) {
	scopes, err := p.stored(ctx, st)
	if err != nil {
		return false, err
	}
	for _, s := range scopes {
		if alike(s.Scope, scope) {
			return true, nil
		}
	}
	return false, nil
}

// alike reports whether two scopes ask for the same, whichever version of the
// program did.
func alike(a, b connectors.Scope) bool {
	a.Decoder, b.Decoder = 0, 0
	return a == b
}

// stored are the scopes that the store was told of before this run.
func (p *plan) stored(ctx context.Context, st *store.Store) ([]store.ScopeState, error) {
	if p.before == nil {
		sel, err := st.Select(ctx, nil)
		if err != nil {
			return nil, err
		}
		p.before = append([]store.ScopeState{}, sel.Scopes...)
	}
	return p.before, nil
}
