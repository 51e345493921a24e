package jiratest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"smokestack/connectors/demo"
)

var large = sync.OnceValue(func() *demo.Source { return demo.New(demo.Options{Items: 12_000, JiraOnly: true}) })

// largeFake serves 12,000 issues.
func largeFake(b *testing.B, mode Mode) *fake {
	f := newFake(b, Options{Mode: mode}, large())
	if n := len(f.Keys()); n < 11_000 {
		b.Fatalf("%d issues", n)
	}
	return f
}

// BenchmarkCloud pulls 12,000 issues as a connector does: full rows, then logs.
func BenchmarkCloud(b *testing.B) {
	f := largeFake(b, Cloud)
	var size int64
	for b.Loop() {
		size = 0
		var ids []string
		token := ""
		for {
			r := f.post("/rest/api/2/search/jql", `{"jql":"project in (INV, CHK, ORD, CAT, PAY, PLAT, DATA, SRCH, ACC) ORDER BY updated ASC","maxResults":100,"fields":["*all"]`+token+`}`)
			if r.status != http.StatusOK {
				r = f.post("/rest/api/2/search/jql", `{"jql":"created > 0 ORDER BY updated ASC","maxResults":100,"fields":["*all"]`+token+`}`)
			}
			size += int64(len(r.body))
			var p searchPage
			r.read(b, &p)
			for _, is := range p.Issues {
				ids = append(ids, is.ID)
			}
			if p.NextPageToken == nil {
				break
			}
			token = fmt.Sprintf(`,"nextPageToken":%q`, *p.NextPageToken)
		}
		for len(ids) > 0 {
			n := min(1000, len(ids))
			r := f.post("/rest/api/2/changelog/bulkfetch", fmt.Sprintf(`{"issueIdsOrKeys":["%s"],"maxResults":10000}`, strings.Join(ids[:n], `","`)))
			size += int64(len(r.body))
			ids = ids[n:]
		}
	}
	b.ReportMetric(float64(size)/1e6, "MB/pull")
}

func BenchmarkDataCenter(b *testing.B) {
	f := largeFake(b, DataCenter)
	for b.Loop() {
		for at := 0; ; {
			var p searchPage
			f.get(fmt.Sprintf("/rest/api/2/search?jql=order+by+updated+asc&fields=*all&expand=changelog&maxResults=100&startAt=%d", at)).read(b, &p)
			if at += len(p.Issues); at >= *p.Total {
				break
			}
		}
	}
}

// BenchmarkPage is one full page with nothing remembered: something changed.
func BenchmarkPage(b *testing.B) {
	f := largeFake(b, Cloud)
	for b.Loop() {
		f.AddComment("INV-1")
		if r := f.post("/rest/api/2/search/jql", `{"jql":"created > 0 ORDER BY updated ASC","maxResults":100,"fields":["*all"]}`); r.status != http.StatusOK {
			b.Fatal(r.body)
		}
	}
}

func BenchmarkNewServer(b *testing.B) {
	large()
	for b.Loop() {
		largeFake(b, Cloud)
	}
}
