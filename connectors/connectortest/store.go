package connectortest

import (
	"context"
	"sync"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/store"
)

// StoreFacts reads what a store holds within the scopes, or within all if
// there are none, through nothing but what it offers to everybody.
func StoreFacts(ctx context.Context, st *store.Store, scopes ...connectors.Scope) (Facts, error) {
	return readStore(ctx, st, scopes, false)
}

// LeanStoreFacts is StoreFacts as [store.Selection.Records] tells them: by
// several goroutines at once and without the ids of changes and involvements.
func LeanStoreFacts(ctx context.Context, st *store.Store, scopes ...connectors.Scope) (Facts, error) {
	return readStore(ctx, st, scopes, true)
}

func readStore(ctx context.Context, st *store.Store, scopes []connectors.Scope, lean bool) (Facts, error) {
	sel, err := st.Select(ctx, scopes)
	if err != nil {
		return Facts{}, err
	}
	var mu sync.Mutex
	var records []*fact.Record
	keep := func(r *fact.Record) error {
		c := clone(r)
		mu.Lock()
		defer mu.Unlock()
		records = append(records, c)
		return nil
	}
	if lean {
		err = sel.Records(ctx, func(_ int, r *fact.Record) error { return keep(r) })
	} else {
		err = sel.Ordered(ctx, keep)
	}
	if err != nil {
		return Facts{}, err
	}
	bots := map[fact.Person]bool{}
	for _, p := range sel.Bots {
		bots[p] = true
	}
	notes := map[connectors.Note]bool{}
	for _, n := range sel.Notes {
		notes[n] = true
	}
	f := newFacts(records, sel.Vocabulary, keys(notes), bots, lean)
	f.Digests = []string{}
	for _, r := range records { // in order by now
		f.Digests = append(f.Digests, string(r.Digest[:]))
	}
	return f, nil
}

func keys[K comparable](m map[K]bool) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
