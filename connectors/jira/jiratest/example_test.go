package jiratest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
)

// A Jira Cloud with the demo in it, asked without a network, changed between
// two questions, and out of order once.
func Example() {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	s, err := jiratest.NewServer(jiratest.Options{
		Mode: jiratest.Cloud, Now: func() time.Time { return now },
		Token: "secret", Email: "bot@acme.example",
	}, demo.New(demo.Options{Teams: 2, Items: 100, JiraOnly: true}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ask := func() {
		body := fmt.Sprintf(`{"jql":"updated >= %d ORDER BY updated ASC","fields":["key"]}`, now.UnixMilli())
		r, _ := http.NewRequest(http.MethodPost, "https://acme.example/rest/api/2/search/jql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.SetBasicAuth("bot@acme.example", "secret")
		resp, err := s.Client().Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		fmt.Println(resp.Status, string(text))
	}
	ask()

	now = now.Add(time.Minute)
	s.Change("INV-2", func(r *fact.Record) { r.Labels = append(r.Labels, "urgent") })
	s.Move("CHK-1", "INV")
	s.Delete("INV-4")
	s.Fault(func(_ *http.Request, n int) jiratest.Fault {
		if n == 2 {
			return jiratest.Fault{Kind: jiratest.BusyBurst, After: 5 * time.Second}
		}
		return jiratest.Fault{}
	})
	ask()
	now = now.Add(-time.Minute)
	ask()
	fmt.Println(s.Count(), s.Requests()[1].Fault)

	// Output:
	// 200 OK {"issues":[],"isLast":true}
	// 429 Too Many Requests {"errorMessages":["Rate limit exceeded."],"errors":{}}
	// 200 OK {"issues":[{"id":"10002","expand":"operations,versionedRepresentations,editmeta,changelog,renderedFields","self":"https://acme.example/rest/api/2/issue/10002","key":"INV-50"},{"id":"10003","expand":"operations,versionedRepresentations,editmeta,changelog,renderedFields","self":"https://acme.example/rest/api/2/issue/10003","key":"INV-2"}],"isLast":true}
	// map[POST /rest/api/2/search/jql:3] 429 with Retry-After
}
