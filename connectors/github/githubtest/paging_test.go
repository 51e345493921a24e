package githubtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const pageQuery = `query Page($first: Int, $last: Int, $after: String, $before: String, $by: IssueOrderField!, $to: OrderDirection!) {
	repository(owner: "acme", name: "shop") { issues(first: $first, last: $last, after: $after, before: $before, orderBy: {field: $by, direction: $to}) {
		totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { number } edges { cursor node { number } }
	} }
}`

// issuesOf is the list within an answer.
func issuesOf(r reply) map[string]any {
	return r.Data["repository"].(map[string]any)["issues"].(map[string]any)
}

func numbers(list map[string]any) (out []int) {
	for _, n := range list["nodes"].([]any) {
		out = append(out, int(n.(map[string]any)["number"].(float64)))
	}
	return out
}

func info(list map[string]any) map[string]any { return list["pageInfo"].(map[string]any) }

// many is a repository of n issues, of which several have one update.
func many(c *clock, n int) *World {
	w := NewWorld(c.now)
	w.Repository("acme/shop")
	for i := range n {
		w.Open("acme/shop", "ana", fmt.Sprint("Number ", i), "")
		if i%3 == 0 {
			c.pass(time.Second)
		}
	}
	return w
}

// Whatever the order and the size of the pages: a walk, either way, gives each
// element once, in one order.
func TestWalksGiveEachElementOnce(t *testing.T) {
	const n = 23
	s := NewServer(Options{}, many(newClock(), n))
	for _, by := range []string{"CREATED_AT", "UPDATED_AT", "COMMENTS"} {
		for _, to := range []string{"ASC", "DESC"} {
			whole := numbers(issuesOf(query(t, s, pageQuery, map[string]any{"first": 100, "by": by, "to": to})))
			if by != "COMMENTS" && to == "ASC" && !slices.IsSorted(whole) {
				t.Errorf("%s: issues of a growing world in the order %v", by, whole)
			}
			for _, size := range []int{1, 2, 5, 22, 23, 24} {
				var got, back []int
				vars := map[string]any{"first": size, "by": by, "to": to}
				for range n + 1 {
					l := issuesOf(query(t, s, pageQuery, vars))
					mustBe(t, "totalCount", l["totalCount"].(float64), n)
					got = append(got, numbers(l)...)
					if !info(l)["hasNextPage"].(bool) {
						break
					}
					vars["after"] = info(l)["endCursor"]
				}
				vars = map[string]any{"last": size, "by": by, "to": to}
				for range n + 1 {
					l := issuesOf(query(t, s, pageQuery, vars))
					back = append(numbers(l), back...)
					if !info(l)["hasPreviousPage"].(bool) {
						break
					}
					vars["before"] = info(l)["startCursor"]
				}
				if !slices.Equal(got, whole) || !slices.Equal(back, whole) {
					t.Errorf("%s %s by %d: %v and %v, want %v", by, to, size, got, back, whole)
				}
			}
		}
	}
}

// An edge's cursor leads to what comes after it.
func TestEdges(t *testing.T) {
	s := NewServer(Options{}, many(newClock(), 5))
	vars := map[string]any{"first": 5, "by": "CREATED_AT", "to": "ASC"}
	edges := issuesOf(query(t, s, pageQuery, vars))["edges"].([]any)
	for i, e := range edges {
		vars["after"] = e.(map[string]any)["cursor"]
		mustBe(t, "after an edge", len(numbers(issuesOf(query(t, s, pageQuery, vars)))), 4-i)
	}
}

// While issues are updated under a walk by update, upwards, none is lost: those
// come again.
func TestWalkWhileIssuesChange(t *testing.T) {
	const n = 20
	c := newClock()
	w := many(c, n)
	s := NewServer(Options{}, w)
	c.pass(time.Hour)
	seen := map[int]int{}
	vars := map[string]any{"first": 4, "by": "UPDATED_AT", "to": "ASC"}
	for page := range 2 * n {
		l := issuesOf(query(t, s, pageQuery, vars))
		for _, k := range numbers(l) {
			seen[k]++
		}
		if !info(l)["hasNextPage"].(bool) {
			break
		}
		vars["after"] = info(l)["endCursor"]
		if page < 5 {
			c.pass(time.Second)
			w.Comment(fmt.Sprintf("acme/shop#%d", page+1), "ben", "Again.")
		}
	}
	mustBe(t, "issues seen", len(seen), n)
	mustBe(t, "issues seen again", seen[1], 2)
}

func TestListsNeedBounds(t *testing.T) {
	s := NewServer(Options{}, many(newClock(), 3))
	for _, d := range []struct{ arguments, kind string }{
		{"", "MISSING_PAGINATION_BOUNDARIES"}, {"(first: 101)", "EXCESSIVE_PAGINATION"}, {"(last: 200)", "EXCESSIVE_PAGINATION"},
		{`(first: 5, after: "nonsense")`, "INVALID_CURSOR_ARGUMENTS"}, {"(first: 100)", ""},
	} {
		got := query(t, s, `{ repository(owner: "acme", name: "shop") { issues`+d.arguments+` { totalCount } } }`, nil)
		kind := ""
		if len(got.Errors) > 0 {
			kind = got.Errors[0].Type
		}
		mustBe(t, "issues"+d.arguments, kind, d.kind)
	}
}

// pages walks a list of REST by its links.
func pages(t *testing.T, s *Server, address string) (out []map[string]any, sizes []int) {
	t.Helper()
	for address != "" {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		must(t, err)
		resp, err := s.Client().Do(r)
		must(t, err)
		list := decodeList(t, address, resp)
		out, sizes = append(out, list...), append(sizes, len(list))
		address = nextOf(resp.Header)
		if len(sizes) > 100 {
			t.Fatal("the pages never end")
		}
	}
	return out, sizes
}

func TestLinksGiveEachElementOnce(t *testing.T) {
	const n = 23
	c := newClock()
	w := many(c, n)
	for range 7 {
		w.OpenPull("acme/shop", "ben", Draft{Title: "Change", Files: []File{{"a", 1, 1}}})
		c.pass(time.Second)
	}
	for i := range 9 {
		w.Comment("acme/shop#1", "cy", "Hm.")
		w.Label("acme/shop#1", "cy", fmt.Sprint("label ", i))
	}
	s := NewServer(Options{}, w)
	for _, d := range []struct {
		path string
		n    int
		key  string
	}{
		{"/repos/acme/shop/issues?state=all&sort=updated&direction=asc&per_page=4", n + 7, "number"},
		{"/repos/acme/shop/issues?state=all&sort=updated&direction=desc&per_page=7", n + 7, "number"},
		{"/repos/acme/shop/issues?state=all&per_page=30", n + 7, "number"},
		{"/repos/acme/shop/pulls?state=all&per_page=3&sort=updated&direction=desc", 7, "number"},
		{"/repos/acme/shop/issues/events?per_page=2", 9, "id"},
		{"/repos/acme/shop/issues/1/timeline?per_page=5", 18, "id"},
		{"/repos/acme/shop/labels?per_page=4", 9, "id"},
	} {
		list, sizes := pages(t, s, "https://api.github.com"+d.path)
		seen := map[any]bool{}
		for _, o := range list {
			seen[o[d.key]] = true
		}
		if len(list) != d.n || len(seen) != d.n {
			t.Errorf("%s: %d elements, %d different ones, want %d, in pages of %v", d.path, len(list), len(seen), d.n, sizes)
		}
	}
}

func TestPageNumbersEnd(t *testing.T) {
	s := NewServer(Options{MostPages: 3, EventPages: 2}, many(newClock(), 23))
	for page, want := range map[string]int{"page=3": 200, "page=4": 422} {
		resp := get(t, s, "/repos/acme/shop/issues?per_page=5&"+page)
		mustBe(t, page, resp.StatusCode, want)
	}
	list, _ := pages(t, s, "https://api.github.com/repos/acme/shop/issues?per_page=5")
	mustBe(t, "issues by links", len(list), 23)
	w := s.World
	for i := range 12 {
		w.Label("acme/shop#1", "ana", fmt.Sprint(i))
	}
	list, _ = pages(t, s, "https://api.github.com/repos/acme/shop/issues/events?per_page=5")
	mustBe(t, "events to be had", len(list), 10)
	resp := get(t, s, "/repos/acme/shop/issues/events?per_page=5&page=3")
	mustBe(t, "events beyond", resp.StatusCode, 422)
}

func get(t *testing.T, s *Server, path string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com"+path, nil)
	must(t, err)
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(r)
	must(t, err)
	return resp
}

func TestNothingNewIsFree(t *testing.T) {
	w := many(newClock(), 3)
	s := NewServer(Options{}, w)
	first := get(t, s, "/repos/acme/shop/issues")
	mustBe(t, "left after one request", first.Header.Get("X-RateLimit-Remaining"), "4999")
	ask := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com/repos/acme/shop/issues", nil)
		must(t, err)
		r.Header.Set("If-None-Match", first.Header.Get("ETag"))
		resp, err := s.Client().Do(r)
		must(t, err)
		return resp
	}
	again := ask()
	mustBe(t, "status when nothing changed", again.StatusCode, http.StatusNotModified)
	mustBe(t, "left when nothing changed", again.Header.Get("X-RateLimit-Remaining"), "4999")
	w.Comment("acme/shop#1", "ana", "Hm.")
	changed := ask()
	mustBe(t, "status when something changed", changed.StatusCode, http.StatusOK)
	mustBe(t, "left when something changed", changed.Header.Get("X-RateLimit-Remaining"), "4998")
	mustBe(t, "requests counted", fmt.Sprint(slices.Sorted(maps.Keys(s.Count())), s.Count()["GET /repos/{}/{}/issues"]), "[GET /repos/{}/{}/issues] 3")
}

func TestCountsAreByKind(t *testing.T) {
	s := NewServer(Options{}, many(newClock(), 3))
	query(t, s, `query Names { viewer { login } }`, nil)
	query(t, s, `{ viewer { login } }`, nil)
	get(t, s, "/repos/acme/shop/issues/1")
	get(t, s, "/repositories/900000007/issues/1")
	got := fmt.Sprint(s.Count())
	for _, want := range []string{"graphql Names:1", "graphql unnamed:1", "GET /repos/{}/{}/issues/{}:1", "GET /repositories/{}/issues/{}:1"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}
