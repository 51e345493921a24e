package main

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smokestack/cmd/smokestack/config"
	"smokestack/connectors"
)

func TestAddresses(t *testing.T) {
	for text, want := range map[string]address{
		"acme/shop":                        {"", "acme", "shop"},
		" Acme/Shop.js ":                   {"", "Acme", "Shop.js"},
		"acme/checkout-*":                  {"", "acme", "checkout-*"},
		"acme/*":                           {"", "acme", "*"},
		"acme/.github":                     {"", "acme", ".github"},
		"https://github.com/acme/shop":     {"https://github.com", "acme", "shop"},
		"https://GitHub.com/acme/shop.git": {"https://github.com", "acme", "shop"},
		"https://github.com/acme/shop/issues?q=is": {"https://github.com", "acme", "shop"},
		"https://ghe.example:8443/acme/shop/":      {"https://ghe.example:8443", "acme", "shop"},
		"github.com/acme/shop":                     {"https://github.com", "acme", "shop"},
		"http://127.0.0.1:8080/acme/pay-*":         {"http://127.0.0.1:8080", "acme", "pay-*"},
	} {
		if got, err := parseAddress(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "expected is OWNER/REPOSITORY",
		"acme":                         `of which repositories? Name one, such as acme/shop, or all: "acme/*"`,
		"https://github.com/acme":      "of which repositories?",
		"https://github.com":           "expected is OWNER/REPOSITORY",
		"acme/shop/issues":             "expected is OWNER/REPOSITORY",
		"acme/":                        "expected is OWNER/REPOSITORY",
		"acme/sh op":                   "expected is OWNER/REPOSITORY",
		"acme/..":                      "expected is OWNER/REPOSITORY",
		"ac*/shop":                     "expected is OWNER/REPOSITORY",
		"acme/[a-z]*":                  "expected is OWNER/REPOSITORY",
		"ftp://github.com/acme/shop":   "expected is OWNER/REPOSITORY",
		"git@github.com:acme/shop.git": "--github …@github.com:acme/shop.git: expected is OWNER/REPOSITORY",
		"https://ana:sesame@github.com/acme/shop": "the address of github.com holds credentials",
		"https://ana:ses%ame@github.com/acme/s":   "expected is OWNER/REPOSITORY",
	} {
		_, err := parseAddress(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "ses") {
			t.Errorf("%q: the error shows the credentials: %v", text, err)
		}
	}
}

// planOf settles what the flags mean, in a world of these variables.
func planOf(t *testing.T, vars map[string]string, f *sourceFlags) *plan {
	t.Helper()
	e := &env{getenv: func(name string) string { return vars[name] }, dir: t.TempDir()}
	p, err := e.plan(f, false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The variables of a runner say where a repository without an address is.
func TestHubsOfARunner(t *testing.T) {
	f := &sourceFlags{}
	f.github = []string{"acme/shop", "acme/cart", "ACME/Shop", "https://ghe.example/acme/till", "https://github.com/acme/pay", "acme/checkout-*"}
	p := planOf(t, map[string]string{"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://hub.example", "GITHUB_API_URL": "https://hub.example/api/v3"}, f)
	var got []string
	for _, s := range p.sources {
		got = append(got, s.Scope().Origin+" "+nameOf(s))
	}
	var hosts []string
	for _, h := range p.hubs {
		hosts = append(hosts, h.site.Host())
	}
	if len(p.sources) != 4 || len(p.hubs) != 3 {
		t.Errorf("sources %q of %q", got, hosts)
	}
	if want := []ownerPatterns{{"acme", []string{"checkout-*"}}}; len(p.hubs[0].owners) != 1 || !slices.Equal(p.hubs[0].owners[0].patterns, want[0].patterns) {
		t.Errorf("patterns %+v, want %+v", p.hubs[0].owners, want)
	}
	if !p.open() {
		t.Error("a pattern is open until somebody asked what fits it")
	}
}

// Two trackers that are recorded at once get a folder each; one alone does not.
func TestRecordings(t *testing.T) {
	e := &env{dir: "/data"}
	p := &plan{conf: noConfig()}
	both := &sourceFlags{liveFlags: liveFlags{jira: "https://j.example", github: []string{"acme/shop"}, record: "rec"}}
	one := &sourceFlags{liveFlags: liveFlags{github: []string{"acme/shop"}, record: "rec"}}
	none := &sourceFlags{liveFlags: liveFlags{github: []string{"acme/shop"}}}
	for _, c := range []struct {
		f    *sourceFlags
		s    config.Source
		want string
	}{
		{both, config.Source{}, "/data/rec/github"}, {one, config.Source{}, "/data/rec"}, {none, config.Source{}, ""},
		{none, config.Source{Record: "kept"}, "kept"}, {one, config.Source{Record: "kept"}, "/data/rec"},
	} {
		if got := filepath.ToSlash(e.recording(p, c.s, c.f, trackerGitHub)); got != c.want {
			t.Errorf("%+v %+v: %q, want %q", c.f.liveFlags, c.s, got, c.want)
		}
	}
}

// The token of a runner goes to the GitHub that the runner works for, and to no
// other that an address names.
func TestTokenOfARunnerStaysThere(t *testing.T) {
	for _, c := range []struct {
		server, address string
		sent            bool
	}{
		{"", "https://ghe.example/acme/shop", true}, // on no runner it is for whom it is given
		{"https://github.com", "https://ghe.example/acme/shop", false},
		{"https://hub.example", "https://github.com/acme/shop", false},
		{"https://hub.example", "https://hub.example:8443/acme/shop", false},
		{"https://hub.example/", "https://HUB.example/acme/shop", true},
		{"https://github.com", "https://www.github.com/acme/shop", true},
		{"https://github.com", "acme/shop", true},
	} {
		sent, asked := false, 0
		network := network(func(r *http.Request) (*http.Response, error) {
			asked++
			sent = sent || strings.Contains(r.Header.Get("Authorization"), "sesame")
			return nil, errors.New("no network")
		})
		vars := map[string]string{"GITHUB_TOKEN": "sesame", "GITHUB_SERVER_URL": c.server}
		e := &env{getenv: func(name string) string { return vars[name] }, dir: t.TempDir(), network: network, now: time.Now, stderr: io.Discard}
		f := &sourceFlags{}
		f.github = []string{c.address}
		f.quiet = true
		p, err := e.plan(f, false)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			_, err = p.sources[0].Pull(t.Context(), connectors.State{}, func(connectors.Batch) error { return nil })
		})
		if sent != c.sent || err == nil {
			t.Errorf("%s on a runner of %q: sent is %t, %v", c.address, c.server, sent, err)
		}
		if !c.sent && (asked > 0 || !strings.Contains(err.Error(), "GITHUB_SERVER_URL") || strings.Contains(err.Error(), "sesame")) {
			t.Errorf("%s on a runner of %q: asked %d times, %v", c.address, c.server, asked, err)
		}
	}
}

type network func(*http.Request) (*http.Response, error)

func (n network) RoundTrip(r *http.Request) (*http.Response, error) { return n(r) }
