package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"smokestack/analysis/assemble"
	"smokestack/cmd/smokestack/config"
	"smokestack/connectors"
	"smokestack/connectors/jira"
	"smokestack/connectors/store"
)

// sourceFlags say where facts come from and where they are kept.
type sourceFlags struct {
	liveFlags
	config   string
	archives []string
	store    string
	teamBy   string
	quiet    bool
}

const (
	defaultConfig = "smokestack.yaml"
	defaultStore  = "smokestack.db"
)

func (f *sourceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "configuration `FILE` (default "+defaultConfig+", if there is one)")
	cmd.Flags().StringArrayVar(&f.archives, "archive", nil, "saved answers of Jira or GitHub: a folder, .tar.gz, .zip, .json or .jsonl at `PATH` (repeatable)")
	f.liveFlags.add(cmd)
	cmd.Flags().StringVar(&f.store, "store", "", "the store's `FILE` (default "+defaultStore+")")
	cmd.Flags().BoolVar(&f.quiet, "quiet", false, "no progress and no hints")
}

func (f *sourceFlags) addTeamBy(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.teamBy, "team-by", "", "without a configuration: what a team is: project, component, repository, label, field or field:NAME")
}

// plan is what one run is to do, from flags or from a configuration.
type plan struct {
	conf     *config.Config // empty if there is no file
	file     string         // that the configuration stands in
	sources  []connectors.Source
	sites    []*jira.Site // live Jiras among them
	hubs     []*hub       // live GitHubs among them
	archives []placed     // those of the sources that lie in files
	rules    assemble.Rules
	store    string
	all      bool // without sources: everything that the store holds
	hints    []string
	own      []string           // paths that the program itself writes
	before   []store.ScopeState // what the store was told of, where somebody asked

	matched, owned []int                      // by configured team, after assembly
	fields         []string                   // with values, after assembly by a field
	misfits        *misfits                   // after assembly
	members        struct{ named, known int } // accounts of members, after assembly
	told           map[string]bool            // of the kinds of owners of repositories, those of which something is known
}

// errNoSource says what to type. Its lines are our own.
var errNoSource = usageError{errors.New(whatToType)}

const whatToType = `no source: name one, or write a smokestack.yaml
  smokestack scan --jira URL --project KEY            a live Jira; JIRA_TOKEN, and on Cloud JIRA_EMAIL, in the environment
  smokestack scan --github OWNER/REPOSITORY           a live GitHub; GITHUB_TOKEN in the environment
  smokestack scan --archive PATH --team-by project    saved answers of either (folder, .tar.gz, .zip, .json, .jsonl)
  smokestack scan --config FILE                       sources, teams and statuses from a configuration
  smokestack demo                                     a pretend organisation, to see what it looks like`

// plan settles where facts come from. Offline, a store alone is enough.
func (e *env) plan(f *sourceFlags, offline bool) (*plan, error) {
	p := &plan{}
	if err := e.configure(p, f); err != nil {
		return nil, err
	}
	if err := e.sources(p, f, offline); err != nil {
		return nil, err
	}
	p.store = cmp.Or(f.store, p.conf.Store, defaultStore)
	if f.store == "" && p.conf.Store != "" {
		p.store = p.conf.Resolve(p.conf.Store)
	} else {
		p.store = e.path(p.store)
	}
	p.leaveOut(store.Files(p.store)...)
	if len(p.sources) == 0 && !p.open() {
		if !offline {
			return nil, errNoSource
		}
		p.all = true
	}
	return p, e.teamRules(p, f)
}

// sources settles where facts come from: flags, else the configuration.
func (e *env) sources(p *plan, f *sourceFlags, offline bool) error {
	for _, path := range f.archives {
		p.addArchive(e.path(path), "", "")
	}
	live, ok, err := f.source(e.getenv)
	if err != nil {
		return err
	}
	if ok {
		if err := e.addJira(p, live, f); err != nil {
			return err
		}
	}
	if err := e.addHubs(p, f); err != nil {
		return err
	}
	for _, s := range p.conf.Sources {
		if err := e.addSource(p, s, f, offline); err != nil {
			return err
		}
	}
	return nil
}

// addSource adds one source of the configuration.
func (e *env) addSource(p *plan, s config.Source, f *sourceFlags, offline bool) error {
	if s.Kind == "archive" {
		p.addArchive(p.conf.Resolve(s.Path), s.URL, s.Tracker)
		return nil
	}
	if err := s.Unset(); err != nil && !offline {
		return usage("%s:%w", p.file, err)
	}
	if s.Kind == trackerGitHub {
		return e.addGitHub(p, s, f, offline)
	}
	return e.addJira(p, s, f)
}

// look makes sure that the sources are where they are said to be, before a store
// is made for them. One that is there already has something to report from.
func (p *plan) look() error {
	if _, err := os.Stat(p.store); err == nil {
		return nil
	}
	for _, a := range p.archives {
		if err := a.Look(); err != nil {
			return err
		}
	}
	return nil
}

// named is the first flag that names a source; "" if none does.
func (f *sourceFlags) named() string {
	switch {
	case f.jira != "":
		return "--jira"
	case len(f.github) > 0:
		return "--github"
	case len(f.archives) > 0:
		return "--archive"
	}
	return ""
}

// configure reads the configuration that the flags ask for.
func (e *env) configure(p *plan, f *sourceFlags) error {
	p.conf = noConfig()
	path := f.config
	named := f.named()
	switch {
	case path != "" && named != "":
		return usage("--config and %s exclude each other: sources come from the configuration or from flags", named)
	case path == "" && named != "":
		if _, err := os.Stat(e.path(defaultConfig)); err == nil {
			p.hints = append(p.hints, named+" names the sources, so "+defaultConfig+" is not used: neither its teams nor its statuses; to use it, put what it names into its sources")
		}
		return nil
	case path == "":
		path = defaultConfig
	}
	conf, err := config.Load(e.path(path), e.getenv)
	if errors.Is(err, config.ErrMissing) && f.config == "" {
		return nil
	}
	if err != nil {
		return usageError{err}
	}
	p.conf, p.file = conf, path
	return nil
}

func (e *env) teamRules(p *plan, f *sourceFlags) error {
	var err error
	if p.rules, err = p.conf.Rules(); err != nil {
		return usageError{err}
	}
	if by := cmp.Or(f.teamBy, p.conf.TeamBy); by == "repository" && !p.ofGitHub() {
		p.hints = append(p.hints, "Jira has projects and no repositories: each project is a team, as by --team-by project")
	}
	if f.teamBy == "" {
		return nil
	}
	if len(p.conf.Teams) > 0 {
		return usage("--team-by and the teams of the configuration exclude each other")
	}
	if p.rules.By, p.rules.Field, err = config.TeamBy(f.teamBy); err != nil {
		return usageError{err}
	}
	return nil
}

// ofGitHub reports whether GitHub is among the sources, as far as is known.
func (p *plan) ofGitHub() bool {
	return p.all || len(p.hubs) > 0 || slices.ContainsFunc(p.archives, func(a placed) bool { return a.tracker == trackerGitHub })
}

// scopes are those of the plan's sources; nil stands for all in the store.
func (p *plan) scopes() []connectors.Scope {
	if p.all {
		return nil
	}
	out := make([]connectors.Scope, len(p.sources))
	for i, s := range p.sources {
		out[i] = s.Scope()
	}
	return slices.CompactFunc(out, func(a, b connectors.Scope) bool { return a.Key() == b.Key() })
}

// path returns a path of the user's relative to where the program runs.
func (e *env) path(path string) string {
	if e.dir == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(e.dir, path)
}

// noConfig is what holds where there is no configuration.
func noConfig() *config.Config { return &config.Config{} }
