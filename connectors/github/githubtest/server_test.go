package githubtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// began is when the tests' worlds begin.
var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// clock is a clock that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }
func newClock() *clock                { return &clock{began} }
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
func mustBe[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// shop is a small world in which a bit of everything happened.
func shop(c *clock) *World {
	w := NewWorld(c.now)
	w.Repository("acme/shop")
	w.Repository("acme/pay")
	w.Team("acme", "Checkout", "acme/shop", "push")
	w.WriteFile("acme/shop", ".github/CODEOWNERS", "* @acme/checkout\n")
	board := w.Board("acme", "Work", "Todo", "In Progress", "Done")
	ms := w.Milestone("acme/shop", "ana", "Spring", "2026-04-30")
	epic := w.Open("acme/shop", "ana", "Basket", "")
	a := w.Open("acme/shop", "ana", "Add to basket", "Depends on acme/pay#1")
	b := w.Open("acme/pay", "ben", "Take money", "")
	c.pass(time.Hour)
	w.SetParent(a, "ana", epic)
	w.SetParent(b, "ana", epic)
	w.Block(a, "ana", b)
	w.Label(a, "ana", "bug")
	w.Assign(a, "ana", "cy")
	w.SetMilestone(a, "ana", ms)
	w.SetType(a, "ana", "Bug")
	w.SetField(a, "Priority", "High")
	w.Move(a, "ana", board, "Todo")
	c.pass(24 * time.Hour)
	w.Move(a, "cy", board, "In Progress")
	p := w.OpenPull("acme/shop", "cy", Draft{Title: "Add to basket", Body: "Closes #2", Branch: "basket", Files: []File{{"basket.go", 10, 2}, {"basket_test.go", 20, 0}}, Draft: true})
	w.Closes(p, a, "cy")
	w.Comment(a, "dependabot[bot]", "Careful.")
	c.pass(time.Hour)
	w.SetDraft(p, "cy", false)
	w.RequestReview(p, "cy", "ben")
	w.Review(p, "ben", "approved", "Good.", "Here?", "And here?")
	c.pass(time.Hour)
	w.Merge(p, "cy")
	w.Move(a, "cy", board, "Done")
	w.Close(b, "ben", "not_planned")
	return w
}

// reply is an answer to a query.
type reply struct {
	Data   map[string]any
	Errors []struct {
		Type, Message string
		Path          []any
	}
}

func query(t *testing.T, s *Server, text string, vars map[string]any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": vars})
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.github.com/graphql", bytes.NewReader(body))
	must(t, err)
	resp, err := s.Client().Do(r)
	must(t, err)
	data, err := io.ReadAll(resp.Body)
	must(t, err)
	var out reply
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return out
}

// A query gets what it asks for, in its order, under its names.
func TestSelections(t *testing.T) {
	s := NewServer(Options{}, shop(newClock()))
	ask := func(text string) string {
		body, err := json.Marshal(map[string]any{"query": text})
		must(t, err)
		resp, err := s.Client().Post("https://api.github.com/graphql", "application/json", bytes.NewReader(body))
		must(t, err)
		got, err := io.ReadAll(resp.Body)
		must(t, err)
		mustBe(t, "status of "+text, resp.StatusCode, http.StatusOK)
		return string(got)
	}
	for _, d := range []struct{ query, want string }{
		{`{ viewer { login __typename } }`, `{"viewer":{"login":"reader","__typename":"User"}}`},
		{`query($n: Int = 2) { r: repository(owner: "acme", name: "shop") { b: issue(number: $n) { number } a: issue(number: 1) { number } } }`, `{"r":{"b":{"number":2},"a":{"number":1}}}`},
		{`query($yes: Boolean = true) { viewer { login @skip(if: $yes) __typename @include(if: $yes) } }`, `{"viewer":{"__typename":"User"}}`},
		{`{ repository(owner: "acme", name: "shop") { name ...more } } fragment more on Repository { issue(number: 2) { number } issue(number: 2) { ... on Issue { title } } }`,
			`{"repository":{"name":"shop","issue":{"number":2,"title":"Add to basket"}}}`},
		{`{ repository(owner: "acme", name: "shop") { issueOrPullRequest(number: 3) { __typename ... on Issue { title } ... on PullRequest { isDraft } ... on Closable { closed } ... on Node { __typename } } } }`,
			`{"repository":{"issueOrPullRequest":{"__typename":"PullRequest","isDraft":false,"closed":true}}}`},
		{`{ repository(owner: "acme", name: "shop") { issue(number: 1) { parent { number } subIssues(first: 1) { nodes { number repository { nameWithOwner } } pageInfo { hasNextPage } } } } }`,
			`{"repository":{"issue":{"parent":null,"subIssues":{"nodes":[{"number":2,"repository":{"nameWithOwner":"acme/shop"}}],"pageInfo":{"hasNextPage":true}}}}}`},
	} {
		mustBe(t, d.query, ask(d.query), `{"data":`+d.want+`}`)
	}
	for bad, want := range map[string]string{
		`{ viewer { nothing } }`:                  "undefinedField",
		`{ viewer { ... on Nothing { login } } }`: "undefinedType",
		`{ viewer `: "Parse error",
		`query($n: Int!) { repository(owner: "acme", name: "shop") { issue(number: $n) { id } } }`: "$n of type Int!",
	} {
		if got := ask(bad); !strings.Contains(got, want) || strings.Contains(got, `"data"`) {
			t.Errorf("%s: %s, want an error %s", bad, got, want)
		}
	}
}

func TestREST(t *testing.T) {
	s := NewServer(Options{}, shop(newClock()))
	for _, path := range []string{
		"/user", "/rate_limit", "/repos/acme/shop", "/repos/acme/shop/issues?state=all", "/repos/acme/shop/issues/2", "/repos/acme/shop/issues/2/timeline", "/repos/acme/shop/issues/events",
		"/repos/acme/shop/issues/1/sub_issues", "/repos/acme/shop/issues/2/parent", "/repos/acme/shop/issues/2/dependencies/blocked_by", "/repos/acme/pay/issues/1/dependencies/blocking",
		"/repos/acme/shop/milestones", "/repos/acme/shop/pulls?state=all", "/repos/acme/shop/pulls/3", "/repos/acme/shop/pulls/3/reviews", "/repos/acme/shop/pulls/3/commits",
		"/repos/acme/shop/pulls/3/files", "/repos/acme/shop/pulls/3/comments", "/repos/acme/shop/contents/.github/CODEOWNERS", "/repos/acme/shop/teams", "/orgs/acme/repos", "/orgs/acme/issue-types",
	} {
		resp, err := s.Client().Get("https://api.github.com" + path)
		must(t, err)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
		var v any
		must(t, json.NewDecoder(resp.Body).Decode(&v))
	}
}
