package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"smokestack/cmd/smokestack/config"
	"smokestack/connectors"
	"smokestack/connectors/jira"
	"smokestack/connectors/pace"
	"smokestack/reports/table"
)

// liveFlags name a live tracker without a configuration, and how to read one.
type liveFlags struct {
	jira     string
	github   []string
	projects []string
	jql      string
	ca       string
	record   string
	full     bool
}

func (f *liveFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.jira, "jira", "", "the address of a Jira, `URL`; the token comes from JIRA_TOKEN, on Cloud the account's from JIRA_EMAIL")
	cmd.Flags().StringArrayVar(&f.projects, "project", nil, "with --jira: the `KEY` of a project (repeatable)")
	cmd.Flags().StringVar(&f.jql, "jql", "", "with --jira: a `QUERY` in place of projects")
	cmd.Flags().StringArrayVar(&f.github, "github", nil, "a repository of GitHub, `OWNER/REPOSITORY`, OWNER/PATTERN or its address (repeatable); the token comes from GITHUB_TOKEN or GH_TOKEN")
	cmd.Flags().StringVar(&f.ca, "ca", "", "a `FILE` of further certificate authorities (PEM)")
}

func (f *liveFlags) addPull(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.record, "record", "", "keep the answers in the folder `DIR`, for --archive to read; those of Jira and of GitHub in folders of their own there")
	cmd.Flags().BoolVar(&f.full, "full", false, "pull everything again, not only what changed")
}

// source is the live tracker that the flags name, if they do.
func (f *liveFlags) source(getenv func(string) string) (config.Source, bool, error) {
	s := config.Source{Kind: "jira", URL: f.jira, Projects: f.projects, JQL: f.jql, Email: getenv("JIRA_EMAIL"), Token: getenv("JIRA_TOKEN")}
	switch {
	case f.jira == "" && (len(f.projects) > 0 || f.jql != ""):
		return s, false, usage("--project and --jql belong to --jira URL")
	case f.jira == "":
		return s, false, nil
	case len(f.projects) == 0 && f.jql == "":
		return s, false, usage("--jira %s: of which projects? Name them: --project KEY (repeatable), or a query: --jql QUERY", f.jira)
	case len(f.projects) > 0 && f.jql != "":
		return s, false, usage("--project and --jql exclude each other; write the projects into the query")
	}
	return s, true, nil
}

// addJira adds what one Jira has: a source for each project, so that one which
// the account may not see is a gap with a name, or one for a query.
func (e *env) addJira(p *plan, s config.Source, f *sourceFlags) error {
	site, err := jira.NewSite(jira.Options{
		URL: s.URL, Email: s.Email, Token: s.Token, CA: e.certificates(p, s, f), Record: e.recording(p, s, f, trackerJira),
		Program: "smokestack/" + version, Waiting: e.waiting(f.quiet), Now: e.now, Base: e.network,
	})
	if err != nil {
		return usageError{err}
	}
	p.sites = append(p.sites, site)
	var live []*jira.Live
	for _, key := range s.Projects {
		live = append(live, site.Project(key))
	}
	if s.JQL != "" {
		query, err := site.Query(s.JQL)
		if err != nil {
			return usageError{err}
		}
		live = append(live, query)
	}
	for _, l := range live {
		if f.full {
			l = l.Anew()
		}
		p.sources = append(p.sources, l)
	}
	return nil
}

// nameOf says what a source reads, for people.
func nameOf(src connectors.Source) string {
	if l, ok := src.(interface{ Name() string }); ok {
		return l.Name()
	}
	return src.Scope().Origin
}

// certificates finds the file of further authorities: a flag's stands where the
// program runs, a configuration's beside it.
func (e *env) certificates(p *plan, s config.Source, f *sourceFlags) string {
	switch {
	case f.ca != "":
		return e.path(f.ca)
	case s.CA != "":
		return p.conf.Resolve(s.CA)
	}
	return ""
}

// recording finds the folder for the answers of a tracker; "" if they are not
// kept. Where two trackers are recorded into one folder, each has its own in it.
func (e *env) recording(p *plan, s config.Source, f *sourceFlags, tracker string) string {
	switch {
	case f.record == "" && s.Record == "":
		return ""
	case f.record == "":
		return p.conf.Resolve(s.Record)
	case f.twoTrackers(p.conf):
		return filepath.Join(e.path(f.record), tracker)
	}
	return e.path(f.record)
}

// twoTrackers reports whether both trackers are read live.
func (f *sourceFlags) twoTrackers(conf *config.Config) bool {
	of := func(kind string) bool {
		return slices.ContainsFunc(conf.Sources, func(s config.Source) bool { return s.Kind == kind })
	}
	return (f.jira != "" || of(trackerJira)) && (len(f.github) > 0 || of(trackerGitHub))
}

// waiting tells on stderr why nothing happens, and until when.
func (e *env) waiting(quiet bool) func(pace.Wait) {
	return func(w pace.Wait) {
		if d := w.Until.Sub(e.now()); !quiet && d >= 2*time.Second {
			e.line("waiting until %s (%s): %s", w.Until.Format("15:04:05"), d.Round(time.Second), w.Why)
		}
	}
}

// line writes one line of progress, in place of a line that is being rewritten.
func (e *env) line(format string, args ...any) {
	text := table.Clean(fmt.Sprintf(format, args...))
	if e.errTerminal {
		text = "\r\x1b[K" + text
	}
	fmt.Fprintln(e.stderr, text)
}

// comeBack says when a limit that takes long to refill lets the next pull in.
func comeBack(err error) string {
	var quota *pace.QuotaError
	if !errors.As(err, &quota) {
		return ""
	}
	if quota.Until.IsZero() {
		return "; what came is kept, run again later"
	}
	return "; what came is kept, run again after " + quota.Until.UTC().Format("2006-01-02 15:04 UTC")
}
