package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/pace"
)

// The live source against a Jira that is played, of Cloud and of a Data Center.

const (
	secret   = "s3cr3t-T0ken-of-nobody"
	playSite = "https://demo.example"
)

// clock is the time of a played Jira.
type clock struct{ at time.Time }

func newClock() *clock                { return &clock{time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// play makes a Jira of the mode that tells what the source tells.
func play(tb testing.TB, mode jiratest.Mode, c *clock, src connectors.Source, change ...func(*jiratest.Options)) *jiratest.Server {
	tb.Helper()
	o := jiratest.Options{Mode: mode, BaseURL: playSite, Token: secret, Now: c.now}
	if mode == jiratest.Cloud {
		o.Email = "ops@acme.example"
	}
	for _, c := range change {
		c(&o)
	}
	s, err := jiratest.NewServer(o, src)
	must(tb, err)
	return s
}

// to is the way to a played Jira.
func to(tb testing.TB, s *jiratest.Server, mode jiratest.Mode, c *clock, change ...func(*Options)) *Site {
	tb.Helper()
	o := Options{URL: playSite, Token: secret, Base: s.Transport(), Now: c.now}
	if mode == jiratest.Cloud {
		o.Email = "ops@acme.example"
	}
	for _, c := range change {
		c(&o)
	}
	out, err := NewSite(o)
	must(tb, err)
	return out
}

func modes(t *testing.T, run func(t *testing.T, mode jiratest.Mode)) {
	for _, mode := range []jiratest.Mode{jiratest.Cloud, jiratest.DataCenter} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			run(t, mode)
		})
	}
}

// projects are the keys of a played Jira's projects that have issues.
func projects(s *jiratest.Server) []string {
	keys := map[string]bool{}
	for _, k := range s.Keys() {
		p, _, _ := strings.Cut(k, "-")
		keys[p] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

func pullInto(tb testing.TB, sink connectors.Sink, sources ...connectors.Source) {
	tb.Helper()
	for _, src := range sources {
		_, err := connectors.Pull(tb.Context(), src, sink, nil)
		must(tb, err)
	}
}

// pay makes a Jira with one project of so many issues, the last ones the
// youngest.
func pay(tb testing.TB, mode jiratest.Mode, c *clock, issues int, change ...func(*jiratest.Options)) *jiratest.Server {
	tb.Helper()
	s := play(tb, mode, c, nil, change...)
	s.AddProject("PAY", "Payments")
	s.AddProject("OPS", "Operations")
	start := c.at
	for i := range issues {
		c.at = start.Add(time.Duration(i-issues) * time.Hour)
		s.Add("PAY")
	}
	c.at = start
	return s
}

// same compares what two sinks hold, but for the words.
func sameRecords(tb testing.TB, what string, want, got connectortest.Facts) {
	tb.Helper()
	want.Terms, want.Notes, got.Terms, got.Notes = nil, nil, nil, nil
	if d := connectortest.Difference(want, got); d != "" {
		tb.Errorf("%s: %s", what, d[:min(len(d), 2000)])
	}
}

func TestLiveTellsTheDemo(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := play(t, mode, c, demo.New(demo.Options{Teams: 4, Items: 1500, JiraOnly: true}))
		site := to(t, s, mode, c)
		sink := connectortest.NewSink()
		for _, p := range projects(s) {
			pullInto(t, sink, site.Project(p))
		}
		want := keep(t, s.Source())
		want.forget()
		if mode == jiratest.DataCenter {
			want.forgetOnCenter()
		}
		wanted := connectortest.NewSink()
		pullInto(t, wanted, want)
		w, g := wanted.LeanFacts(), sink.LeanFacts()
		if mode == jiratest.DataCenter {
			w.Bots = nil // which account is a program, only Cloud tells
		}
		sameRecords(t, "the demo", w, g)
		if len(g.Records) != len(s.Keys()) {
			t.Errorf("%d records of %d issues", len(g.Records), len(s.Keys()))
		}
	})
}

// forgetOnCenter takes out what a Data Center does not tell besides.
func (k *kept) forgetOnCenter() {
	k.records(func(r *fact.Record) {
		// Levels above the item have no number there, only sub-tasks are marked.
		// So an epic is no parent in the answer, but the value of a custom field.
		if r.Type.Rank >= 0 {
			r.Type.Rank = fact.RankUnknown
			if !r.Parent.IsZero() {
				id := jiratest.EpicLinkField
				if r.Type.Name == "Epic" {
					id = jiratest.ParentLinkField
				}
				r.Fields = append(r.Fields, fact.Field{ID: id, Values: []fact.Named{{Name: r.Parent.Key}}})
				slices.SortFunc(r.Fields, func(a, b fact.Field) int { return strings.Compare(a.ID, b.ID) })
				r.Parent = fact.Ref{}
			}
		}
	})
}

// The number of requests is that of the plan in the comment of Live.
func TestLiveRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode   jiratest.Mode
		issues int
		want   int
	}{
		// 5 for the site; project, boards, board (of the Kanban kind): 3; number 1, pages 7, histories 1, ids 1.
		{jiratest.Cloud, 700, 5 + 3 + 1 + 7 + 1 + 1},
		// Pages 120, histories 12, ids 3.
		{jiratest.Cloud, 12_000, 5 + 3 + 1 + 120 + 12 + 3},
		// Pages 15, each from the last issue of the one before; ids 1.
		{jiratest.DataCenter, 700, 5 + 3 + 15 + 1},
	} {
		t.Run(fmt.Sprint(c.mode, " ", c.issues), func(t *testing.T) {
			t.Parallel()
			clk := newClock()
			s := pay(t, c.mode, clk, c.issues)
			s.AddHistories("PAY-17", 132)
			s.Reset()
			sink := connectortest.NewSink()
			pullInto(t, sink, to(t, s, c.mode, clk).Project("PAY"))
			if got := len(s.Requests()); got != c.want {
				t.Errorf("%d requests, want %d: %v", got, c.want, s.Count())
			}
			facts := sink.Facts()
			if len(facts.Records) != c.issues {
				t.Errorf("%d of %d issues", len(facts.Records), c.issues)
			}
			for _, r := range facts.Records {
				want := "history\n"
				if strings.Contains(r, `"PAY-17"`) {
					want = "history whole 132 132\n"
				} else if want = "history whole 0 0"; !strings.Contains(r, want) {
					t.Fatalf("want %q in %s", want, r)
				}
				if !strings.Contains(r+"\n", want) {
					t.Fatalf("want %q in %s", want, r)
				}
			}
			// Nothing changed: words, one page of what was updated last, one of ids.
			s.Reset()
			pullInto(t, sink, to(t, s, c.mode, clk).Project("PAY"))
			most := 5 + 3 + 1 + 1 + 1
			if c.issues > 5000 {
				most = 5 + 3 + 1 + 1 // ids were compared within the day
			}
			if got := len(s.Requests()); got > most {
				t.Errorf("%d requests for nothing, want %d: %v", got, most, s.Count())
			}
		})
	}
}

func TestLiveIncrement(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.FixedZone("UTC-4", -4*3600), time.FixedZone("UTC+13", 13*3600)}
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		for _, zone := range zones {
			c := newClock()
			s := pay(t, mode, c, 300, func(o *jiratest.Options) { o.Zone = zone })
			sink := connectortest.NewSink()
			pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
			c.pass(time.Hour)
			for i := range 7 {
				s.Change(fmt.Sprintf("PAY-%d", 10*i+5), func(r *fact.Record) { r.Title = "Changed" })
			}
			moved := s.Move("PAY-100", "OPS")
			s.Delete("PAY-101")
			s.Forbid("PAY-102")
			s.Link("PAY-5", "Blocks", "PAY-200") // moves PAY-5 alone
			c.pass(time.Hour)
			s.Reset()
			pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
			// Words 8; page, histories, the other end with its histories, ids, the three that are gone.
			want := 8 + 1 + 1 + 2 + 1 + 1
			if mode == jiratest.DataCenter {
				want = 8 + 1 + 1 + 1 + 1
			}
			if got := len(s.Requests()); got > want {
				t.Errorf("%s: %d requests, planned are %d: %v", zone, got, want, s.Count())
			}
			fresh := connectortest.NewSink()
			pullInto(t, fresh, to(t, s, mode, c).Project("PAY"))
			sameRecords(t, zone.String(), fresh.Facts(), sink.Facts())
			l := sink.Ledger()
			if l.Live != 297 || l.Gone != 3 || l.Left != 3 || l.Balance() != nil {
				t.Errorf("%s: ledger %+v, %v", zone, l, l.Balance())
			}
			notes := strings.Join(sink.Facts().Notes, "\n")
			for _, want := range []string{"PAY-100 Reason:moved: it is " + moved, "PAY-101 Reason:deleted, or no longer visible", "PAY-102 Reason:deleted, or no longer visible"} {
				if !strings.Contains(notes, want) {
					t.Errorf("%s: no note %q in %s", zone, want, notes)
				}
			}
		}
	})
}

func TestLiveScopes(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := pay(t, mode, c, 60)
		for range 20 {
			s.Add("OPS")
		}
		query := func(jql string) *Live {
			l, err := to(t, s, mode, c).Query(jql)
			must(t, err)
			return l
		}
		sink := connectortest.NewSink()
		narrow, wide := query("project = PAY order by rank"), query(`project in (PAY, "OPS")`)
		pullInto(t, sink, narrow)
		c.pass(time.Hour)
		pullInto(t, sink, wide)
		if l := sink.Ledger(wide.Scope()); l.Live != 80 || l.Gone != 0 {
			t.Errorf("widened: %+v", l)
		}
		c.pass(time.Hour)
		pullInto(t, sink, query("project = PAY"))
		if l := sink.Ledger(narrow.Scope()); l.Live != 60 || l.Gone != 0 || l.OutOfScope != 20 {
			t.Errorf("narrowed: %+v", l)
		}
	})
}

// TestLiveFields asks with fewer fields and then with more: what was not asked
// for before would never come by asking for what is newer.
func TestLiveFields(t *testing.T) {
	t.Parallel()
	few, more := []string{"customfield_1"}, []string{"customfield_1", "customfield_2"}
	stored := mark{Version: markVersion, At: 1000, Fields: few}
	if m := begin(stored.cursor(), more); !m.Full || m.At != 0 {
		t.Errorf("with more fields: %+v", m)
	}
	stored.Fields = more
	if m := begin(stored.cursor(), few); m.Full || m.At != 1000 {
		t.Errorf("with fewer fields: %+v", m)
	}
}

// TestSweepIsDue tells when ids are compared where that costs more than a page.
func TestSweepIsDue(t *testing.T) {
	t.Parallel()
	const now, hour = fact.Instant(1e12), sweepEvery / 24
	for _, c := range []struct {
		name string
		at   mark
		held int
		want bool
	}{
		{"lately", mark{Swept: now - hour}, 5001, false},
		{"one page", mark{Swept: now - hour}, 5000, true},
		{"a day ago", mark{Swept: now - sweepEvery}, 5001, true},
		{"in the future", mark{Swept: now + 1}, 5001, true},
		{"a full pull", mark{Swept: now - hour, Full: true}, 5001, true},
		{"something was left open", mark{Swept: now - hour, Open: true}, 5001, true},
	} {
		p := &livePull{about: &metadata{cloud: true, now: now}, at: c.at}
		if got := p.due(c.held); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestLiveConforms(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := play(t, mode, c, demo.New(demo.Options{Teams: 3, Items: 300, JiraOnly: true}))
		key := projects(s)[0]
		live := func(batch int) func(testing.TB) connectors.Source {
			return func(tb testing.TB) connectors.Source {
				site := to(tb, s, mode, c)
				site.batch = batch
				return site.Project(key)
			}
		}
		connectortest.Run(t, connectortest.Config{
			New: live(20), LooksBack: true,
			Variants: map[string]func(testing.TB) connectors.Source{"one batch": live(1000), "many": live(7)},
			Private:  []string{jiratest.DisplayName, jiratest.CommentText, secret},
		})
	})
}

// TestLiveFaults pulls many times while things go wrong: each pull ends in the
// facts of an undisturbed one, or with an error that says what happened.
func TestLiveFaults(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		whole, failed := 0, 0
		seeds := uint64(100)
		if testing.Short() {
			seeds = 10
		}
		for seed := range seeds {
			synctest.Test(t, func(t *testing.T) {
				c := newClock()
				s := pay(t, mode, c, 130)
				s.AddHistories("PAY-3", 30)
				s.Link("PAY-1", "Blocks", "PAY-2")
				want := connectortest.NewSink()
				pullInto(t, want, to(t, s, mode, c).Project("PAY"))
				sink := connectortest.NewSink()
				faults := &jiratest.Faults{Next: s.Transport(), Rand: rand.New(rand.NewPCG(seed, 7)), Share: 0.3}
				var err error
				lives := 0
				for ; lives < 40; lives++ {
					site := to(t, s, mode, c, func(o *Options) { o.Base = faults })
					site.batch = 40
					var res connectors.Result
					if res, err = connectors.Pull(t.Context(), site.Project("PAY"), sink, nil); err == nil {
						if !res.Complete {
							t.Errorf("seed %d: not complete, and no error", seed)
						}
						break
					}
					failed++
					if strings.Contains(err.Error(), secret) {
						t.Errorf("seed %d: the token stands in %v", seed, err)
					}
				}
				if err != nil {
					t.Errorf("seed %d: no pull of %d came through: %v", seed, lives, err)
					return
				}
				whole++
				sameRecords(t, fmt.Sprintf("seed %d after %d failures", seed, lives), want.Facts(), sink.Facts())
				if l := sink.Ledger(); l.Gone != 0 || l.Missing != 0 {
					t.Errorf("seed %d: %+v", seed, l)
				}
			})
		}
		t.Logf("%d whole pulls, %d that failed and were gone on with", whole, failed)
	})
}

// TestLiveQuota ends a pull for a limit that takes long, and goes on later.
func TestLiveQuota(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := pay(t, mode, c, 250)
		want := connectortest.NewSink()
		pullInto(t, want, to(t, s, mode, c).Project("PAY"))
		s.Reset()
		s.Fault(func(_ *http.Request, n int) jiratest.Fault { return jiratest.Fault{} })
		sink := connectortest.NewSink()
		site := to(t, s, mode, c)
		site.batch = 50
		began := len(s.Requests())
		s.Fault(func(_ *http.Request, n int) jiratest.Fault {
			if len(s.Requests())-began > 12 {
				return jiratest.Fault{Kind: jiratest.Quota}
			}
			return jiratest.Fault{}
		})
		_, err := connectors.Pull(t.Context(), site.Project("PAY"), sink, nil)
		var quota *pace.QuotaError
		if !errors.As(err, &quota) || quota.Until.IsZero() {
			t.Fatalf("error %v, want a quota with its end", err)
		}
		before := sink.Ledger().Live
		if before == 0 || before >= 250 {
			t.Fatalf("%d issues came before the quota, want some", before)
		}
		s.Fault(nil)
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		sameRecords(t, "after the quota", want.Facts(), sink.Facts())
	})
}

func TestLiveEmptyAnswer(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := pay(t, mode, c, 30)
		sink := connectortest.NewSink()
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		want := sink.Facts()
		for _, k := range s.Keys() {
			s.Forbid(k)
		}
		for name, live := range map[string]*Live{"increment": to(t, s, mode, c).Project("PAY"), "anew": to(t, s, mode, c).Project("PAY").Anew()} {
			for range 2 {
				_, err := connectors.Pull(context.Background(), live, sink, nil)
				if err == nil || !strings.Contains(err.Error(), "Jira lists no issue, where the store holds 30") {
					t.Errorf("%s: error %v", name, err)
				}
				sameRecords(t, name, want, sink.Facts())
			}
		}
	})
}

// ends makes sure that a sink holds what a fresh pull of all projects brings.
func ends(t *testing.T, what string, s *jiratest.Server, mode jiratest.Mode, c *clock, sink *connectortest.Sink, keys ...string) {
	t.Helper()
	fresh := connectortest.NewSink()
	site := to(t, s, mode, c)
	for _, key := range keys {
		pullInto(t, fresh, site.Project(key))
	}
	sameRecords(t, what, fresh.Facts(), sink.Facts())
}

// TestLiveShiftingPages changes issues that were read while others are still to
// be: no change may slip through between two pages.
func TestLiveShiftingPages(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := pay(t, mode, c, 300)
		sink := connectortest.NewSink()
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		c.pass(time.Hour)
		for i := range 220 {
			c.pass(time.Second)
			s.Change(fmt.Sprintf("PAY-%d", i+1), func(r *fact.Record) { r.Title = "Changed" })
		}
		c.pass(time.Hour)
		pages := 0
		s.Fault(func(r *http.Request, _ int) jiratest.Fault {
			if strings.Contains(r.URL.Path, "/search") {
				pages++
				switch pages { // what it is asked for comes after this
				case 2:
					s.Change("PAY-3", func(r *fact.Record) { r.Title = "Changed again" })
				case 3:
					s.Delete("PAY-4")
				}
			}
			return jiratest.Fault{}
		})
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		s.Fault(nil)
		c.pass(time.Hour)
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		ends(t, "shifted", s, mode, c, sink, "PAY")
	})
}

// TestLiveAcrossProjects links issues of two projects, whichever is read first.
func TestLiveAcrossProjects(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		for _, order := range [][]string{{"PAY", "OPS"}, {"OPS", "PAY"}} {
			c := newClock()
			s := pay(t, mode, c, 40)
			for range 10 {
				s.Add("OPS")
			}
			sink := connectortest.NewSink()
			pull := func() {
				t.Helper()
				site := to(t, s, mode, c)
				for _, key := range order {
					pullInto(t, sink, site.Project(key))
				}
			}
			pull()
			c.pass(time.Hour)
			link := s.Link("PAY-5", "Blocks", "OPS-2") // moves PAY-5 alone
			c.pass(time.Hour)
			pull()
			ends(t, fmt.Sprint(order, " linked"), s, mode, c, sink, order...)
			if l := sink.Ledger(); l.Live != 50 || l.Balance() != nil {
				t.Errorf("%v: %+v, %v", order, l, l.Balance())
			}
			c.pass(time.Hour)
			s.Unlink(link) // moves neither
			site := to(t, s, mode, c)
			for _, key := range order {
				pullInto(t, sink, site.Project(key).Anew())
			}
			ends(t, fmt.Sprint(order, " unlinked, anew"), s, mode, c, sink, order...)
		}
	})
}

// TestLiveSilentChanges pulls anew what changed without being updated: the later
// answer holds, though its update is that of the earlier one.
func TestLiveSilentChanges(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := pay(t, mode, c, 40)
		sink := connectortest.NewSink()
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		c.pass(time.Hour)
		for i := range 30 {
			s.ChangeSilently(fmt.Sprintf("PAY-%d", i+1), func(r *fact.Record) { r.Title = fmt.Sprint("Changed ", i) })
		}
		c.pass(time.Hour)
		pullInto(t, sink, to(t, s, mode, c).Project("PAY").Anew())
		ends(t, "anew", s, mode, c, sink, "PAY")
	})
}

// TestLiveLateIndex pulls every few minutes while searches lag behind by up to
// twelve, kills some of the pulls, and waits for the index in the end.
func TestLiveLateIndex(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		for seed := range uint64(6) {
			r := rand.New(rand.NewPCG(seed, 3))
			c := newClock()
			s := pay(t, mode, c, 60, func(o *jiratest.Options) { o.Lag = 12 * time.Minute })
			c.pass(time.Hour)
			sink := connectortest.NewSink()
			for range 15 {
				for range r.IntN(12) {
					c.pass(time.Duration(r.IntN(90)) * time.Second)
					keys := s.Keys()
					key := keys[r.IntN(len(keys))]
					switch r.IntN(8) {
					case 0:
						s.Add("PAY")
					case 1:
						if strings.HasPrefix(key, "PAY-") {
							s.Move(key, "OPS")
						}
					case 2:
						s.Delete(key)
					case 3:
						s.AddComment(key)
					default:
						s.Change(key, func(rec *fact.Record) { rec.Title = fmt.Sprint("Changed at ", c.at) })
					}
				}
				site := to(t, s, mode, c)
				site.batch = 7
				left := r.IntN(40)
				_, err := connectors.Pull(t.Context(), site.Project("PAY"), &mortal{Sink: sink, left: left}, nil)
				if err != nil && !errors.Is(err, errDead) {
					t.Fatal(err)
				}
			}
			c.pass(time.Hour)
			pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
			ends(t, fmt.Sprint("seed ", seed), s, mode, c, sink, "PAY")
		}
	})
}

var errDead = errors.New("killed")

// mortal is a sink whose program dies after some batches.
type mortal struct {
	connectors.Sink
	left int
}

func (m *mortal) Commit(ctx context.Context, scope connectors.Scope, b connectors.Batch) error {
	if m.left--; m.left < 0 {
		return errDead
	}
	return m.Sink.Commit(ctx, scope, b)
}

// TestLiveMended gives out an issue that cannot be kept, and later one that can.
func TestLiveMended(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := pay(t, jiratest.Cloud, c, 30)
	sink := connectortest.NewSink()
	broken := true
	site := func() *Site {
		return to(t, s, jiratest.Cloud, c, func(o *Options) {
			o.Base = roundTripper(func(r *http.Request) (*http.Response, error) {
				resp, err := s.Transport().RoundTrip(r)
				if err != nil || !broken || !strings.HasSuffix(r.URL.Path, "/search/jql") && !strings.HasSuffix(r.URL.Path, "/issue/bulkfetch") {
					return resp, err
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					return nil, err
				}
				// One issue has no time of creation, for once.
				text := string(body)
				if at := strings.Index(text, `"key":"PAY-7"`); at >= 0 {
					text = text[:at] + strings.Replace(text[at:], `"created":"`, `"created":"never `, 1)
				}
				resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
				resp.Header.Del("Content-Length")
				return resp, nil
			})
		})
	}
	pullInto(t, sink, site().Project("PAY"))
	if l := sink.Ledger(); l.Live != 29 || l.Rejected == 0 {
		t.Fatalf("%+v", l)
	}
	broken = false
	c.pass(time.Hour)
	pullInto(t, sink, site().Project("PAY"))
	if l := sink.Ledger(); l.Live != 30 || l.Balance() != nil {
		t.Errorf("%+v, %v", l, l.Balance())
	}
	ends(t, "mended", s, jiratest.Cloud, c, sink, "PAY")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLiveMoreFields pulls twice; between the two, the account may see a custom
// field more. What was not asked for would never come by asking for what is newer.
func TestLiveMoreFields(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := play(t, mode, c, demo.New(demo.Options{Teams: 3, Items: 300, JiraOnly: true}))
		key := projects(s)[0]
		// The list of fields has every field but one, and so do the answers then.
		blind := roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := s.Transport().RoundTrip(r)
			if err != nil || !strings.HasSuffix(r.URL.Path, "/field") {
				return resp, err
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				return nil, err
			}
			var fields []map[string]any
			if err := json.Unmarshal(body, &fields); err != nil {
				return nil, err
			}
			fields = slices.DeleteFunc(fields, func(f map[string]any) bool { return f["id"] == jiratest.EstimateField })
			if body, err = json.Marshal(fields); err != nil {
				return nil, err
			}
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			resp.Header.Del("Content-Length")
			return resp, nil
		})
		sink := connectortest.NewSink()
		pullInto(t, sink, to(t, s, mode, c, func(o *Options) { o.Base = blind }).Project(key))
		if text := strings.Join(sink.Facts().Records, ""); strings.Contains(text, jiratest.EstimateField) {
			t.Fatal("the field is there already")
		}
		live := sink.Ledger().Live
		c.pass(time.Hour)
		pullInto(t, sink, to(t, s, mode, c).Project(key))
		ends(t, "with a field more", s, mode, c, sink, key)
		// And with one less again, nothing is gone.
		c.pass(time.Hour)
		pullInto(t, sink, to(t, s, mode, c, func(o *Options) { o.Base = blind }).Project(key))
		if l := sink.Ledger(); l.Live != live || l.Gone != 0 {
			t.Errorf("%+v", l)
		}
		ends(t, "with a field less", s, mode, c, sink, key)
	})
}
