package jiratest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // zones on machines without a database of them too

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/demo"
)

// clock is a clock that a test turns.
type clock struct {
	sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(d)
}

// noon is when tests ask: two days behind the end of the demo.
func noon() *clock { return &clock{at: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)} }

// theDemo is a small organisation, made once.
var theDemo = sync.OnceValue(func() connectors.Source { return demo.New(demo.Options{Teams: 3, Items: 300, JiraOnly: true}) })

// fake is a server with what tests need about it.
type fake struct {
	*Server
	*clock
	t testing.TB
}

// newFake returns a server of the demo; options without a clock get one.
func newFake(t testing.TB, o Options, src ...connectors.Source) *fake {
	t.Helper()
	f := &fake{clock: noon(), t: t}
	if o.Now == nil {
		o.Now = f.clock.now
	}
	from := theDemo()
	if len(src) > 0 {
		from = src[0]
	}
	s, err := NewServer(o, from)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = s
	return f
}

// plainFake returns a server with the project PAY and n plain issues in it, a
// minute apart, the last one now.
func plainFake(t testing.TB, o Options, n int) *fake {
	t.Helper()
	f := newFake(t, o, nil)
	f.AddProject("PAY", "Payments")
	f.add(-time.Duration(n) * time.Minute)
	for range n {
		f.add(time.Minute)
		f.Add("PAY")
	}
	return f
}

// reply is an answer that was read.
type reply struct {
	status int
	header http.Header
	body   string
}

const site = "https://acme.example"

// do asks the server. A path without a host is the site's. What stands before a
// colon in a header is its name.
func (f *fake) do(method, path, body string, headers ...string) reply {
	f.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = site + path
	}
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(f.t.Context(), method, path, in)
	must(f.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := f.Client().Do(r)
	must(f.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	must(f.t, err)
	return reply{resp.StatusCode, resp.Header, string(data)}
}

func (f *fake) get(path string, headers ...string) reply {
	f.t.Helper()
	return f.do("GET", path, "", headers...)
}

func (f *fake) post(path, body string) reply { f.t.Helper(); return f.do("POST", path, body) }

// read reads an answer as JSON.
func (r reply) read(t testing.TB, into any) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("status %d: %.300s", r.status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		t.Fatalf("%v in %.300s", err, r.body)
	}
}

// searchPage is a page of either search, as far as tests look at it.
type searchPage struct {
	Issues []struct {
		ID, Key   string
		Fields    map[string]json.RawMessage
		Changelog *struct {
			StartAt, MaxResults, Total int
			Histories                  []logEntry
		}
	}
	IsLast        *bool
	NextPageToken *string
	Total         *int
	StartAt       *int
	MaxResults    *int
	Names, Schema map[string]any
}

type logEntry struct {
	ID      string
	Created json.RawMessage
	Items   []struct{ Field, FieldID, From, FromString, To, ToString string }
}

func (p searchPage) keys() (out []string) {
	for _, is := range p.Issues {
		out = append(out, is.Key)
	}
	return out
}

// page asks Jira Cloud's search.
func (f *fake) page(jql, rest string) searchPage {
	f.t.Helper()
	var p searchPage
	f.post("/rest/api/2/search/jql", fmt.Sprintf(`{"jql":%q%s}`, jql, rest)).read(f.t, &p)
	return p
}

// all pages through Jira Cloud's search.
func (f *fake) all(jql, rest string) (keys []string, pages int) {
	f.t.Helper()
	token := ""
	for {
		p := f.page(jql, rest+token)
		keys = append(keys, p.keys()...)
		if pages++; p.NextPageToken == nil {
			return keys, pages
		}
		token = fmt.Sprintf(`,"nextPageToken":%q`, *p.NextPageToken)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// web serves the server over a real network.
func (f *fake) web() string {
	w := httptest.NewServer(f.Server)
	f.t.Cleanup(w.Close)
	return w.URL
}

// zone loads a zone by its name.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// done moves an issue into the status of that name.
func (f *fake) done(name string) func(*fact.Record) {
	for _, t := range f.Facts().Terms {
		if t.Kind == fact.TermStatus && t.Name == name {
			return func(r *fact.Record) { r.Status = fact.Named{ID: t.ID, Name: t.Name} }
		}
	}
	f.t.Fatalf("no status %s", name)
	return nil
}
