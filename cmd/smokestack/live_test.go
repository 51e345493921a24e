package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/store"
)

// The command line against a Jira that is played.

const secret = "s3cr3t-T0ken-of-nobody"

// livePlay is a played Jira with the demo's organisation and a way to run the
// program against it.
type livePlay struct {
	t      *testing.T
	server *jiratest.Server
	dir    string
	vars   map[string]string
	now    time.Time
	net    http.RoundTripper
}

func newLivePlay(t *testing.T, mode jiratest.Mode, change ...func(*jiratest.Options)) *livePlay {
	t.Helper()
	p := &livePlay{t: t, dir: t.TempDir(), now: time.Date(2026, 6, 29, 12, 0, 0, 0, time.UTC), vars: map[string]string{"JIRA_TOKEN": secret}}
	o := jiratest.Options{Mode: mode, BaseURL: "https://demo.example", Token: secret, Now: func() time.Time { return p.now }}
	if mode == jiratest.Cloud {
		o.Email = "ops@acme.example"
		p.vars["JIRA_EMAIL"] = o.Email
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	if p.server, err = jiratest.NewServer(o, demo.New(demo.Options{Teams: 6, Items: 1200, JiraOnly: true})); err != nil {
		t.Fatal(err)
	}
	p.net = p.server.Transport()
	return p
}

// run runs the program and returns its exit code and what it said.
func (p *livePlay) run(args ...string) (code int, stdout, stderr string) {
	p.t.Helper()
	return p.runIn(p.t.Context(), args...)
}

func (p *livePlay) runIn(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	p.t.Helper()
	var out, err bytes.Buffer
	e := &env{stdout: &out, stderr: &err, getenv: func(name string) string { return p.vars[name] }, now: func() time.Time { return p.now }, dir: p.dir, network: p.net}
	code = run(ctx, args, e)
	if strings.Contains(out.String()+err.String(), secret) {
		p.t.Errorf("%v: the token stands in what is said", args)
	}
	return code, out.String(), err.String()
}

var liveArgs = []string{"--jira", "https://demo.example", "--project", "CHK", "--project", "ORD"}

func with(verb string, more ...string) []string { return slices.Concat([]string{verb}, liveArgs, more) }

func TestLiveScan(t *testing.T) {
	t.Parallel()
	for _, mode := range []jiratest.Mode{jiratest.Cloud, jiratest.DataCenter} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			p := newLivePlay(t, mode)
			code, out, errs := p.run(with("scan", "--format", "json")...)
			if code != codeDone || errs != "" {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			// From cron: the same answers, the same bytes, and hardly a request.
			p.server.Reset()
			if code, again, errs := p.run(with("scan", "--format", "json")...); code != codeDone || again != out {
				t.Errorf("a second scan: exit code %d, %s; other bytes: %t", code, errs, again != out)
			}
			// 5 for the site; 4 for a project; a page and ids for it.
			if n := len(p.server.Requests()); n > 5+2*(4+2) {
				t.Errorf("%d requests for nothing: %v", n, p.server.Count())
			}
			if code, offline, _ := p.run(with("scan", "--offline", "--format", "json")...); code != codeDone || offline != out {
				t.Errorf("a scan offline: exit code %d, other bytes: %t", code, offline != out)
			}
		})
	}
}

func TestLiveRecordAndReplay(t *testing.T) {
	t.Parallel()
	for _, mode := range []jiratest.Mode{jiratest.Cloud, jiratest.DataCenter} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			p := newLivePlay(t, mode)
			if code, _, errs := p.run(with("pull", "--record", "rec")...); code != codeDone {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			if code, _, errs := p.run("pull", "--archive", "rec", "--store", "replayed.db"); code != codeDone {
				t.Fatalf("replayed: exit code %d: %s", code, errs)
			}
			live, replayed := storeOf(t, filepath.Join(p.dir, defaultStore)), storeOf(t, filepath.Join(p.dir, "replayed.db"))
			live.Notes, replayed.Notes = nil, nil // they name files
			if d := connectortest.Difference(live, replayed); d != "" {
				t.Errorf("the replay differs: %s", d[:min(len(d), 2000)])
			}
			files, err := os.ReadDir(filepath.Join(p.dir, "rec"))
			if err != nil || len(files) == 0 {
				t.Fatalf("%d files, %v", len(files), err)
			}
			for _, f := range files {
				text, err := os.ReadFile(filepath.Join(p.dir, "rec", f.Name()))
				if err != nil {
					t.Fatal(err)
				}
				for _, no := range []string{secret, "ops@acme.example", "Authorization"} {
					if bytes.Contains(text, []byte(no)) {
						t.Errorf("%s holds %q", f.Name(), no)
					}
				}
			}
		})
	}
}

// TestLiveInterrupted presses Ctrl-C, or pulls the plug, at twenty points of a
// pull: the next one ends in the store of an undisturbed one.
func TestLiveInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty pulls of each kind take their time: the run without -short does them")
	}
	t.Parallel()
	for _, mode := range []jiratest.Mode{jiratest.Cloud, jiratest.DataCenter} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			p := newLivePlay(t, mode)
			all := []string{"pull", "--jira", "https://demo.example"}
			for _, key := range []string{"CHK", "ORD"} {
				all = append(all, "--project", key)
			}
			if code, _, errs := p.run(all...); code != codeDone {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			want, requests := storeOf(t, filepath.Join(p.dir, defaultStore)), len(p.server.Requests())
			for i := range 20 {
				p.dir = t.TempDir()
				ctx, cancel := context.WithCancel(t.Context())
				left := 1 + i*(requests-1)/20
				p.net = roundTrip(func(r *http.Request) (*http.Response, error) {
					if left--; left == 0 {
						cancel()
					}
					return p.server.Transport().RoundTrip(r)
				})
				if code, _, errs := p.runIn(ctx, all...); code != codeInterrupted || !strings.Contains(errs, "the next run goes on from there") {
					t.Errorf("interrupted at point %d: exit code %d: %s", i, code, errs)
				}
				cancel()
				p.net = p.server.Transport()
				if code, _, errs := p.run(all...); code != codeDone {
					t.Fatalf("after point %d: exit code %d: %s", i, code, errs)
				}
				if d := connectortest.Difference(want, storeOf(t, filepath.Join(p.dir, defaultStore))); d != "" {
					t.Errorf("after point %d: %s", i, d[:min(len(d), 1000)])
				}
			}
		})
	}
}

// TestLiveLooksUpLater loses sight of an item that Jira cannot look up at first:
// the report is incomplete until it can.
func TestLiveLooksUpLater(t *testing.T) {
	t.Parallel()
	p := newLivePlay(t, jiratest.Cloud)
	steps := []struct {
		name   string
		before func()
		code   int
		says   string
	}{
		{"whole", func() {}, codeDone, ""},
		{"it cannot be looked up", func() { p.server.Fail("CHK-3", "Timed out."); p.server.Delete("CHK-3") }, codeIncomplete,
			"CHK-3: it is no longer listed in project CHK and could not be looked up; the next pull asks again. Jira says: Timed out"},
		{"it is gone", func() { p.server.Mend("CHK-3") }, codeDone, ""},
	}
	for _, s := range steps {
		s.before()
		p.now = p.now.Add(time.Hour)
		code, _, errs := p.run(with("scan")...)
		if code != s.code || !strings.Contains(errs, s.says) || s.says == "" && errs != "" {
			t.Errorf("%s: exit code %d, want %d: %s", s.name, code, s.code, errs)
		}
	}
}

func storeOf(t *testing.T, path string) connectortest.Facts {
	t.Helper()
	st, err := store.OpenExisting(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	f, err := connectortest.StoreFacts(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestLiveMessages goes wrong in every way that users do: one clear message, the
// right exit code, and the store is as it was.
func TestLiveMessages(t *testing.T) {
	t.Parallel()
	elsewhere := func(to string) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {to}}, Body: http.NoBody, Request: r}, nil
		})
	}
	for _, c := range []struct {
		name string
		play func(p *livePlay)
		args []string
		code int // with an empty store
		then int // with a store that holds something
		want string
	}{
		{"no token", func(p *livePlay) { p.vars = nil }, with("scan"), codeUsage, codeIncomplete, "no token for https://demo.example: set JIRA_TOKEN, and on Cloud JIRA_EMAIL"},
		{"wrong token", func(p *livePlay) { p.vars["JIRA_TOKEN"] = "wr0ng" }, with("scan"), codeRefused, codeIncomplete, "the credentials are not accepted"},
		{"token that falls back to nobody", func(p *livePlay) {
			p.vars["JIRA_TOKEN"] = "wr0ng"
			p.server.Set(func(o *jiratest.Options) { o.Anonymous = true })
		}, with("scan"), codeRefused, codeIncomplete, "the credentials are not accepted"},
		{"a project without permission", func(p *livePlay) { p.server.ForbidProject("ORD") }, with("scan"), codeIncomplete, codeIncomplete, "project ORD: not visible to"},
		{"no project at all", func(p *livePlay) { p.server.ForbidProject("ORD"); p.server.ForbidProject("CHK") }, with("scan"), codeRefused, codeIncomplete, "project CHK: not visible to"},
		{"unknown host", func(p *livePlay) {
			p.net = roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "demo.example", IsNotFound: true}
			})
		}, with("scan"), codeFailed, codeIncomplete, "there is no host of this name"},
		{"a private authority", func(p *livePlay) {
			p.net = roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
			})
		}, with("scan"), codeFailed, codeIncomplete, "give its certificate with --ca FILE"},
		{"a login page", func(p *livePlay) { p.server.Set(func(o *jiratest.Options) { o.SSO = true }) }, with("scan"), codeRefused, codeIncomplete, "it answers a web page instead of data"},
		{"sent to a login page", func(p *livePlay) { p.net = elsewhere("https://login.example/sso") }, with("scan"), codeRefused, codeIncomplete, "it sends on to https://login.example"},
		{"a query that Jira refuses", nil, []string{"scan", "--jira", "https://demo.example", "--jql", "colour = red"}, codeUsage, codeUsage, "the query is refused: colour = red"},
		{"a query with a bracket too many", nil, []string{"scan", "--jira", "https://demo.example", "--jql", "project = CHK) OR (project = ORD"}, codeUsage, codeUsage, "a bracket closes that none opens"},
		{"plain http", nil, []string{"scan", "--jira", "http://demo.example", "--project", "CHK"}, codeUsage, codeUsage, "http://demo.example would send the token unencrypted: use https"},
		{"credentials in the address", nil, []string{"scan", "--jira", "https://ops:" + secret + "@demo.example", "--project", "CHK"}, codeUsage, codeUsage, "holds credentials"},
		{"no address", nil, []string{"scan", "--jira", "demo", "--project", "CHK"}, codeUsage, codeUsage, `"demo" is no address`},
		{"no project named", nil, []string{"scan", "--jira", "https://demo.example"}, codeUsage, codeUsage, "of which projects?"},
		{"project without a Jira", nil, []string{"scan", "--project", "CHK"}, codeUsage, codeUsage, "--project and --jql belong to --jira URL"},
		{"everything hidden", func(p *livePlay) {
			for _, k := range p.server.Keys() {
				p.server.Forbid(k)
			}
		}, with("scan"), codeFailed, codeIncomplete, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newLivePlay(t, jiratest.Cloud)
			if c.play != nil {
				c.play(p)
			}
			code, _, errs := p.run(c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, want %d; want %q in: %s", code, c.code, c.want, errs)
			}
			if lines := strings.Count(strings.TrimSpace(errs), "\n") + 1; lines > 2 {
				t.Errorf("%d lines for one fault: %s", lines, errs)
			}

			p = newLivePlay(t, jiratest.Cloud)
			if code, _, errs := p.run(with("pull")...); code != codeDone {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			before := storeOf(t, filepath.Join(p.dir, defaultStore))
			if c.play != nil {
				c.play(p)
			}
			if code, _, errs := p.run(c.args...); code != c.then || !strings.Contains(errs, c.want) {
				t.Errorf("with a full store: exit code %d, want %d; want %q in: %s", code, c.then, c.want, errs)
			}
			after := storeOf(t, filepath.Join(p.dir, defaultStore))
			before.Notes, after.Notes = nil, nil
			if d := connectortest.Difference(before, after); d != "" {
				t.Errorf("the store is another: %s", d[:min(len(d), 1000)])
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLiveCheck reads the table as somebody would before a long pull.
func TestLiveCheck(t *testing.T) {
	t.Parallel()
	p := newLivePlay(t, jiratest.Cloud)
	code, out, errs := p.run("check", "--jira", "https://demo.example", "--project", "CHK", "--project", "NOPE")
	if code != codeIncomplete || errs != "" {
		t.Errorf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{
		"Reachable      right  yes, as Cloud", "Credentials    right  accepted, as", "Project CHK    right  172 issues",
		"Project NOPE   wrong", "Statuses       right", "A first pull   right  about 14 requests for 172 issues", "Store          right  none yet",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(p.dir, defaultStore)); err == nil {
		t.Error("a check makes a store")
	}
	// What it announces is what a pull takes.
	p.server.Reset()
	if code, _, errs := p.run("pull", "--jira", "https://demo.example", "--project", "CHK"); code != codeDone || len(p.server.Requests()) != 14 {
		t.Errorf("exit code %d, %d requests: %s", code, len(p.server.Requests()), errs)
	}

	p.vars["JIRA_TOKEN"] = "wr0ng"
	if code, out, errs := p.run(with("check")...); code != codeRefused || !strings.Contains(out, "Credentials") {
		t.Errorf("with a wrong token: exit code %d: %s %s", code, errs, out)
	}
}

// TestLivePrivateAuthority reaches a Jira whose certificate a company signed
// itself: refused first, with what to do, and good with --ca.
func TestLivePrivateAuthority(t *testing.T) {
	t.Parallel()
	p := newLivePlay(t, jiratest.DataCenter)
	web := httptest.NewUnstartedServer(p.server)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	p.server.Set(func(o *jiratest.Options) { o.BaseURL = web.URL })
	p.net = nil // the real way
	args := []string{"pull", "--jira", web.URL, "--project", "CHK"}
	if code, _, errs := p.run(args...); code != codeFailed || !strings.Contains(errs, "give its certificate with --ca FILE") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(p.dir, "ca.pem"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := p.run(append(args, "--ca", "ca.pem")...); code != codeDone || !strings.Contains(out, "172 items") {
		t.Errorf("exit code %d: %s %s", code, out, errs)
	}
	for _, name := range []string{defaultStore, defaultStore + "-wal", defaultStore + ".lock"} {
		data, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the token stands in %s", name)
		}
	}
}
