package jira

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// sweepEvery is how often ids are compared where that costs more than a page.
const sweepEvery = fact.Instant(24 * time.Hour / time.Millisecond)

// sweep compares the ids of all issues in the scope with what the sink holds.
func (p *livePull) sweep(ctx context.Context) error {
	held, err := p.holdsNow(ctx)
	if err != nil {
		return err
	}
	if !p.due(len(held)) {
		return nil
	}
	listed, err := p.site.ids(ctx, p.about, p.where)
	if err != nil {
		return err
	}
	if before := max(len(held), p.at.Before); len(listed) == 0 && before > 0 {
		return fmt.Errorf("%s: %s: Jira lists no issue, where the store holds %d: does %s still see them? Nothing was changed; if there really are none left, take this out of the sources", p.site.client.base, p.Name(), before, p.about.who())
	}
	is := map[string]bool{}
	for _, id := range listed {
		is[id] = true
	}
	var lost []connectors.Item
	for _, i := range held {
		if !is[i.ID] {
			lost = append(lost, i)
		}
		delete(is, i.ID)
	}
	if err := p.absent(ctx, is); err != nil {
		return err
	}
	if err := p.vanished(ctx, lost); err != nil {
		return err
	}
	if p.at.Open = p.open; !p.open {
		p.at.Swept = p.about.now
	}
	return nil
}

// due reports whether ids are to be compared now, where the sink holds so many.
// What the last time left open does not wait for a day: a pull that does not look
// again would no longer say that it is missing.
func (p *livePull) due(held int) bool {
	ago := p.about.now - p.at.Swept
	return p.at.Full || p.at.Open || held <= p.about.sweepPage() || ago < 0 || ago >= sweepEvery
}

// holdsNow asks the sink again: this pull has handed over more.
func (p *livePull) holdsNow(ctx context.Context) ([]connectors.Item, error) {
	p.held = nil
	return p.holds(ctx)
}

// absent fetches what is listed and not held: issues that came into sight
// without being updated, or that slipped through between two pages.
func (p *livePull) absent(ctx context.Context, ids map[string]bool) error {
	var list []string
	for id := range ids {
		if !p.told[id] { // told, and not kept: it was rejected, with a note
			list = append(list, id)
		}
	}
	slices.SortFunc(list, fact.CompareID)
	came, failed, err := p.fetch(ctx, list)
	if err != nil {
		return err
	}
	for _, id := range list {
		switch reason := failed[id]; {
		case reason != "":
			p.postponed("issue "+id, "it is listed in "+p.Name()+" and could not be fetched", reason)
		case !came[id]:
			p.missing("issue "+id, "Jira lists it in "+p.Name()+", and does not give it out")
		}
	}
	return nil
}

func (p *livePull) missing(subject, reason string) {
	p.open = true
	p.notes = append(p.notes, connectors.Note{Kind: connectors.NoteMissing, Subject: subject, Reason: reason})
}

// postponed notes what Jira could not answer this time, with its reason.
func (p *livePull) postponed(subject, what, reason string) {
	p.missing(subject, what+"; the next pull asks again. Jira says: "+reason)
}

// vanished looks up what is held and not listed. A list that was short is no
// proof: what can still be read within the project is kept. Nor is a look-up that
// failed: what Jira could not look up stays, and is open until the next pull.
func (p *livePull) vanished(ctx context.Context, lost []connectors.Item) error {
	if len(lost) == 0 {
		return nil
	}
	if p.project == "" {
		// Whether a query still selects an issue, only the query can tell: ask twice.
		again, err := p.site.ids(ctx, p.about, p.where)
		if err != nil {
			return err
		}
		is := map[string]bool{}
		for _, id := range again {
			is[id] = true
		}
		lost = slices.DeleteFunc(lost, func(i connectors.Item) bool { return is[i.ID] })
	}
	ids := make([]string, len(lost))
	for i := range lost {
		ids[i] = lost[i].ID
	}
	now := map[string]gjson.Result{}
	failed, err := p.site.byName(unkept(ctx), p.about, ids, search{fields: []string{"project"}}, func(v gjson.Result) error {
		now[v.Get("id").String()] = v
		return nil
	})
	if err != nil {
		return err
	}
	var b connectors.Batch
	var kept []string
	for _, i := range lost {
		if why := failed[i.ID]; why != "" {
			p.postponed(i.Key, "it is no longer listed in "+p.Name()+" and could not be looked up", why)
			continue
		}
		v, found := now[i.ID]
		reason := "deleted, or no longer visible to this account"
		switch key := v.Get("key").String(); {
		case found && p.project != "" && v.Get("fields.project.key").String() == p.project:
			kept = append(kept, i.ID)
			continue
		case found && key != i.Key:
			reason = "moved: it is " + oneLine(clip(key)) + " now"
		case found:
			reason = "no longer selected by the query"
		}
		b.Gone = append(b.Gone, i)
		b.Notes = append(b.Notes, connectors.Note{Kind: connectors.NoteGone, Subject: i.Key, Reason: reason})
	}
	if len(b.Gone) > 0 {
		if err := p.hand(ctx, b); err != nil {
			return err
		}
	}
	_, failed, err = p.fetch(ctx, kept)
	p.later(failed)
	return err
}
