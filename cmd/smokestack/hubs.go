package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"smokestack/cmd/smokestack/config"
	"smokestack/connectors"
	"smokestack/connectors/github"
	"smokestack/connectors/store"
	"smokestack/reports/table"
)

// hub is one GitHub, as one account sees it.
type hub struct {
	site   *github.Site
	full   bool
	owners []ownerPatterns // of which the repositories are not known yet
}

// ownerPatterns select repositories of one owner, by name.
type ownerPatterns struct {
	owner    string
	patterns []string
}

// address is what --github names: a repository, or a pattern of some, and where.
type address struct {
	site        string // "": the GitHub that this machine works for
	owner, name string
}

// parseAddress reads what --github names. It may be the address of a page, since
// people copy those; one that holds credentials is not repeated.
func parseAddress(text string) (address, error) {
	text = strings.TrimSpace(text)
	bad := func() error {
		return usage("--github %s: expected is OWNER/REPOSITORY, such as acme/shop or \"acme/checkout-*\", or its address, such as %s/acme/shop", shown(text), config.GitHub)
	}
	var a address
	rest := text
	if first, _, _ := strings.Cut(text, "/"); !strings.Contains(text, "://") && strings.Contains(first, ".") {
		rest = "https://" + text
	}
	if strings.Contains(rest, "://") {
		u, err := url.Parse(rest)
		switch {
		case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
			return a, bad()
		case u.User != nil:
			return a, usage("--github: the address of %s holds credentials; give them as GITHUB_TOKEN", u.Host)
		}
		a.site, rest = u.Scheme+"://"+strings.ToLower(u.Host), strings.Trim(u.Path, "/")
	}
	parts := strings.Split(rest, "/")
	switch {
	case len(parts) == 1 && config.IsName(parts[0]):
		return a, usage("--github %s: of which repositories? Name one, such as %s/shop, or all: \"%s/*\"", shown(text), parts[0], parts[0])
	case len(parts) < 2, len(parts) > 2 && a.site == "":
		return a, bad()
	}
	a.owner, a.name = parts[0], strings.TrimSuffix(parts[1], ".git")
	if !config.IsName(a.owner) || !config.IsPattern(a.name) {
		return a, bad()
	}
	return a, nil
}

// shown is what was typed, without what may be credentials.
func shown(text string) string {
	if i := strings.LastIndex(text, "@"); i >= 0 {
		return "…" + text[i:]
	}
	return text
}

// addHubs adds what --github names: one hub for each site.
func (e *env) addHubs(p *plan, f *sourceFlags) error {
	token := cmp.Or(e.getenv("GITHUB_TOKEN"), e.getenv("GH_TOKEN"))
	hubs := map[string]*hub{}
	for _, text := range f.github {
		a, err := parseAddress(text)
		if err != nil {
			return err
		}
		o := github.Options{URL: a.site, Token: token}
		if a.site == "" { // on a runner of GitHub Actions these say which GitHub it works for
			o.URL, o.API = cmp.Or(e.getenv("GITHUB_SERVER_URL"), config.GitHub), e.getenv("GITHUB_API_URL")
		} else if server := e.getenv("GITHUB_SERVER_URL"); server != "" && token != "" && !sameServer(server, a.site) {
			o.Token, o.Unsent = "", fmt.Sprintf("that in the environment belongs to %s, as GITHUB_SERVER_URL says, and is not sent elsewhere; name this GitHub as a source with a url and a token of its own in %s", shown(server), defaultConfig)
		}
		key := o.URL + " " + o.API
		h := hubs[key]
		if h == nil {
			if h, err = e.addHub(p, o, config.Source{}, f); err != nil {
				return err
			}
			hubs[key] = h
		}
		p.addRepository(h, a.owner, a.name)
	}
	return nil
}

// sameServer reports whether two addresses are of one server.
func sameServer(a, b string) bool {
	place := func(text string) string {
		u, err := url.Parse(strings.TrimSpace(text))
		if err != nil || u.Host == "" {
			return text
		}
		return strings.ToLower(u.Scheme) + "://" + strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	}
	return place(a) == place(b)
}

// addGitHub adds what one source of the configuration names.
func (e *env) addGitHub(p *plan, s config.Source, f *sourceFlags, offline bool) error {
	site, err := s.Site()
	if err != nil {
		return usage("%s:%w", p.file, err)
	}
	o := github.Options{URL: site, Token: s.Token}
	// A report from the store needs no key, which may lie on another machine.
	if s.App != (config.App{}) && !offline {
		if o.App, err = p.app(s.App); err != nil {
			return err
		}
	}
	h, err := e.addHub(p, o, s, f)
	if err != nil {
		return err
	}
	for _, name := range s.Repositories {
		p.addRepository(h, s.Owner, name)
	}
	return nil
}

// app reads the private key of a GitHub App.
func (p *plan) app(a config.App) (*github.App, error) {
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil {
		return nil, usage("%s: the id of an app is a number", p.file)
	}
	installation, err := strconv.ParseInt(a.Installation, 10, 64)
	if err != nil {
		return nil, usage("%s: the installation of an app is a number", p.file)
	}
	// Where variables hold one line only, people write line ends as \n.
	key := []byte(strings.ReplaceAll(a.Key, `\n`, "\n"))
	if a.KeyFile != "" {
		if key, err = os.ReadFile(p.conf.Resolve(a.KeyFile)); err != nil {
			return nil, usage("%s: the key of the app: %w", p.file, err)
		}
	}
	return &github.App{ID: id, Installation: installation, Key: key}, nil
}

func (e *env) addHub(p *plan, o github.Options, s config.Source, f *sourceFlags) (*hub, error) {
	o.CA, o.Record = e.certificates(p, s, f), e.recording(p, s, f, trackerGitHub)
	o.Program, o.Waiting, o.Now, o.Base = "smokestack/"+version, e.waiting(f.quiet), e.now, e.network
	site, err := github.NewSite(o)
	if err != nil {
		return nil, usageError{err}
	}
	h := &hub{site: site, full: f.full}
	p.hubs = append(p.hubs, h)
	return h, nil
}

// addRepository adds one repository, or a pattern of some.
func (p *plan) addRepository(h *hub, owner, name string) {
	if !strings.ContainsAny(name, "*?") {
		p.addLive(h, owner, name)
		return
	}
	i := slices.IndexFunc(h.owners, func(o ownerPatterns) bool { return strings.EqualFold(o.owner, owner) })
	if i < 0 {
		i, h.owners = len(h.owners), append(h.owners, ownerPatterns{owner: owner})
	}
	h.owners[i].patterns = append(h.owners[i].patterns, name)
}

// addLive adds the source of a repository, unless it is there.
func (p *plan) addLive(h *hub, owner, name string) {
	l := h.site.Repository(owner, name)
	key := l.Scope().Key()
	if slices.ContainsFunc(p.sources, func(s connectors.Source) bool { return s.Scope().Key() == key }) {
		return
	}
	if h.full {
		l = l.Anew()
	}
	p.sources = append(p.sources, l)
}

// open reports whether there are patterns of which the repositories are not known
// yet.
func (p *plan) open() bool {
	return slices.ContainsFunc(p.hubs, func(h *hub) bool { return len(h.owners) > 0 })
}

// expand asks every hub which repositories fit the patterns, and adds them. Of a
// hub that does not answer, those are taken that the store holds.
func (e *env) expand(ctx context.Context, p *plan, st *store.Store, quiet bool) (failed []error) {
	for _, h := range p.hubs {
		for _, o := range h.owners {
			held, err := p.held(ctx, st, h, o)
			if err != nil {
				return append(failed, err)
			}
			names, problems := h.list(ctx, o)
			if ctx.Err() != nil {
				return append(failed, context.Cause(ctx))
			}
			if len(names) == 0 {
				names = held
			} else if gone := missing(held, names); len(gone) > 0 && !quiet {
				e.say(fmt.Sprintf("%s: no longer among the repositories of %s that fit: %s; what the store holds of them is left out", h.site.Host(), o.owner, table.List(gone, mostNames)))
			}
			failed = append(failed, problems...)
			for _, name := range names {
				p.addLive(h, o.owner, name)
			}
		}
		h.owners = nil
	}
	return failed
}

// expandHeld adds the repositories that fit the patterns and that the store holds.
func (p *plan) expandHeld(ctx context.Context, st *store.Store) error {
	for _, h := range p.hubs {
		for _, o := range h.owners {
			names, err := p.held(ctx, st, h, o)
			if err != nil {
				return err
			}
			for _, name := range names {
				p.addLive(h, o.owner, name)
			}
		}
		h.owners = nil
	}
	return nil
}

// list asks which of an owner's repositories fit. A pattern that fits none is a
// problem of its own, beside what does fit.
func (h *hub) list(ctx context.Context, o ownerPatterns) (names []string, problems []error) {
	all, err := h.site.Repositories(ctx, o.owner, nil)
	if err != nil {
		return nil, []error{err}
	}
	for _, pattern := range o.patterns {
		n := len(names)
		for _, name := range all {
			if fitsName(pattern, name) {
				names = append(names, name)
			}
		}
		if len(names) == n {
			problems = append(problems, fmt.Errorf("%s: no repository fits %s/%s; the token sees %s of %s", h.site.Host(), o.owner, pattern, table.Thousands(len(all)), o.owner))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), problems
}

// fitsName reports whether the name of a repository fits a pattern. GitHub takes
// names without regard to case.
func fitsName(pattern, name string) bool {
	ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(name))
	return ok && err == nil
}

var repositoryName = regexp.MustCompile(`[\w.-]+/[\w.-]+`)

// held returns the names of an owner's repositories that fit and that the store
// was told of.
func (p *plan) held(ctx context.Context, st *store.Store, h *hub, o ownerPatterns) ([]string, error) {
	scopes, err := p.stored(ctx, st)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, s := range scopes {
		for _, full := range repositoryName.FindAllString(s.Query, -1) {
			owner, name, _ := strings.Cut(full, "/")
			fits := strings.EqualFold(owner, o.owner) && slices.ContainsFunc(o.patterns, func(p string) bool { return fitsName(p, name) })
			if fits && alike(h.site.Repository(owner, name).Scope(), s.Scope) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// missing returns the names that are not among the others.
func missing(names, among []string) []string {
	var out []string
	for _, n := range names {
		if !slices.ContainsFunc(among, func(o string) bool { return strings.EqualFold(n, o) }) {
			out = append(out, n)
		}
	}
	return out
}
