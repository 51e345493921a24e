package main

import (
	"context"
	"slices"
	"strings"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/connectors/store"
)

// accounts looks up the accounts that the configuration names, in every tracker:
// one name may be an account of each.
func (p *plan) accounts(ctx context.Context, st *store.Store, sites []string, rules *assemble.Rules) error {
	for _, name := range p.conf.Bots {
		found, err := lookUp(ctx, st, sites, name)
		if err != nil {
			return err
		}
		if len(found) == 0 { // GitHub's own have a mark behind their names, which hardly anybody writes
			if found, err = lookUp(ctx, st, sites, name+"[bot]"); err != nil {
				return err
			}
		}
		if len(found) == 0 {
			p.misfits.bots = append(p.misfits.bots, name)
		}
		rules.Bots = append(rules.Bots, found...)
	}
	for _, who := range p.conf.People {
		var same []fact.Person
		for _, name := range who.Accounts {
			found, err := lookUp(ctx, st, sites, name)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				p.misfits.people = append(p.misfits.people, name)
			}
			same = append(same, found...)
		}
		slices.Sort(same)
		if same = slices.Compact(same); len(same) > 1 {
			rules.People = append(rules.People, same)
		}
	}
	return nil
}

// lookUp finds an account by name, with the @ that GitHub writes before it or
// without.
func lookUp(ctx context.Context, st *store.Store, sites []string, name string) ([]fact.Person, error) {
	var out []fact.Person
	for _, site := range sites {
		who, ok, err := st.Person(ctx, site, strings.TrimPrefix(name, "@"))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, who)
		}
	}
	return out, nil
}
