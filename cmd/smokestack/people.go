package main

import (
	"context"
	"slices"
	"strings"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/connectors/store"
)

// directory finds people by the names of their accounts, in every tracker.
type directory struct {
	sites []string
	find  func(site, id string) (fact.Person, bool, error)
}

// accounts looks up the accounts that the configuration names, in every tracker:
// one name may be an account of each.
func (p *plan) accounts(ctx context.Context, st *store.Store, sites []string, rules *assemble.Rules) error {
	if !p.conf.NamesAccounts() {
		return nil
	}
	find, err := st.Persons(ctx)
	if err != nil {
		return err
	}
	d := directory{sites, find}
	for _, name := range p.conf.Bots {
		found, err := d.lookUp(name)
		if err != nil {
			return err
		}
		if len(found) == 0 { // GitHub's own have a mark behind their names, which hardly anybody writes
			if found, err = d.lookUp(name + "[bot]"); err != nil {
				return err
			}
		}
		if len(found) == 0 {
			p.misfits.bots = append(p.misfits.bots, name)
		}
		rules.Bots = append(rules.Bots, found...)
	}
	for _, who := range p.conf.People {
		same, err := d.lookUpAll(who.Accounts, &p.misfits.people)
		if err != nil {
			return err
		}
		if len(same) > 1 {
			rules.People = append(rules.People, same)
		}
	}
	if rules.NotAskers, err = d.lookUpAll(p.conf.Requests.Ignore.Accounts, &p.misfits.askers); err != nil {
		return err
	}
	return p.memberships(d, rules)
}

// memberships looks up who the members of the teams are.
func (p *plan) memberships(d directory, rules *assemble.Rules) error {
	rules.Teams = slices.Clone(rules.Teams) // the plan's own stay as they are
	for i, t := range p.conf.Teams {
		times, err := p.conf.MembersOf(i)
		if err != nil {
			return err
		}
		var members []assemble.Member
		for j, m := range t.Members {
			found, err := d.lookUpAll([]string{m.Account}, &p.misfits.members)
			if err != nil {
				return err
			}
			p.members.named++
			if len(found) > 0 {
				p.members.known++
			}
			for _, who := range found {
				times[j].Person = who
				members = append(members, times[j])
			}
		}
		rules.Teams[i].Members = members
	}
	return nil
}

// lookUpAll finds the people of accounts, each once, and adds to unknown what
// nobody is called.
func (d directory) lookUpAll(names []string, unknown *[]string) ([]fact.Person, error) {
	var all []fact.Person
	for _, name := range names {
		found, err := d.lookUp(name)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 && !slices.Contains(*unknown, name) {
			*unknown = append(*unknown, name)
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// lookUp finds an account by name, with the @ that GitHub writes before it or
// without.
func (d directory) lookUp(name string) ([]fact.Person, error) {
	var out []fact.Person
	for _, site := range d.sites {
		who, ok, err := d.find(site, strings.TrimPrefix(name, "@"))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, who)
		}
	}
	return out, nil
}
