package assemble

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// words is the vocabulary with the rules applied. It is read by several shards
// at once and never changes after newWords.
type words struct {
	rules *Rules
	vocab fact.Vocabulary

	pairs                map[siteNamed]work.State  // by id and name
	names                map[siteText]work.State   // by name, where all statuses of the name agree
	ids                  map[siteText]work.State   // by id, most recent name
	links                map[siteText]Link         // by phrase
	phrases              map[string][]string       // by site, the longest first
	fields               map[siteText]string       // custom field id to its role or name
	sprints              map[siteText]fact.Instant // when they begin
	sprintEnds, released map[siteText]fact.Instant
	outcome              outcomeWords
	notAskers            map[fact.Person]bool
	newest               map[termID]fact.Term
	types                map[siteText]fact.Type // by id
	bots                 map[fact.Person]bool
	people               map[fact.Person]fact.Person // who an account's person is, where people have several

	fieldNames []string // that team rules look at

	owned       map[siteText]*ownedPaths  // by repository, in lower case
	maintainers map[siteText][]string     // teams, by repository, in lower case
	through     map[siteText]fact.Instant // until when a repository is known, by its key in lower case
	generated   pathPatterns
	joinIn      map[fact.Where]bool

	estimates      map[string]bool  // sites with a field that holds estimates
	estimateFields map[siteText]int // by id: how that is known
}

type siteText struct{ site, text string }

type siteNamed struct {
	site string
	fact.Named
}

func newWords(rules *Rules, vocab fact.Vocabulary) *words {
	w := &words{
		rules: rules, vocab: vocab,
		pairs: map[siteNamed]work.State{}, names: map[siteText]work.State{}, ids: map[siteText]work.State{},
		links: map[siteText]Link{}, phrases: map[string][]string{}, fields: map[siteText]string{},
		sprints: map[siteText]fact.Instant{}, sprintEnds: map[siteText]fact.Instant{}, released: map[siteText]fact.Instant{},
		outcome: newOutcomeWords(rules.Outcome, vocab), notAskers: map[fact.Person]bool{}, newest: map[termID]fact.Term{}, types: map[siteText]fact.Type{},
		bots: map[fact.Person]bool{}, people: map[fact.Person]fact.Person{}, owned: map[siteText]*ownedPaths{}, maintainers: map[siteText][]string{}, through: map[siteText]fact.Instant{},
		generated: newPathPatterns(rules.Generated), joinIn: map[fact.Where]bool{}, estimates: map[string]bool{}, estimateFields: map[siteText]int{},
	}
	for _, where := range rules.Joins.In {
		w.joinIn[where] = true
	}
	w.persons(rules)
	for _, p := range rules.NotAskers {
		w.notAskers[w.who(p)] = p != 0
	}
	ended, released := map[siteText]fact.Instant{}, map[siteText]fact.Instant{}
	// One id may have borne several names: what was told of it last holds.
	seen, begun, ranked := map[siteText]fact.Instant{}, map[siteText]fact.Instant{}, map[siteText]fact.Instant{}
	owned, told := map[siteText]fact.Instant{}, map[siteText]fact.Instant{}
	for _, t := range vocab {
		id := siteText{t.Site, t.ID}
		w.name(t)
		w.noteEstimates(t)
		switch t.Kind {
		case fact.TermStatus:
			w.status(t, seen)
		case fact.TermLinkType:
			w.linkType(t)
		case fact.TermSprint:
			if at := t.Seen - t.Age.Start; t.Start != 0 && at >= begun[id] {
				w.sprints[id], begun[id] = t.Start, at
			}
			if at := t.Seen - t.Age.End; t.End != 0 && at >= ended[id] {
				w.sprintEnds[id], ended[id] = t.End, at
			}
		case fact.TermRelease:
			if at := t.Seen - t.Age.End; t.ID != "" && t.End != 0 && at >= released[id] {
				w.released[id], released[id] = t.End, at
			}
		case fact.TermType:
			if at := t.Seen - t.Age.Rank; t.Rank != fact.RankUnknown && at >= ranked[id] {
				w.types[id], ranked[id] = fact.Type{ID: t.ID, Name: t.Name, Rank: t.Rank}, at
			}
		case fact.TermField:
			w.field(t)
		case fact.TermOwners:
			w.owners(t, owned)
		case fact.TermProject:
			if repo := (siteText{t.Site, fold(t.Key)}); fact.IsRepository(t.Key) {
				w.through[repo] = max(w.through[repo], t.End)
				told[repo] = max(told[repo], t.Seen)
			}
		}
	}
	for repo, at := range told { // a snapshot ends nothing that was told of since
		if at > w.through[repo] {
			delete(w.through, repo)
		}
	}
	for _, t := range rules.Teams {
		for name := range t.Match.Fields {
			w.fieldNames = append(w.fieldNames, name)
		}
	}
	sort.Strings(w.fieldNames)
	for site, list := range w.phrases {
		sort.Slice(list, func(i, j int) bool {
			if len(list[i]) != len(list[j]) {
				return len(list[i]) > len(list[j])
			}
			return list[i] < list[j]
		})
		w.phrases[site] = list
	}
	return w
}

// termID tells a thing of a tracker apart.
type termID struct {
	kind     fact.TermKind
	site, id string
}

// name learns the newest names of things.
func (w *words) name(t fact.Term) {
	if t.ID == "" || t.Name == "" || t.Kind != fact.TermStatus && t.Kind != fact.TermRelease && t.Kind != fact.TermSprint {
		return
	}
	id := termID{t.Kind, t.Site, t.ID}
	if have := w.newest[id]; have.Name == "" || t.Seen > have.Seen || t.Seen == have.Seen && t.Name > have.Name {
		w.newest[id] = t
	}
}

// persons learns which accounts are one person, and who is a bot.
func (w *words) persons(rules *Rules) {
	for _, same := range rules.People {
		if len(same) == 0 {
			continue
		}
		first := w.who(same[0])
		for _, p := range same {
			if p = w.who(p); p != first {
				w.people[p] = first
			}
		}
	}
	for _, p := range rules.Bots {
		w.bots[p], w.bots[w.who(p)] = true, true
	}
	for p := range w.people {
		if w.bots[w.who(p)] {
			w.bots[p] = true
		}
	}
}

// who returns the one number of a person who has several accounts.
func (w *words) who(p fact.Person) fact.Person {
	for {
		q, ok := w.people[p]
		if !ok {
			return p
		}
		p = q
	}
}

// owners learns who owns what in a repository, whichever way that is written.
func (w *words) owners(t fact.Term, seen map[siteText]fact.Instant) {
	repo := siteText{t.Site, strings.ToLower(t.ID)}
	told := siteText{t.Site, t.Name + "\x00" + repo.text}
	if at := t.Seen - t.Age.Schema; at >= seen[told] {
		seen[told] = at
	} else {
		return
	}
	switch t.Name {
	case fact.CodeOwners:
		w.owned[repo] = parseCodeOwners(t.Schema)
	case fact.TeamOwners:
		w.maintainers[repo] = maintainers(t.Schema)
	}
}

// maintainers reads the teams of a repository, a line each. A team is known with
// its organisation, and without.
func maintainers(text string) []string {
	var out []string
	for line := range strings.Lines(strings.ToLower(text)) {
		name := strings.TrimPrefix(strings.TrimSpace(line), "@")
		if name == "" {
			continue
		}
		out = append(out, name)
		if _, short, ok := strings.Cut(name, "/"); ok {
			out = append(out, short)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// joins reports whether a Jira key in a text ties a pull request to its item.
func (w *words) joins(m fact.Mention) bool {
	j := w.rules.Joins
	if len(j.In) > 0 && !w.joinIn[m.Where] {
		return false
	}
	return len(j.Projects) == 0 || fits(j.Projects, fact.ProjectOf(m.Key))
}

// status learns what a status means: by id and name, by name alone where all
// statuses of that name mean the same, by id alone as last seen.
func (w *words) status(t fact.Term, seen map[siteText]fact.Instant) {
	state := categories[t.Category]
	if name := strings.ToLower(t.Name); state == work.Active && holds(name, waitWords) && !strings.Contains(name, "unblock") {
		state = work.Wait
	}
	w.pairs[siteNamed{t.Site, fact.Named{ID: t.ID, Name: t.Name}}] = state
	name := siteText{t.Site, strings.ToLower(t.Name)}
	if old, ok := w.names[name]; ok && old != state {
		state = work.Unknown
	}
	w.names[name] = state
	id := siteText{t.Site, t.ID}
	if at, ok := seen[id]; !ok || t.Seen >= at {
		w.ids[id], seen[id] = w.pairs[siteNamed{t.Site, fact.Named{ID: t.ID, Name: t.Name}}], t.Seen
	}
}

var categories = map[string]work.State{
	"new": work.Queue, "undefined": work.Queue, "indeterminate": work.Active, "done": work.Done,
}

func holds(name string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(name, p) {
			return true
		}
	}
	return false
}

// state returns what a status means: what the rules say of its name; else the
// tracker's category, of exactly this id and name, of the status that bears
// the name now, of the id under another name. Histories speak of statuses that
// no longer exist, and no tracker tells their category: then a name that most
// trackers use for one thing decides, and guessed is true.
func (w *words) state(site string, s fact.Named) (state work.State, guessed bool) {
	name := strings.ToLower(s.Name)
	if state, ok := w.rules.Statuses[name]; ok {
		return state, false
	}
	if state, ok := w.pairs[siteNamed{site, s}]; ok && state != work.Unknown {
		return state, false
	}
	if state := w.names[siteText{site, name}]; state != work.Unknown {
		return state, false
	}
	if state := w.ids[siteText{site, s.ID}]; s.ID != "" && state != work.Unknown {
		return state, false
	}
	state = usualNames[name]
	return state, state != work.Unknown
}

// usualNames are the statuses that trackers come with.
var usualNames = map[string]work.State{
	"to do": work.Queue, "todo": work.Queue, "open": work.Queue, "new": work.Queue, "backlog": work.Queue, "reopened": work.Queue,
	"selected for development": work.Queue, "in progress": work.Active, "in review": work.Active, "in development": work.Active,
	"done": work.Done, "closed": work.Done, "resolved": work.Done,
}

// ended returns how a done status ends an item, given its resolution.
func (w *words) ended(resolution string) work.State {
	if state, ok := w.rules.Statuses[strings.ToLower(resolution)]; ok && state.Ended() {
		return state
	}
	if meansDropped(resolution) {
		return work.Dropped
	}
	return work.Done
}

// identify writes what assembly goes by of the words of some sites, in an order
// of its own. When a word was last seen is left out: only which name of a status
// is its present one hangs on it.
func (w *words) identify(h io.Writer, sites map[string]bool) {
	terms := fact.Vocabulary{}.Add(w.vocab...)
	present := map[siteText]fact.Term{}
	for _, t := range terms {
		if id := (siteText{t.Site, t.ID}); t.Kind == fact.TermStatus && t.Seen >= present[id].Seen {
			present[id] = t
		}
	}
	for _, t := range terms {
		if !sites[t.Site] {
			continue
		}
		switch t.Kind {
		case fact.TermStatus:
			fmt.Fprintf(h, "status %q %q %q %q %t\n", t.Site, t.ID, t.Name, t.Category, present[siteText{t.Site, t.ID}].Name == t.Name)
		case fact.TermType:
			fmt.Fprintf(h, "type %q %q %q %d\n", t.Site, t.ID, t.Name, t.Rank)
		case fact.TermLinkType:
			fmt.Fprintf(h, "link %q %q %q %q\n", t.Site, t.Name, t.Inward, t.Outward)
		case fact.TermSprint:
			fmt.Fprintf(h, "sprint %q %q %q %d %d\n", t.Site, t.ID, t.Name, t.Start, t.End)
		case fact.TermRelease:
			fmt.Fprintf(h, "release %q %q %q %d\n", t.Site, t.ID, t.Name, t.End)
		case fact.TermEstimate:
			fmt.Fprintf(h, "estimate %q %q\n", t.Site, t.ID)
		case fact.TermProject:
			if t.End != 0 {
				fmt.Fprintf(h, "project %q %q %d\n", t.Site, t.Key, t.End)
			}
		case fact.TermOwners:
			fmt.Fprintf(h, "owners %q %q %q %q\n", t.Site, t.ID, t.Name, t.Schema)
		case fact.TermField:
			fmt.Fprintf(h, "field %q %q %q %q\n", t.Site, t.ID, t.Name, t.Schema)
		}
	}
}

// linkType learns what both phrases of a link type mean. A rule for the type's
// name goes for both, even where one of them reads like the name ("Blocks",
// "blocks"); phrases whose direction is known keep it, and of others the rule
// speaks of the outward one.
func (w *words) linkType(t fact.Term) {
	name := strings.ToLower(strings.TrimSpace(t.Name))
	for _, end := range []struct {
		phrase, other string
		inward        bool
	}{{t.Inward, t.Outward, true}, {t.Outward, t.Inward, false}} {
		phrase := strings.ToLower(strings.TrimSpace(end.phrase))
		if phrase == "" {
			continue
		}
		known, ok := phrases[phrase]
		if rule, named := w.rules.Links[name]; named {
			known.Kind = rule.Kind
			if !ok {
				known.Reverse = end.inward != rule.Reverse
			}
			ok = true
		}
		if rule, named := w.rules.Links[phrase]; named && phrase != name {
			known, ok = rule, true
		}
		if !ok {
			known = Link{Kind: work.LinkOther, Reverse: end.inward}
		}
		known.Vague = known.Vague || strings.EqualFold(strings.TrimSpace(end.phrase), strings.TrimSpace(end.other))
		w.links[siteText{t.Site, phrase}] = known
		w.phrases[t.Site] = append(w.phrases[t.Site], phrase)
	}
}

// link finds what a link's words mean: the longest phrase of the site that
// they end in, else the longest known one.
func (w *words) link(site, text string) (Link, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if l, ok := w.links[siteText{site, text}]; ok {
		return l, true
	}
	for _, p := range w.phrases[site] {
		if endsIn(text, p) {
			return w.links[siteText{site, p}], true
		}
	}
	if rule, ok := w.rules.Links[text]; ok {
		return rule, true
	}
	l, ok := phrases[text]
	return l, ok
}

// endsIn reports whether a text ends in a phrase, and not in the middle of a
// word ("unblocks"); scripts without spaces have no such middle.
func endsIn(text, phrase string) bool {
	before, ok := strings.CutSuffix(text, phrase)
	if !ok || before == "" || phrase == "" {
		return ok
	}
	letter := func(c byte) bool { return c >= 'a' && c <= 'z' }
	return !letter(before[len(before)-1]) || !letter(phrase[0])
}

// The roles that custom fields can have.
const (
	roleEpic = "\x00epic"
	roleTeam = "\x00team"
)

func (w *words) field(t fact.Term) {
	id := siteText{t.Site, t.ID}
	name := strings.ToLower(t.Name)
	switch {
	case strings.HasSuffix(t.Schema, ":gh-epic-link"), strings.HasSuffix(t.Schema, ":jpo-custom-field-parent"), name == "epic link":
		w.fields[id] = roleEpic
	case strings.HasSuffix(t.Schema, ":atlassian-team"), strings.HasSuffix(t.Schema, ":rm-teams-custom-field-team"), t.Schema == "" && name == "team":
		w.fields[id] = roleTeam
	default:
		if w.fields[id] == "" {
			w.fields[id] = name
		}
	}
}
