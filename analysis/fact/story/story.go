// Package story reads a compact notation for small organisations into facts,
// so that the test of an analysis, and the example under an explanation, reads
// like a story:
//
//	PAY-9 epic "Checkout": 0 created; 12 done
//	PAY-1 story in PAY-9:  0 created by ana; 2 start; 9 done
//	PAY-2 story in PAY-9:  1 created; 3 start; 4 blocked by SHOP-1; 8 assign bo; 12 done
//	SHOP-1 task:           1 created; 5 start
//
// A line tells the life of one item: its key, its type, optionally a title in
// quotes and "in" with its parent's key, then a colon and events separated by
// semicolons. A line that begins with white space goes on with the events of the one above; a
// # outside quotes that begins a word begins a comment. Every event begins with its day, counted
// from the origin and fractional if need be, and may end with "by" and a
// person.
//
//	created                      must come first
//	start, todo, wait            enter In Progress, To Do, Blocked
//	done [RESOLUTION]            enter Done, resolved as Fixed unless said otherwise
//	drop [RESOLUTION]            enter Done, resolved as Won't Do
//	status NAME                  enter any declared status; a resolution is cleared outside done
//	resolution NAME              change the resolution alone
//	assign PERSON, unassign
//	in KEY, out                  gain, lose the parent
//	blocked by KEY, blocks KEY, relates to KEY, duplicates KEY, child of KEY
//	link PHRASE KEY              any other phrase, in quotes where it has several words
//	unlink KEY                   every link to that item ends
//	move KEY                     the item gets another key (and project)
//	type NAME, team NAME, priority NAME, due YYYY-MM-DD, estimate N, flag, unflag
//	component +NAME or -NAME     likewise label, release, sprint
//	comment LENGTH, worklog      somebody took part
//
// What has the key of a repository belongs to a second tracker and is told in that
// tracker's words: an issue, a pull request (of the type "pull") or a milestone:
//
//	PAY-1 story:               0 created; 9 done
//	acme/shop/milestone/1 milestone "V1": 0 created
//	acme/shop#3 bug:           0 created; 1 milestone acme/shop/milestone/1; 2 column "In Progress"
//	acme/shop#7 pull:          2 created by ana; 1 commit by ana; 2 mentions title PAY-1
//	                           3 closes acme/shop#3; 4 review by ben; 5 merge
//
// None of it is ever in a status but open and closed, so that start, wait and
// status are not for it. It knows besides
//
//	done, drop, todo             is closed as completed, as not planned; is opened again
//	milestone KEY, milestone -   gain, lose the milestone
//	column NAME [on PROJECT]     stand in a column of a project's board; - leaves it
//	hidden N                     so many sub-issues that nobody may read, told on the day of its
//	                             creation; the tracker counts them with the others
//
// and a pull request, which drop closes without a merge,
//
//	merge, draft, ready          is merged, becomes a draft, is ready for review
//	closes KEY                   is tied to an issue
//	review                       somebody took part
//	path NAME ADDED DELETED      what it changes, told on the day of its creation
//
// Two more are for all of both trackers:
//
//	commit                       a commit in a pull request, which may be older than that
//	                             and is known since; on another item, one that names it
//	mentions [title|body|branch] [closes|depends|blocks|task] KEY
//	                             its text says so, from its creation on
//
// Lines before the first item may set the scene:
//
//	origin 2025-01-06            day 0 (this Monday, 00:00 UTC, unless said otherwise)
//	site https://tracker.example
//	repositories https://code.example the other tracker's site
//	status "In QA" indeterminate one more status: new, indeterminate or done
//	sprint "Week 2" 7 21         a sprint with its first and last day
//	version 1.4 20               a version that items are released in, out on that day
//	rank Initiative 2            the place of a type in the hierarchy
//	link Need "needed by" needs  a link type: its name, its inward and its outward phrase
//
// The statuses To Do, In Progress, Blocked and Done, and the ranks of epic (1)
// and sub-task (−1) are always there.
//
// A story is also the oracle of time travel: [Story.At] plays the events up to
// an instant and gives the facts that a tracker would have told then.
package story

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"smokestack/analysis/fact"
)

// Story is a parsed text: a cast of items and what happened to them.
type Story struct {
	Origin fact.Instant
	Site   string
	Code   string   // the site of the repositories
	People []string // names as told; the person named first is number 1

	items  []*item
	byKey  map[string]*item // every key that the story uses, old and new
	events []event
	terms  fact.Vocabulary
}

type item struct {
	id, key string // the key at creation
	title   string
	typ     string
	class   fact.Class
}

// coded reports whether an item belongs to a repository.
func (it *item) coded() bool { return fact.IsRepository(it.key) }

type event struct {
	at     fact.Instant
	order  int
	item   *item
	verb   string
	arg    string       // first argument: a name, a phrase, a key
	other  string       // key of the other item
	by     string       // person, "" if untold
	number float64      // estimate, length of a comment
	when   fact.Instant // of a commit: when it was written
	says   fact.Mention
	path   fact.Path
	line   int
}

// Facts returns what a tracker would tell after the last event.
func (s *Story) Facts() []*fact.Record { return s.At(fact.Never) }

// Vocabulary returns the words that the story's tracker uses.
func (s *Story) Vocabulary() fact.Vocabulary { return s.terms }

// Day returns the instant of a day of the story.
func (s *Story) Day(d float64) fact.Instant {
	return s.Origin + fact.Instant(math.Round(d*float64(fact.Day)))
}

// Person returns the number of a person named in the story, 0 if nobody is.
func (s *Story) Person(name string) fact.Person {
	return fact.Person(slices.Index(s.People, name) + 1)
}

// Last returns the instant of the last event.
func (s *Story) Last() fact.Instant {
	if len(s.events) == 0 {
		return s.Origin
	}
	return s.events[len(s.events)-1].at
}

// MustParse is Parse for texts that are part of the program; it panics on an
// error.
func MustParse(text string) *Story {
	s, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

// Parse reads a story. Its errors name the line and what was expected there.
func Parse(text string) (*Story, error) {
	s := &Story{
		Origin: fact.At(time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)),
		Site:   "https://tracker.example",
		Code:   "https://code.example",
		byKey:  map[string]*item{},
	}
	lines, err := join(text)
	if err != nil {
		return nil, err
	}
	p := &parser{story: s, ranks: map[string]fact.Rank{"epic": 1, "sub-task": -1}}
	p.status("To Do", "new")
	p.status("In Progress", "indeterminate")
	p.status("Blocked", "indeterminate")
	p.status("Done", "done")
	p.link("Blocks", "is blocked by", "blocks")
	p.link("Relates", "relates to", "relates to")
	p.link("Duplicate", "is duplicated by", "duplicates")
	p.link("Child-Issue", "is a child of", "is a parent of")
	for _, l := range lines {
		if err := p.line(l); err != nil {
			return nil, fmt.Errorf("story line %d: %w", l.number, err)
		}
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

type line struct {
	number int
	words  []string // a quoted word keeps a leading quote as its mark
}

// join splits a text into logical lines of words.
func join(text string) ([]line, error) {
	var lines []line
	for i, raw := range strings.Split(text, "\n") {
		words, err := split(raw)
		if err != nil {
			return nil, fmt.Errorf("story line %d: %w", i+1, err)
		}
		if len(words) == 0 {
			continue
		}
		if unicode.IsSpace(rune(raw[0])) && len(lines) > 0 {
			last := &lines[len(lines)-1]
			last.words = append(append(last.words, ";"), words...)
			continue
		}
		lines = append(lines, line{number: i + 1, words: words})
	}
	return lines, nil
}

// split cuts a line into words, keeps quoted ones whole and the marks ':' and
// ';' apart, and drops a comment.
func split(raw string) ([]string, error) {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	runes := []rune(strings.TrimRight(raw, "\r"))
	for i := 0; i < len(runes); i++ {
		switch c := runes[i]; {
		case c == '#' && word.Len() == 0:
			return words, nil
		case c == '"':
			flush()
			end := slices.Index(runes[i+1:], '"')
			if end < 0 {
				return nil, fmt.Errorf("a quote is not closed")
			}
			words = append(words, `"`+string(runes[i+1:i+1+end]))
			i += end + 1
		case unicode.IsSpace(c):
			flush()
		case c == ';', c == ':' && (i+1 == len(runes) || unicode.IsSpace(runes[i+1])):
			flush()
			words = append(words, string(c))
		default:
			word.WriteRune(c)
		}
	}
	flush()
	return words, nil
}

func bare(word string) string { return strings.TrimPrefix(word, `"`) }

type parser struct {
	story *Story
	ranks map[string]fact.Rank
}

func (p *parser) line(l line) error {
	if colon := slices.Index(l.words, ":"); colon >= 0 {
		return p.item(l, l.words[:colon], l.words[colon+1:])
	}
	return p.scene(l.words)
}

func (p *parser) scene(w []string) error {
	s := p.story
	if len(s.items) > 0 {
		return fmt.Errorf("%q: an item needs a colon after its type, and the scene is set before the first item", strings.Join(w, " "))
	}
	switch {
	case w[0] == "origin" && len(w) == 2:
		t, err := time.Parse("2006-01-02", w[1])
		if err != nil {
			return fmt.Errorf("origin: %w", err)
		}
		s.Origin = fact.At(t)
	case w[0] == "site" && len(w) == 2:
		s.Site = w[1]
	case w[0] == "repositories" && len(w) == 2:
		s.Code = w[1]
	case w[0] == "status" && len(w) == 3:
		p.status(bare(w[1]), w[2])
	case w[0] == "rank" && len(w) == 3:
		n, err := strconv.ParseInt(w[2], 10, 8)
		if err != nil {
			return fmt.Errorf("rank: %w", err)
		}
		p.ranks[strings.ToLower(bare(w[1]))] = fact.Rank(n)
	case w[0] == "sprint" && len(w) == 4:
		from, err1 := strconv.ParseFloat(w[2], 64)
		to, err2 := strconv.ParseFloat(w[3], 64)
		if err := cmp.Or(err1, err2); err != nil {
			return fmt.Errorf("sprint: %w", err)
		}
		s.terms = s.terms.Add(fact.Term{Kind: fact.TermSprint, ID: bare(w[1]), Name: bare(w[1]), Start: s.Day(from), End: s.Day(to)})
	case w[0] == "version" && len(w) == 3:
		out, err := strconv.ParseFloat(w[2], 64)
		if err != nil {
			return fmt.Errorf("version: %w", err)
		}
		s.terms = s.terms.Add(fact.Term{Kind: fact.TermRelease, ID: bare(w[1]), Name: bare(w[1]), End: s.Day(out)})
	case w[0] == "link" && len(w) == 4:
		p.link(bare(w[1]), bare(w[2]), bare(w[3]))
	default:
		return fmt.Errorf("%q is neither origin, site, repositories, status, rank, link, sprint or version with what they need, nor an item (KEY type: …)", strings.Join(w, " "))
	}
	return nil
}

func (p *parser) status(name, category string) {
	p.story.terms = p.story.terms.Add(fact.Term{Kind: fact.TermStatus, ID: statusID(name), Name: name, Category: category})
}

func (p *parser) link(name, inward, outward string) {
	p.story.terms = p.story.terms.Add(fact.Term{Kind: fact.TermLinkType, ID: name, Name: name, Inward: inward, Outward: outward})
}

func statusID(name string) string { return "s:" + strings.ToLower(name) }

func (p *parser) item(l line, head, tail []string) error {
	s := p.story
	if len(head) < 2 {
		return fmt.Errorf("an item needs a key and a type before the colon")
	}
	it := &item{id: strconv.Itoa(10001 + len(s.items)), key: head[0], typ: bare(head[1]), title: head[0]}
	if s.byKey[it.key] != nil {
		return fmt.Errorf("%s is told twice", it.key)
	}
	classify(it)
	s.items = append(s.items, it)
	s.byKey[it.key] = it
	parent := ""
	for rest := head[2:]; len(rest) > 0; {
		switch {
		case strings.HasPrefix(rest[0], `"`):
			it.title, rest = bare(rest[0]), rest[1:]
		case rest[0] == "in" && len(rest) > 1:
			parent, rest = rest[1], rest[2:]
		default:
			return fmt.Errorf("%q after the type: expected a quoted title or in KEY", rest[0])
		}
	}
	for i, words := range slices.Collect(chunks(tail)) {
		e, err := p.event(words)
		if err != nil {
			return fmt.Errorf("%s: %w", it.key, err)
		}
		if (e.verb == "created") != (i == 0) {
			return fmt.Errorf("%s: created comes first, and once", it.key)
		}
		e.item, e.line, e.order = it, l.number, len(s.events)
		if e.verb == "created" {
			e.other = parent
		}
		if e.verb == "move" {
			s.byKey[e.arg] = it
		}
		if err := suits(it, &e); err != nil {
			return fmt.Errorf("%s: %w", it.key, err)
		}
		s.events = append(s.events, e)
	}
	if len(s.events) == 0 || s.events[len(s.events)-1].item != it {
		return fmt.Errorf("%s: no event; at least its creation is needed", it.key)
	}
	return nil
}

// chunks yields the words between semicolons, empty chunks left out.
func chunks(words []string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for len(words) > 0 {
			end := slices.Index(words, ";")
			chunk := words
			if end >= 0 {
				chunk, words = words[:end], words[end+1:]
			} else {
				words = nil
			}
			if len(chunk) > 0 && !yield(chunk) {
				return
			}
		}
	}
}

func (p *parser) event(w []string) (event, error) {
	s := p.story
	day, err := strconv.ParseFloat(w[0], 64)
	if err != nil || math.IsNaN(day) || math.Abs(day) > 1e6 {
		return event{}, fmt.Errorf("%q: an event begins with its day, a number", strings.Join(w, " "))
	}
	e := event{at: s.Day(day)}
	w = w[1:]
	if n := len(w); n >= 2 && w[n-2] == "by" && !(n >= 3 && w[n-3] == "blocked") {
		e.by, w = bare(w[n-1]), w[:n-2]
		p.person(e.by)
	}
	if len(w) == 0 {
		return event{}, fmt.Errorf("day %g: nothing happens", day)
	}
	verb, args := w[0], make([]string, 0, len(w)-1)
	for _, a := range w[1:] {
		args = append(args, bare(a))
	}
	e.verb, e.arg = verb, strings.Join(args, " ")
	return e, p.check(&e, args)
}

// check reads the arguments of one verb and refuses what it cannot take.
func (p *parser) check(e *event, args []string) error {
	need := func(n int, what string) error {
		if len(args) < n {
			return fmt.Errorf("%s needs %s", e.verb, what)
		}
		return nil
	}
	link := func(phrase string, words int) error {
		if len(args) != words+1 {
			return fmt.Errorf("%q needs one key", phrase)
		}
		e.verb, e.arg, e.other = "link", phrase, args[words]
		return nil
	}
	switch e.verb {
	case "created", "start", "todo", "wait", "unassign", "out", "flag", "unflag", "worklog":
		if len(args) > 0 {
			return fmt.Errorf("%s takes nothing, not %q", e.verb, e.arg)
		}
	case "done", "drop":
	case "merge", "draft", "ready", "review", "closes", "milestone", "column", "hidden", "path", "commit", "mentions":
		return p.code(e, args)
	case "blocked":
		return link("is blocked by", 1)
	case "blocks":
		return link("blocks", 0)
	case "relates":
		return link("relates to", 1)
	case "duplicates":
		return link("duplicates", 0)
	case "child":
		return link("is a child of", 1)
	case "link":
		if err := need(2, "a phrase in quotes and a key"); err != nil {
			return err
		}
		e.arg, e.other = strings.Join(args[:len(args)-1], " "), args[len(args)-1]
	case "in", "unlink":
		e.other = e.arg
		return need(1, "a key")
	case "status":
		if p.story.terms.Named("", fact.TermStatus, e.arg) == nil {
			return fmt.Errorf("status %q is not declared", e.arg)
		}
	case "assign":
		p.person(e.arg)
		return need(1, "a person")
	case "component", "label", "release", "sprint":
		if !strings.HasPrefix(e.arg, "+") && !strings.HasPrefix(e.arg, "-") || len(e.arg) < 2 {
			return fmt.Errorf("%s needs +NAME or -NAME", e.verb)
		}
	case "estimate", "comment":
		n, err := strconv.ParseFloat(e.arg, 64)
		if err != nil {
			return fmt.Errorf("%s needs a number", e.verb)
		}
		e.number = n
	case "due":
		if _, err := time.Parse("2006-01-02", e.arg); err != nil {
			return fmt.Errorf("due: %w", err)
		}
	case "move", "type", "team", "priority", "resolution":
		return need(1, "a name")
	default:
		return fmt.Errorf("%q is nothing that can happen", e.verb)
	}
	return nil
}

func (p *parser) person(name string) {
	if !slices.Contains(p.story.People, name) {
		p.story.People = append(p.story.People, name)
	}
}

// finish settles what needs the whole text: the order of events and the terms.
func (p *parser) finish() error {
	s := p.story
	birth := s.births()
	slices.SortFunc(s.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order))
	})
	born := map[*item]bool{}
	for _, e := range s.events {
		if e.verb == "created" {
			born[e.item] = true
		}
		if err := p.possible(e, birth, born[e.item]); err != nil {
			return fmt.Errorf("story line %d: %s: %w", e.line, e.item.key, err)
		}
	}
	for i := range s.terms {
		s.terms[i].Site = s.Site
	}
	for _, e := range s.events {
		switch e.verb {
		case "created":
			s.terms = s.terms.Add(p.typ(e.item, e.item.typ))
		case "type":
			s.terms = s.terms.Add(p.typ(e.item, e.arg))
		}
	}
	if slices.ContainsFunc(s.items, (*item).coded) {
		s.terms = s.terms.Add(codeTerms(s.Code)...)
	}
	return nil
}

// births returns when items are created. A commit is known with its pull request
// and not before.
func (s *Story) births() map[*item]fact.Instant {
	birth := map[*item]fact.Instant{}
	for _, e := range s.events {
		if e.verb == "created" {
			birth[e.item] = e.at
		}
	}
	for i := range s.events {
		if e := &s.events[i]; e.verb == "commit" {
			e.when = e.at
			if e.item.class == fact.ClassPull {
				e.at = max(e.at, birth[e.item])
			}
		}
	}
	return birth
}

// possible refuses what cannot happen to an item at that time.
func (p *parser) possible(e event, birth map[*item]fact.Instant, born bool) error {
	other := p.story.byKey[e.other]
	switch {
	case other != nil && birth[other] > e.at:
		return fmt.Errorf("%s is not created yet", e.other)
	case e.other != "" && fact.IsRepository(e.other) != e.item.coded():
		return fmt.Errorf("%s is in another tracker: it can be mentioned, and no more", e.other)
	case !born:
		return fmt.Errorf("something happens before it is created")
	case (e.verb == "mentions" || e.verb == "path" || e.verb == "hidden") && e.at != birth[e.item]:
		return fmt.Errorf("%s is told on the day of its creation: later edits leave no trace", e.verb)
	case e.verb == "milestone" && e.other != "" && (other == nil || other.class != fact.ClassMilestone):
		return fmt.Errorf("%s is no milestone of the story", e.other)
	}
	return nil
}

// typ is the term of an item's type. Repositories know no hierarchy of types.
func (p *parser) typ(it *item, name string) fact.Term {
	t := fact.Term{Site: p.story.siteOf(it), Kind: fact.TermType, ID: typeID(name), Name: name}
	if !it.coded() {
		t.Rank = p.rank(name)
	}
	return t
}

func (s *Story) siteOf(it *item) string {
	if it.coded() {
		return s.Code
	}
	return s.Site
}

func typeID(name string) string { return "t:" + strings.ToLower(name) }

func (p *parser) rank(typ string) fact.Rank { return p.ranks[strings.ToLower(typ)] }
