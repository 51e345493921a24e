package githubtest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// decodeList reads a list of REST.
func decodeList(t *testing.T, what string, resp *http.Response) []map[string]any {
	t.Helper()
	var out []map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatalf("%s: %s: %v", what, resp.Status, err)
	}
	return out
}

func errorsOf(r reply) string {
	var out []string
	for _, e := range r.Errors {
		out = append(out, fmt.Sprintf("%s at %v", e.Type, e.Path))
	}
	return strings.Join(out, "; ")
}

// Every fault has the form that clients go by.
func TestFaults(t *testing.T) {
	c := newClock()
	w := shop(c)
	in := func(d time.Duration) string { return strconv.FormatInt(c.at.Add(d).Unix(), 10) }
	for _, d := range []struct {
		kind   Kind
		status int
		header string // name=value; - is absent
		body   string
	}{
		{Status500, 500, "Retry-After=-", "Server Error"},
		{Status502, 502, "Content-Type=" + jsonType, "couldn't respond"},
		{Status502Page, 502, "Content-Type=text/html", "<html>"},
		{Status503, 503, "Retry-After=-", "<html>"},
		{Status504, 504, "Retry-After=-", "<html>"},
		{Primary403, 403, "X-RateLimit-Remaining=0", "rate limit exceeded"},
		{Primary403, 403, "X-RateLimit-Reset=" + in(30*time.Minute), ""},
		{Primary429, 429, "X-RateLimit-Remaining=0", "rate limit exceeded"},
		{RateLimited, 200, "X-RateLimit-Remaining=0", `"type":"RATE_LIMITED"`},
		{Secondary403, 403, "Retry-After=-", "secondary rate limit"},
		{Secondary403, 403, "X-RateLimit-Remaining=4321", ""},
		{Secondary429, 429, "Retry-After=-", "secondary rate limit"},
		{SecondaryWait, 403, "Retry-After=60", "secondary rate limit"},
		{Unauthorized, 401, "Retry-After=-", "Bad credentials"},
		{SSO, 403, "X-GitHub-SSO=required; url=https://github.com/orgs/acme/sso?authorization_request=A4KE", "SAML"},
		{Missing, 404, "Retry-After=-", "Not Found"},
	} {
		s := NewServer(Options{}, w)
		s.Fault(func(*http.Request, int) Fault { return Fault{Kind: d.kind} })
		for _, over := range []string{"network", "transport"} {
			client, address := s.Client(), "https://api.github.com"
			if over == "network" {
				server := s.Start()
				defer server.Close()
				client, address = server.Client(), server.URL
			}
			resp, err := client.Get(address + "/user")
			must(t, err)
			body, err := io.ReadAll(resp.Body)
			must(t, err)
			mustBe(t, string(d.kind), resp.StatusCode, d.status)
			name, value, _ := strings.Cut(d.header, "=")
			if got := resp.Header.Get(name); got != strings.TrimPrefix(value, "-") {
				t.Errorf("%s over %s: %s is %q, want %q", d.kind, over, name, got, value)
			}
			if !strings.Contains(string(body), d.body) {
				t.Errorf("%s over %s: %s, want %s", d.kind, over, body, d.body)
			}
		}
		if got := s.Requests(); len(got) != 2 || got[0].Fault != d.kind || got[0].Status != d.status {
			t.Errorf("%s: noted as %+v", d.kind, got)
		}
	}
}

func TestBrokenBodies(t *testing.T) {
	for _, kind := range []Kind{Reset, Cut, ShortBody} {
		s := NewServer(Options{}, shop(newClock()))
		s.Fault(func(*http.Request, int) Fault { return Fault{Kind: kind} })
		server := s.Start()
		defer server.Close()
		for over, client := range map[string]*http.Client{server.URL: server.Client(), "https://api.github.com": s.Client()} {
			resp, err := client.Get(over + "/repos/acme/shop/issues")
			var body []byte
			if err == nil {
				body, err = io.ReadAll(resp.Body)
			}
			// A body that its length cuts off is no error but the JSON's.
			if broken := err != nil; broken != (kind != ShortBody) || json.Valid(body) && len(body) > 0 {
				t.Errorf("%s at %s: %d bytes, %v", kind, over, len(body), err)
			}
		}
	}
}

func TestChanceIsTheSameForASeed(t *testing.T) {
	draw := func() (out string) {
		f := Chance(7, 0.3, Passing()...)
		for i := range 50 {
			out += string(f(nil, i).Kind) + "|"
		}
		return out
	}
	mustBe(t, "draws", draw(), draw())
}

func TestLimitOfAnHour(t *testing.T) {
	c := newClock()
	s := NewServer(Options{Limit: 3}, shop(c))
	for range 3 {
		mustBe(t, "within the limit", get(t, s, "/user").StatusCode, 200)
	}
	over := get(t, s, "/user")
	mustBe(t, "beyond it", over.StatusCode, 403)
	mustBe(t, "left", over.Header.Get("X-RateLimit-Remaining"), "0")
	mustBe(t, "what costs nothing", get(t, s, "/rate_limit").StatusCode, 200)
	mustBe(t, "GraphQL has its own", len(query(t, s, `{ viewer { login } }`, nil).Errors), 0)
	query(t, s, `{ viewer { login } }`, nil)
	query(t, s, `{ viewer { login } }`, nil)
	mustBe(t, "and its own end", errorsOf(query(t, s, `{ viewer { login } }`, nil)), "RATE_LIMITED at []")
	c.pass(time.Hour)
	mustBe(t, "an hour later", get(t, s, "/user").StatusCode, 200)
}

// The costs are those of GitHub's own example: a hundred repositories with fifty
// issues each and sixty labels of each of those cost 51 points.
func TestCost(t *testing.T) {
	s := NewServer(Options{}, shop(newClock()))
	got := query(t, s, `{ rateLimit { cost nodeCount remaining } organization(login: "acme") {
		repositories(first: 100) { nodes { issues(first: 50) { nodes { labels(first: 60) { nodes { name } } } } } } } }`, nil)
	limit := got.Data["rateLimit"].(map[string]any)
	mustBe(t, "points", limit["cost"].(float64), 51)
	mustBe(t, "nodes", limit["nodeCount"].(float64), 100+100*50+100*50*60)
	mustBe(t, "left", limit["remaining"].(float64), 5000-51)
}

const listQuery = `query Issues($first: Int!) { repository(owner: "acme", name: "shop") { issues(first: $first) { nodes { number comments(first: 10) { totalCount } } } } }`

func TestPartialData(t *testing.T) {
	// 20 issues with ten comments each are 220 nodes, 10 are 110.
	s := NewServer(Options{MostNodes: 150}, many(newClock(), 30))
	got := query(t, s, listQuery, map[string]any{"first": 20})
	list := issuesOf(got)["nodes"].([]any)
	mustBe(t, "elements", len(list), 20)
	for i, o := range list {
		mustBe(t, "element there", o != nil, i == 0)
	}
	mustBe(t, "errors", len(got.Errors), 19)
	mustBe(t, "an error", fmt.Sprint(got.Errors[0].Type, got.Errors[0].Path), "RESOURCE_LIMITS_EXCEEDED[repository issues nodes 1]")
	mustBe(t, "errors of a smaller page", len(query(t, s, listQuery, map[string]any{"first": 10}).Errors), 0)

	s = NewServer(Options{PartialEvery: 3}, many(newClock(), 30))
	for n := range 6 {
		mustBe(t, "every third query", len(query(t, s, listQuery, map[string]any{"first": 2}).Errors) > 0, n%3 == 2)
	}
	s = NewServer(Options{}, many(newClock(), 30))
	s.Fault(func(_ *http.Request, n int) Fault {
		if n == 1 {
			return Fault{Kind: Partial}
		}
		return Fault{}
	})
	mustBe(t, "as a fault", len(query(t, s, listQuery, map[string]any{"first": 2}).Errors), 1)
	mustBe(t, "afterwards", len(query(t, s, listQuery, map[string]any{"first": 2}).Errors), 0)
}

const boardQuery = `{ repository(owner: "acme", name: "shop") { issue(number: 2) { title
	projectItems(first: 5) { nodes { fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } } } }
	timelineItems(first: 50, itemTypes: [LABELED_EVENT, PROJECT_V2_ITEM_STATUS_CHANGED_EVENT]) { nodes { __typename } } } } }`

func TestProjectsNeedPermission(t *testing.T) {
	w := shop(newClock())
	all := query(t, NewServer(Options{}, w), boardQuery, nil)
	mustBe(t, "errors with permission", len(all.Errors), 0)

	fine := query(t, NewServer(Options{Projects: NoProjects}, w), boardQuery, nil)
	issue := fine.Data["repository"].(map[string]any)["issue"].(map[string]any)
	mustBe(t, "what it may see", issue["title"].(string), "Add to basket")
	mustBe(t, "errors of a fine-grained token", errorsOf(fine),
		"FORBIDDEN at [repository issue projectItems nodes 0]; FORBIDDEN at [repository issue timelineItems nodes 1]; FORBIDDEN at [repository issue timelineItems nodes 2]; FORBIDDEN at [repository issue timelineItems nodes 3]")

	classic := query(t, NewServer(Options{Projects: NoScope}, w), boardQuery, nil)
	if classic.Data != nil || len(classic.Errors) == 0 || classic.Errors[0].Type != "INSUFFICIENT_SCOPES" || !strings.Contains(classic.Errors[0].Message, "read:project") {
		t.Errorf("a classic token: %+v", classic)
	}
	lost := query(t, NewServer(Options{NoBoardEvents: true}, w), boardQuery, nil)
	nodes := lost.Data["repository"].(map[string]any)["issue"].(map[string]any)["timelineItems"].(map[string]any)["nodes"].([]any)
	mustBe(t, "events without boards", len(nodes), 1)
}

func TestServersThatLack(t *testing.T) {
	w := shop(newClock())
	for _, lacks := range []string{"Issue.projectItems", "ProjectV2ItemFieldSingleSelectValue", "PROJECT_V2_ITEM_STATUS_CHANGED_EVENT", "ProjectV2ItemStatusChangedEvent"} {
		got := query(t, NewServer(Options{Lacks: []string{lacks}}, w), boardQuery, nil)
		if got.Data != nil || len(got.Errors) == 0 {
			t.Errorf("without %s: %+v", lacks, got)
		}
	}
	got := query(t, NewServer(Options{Lacks: []string{"Issue.subIssues"}}, w), boardQuery, nil)
	mustBe(t, "errors for what nobody asks", len(got.Errors), 0)
	s := NewServer(Options{NoGraphQL: 404}, w)
	resp, err := s.Client().Post("https://api.github.com/graphql", "application/json", strings.NewReader(`{}`))
	must(t, err)
	mustBe(t, "without GraphQL", resp.StatusCode, 404)
}

func TestEnterpriseServer(t *testing.T) {
	s := NewServer(Options{Enterprise: true}, shop(newClock()))
	for path, want := range map[string]int{"/api/v3/repos/acme/shop": 200, "/repos/acme/shop": 404, "/graphql": 404} {
		resp, err := s.Client().Get("https://git.acme.example" + path)
		must(t, err)
		mustBe(t, path, resp.StatusCode, want)
	}
	resp, err := s.Client().Post("https://git.acme.example/api/graphql", "application/json", strings.NewReader(`{"query":"{ repository(owner: \"acme\", name: \"shop\") { url } }"}`))
	must(t, err)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	mustBe(t, "GraphQL", string(body), `{"data":{"repository":{"url":"https://git.acme.example/acme/shop"}}}`)
	list, _ := pages(t, s, "https://git.acme.example/api/v3/repos/acme/shop/issues?state=all&per_page=1")
	mustBe(t, "issues by links", len(list), 3)
	mustBe(t, "address", list[0]["html_url"].(string)[:30], "https://git.acme.example/acme/")
}

func TestCredentials(t *testing.T) {
	s := NewServer(Options{Token: "secret"}, shop(newClock()))
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer secret": 200, "token secret": 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com/repos/acme/shop", nil)
		must(t, err)
		r.Header.Set("Authorization", header)
		resp, err := s.Client().Do(r)
		must(t, err)
		mustBe(t, header, resp.StatusCode, want)
	}
}

// sign makes what an app asks with.
func sign(t *testing.T, key *rsa.PrivateKey, claims string) string {
	t.Helper()
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + enc.EncodeToString([]byte(claims))
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	must(t, err)
	return text + "." + enc.EncodeToString(sig)
}

func TestApp(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	c := newClock()
	s := NewServer(Options{App: &App{ID: 17, Installation: 23, Key: &key.PublicKey}}, shop(c))
	ask := func(method, path, token string) (int, map[string]any) {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://api.github.com"+path, bytes.NewReader(nil))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := s.Client().Do(r)
		must(t, err)
		var out map[string]any
		must(t, json.NewDecoder(resp.Body).Decode(&out))
		return resp.StatusCode, out
	}
	claims := func(iss int, iat, exp time.Duration) string {
		return fmt.Sprintf(`{"iss":"%d","iat":%d,"exp":%d}`, iss, c.at.Add(iat).Unix(), c.at.Add(exp).Unix())
	}
	const tokens = "/app/installations/23/access_tokens"
	for what, d := range map[string]struct {
		token, path string
		want        int
	}{
		"another app":          {sign(t, key, claims(18, 0, time.Minute)), tokens, 401},
		"too long":             {sign(t, key, claims(17, 0, time.Hour)), tokens, 401},
		"over":                 {sign(t, key, claims(17, 0, -time.Minute)), tokens, 401},
		"from the future":      {sign(t, key, claims(17, time.Minute, 2*time.Minute)), tokens, 401},
		"another key":          {sign(t, other, claims(17, 0, time.Minute)), tokens, 401},
		"another installation": {sign(t, key, claims(17, 0, time.Minute)), "/app/installations/24/access_tokens", 404},
		"nonsense":             {"ghp_secret", tokens, 401},
	} {
		got, _ := ask(http.MethodPost, d.path, d.token)
		mustBe(t, what, got, d.want)
	}
	status, got := ask(http.MethodPost, tokens, sign(t, key, claims(17, -time.Minute, 9*time.Minute)))
	mustBe(t, "a good one", status, 201)
	token, _ := got["token"].(string)
	status, got = ask(http.MethodGet, "/installation/repositories", token)
	mustBe(t, "repositories", fmt.Sprint(status, got["total_count"]), "200 2")
	c.pass(time.Hour)
	status, _ = ask(http.MethodGet, "/installation/repositories", token)
	mustBe(t, "an hour later", status, 401)
}
