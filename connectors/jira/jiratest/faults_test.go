package jiratest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// outcome is what a client gets of a request.
func outcome(ctx context.Context, client *http.Client, url string) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := client.Do(r)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return "no answer"
	case err != nil:
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	what := fmt.Sprint(resp.StatusCode)
	if after := resp.Header.Get("Retry-After"); after != "" {
		what += " after " + after
	}
	if reason := resp.Header.Get("RateLimit-Reason"); reason != "" {
		what += " " + reason
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return what + ", rest not in time"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return what + ", cut"
	case err != nil:
		return what + ", " + err.Error()
	case json.Valid(body):
		return what + ", JSON"
	case strings.HasPrefix(string(body), "<"):
		return what + ", page"
	}
	return what + ", neither"
}

// wants is what every kind of fault looks like to a client.
var wants = map[Kind]string{
	Reset: "no answer", Stall: "no answer in time", StallBody: "200, rest not in time", Cut: "200, cut", ShortBody: "200, neither", LongBody: "200, cut",
	Repeat: "200, JSON", Status500: "500, JSON", Status502: "502, page", Status503: "503, page", Busy503: "503 after 3, page", Status504: "504, page",
	Burst: "429 jira-burst-based, JSON", BusyBurst: "429 after 3 jira-burst-based, JSON", Quota: "429 after 2788 jira-quota-tenant-based, JSON", HTML: "200, page",
}

// A fault looks the same whether the server plays it, over a network or without
// one, or the transport of a client.
func TestFaultsLookAlike(t *testing.T) {
	t.Parallel()
	for _, kind := range AllKinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f := newFake(t, Options{})
			base := f.web()
			direct := &http.Client{Transport: &http.Transport{}}
			t.Cleanup(direct.CloseIdleConnections)
			faults := &Faults{Next: f.Transport(), Rand: rand.New(rand.NewPCG(1, 2)), Share: 1, Kinds: []Kind{kind}}
			for name, c := range map[string]struct {
				client *http.Client
				url    string
				server bool
			}{
				"network":          {direct, base + "/rest/api/2/field", true},
				"no network":       {f.Client(), site + "/rest/api/2/field", true},
				"client transport": {&http.Client{Transport: faults}, site + "/rest/api/2/field", false},
			} {
				f.Fault(nil)
				if c.server {
					if got := outcome(t.Context(), c.client, c.url); got != "200, JSON" {
						t.Fatalf("%s, undisturbed: %s", name, got)
					}
					f.Fault(func(*http.Request, int) Fault { return Fault{Kind: kind} })
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				if kind == Stall || kind == StallBody {
					cancel()
					ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
				}
				if got := outcome(ctx, c.client, c.url); got != wants[kind] {
					t.Errorf("%s: %s, want %s", name, got, wants[kind])
				}
				cancel()
			}
		})
	}
}

// A repeated page is the last good one of the same resource, whatever was asked.
func TestRepeat(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	ask := func(client *http.Client, key string) string {
		resp, err := client.Get(site + "/rest/api/2/search/jql?fields=key&jql=key%3D" + key)
		must(t, err)
		defer resp.Body.Close()
		var p searchPage
		must(t, json.NewDecoder(resp.Body).Decode(&p))
		return p.Issues[0].Key
	}
	f.Fault(func(r *http.Request, n int) Fault {
		if n == 2 {
			return Fault{Kind: Repeat}
		}
		return Fault{}
	})
	if a, b, c := ask(f.Client(), "INV-1"), ask(f.Client(), "INV-3"), ask(f.Client(), "INV-3"); a != "INV-1" || b != "INV-1" || c != "INV-3" {
		t.Error(a, b, c)
	}
	if log := f.Requests(); log[0].Fault != "" || log[1].Fault != Repeat {
		t.Errorf("%+v", log)
	}
	faults := &Faults{Next: f.Transport(), Rand: rand.New(rand.NewPCG(3, 1)), Share: 0.5, Kinds: []Kind{Repeat}}
	client := &http.Client{Transport: faults}
	stale := 0
	for n := range 40 {
		if key := fmt.Sprintf("CHK-%d", 1+n%9); ask(client, key) != key {
			stale++
		}
	}
	if told := faults.Told(); told[Repeat] < stale || stale < 10 {
		t.Errorf("%d stale pages, %v", stale, told)
	}
}

// The same seed brings the same faults, as often as its share says.
func TestFaultsFollowTheirSeed(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	run := func(seed uint64) (map[Kind]int, string) {
		var kinds []Kind
		for _, k := range AllKinds() {
			if k != Stall && k != StallBody {
				kinds = append(kinds, k)
			}
		}
		faults := &Faults{Next: f.Transport(), Rand: rand.New(rand.NewPCG(seed, 0)), Share: 0.3, Kinds: kinds}
		all := ""
		for range 400 {
			all += outcome(t.Context(), &http.Client{Transport: faults}, site+"/rest/api/2/status") + "\n"
		}
		return faults.Told(), all
	}
	told, all := run(1)
	again, same := run(1)
	other, else_ := run(2)
	if !reflect.DeepEqual(told, again) || all != same {
		t.Error("the same seed, other faults")
	}
	if reflect.DeepEqual(told, other) || all == else_ {
		t.Error("another seed, the same faults")
	}
	n := 0
	for v := range maps.Values(told) {
		n += v
	}
	if n < 80 || n > 160 || len(told) < 12 {
		t.Errorf("%d of 400 with a share of 0.3: %s", n, KindsOf(told))
	}
}

// Own faults: a redirect to another host, say, in the midst of a pull.
func TestCustomFault(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	f.Fault(func(r *http.Request, n int) Fault {
		if strings.HasSuffix(r.URL.Path, "/field") {
			return Fault{Kind: Custom, Status: http.StatusFound, Header: http.Header{"Location": {"https://elsewhere.example/"}}}
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method == http.MethodPost && len(body) == 0 {
			t.Error("the hook sees no body")
		}
		return Fault{Kind: Busy503, After: 7 * time.Second}
	})
	client := f.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Get(site + "/rest/api/2/field")
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusFound || resp.Header.Get("Location") != "https://elsewhere.example/" {
		t.Error(resp.Status)
	}
	if r := f.post("/rest/api/2/search/jql", `{"jql":"project = CHK"}`); r.status != 503 || r.header.Get("Retry-After") != "7" {
		t.Errorf("%+v", r)
	}
}

// The hook may change what is served: between two pages, for one.
func TestFaultHookChanges(t *testing.T) {
	t.Parallel()
	f := plainFake(t, Options{}, 10)
	f.Fault(func(_ *http.Request, n int) Fault {
		if n == 2 {
			f.Delete("PAY-9")
		}
		return Fault{}
	})
	if keys, _ := f.all("project = PAY order by key asc", `,"fields":["key"],"maxResults":5`); len(keys) != 9 {
		t.Errorf("%v", keys)
	}
}

// Where time is pretended, the server works without a network, and a stall ends
// with its context.
func TestInPretendedTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := NewServer(Options{}, nil)
		must(t, err)
		s.AddProject("PAY", "Payments")
		begin := time.Now()
		time.Sleep(time.Hour)
		s.Add("PAY")
		if got := s.Record("PAY-1").Created.Time(); got.Sub(begin) != time.Hour {
			t.Errorf("created %v", got)
		}
		s.Fault(func(*http.Request, int) Fault { return Fault{Kind: StallBody} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if got := outcome(ctx, s.Client(), site+"/rest/api/2/field"); got != wants[StallBody] {
			t.Error(got)
		}
		if waited := time.Since(begin); waited != time.Hour+time.Minute {
			t.Errorf("%v", waited)
		}
	})
}
