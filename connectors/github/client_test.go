package github

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/wire"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ site, api, web, rest, graph string }{
		{"", "", "https://github.com", "https://api.github.com", "https://api.github.com/graphql"},
		{"https://github.com/", "", "https://github.com", "https://api.github.com", "https://api.github.com/graphql"},
		{"https://github.com/acme/shop", "", "https://github.com", "https://api.github.com", "https://api.github.com/graphql"},
		{"https://www.github.com", "", "https://github.com", "https://api.github.com", "https://api.github.com/graphql"},
		{"https://api.github.com", "", "https://github.com", "https://api.github.com", "https://api.github.com/graphql"},
		{"https://Git.Acme.example", "", "https://git.acme.example", "https://git.acme.example/api/v3", "https://git.acme.example/api/graphql"},
		{"https://acme.ghe.com", "", "https://acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"},
		{"", "http://127.0.0.1:8080", "https://github.com", "http://127.0.0.1:8080", "http://127.0.0.1:8080/graphql"},
		{"https://git.acme.example", "https://git.acme.example/api/v3", "https://git.acme.example", "https://git.acme.example/api/v3", "https://git.acme.example/api/graphql"},
	} {
		web, api, err := addresses(c.site, c.api)
		if err != nil || web.String() != c.web || api.String() != c.rest || graphAddress(api) != c.graph {
			t.Errorf("%q, %q: %v, %v, %v", c.site, c.api, web, api, err)
		}
	}
	for _, c := range []Options{
		{URL: "http://github.com", Token: "secret"}, {URL: "https://ana:secret@github.com", Token: "x"}, {URL: "github.com", Token: "secret"},
		{API: "http://api.example", Token: "secret"}, {Token: "secret\n"}, {CA: "/absent/secret.pem", Token: "x"},
		{App: &App{ID: 1, Installation: 2, Key: []byte("secret")}}, {App: &App{Key: appKey(t)}},
	} {
		if _, err := NewSite(c); !errors.Is(err, ErrOptions) || strings.Contains(strings.ReplaceAll(err.Error(), "/absent/secret.pem", ""), "secret") {
			t.Errorf("%+v: %v", c.URL, err)
		}
	}
}

func TestUnsigned(t *testing.T) {
	site, err := NewSite(Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = site.Repository("acme", "shop").Pull(t.Context(), connectors.State{}, nil)
	if !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), "GITHUB_TOKEN") || site.Usage().Requests != 0 {
		t.Errorf("without a token: %v, %d requests", err, site.Usage().Requests)
	}
}

var testKey = newKey()

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

func appKey(tb testing.TB) []byte {
	tb.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(testKey)})
}

// TestApp reads as a GitHub App, for longer than its tokens last, on a machine
// whose clock is wrong.
func TestApp(t *testing.T) {
	for _, skew := range []time.Duration{0, 20 * time.Minute, -20 * time.Minute} {
		s := newStage(t, githubtest.Options{App: &githubtest.App{ID: 7, Installation: 8, Key: &testKey.PublicKey}})
		s.shop()
		dir := t.TempDir()
		pkcs8, err := x509.MarshalPKCS8PrivateKey(testKey)
		if err != nil {
			t.Fatal(err)
		}
		app := &App{ID: 7, Installation: 8, Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})}
		site, err := NewSite(Options{App: app, Base: s.hub.Transport(), Now: func() time.Time { return s.clock.now().Add(skew) }, Record: dir})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if _, err := connectors.Pull(t.Context(), site.Repository("acme", "shop"), s.sink, nil); err != nil {
				t.Fatalf("clock wrong by %v: %v", skew, err)
			}
			s.clock.pass(40 * time.Minute)
		}
		got := s.requests()
		want := 2 // at the beginning, and after 80 minutes
		if skew != 0 {
			want++ // the first is refused, which tells what time it is
		}
		if n := got["POST /app/installations/{}/access_tokens"]; n != want {
			t.Errorf("clock wrong by %v: %d tokens asked for, want %d: %v", skew, n, want, got)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil || strings.Contains(string(data), "ghs_") || strings.Contains(f, "access_tokens") {
				t.Errorf("%s holds a token: %v", f, err)
			}
		}
	}
}

func TestAppRefused(t *testing.T) {
	for name, c := range map[string]struct {
		app  App
		want string
	}{
		"another key":              {App{ID: 7, Installation: 8, Key: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(newKey())})}, "private key one of this app"},
		"another installation":     {App{ID: 7, Installation: 9, Key: appKey(t)}, "installation one of this app"},
		"the number of some other": {App{ID: 5, Installation: 8, Key: appKey(t)}, "private key"},
	} {
		s := newStage(t, githubtest.Options{App: &githubtest.App{ID: 7, Installation: 8, Key: &testKey.PublicKey}})
		site, err := NewSite(Options{App: &c.app, Base: s.hub.Transport(), Now: s.clock.now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = connectors.Pull(t.Context(), site.Repository("acme", "shop"), s.sink, nil)
		if !errors.Is(err, connectors.ErrRefused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRepositories(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	for _, name := range []string{"acme/checkout-web", "acme/Checkout-api", "acme/zoo"} {
		s.world.Repository(name)
	}
	for i := range 120 {
		s.world.Repository("acme/many-" + string(rune('a'+i/26)) + string(rune('a'+i%26)))
	}
	s.world.Personal("ana")
	s.world.Repository("ana/notes")
	for _, c := range []struct {
		owner    string
		patterns []string
		want     []string
		requests bool
	}{
		{"acme", []string{"shop", "pay", "SHOP"}, []string{"pay", "shop"}, false},
		{"acme", []string{"checkout-*", "shop"}, []string{"Checkout-api", "checkout-web", "shop"}, true},
		{"acme", []string{"[xyz]*"}, []string{"zoo"}, true},
		{"ana", nil, []string{"notes"}, true},
	} {
		s.requests()
		got, err := s.site().Repositories(t.Context(), c.owner, c.patterns)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s %v: %v, %v", c.owner, c.patterns, got, err)
		}
		if asked := total(s.requests()) > 0; asked != c.requests {
			t.Errorf("%v: requests are sent: %t", c.patterns, asked)
		}
	}
	if got, err := s.site().Repositories(t.Context(), "acme", []string{"many-*"}); err != nil || len(got) != 120 {
		t.Errorf("%d of 120, %v", len(got), err)
	}
	for _, c := range []struct {
		owner, pattern string
		refused        bool
	}{{"acme", "none-*", false}, {"acme", "[", false}, {"nobody", "*", true}} {
		if got, err := s.site().Repositories(t.Context(), c.owner, []string{c.pattern}); err == nil || errors.Is(err, connectors.ErrRefused) != c.refused {
			t.Errorf("%s %s: %v, %v", c.owner, c.pattern, got, err)
		}
	}
}

// TestOwnCertificate reaches a server with a certificate of a company's own.
func TestOwnCertificate(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret", Enterprise: true})
	s.shop()
	server := httptest.NewTLSServer(s.hub)
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	pull := func(ca string) error {
		site, err := NewSite(Options{URL: server.URL, Token: "secret", CA: ca})
		if err != nil {
			t.Fatal(err)
		}
		_, err = connectors.Pull(t.Context(), site.Repository("acme", "shop"), s.sink, nil)
		return err
	}
	if err := pull(""); err == nil || !strings.Contains(err.Error(), "--ca FILE") {
		t.Errorf("an unknown certificate: %v", err)
	}
	if err := pull(ca); err != nil {
		t.Error(err)
	}
}

// TestCheck looks at a GitHub before a pull.
func TestCheck(t *testing.T) {
	found := func(c *wire.Checkup) string {
		var b strings.Builder
		for _, f := range c.Findings {
			b.WriteString(f.What + ": " + f.Found + " [" + f.Todo + "]\n")
		}
		return b.String()
	}
	for _, c := range []struct {
		name  string
		opts  githubtest.Options
		token string
		want  []string
		none  string
	}{
		{"all is well", githubtest.Options{Token: "secret"}, "secret", []string{
			"Reachable: yes", "by GraphQL", "Credentials: accepted, as reader", "Rate limit: GraphQL: ", "of 5000 left until", "Repository acme/shop: 2 issues, 1 pull requests, 1 milestones",
			"Teams of acme/shop: maintained by @acme/checkout", "Project boards: can be read", "Repository acme/none: repository acme/none: not visible to reader",
		}, ""},
		{"no projects", githubtest.Options{Token: "secret", Projects: githubtest.NoScope}, "secret", []string{"Project boards: cannot be read: acme/shop", "read:project", "scopes repo"}, ""},
		{"REST alone", githubtest.Options{Token: "secret", NoGraphQL: 404, Enterprise: true}, "secret", []string{"by REST alone", "Enterprise Server 3.", "Repository acme/shop: "}, "Project boards"},
		{"wrong token", githubtest.Options{Token: "secret"}, "other", []string{"Reachable: yes", "Credentials: ", "the token is not accepted", "make a new token"}, "Repository"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, c.opts)
			s.shop()
			o := Options{Token: c.token, Base: s.hub.Transport(), Now: s.clock.now}
			if c.opts.Enterprise {
				o.URL = "https://git.acme.example"
			}
			site, err := NewSite(o)
			if err != nil {
				t.Fatal(err)
			}
			up, err := site.Check(t.Context(), []*Live{site.Repository("acme", "shop"), site.Repository("acme", "none")})
			if err != nil {
				t.Fatal(err)
			}
			text := found(up)
			for _, w := range c.want {
				if !strings.Contains(text, w) {
					t.Errorf("%slacks %q", text, w)
				}
			}
			if c.none != "" && strings.Contains(text, c.none) {
				t.Errorf("%sholds %q", text, c.none)
			}
			if strings.Contains(text, "secret") {
				t.Errorf("%stells the token", text)
			}
			if c.token == "secret" && (!slices.Equal(up.Visible, []string{repo}) || up.Requests < 5) {
				t.Errorf("visible %v, %d requests", up.Visible, up.Requests)
			}
		})
	}
}
