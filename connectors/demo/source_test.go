package demo

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// batches pulls from a cursor and keeps what is handed over.
func batches(tb testing.TB, s *Source, from connectors.Cursor) []connectors.Batch {
	tb.Helper()
	var out []connectors.Batch
	summary, err := s.Pull(tb.Context(), connectors.State{Cursor: from}, func(b connectors.Batch) error {
		out = append(out, b)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	if summary.Through != s.settings.end {
		tb.Errorf("through %v, want %v", summary.Through, s.settings.end)
	}
	return out
}

// settled makes batches fit for reflect.DeepEqual, to which no number that
// is missing is equal.
func settled(list []connectors.Batch) []connectors.Batch {
	for _, b := range list {
		for i := range b.Records {
			if r := &b.Records[i]; r.Estimate != r.Estimate {
				r.Estimate = -1
			}
		}
	}
	return list
}

func TestEqualOptionsGiveEqualBatches(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"default", "several casts", "a later end", "tiny"} {
		o := organisations[name]
		a, b := settled(batches(t, New(o), "")), settled(batches(t, New(o), ""))
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: two sources of equal options hand over different batches", name)
		}
		if _, truth := tell(t, o); !reflect.DeepEqual(New(o).Truth(), truth) {
			t.Errorf("%s: two sources of equal options tell different truths", name)
		}
	}
}

func TestDefaultsAreTheirValues(t *testing.T) {
	t.Parallel()
	plain := New(Options{})
	spelt := New(Options{Weeks: 78, Teams: 9, End: defaultEnd})
	if plain.Scope() != spelt.Scope() || !reflect.DeepEqual(settled(batches(t, plain, "")), settled(batches(t, spelt, ""))) {
		t.Error("the defaults, spelt out, give something else")
	}
}

func TestScopesTellOptionsApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, o := range organisations {
		s := New(o).Scope()
		if s != New(o).Scope() || s.Tracker != "demo" || s.Origin != Site {
			t.Errorf("%s: scope %+v", name, s)
		}
		if other, twice := seen[s.Key()]; twice {
			t.Errorf("%s and %s have one scope", name, other)
		}
		seen[s.Key()] = name
	}
}

// The numbers of the default organisation are the same on every machine. If
// this fails because the generator was changed on purpose, raise the decoder
// version and write the new value here.
func TestDefaultOrganisationStays(t *testing.T) {
	t.Parallel()
	if got := digest(batches(t, New(Options{}), "")); decoder != 2 || got != 0xb09ac32bcd0a6584 {
		t.Errorf("version %d makes %#x", decoder, got)
	}
}

func TestSeedsDiffer(t *testing.T) {
	t.Parallel()
	a, b := readAll(t, Options{}), readAll(t, Options{Seed: 1})
	if a.records[100].Created == b.records[100].Created || a.records[100].Title == b.records[100].Title && a.records[101].Title == b.records[101].Title {
		t.Error("two seeds make the same records")
	}
}

func TestPullGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Teams: 7}, {Teams: 13, Items: 3_500}} {
		s := New(o)
		all := settled(batches(t, s, ""))
		if len(all) < 4 {
			t.Fatalf("%d batches", len(all))
		}
		for i, b := range all {
			if b.Fresh != (i == 0) || (len(b.Terms) > 0) != (i == 0) {
				t.Errorf("batch %d: fresh %v, %d terms", i, b.Fresh, len(b.Terms))
			}
			if rest := settled(batches(t, New(o), b.Next)); len(rest) != len(all)-i-1 || len(rest) > 0 && !reflect.DeepEqual(rest, all[i+1:]) {
				t.Errorf("from %q on, %d other batches", b.Next, len(rest))
			}
		}
		for _, odd := range []connectors.Cursor{"x", "-1", "0", "99999"} {
			if anew := settled(batches(t, s, odd)); !reflect.DeepEqual(anew, all) {
				t.Errorf("cursor %q does not begin anew", odd)
			}
		}
	}
}

func TestPullStopsWithTheReceiver(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	n := 0
	_, err := New(Options{}).Pull(t.Context(), connectors.State{}, func(connectors.Batch) error {
		if n++; n == 2 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || n != 2 {
		t.Errorf("after %d batches: %v", n, err)
	}
}

func TestPullStopsWithTheContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("somebody pressed a key")
	for stop := range 4 {
		ctx, cancel := context.WithCancelCause(t.Context())
		if stop == 0 {
			cancel(cause)
		}
		n := 0
		_, err := New(Options{Teams: 4}).Pull(ctx, connectors.State{}, func(connectors.Batch) error {
			if n++; n == stop {
				cancel(cause)
			}
			return nil
		})
		if !errors.Is(err, cause) || n != stop {
			t.Errorf("stopped at %d, after %d batches: %v", stop, n, err)
		}
		cancel(nil)
	}
}

// keeper is a sink that counts.
type keeper struct {
	from    connectors.Cursor
	records int
	through fact.Instant
}

func (k *keeper) Begin(context.Context, connectors.Scope) (connectors.State, error) {
	return connectors.State{Cursor: k.from}, nil
}

func (k *keeper) Commit(_ context.Context, _ connectors.Scope, b connectors.Batch) error {
	k.from, k.records = b.Next, k.records+len(b.Records)
	return nil
}

func (k *keeper) Complete(_ context.Context, _ connectors.Scope, s connectors.Summary) error {
	k.through = s.Through
	return nil
}

func TestBatchesBalance(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	res, err := connectors.Pull(t.Context(), New(Options{}), k, nil)
	if err != nil || !res.Complete || res.Received != k.records || k.through != defaultEnd {
		t.Errorf("%+v, %+v: %v", res, k, err)
	}
	again, err := connectors.Pull(t.Context(), New(Options{}), k, nil)
	if err != nil || !again.Complete || again.Batches != 0 {
		t.Errorf("a second pull: %+v: %v", again, err)
	}
}

func TestPeopleAreLocalToTheBatch(t *testing.T) {
	t.Parallel()
	for n, b := range batches(t, New(Options{}), "") {
		if len(b.Records) == 0 || len(b.Records) > 1000 {
			t.Errorf("batch %d has %d records", n, len(b.Records))
		}
		used := make([]bool, len(b.Accounts)+1)
		for i := range b.Records {
			r := &b.Records[i]
			for _, p := range []fact.Person{r.Creator, r.Reporter, r.Assignee} {
				used[p] = true
			}
			for _, c := range r.Changes {
				used[c.By], used[c.From.Person], used[c.To.Person] = true, true, true
			}
			for _, v := range r.Involvement {
				used[v.By] = true
			}
		}
		if i := slices.Index(used, false); i > 0 {
			t.Errorf("batch %d: account %d did nothing", n, i)
		}
		for _, a := range b.Accounts {
			if a.Site != b.Records[0].Site || len(a.IDs) == 0 || strings.Contains(strings.Join(a.IDs, ""), " ") {
				t.Errorf("batch %d: account %+v", n, a)
			}
		}
	}
}

// A batch belongs to the receiver: what that does to it must not show in what
// comes later.
func TestBatchesShareNothing(t *testing.T) {
	t.Parallel()
	s := New(Options{Teams: 9, Items: 2500})
	want := settled(batches(t, New(Options{Teams: 9, Items: 2500}), ""))
	for range 2 { // the second pull sees what the first receiver did
		n := 0
		_, err := s.Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			if !reflect.DeepEqual(settled([]connectors.Batch{b})[0], want[n]) {
				t.Errorf("batch %d has changed", n)
			}
			n++
			spoil(b)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func spoil(b connectors.Batch) {
	for i := range b.Accounts {
		b.Accounts[i].IDs[0] = "spoilt"
	}
	clear(b.Terms)
	for i := range b.Records {
		r := &b.Records[i]
		clear(r.Changes)
		clear(r.Links)
		clear(r.Involvement)
		for _, set := range [][]fact.Named{r.Components, r.Releases, r.Sprints} {
			clear(set[:cap(set)])
		}
		clear(r.Labels[:cap(r.Labels)])
		clear(r.Mentions)
		clear(r.Pull.Paths)
	}
}

func TestOneSourceServesManyAtOnce(t *testing.T) {
	t.Parallel()
	s := New(Options{Teams: 13, Items: 2_500})
	want := settled(batches(t, New(Options{Teams: 13, Items: 2_500}), ""))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if !reflect.DeepEqual(settled(batches(t, s, "")), want) {
				t.Error("pulls at the same time disturb each other")
			}
		})
	}
	group.Wait()
}

func TestSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o    Options
		want int
	}{
		{Options{Items: 10_000}, 10_000},
		{Options{Items: 10_000, Seed: 9}, 10_000},
		{Options{Items: 100_000}, 100_000},
		{Options{Items: 2_000}, 2_000},
		{Options{Items: 50_000, Teams: 30, Weeks: 100}, 50_000},
		{Options{Items: 20_000, Weeks: 30}, 20_000},
		{Options{Items: 6_000, Teams: 4}, 6_000},
	} {
		if got := len(New(c.o).org().born); got < c.want*9/10 || got > c.want*11/10 {
			t.Errorf("%+v: %d records, want about %d", c.o, got, c.want)
		}
		pulls := 0
		for _, cell := range New(c.o).org().cells {
			pulls += cell.pulls
		}
		if pulls < c.want*7/10 || pulls > c.want*9/10 {
			t.Errorf("%+v: %d pull requests, want about four for every five of %d", c.o, pulls, c.want)
		}
	}
	if got := len(New(Options{}).org().born); got < 3500 || got > 5000 {
		t.Errorf("the default organisation has %d records", got)
	}
}

func TestManyTeamsKeepTheirCells(t *testing.T) {
	t.Parallel()
	o := Options{Teams: 27, Items: 5_000}
	cells := map[string]int{}
	for _, t := range New(o).org().teams {
		cells[t.key] = t.cell
	}
	r := readAll(t, o)
	for i := range r.records {
		rec := &r.records[i]
		for _, l := range rec.Links {
			if other := r.byID[l.Other.ID]; other != nil && cells[other.Project.Key] != cells[rec.Project.Key] {
				t.Errorf("%s is linked to %s", rec.Key, other.Key)
			}
		}
	}
	for _, p := range New(o).org().repos {
		cells[p.key] = p.cell
	}
	for i := range r.pulls {
		rec := &r.pulls[i]
		for _, id := range r.carries(rec) {
			if home := r.byID[id].Project.Key; cells[home] != cells[rec.Project.Key] {
				t.Errorf("%s carries %s", rec.Key, r.byID[id].Key)
			}
		}
		for _, v := range rec.Involvement {
			if home := r.home[v.By]; home != "" && cells[home] != cells[rec.Project.Key] {
				t.Errorf("somebody of %s is busy on %s", home, rec.Key)
			}
		}
	}
	if got := len(New(Options{Items: 15_000}).org().teams); got != 27 {
		t.Errorf("%d teams for 15,000 items", got)
	}
}

func BenchmarkPull(b *testing.B) {
	for _, items := range []int{0, 10_000, 100_000} {
		b.Run(fmt.Sprintf("items=%d", items), func(b *testing.B) {
			b.ReportAllocs()
			records := 0
			for b.Loop() {
				_, err := New(Options{Items: items}).Pull(b.Context(), connectors.State{}, func(x connectors.Batch) error {
					records += len(x.Records)
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkTruth(b *testing.B) {
	s := New(Options{Items: 10_000})
	b.ReportAllocs()
	for b.Loop() {
		s.Truth()
	}
}
