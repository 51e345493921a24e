package connectors

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
)

// script is a source that hands over what it was given.
type script struct {
	batches []Batch
	end     error
	from    Cursor
}

func (s *script) Scope() Scope { return Scope{Tracker: "script", Origin: "here", Decoder: 1} }

func (s *script) Pull(_ context.Context, from State, emit func(Batch) error) (Summary, error) {
	s.from = from.Cursor
	for _, b := range s.batches {
		if err := emit(b); err != nil {
			return Summary{}, err
		}
	}
	return Summary{Through: 7}, s.end
}

// notebook is a sink that notes what is done to it and fails where it is told.
type notebook struct {
	cursor  Cursor
	failAt  string
	entries []string
	through fact.Instant
}

var errNotebook = errors.New("the notebook is full")

func (n *notebook) enter(what string) error {
	n.entries = append(n.entries, what)
	if what == n.failAt {
		return errNotebook
	}
	return nil
}

func (n *notebook) Begin(context.Context, Scope) (State, error) {
	return State{Cursor: n.cursor}, n.enter("begin")
}

func (n *notebook) Commit(_ context.Context, _ Scope, b Batch) error {
	return n.enter("commit " + string(b.Next))
}

func (n *notebook) Complete(_ context.Context, _ Scope, s Summary) error {
	n.through = s.Through
	return n.enter("complete")
}

func TestPull(t *testing.T) {
	t.Parallel()
	full := []Batch{
		{Next: "1", Received: 3, Records: make([]fact.Record, 2), Notes: []Note{{Kind: NoteRejected}, {Kind: NoteSkipped}}},
		{Next: "2", Received: 2, Histories: make([]History, 2), Notes: []Note{{Kind: NoteMissing}, {Kind: NoteRepaired}}},
		{Next: "3"},
	}
	broken := errors.New("the tracker broke")
	for _, c := range []struct {
		name    string
		src     script
		sink    notebook
		want    Result
		err     error
		text    string
		entries []string
	}{
		{name: "whole", src: script{batches: full}, want: Result{Batches: 3, Received: 5, Complete: true}, entries: []string{"begin", "commit 1", "commit 2", "commit 3", "complete"}},
		{name: "nothing new", src: script{}, want: Result{Complete: true}, entries: []string{"begin", "complete"}},
		{name: "no beginning", src: script{batches: full}, sink: notebook{failAt: "begin"}, err: errNotebook, entries: []string{"begin"}},
		{name: "no room", src: script{batches: full}, sink: notebook{failAt: "commit 2"}, want: Result{Batches: 1, Received: 3}, err: errNotebook, entries: []string{"begin", "commit 1", "commit 2"}},
		{name: "no end", src: script{batches: full[:1]}, sink: notebook{failAt: "complete"}, want: Result{Batches: 1, Received: 3}, err: errNotebook, entries: []string{"begin", "commit 1", "complete"}},
		{name: "broken source", src: script{batches: full[:2], end: broken}, want: Result{Batches: 2, Received: 5}, err: broken, entries: []string{"begin", "commit 1", "commit 2"}},
		{name: "too little received", src: script{batches: []Batch{full[0], {Next: "2", Received: 1, Records: make([]fact.Record, 2)}}}, want: Result{Batches: 1, Received: 3}, text: "received 1 and accounts for 2", entries: []string{"begin", "commit 1"}},
		{name: "lost in silence", src: script{batches: []Batch{{Received: 1, Notes: []Note{{Kind: NoteSkipped}, {Kind: NoteMissing}, {Kind: NoteRepaired}}}}}, text: "received 1 and accounts for 0", entries: []string{"begin"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.sink.cursor = "from here"
			var told []Result
			res, err := Pull(t.Context(), &c.src, &c.sink, func(r Result) { told = append(told, r) })
			if res != c.want {
				t.Errorf("result %+v, want %+v", res, c.want)
			}
			switch {
			case c.text != "":
				if err == nil || !strings.Contains(err.Error(), c.text) {
					t.Errorf("error %v, want one with %q", err, c.text)
				}
			case !errors.Is(err, c.err), err != nil && c.err == nil:
				t.Errorf("error %v, want %v", err, c.err)
			}
			if !slices.Equal(c.sink.entries, c.entries) {
				t.Errorf("the sink saw %q, want %q", c.sink.entries, c.entries)
			}
			if len(told) != c.want.Batches || len(told) > 0 && told[len(told)-1].Received != c.want.Received {
				t.Errorf("told %+v", told)
			}
			if c.err != errNotebook && c.src.from != "from here" {
				t.Errorf("pulled from %q", c.src.from)
			}
			if c.want.Complete && c.sink.through != 7 {
				t.Errorf("complete through %v", c.sink.through)
			}
		})
	}
	if res, err := Pull(t.Context(), &script{batches: full}, &notebook{}, nil); err != nil || !res.Complete {
		t.Errorf("without a listener: %+v, %v", res, err)
	}
}

// Keys tell scopes apart, whatever stands in their members.
func TestScopeKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]Scope{}
	parts := []string{"", "a", "a b", `a" "b`, `"`, `\`, "b", "ü", "\xff"}
	for _, tracker := range parts {
		for _, origin := range parts {
			for _, query := range parts {
				for decoder := range 2 {
					s := Scope{tracker, origin, query, decoder}
					if other, twice := seen[s.Key()]; twice {
						t.Fatalf("%+v and %+v have one key", s, other)
					}
					seen[s.Key()] = s
				}
			}
		}
	}
}
