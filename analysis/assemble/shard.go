package assemble

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Shard takes records from one goroutine. The shards of an [Assembler] can
// work at the same time.
type Shard struct {
	w     *words
	needs needs // of the rules for teams
	looks needs // of all rules

	drafts []draft
	titles work.Texts

	states   []stateRun
	levels   []levelRun
	kinds    []kindRun
	owners   []ownerRun
	parents  []parentRun
	flags    []levelRun // Val 1 while flagged
	oldKeys  map[int][]work.KeyRun
	moved    map[int][]work.KeyRun // keys, or repositories alone, of those that moved
	links    []linkFact
	pulls    []pullFact
	mentions []mentionFact
	stones   []parentRun             // milestones
	firsts   map[string]fact.Instant // by site: first item of batch level
	team     map[string]fact.Instant // by site: first use of a Team field
	teams    map[work.Team]uint32
	teamList []work.Team
	types    map[string]uint32
	typeList []string
	valued   map[siteText]bool // fields with values, where teams go by a field
	matched  []int             // by configured team: items that its rule fits, whoever owns them

	// The changes of the record at hand by kind, in order; and those that decide
	// its state.
	of   [fact.Kinds][]*fact.Change
	life []*fact.Change

	trail                  []work.Event
	assignees, due, points []valueRun
	mix, used              []valueRun
	releases, sprints      *shelf
	measured               []evidence
	notRequested           []int // drafts
	categories             map[string]uint32
	useIndex               map[useName]uint32
	useNames               []useName

	boards []board         // of the item at hand
	paths  map[string]bool // whether rules leave them out, of those met last

	cover work.Coverage
	memo  map[siteNamed]meaning
	odd   []string              // statuses without a meaning of the item at hand
	ends  map[string]work.State // what a resolution makes of a done item
	fits  map[traits][]int      // configured teams, by what their rules look at
}

// draft is what a shard keeps of one record until all are there. The slices
// are positions in the shard's lists.
type draft struct {
	site, id, key                     string
	created, updated                  fact.Instant
	logged, coded, assigned, sprinted fact.Instant
	history                           fact.Completeness
	class                             fact.Class
	children                          uint32
	states, levels, kinds             span
	owners, parents, flags, stones    span
	trail, assignees, due, points     span
	mix, used, releases, inSprints    span
	digest                            [16]byte
}

type span struct{ from, to uint32 }

type stateRun struct {
	from fact.Instant
	val  work.State
	by   fact.Person
}

type levelRun struct {
	from fact.Instant
	val  work.Level
}

type kindRun struct {
	from fact.Instant
	val  uint32
}

type ownerRun struct {
	from fact.Instant
	val  uint32
}

type parentRun struct {
	from fact.Instant
	ref  fact.Ref
}

func newShard(w *words) *Shard {
	s := &Shard{
		w: w, needs: w.rules.needs(), looks: w.rules.looks(), releases: newShelf(fact.TermRelease), sprints: newShelf(fact.TermSprint),
		categories: map[string]uint32{}, useIndex: map[useName]uint32{}, oldKeys: map[int][]work.KeyRun{}, moved: map[int][]work.KeyRun{}, paths: map[string]bool{}, firsts: map[string]fact.Instant{}, team: map[string]fact.Instant{},
		teams: map[work.Team]uint32{}, types: map[string]uint32{}, memo: map[siteNamed]meaning{}, fits: map[traits][]int{}, ends: map[string]work.State{},
		matched: make([]int, len(w.rules.Teams)), valued: map[siteText]bool{},
		cover: work.Coverage{Unused: map[string]int{}, UnmappedStatus: map[string]int{}, GuessedStatus: map[string]int{}, LinksUnknown: map[string]int{}},
	}
	// The first two teams are none, and the configured ones come in their order.
	s.teamID(work.Team{Name: "(no team)"})
	s.teamID(work.Team{Name: "(several)"})
	for _, t := range w.rules.Teams {
		s.teamList = append(s.teamList, work.Team{Name: t.Name, ID: t.ID, Configured: true, Claims: t.Claims, Kind: t.Kind})
	}
	return s
}

// grow makes room for records with some ten changes each.
func (s *Shard) grow(records int) {
	s.drafts = slices.Grow(s.drafts, records)
	s.states = slices.Grow(s.states, 4*records)
	s.levels = slices.Grow(s.levels, records)
	s.kinds = slices.Grow(s.kinds, records)
	s.owners = slices.Grow(s.owners, records)
	s.parents = slices.Grow(s.parents, records)
	s.trail = slices.Grow(s.trail, 12*records)
	s.assignees = slices.Grow(s.assignees, records)
	s.used = slices.Grow(s.used, 8*records)
}

// Add takes a record. Its slices may be used again afterwards. Records must be
// valid ([fact.Record.Validate]) and come once.
func (s *Shard) Add(r *fact.Record) {
	d := draft{
		site: r.Site, id: r.ID, key: r.Key, created: r.Created, updated: r.Last(), history: r.History.State,
		digest: r.Digest, class: r.Class, children: uint32(min(max(r.Children, 0), 1<<20)),
	}
	s.titles.Append(r.Title)
	s.sort(r)
	s.count(r)
	d.states = mark(&s.states, func() { s.addStates(r, &d) })
	types := s.timeline(r, fact.KindType, fact.Value{ID: r.Type.ID, Text: r.Type.Name})
	d.levels = mark(&s.levels, func() { s.addLevels(r, types) })
	d.kinds = mark(&s.kinds, func() { s.addKinds(types) })
	d.parents = mark(&s.parents, func() { s.addParents(r) })
	keys := s.addKeys(r)
	d.stones = mark(&s.stones, func() { s.addMilestones(r, keys) })
	d.flags = mark(&s.flags, func() { s.addFlags(r) })
	h := s.holdings(r, keys, types)
	d.owners = mark(&s.owners, func() { s.addOwners(r, h) })
	d.trail = mark(&s.trail, func() { s.addTrail(r) })
	d.assignees = mark(&s.assignees, func() { s.addAssignees(r) })
	d.due = mark(&s.due, func() { s.addDue(r) })
	d.points = mark(&s.points, func() { s.addPoints(r) })
	d.mix = mark(&s.mix, func() { s.addMix(r, h) })
	d.used = mark(&s.used, func() { s.addUses(r, &d, types) })
	d.releases = mark(&s.releases.runs, func() { s.releases.add(r.Site, s.memberships(r, fact.KindRelease, names(r.Releases))) })
	sprints := s.memberships(r, fact.KindSprint, names(r.Sprints))
	d.inSprints = mark(&s.sprints.runs, func() { s.sprints.add(r.Site, sprints) })
	s.addOutcome(r, h)
	s.addNotRequested(r, h)
	s.addSigns(r, &d, sprints)
	s.addLinks(r)
	s.addPull(r)
	s.addMentions(r)
	s.drafts = append(s.drafts, d)
}

// sort puts a record's changes apart by kind, once: there are many kinds, and a
// change is large.
func (s *Shard) sort(r *fact.Record) {
	for k := range s.of {
		s.of[k] = s.of[k][:0]
	}
	s.life = s.life[:0]
	for i := range r.Changes {
		c := &r.Changes[i]
		kind := c.Kind
		if int(kind) >= fact.Kinds {
			kind = fact.KindOther
		}
		s.of[kind] = append(s.of[kind], c)
		if kind == fact.KindStatus || kind == fact.KindResolution || kind == fact.KindColumn {
			s.life = append(s.life, c)
		}
	}
}

func mark[T any](list *[]T, add func()) span {
	from := len(*list)
	add()
	return span{uint32(from), uint32(len(*list))}
}

// step is one value of a field from an instant on.
type step struct {
	from fact.Instant
	val  fact.Value
}

// timeline returns the values that a field had: before its first change what
// that change says it was, afterwards what each change made of it. Without a
// change the present value has always held. Changes before the creation count
// as made then.
func (s *Shard) timeline(r *fact.Record, kind fact.Kind, now fact.Value) []step {
	out := make([]step, 0, len(s.of[kind])+1)
	for _, c := range s.of[kind] {
		if len(out) == 0 {
			out = append(out, step{r.Created, c.From})
		}
		at := max(c.At, r.Created)
		if last := &out[len(out)-1]; last.from == at {
			last.val = c.To
			continue
		}
		out = append(out, step{at, c.To})
	}
	if len(out) == 0 {
		out = append(out, step{r.Created, now})
	}
	return out
}

func (s *Shard) count(r *fact.Record) {
	c := &s.cover
	c.Items++
	switch r.History.State {
	case fact.WholeHistory:
		c.Whole++
		if len(r.Changes) == 0 {
			c.Empty++
		}
	case fact.CutHistory:
		c.Cut++
	default:
		c.None++
	}
	c.Changes += len(r.Changes)
	c.StatusChanges += len(s.of[fact.KindStatus])
	for _, x := range s.of[fact.KindOther] {
		c.Unused[x.Field]++
	}
	if len(s.of[fact.KindKey]) > 0 {
		c.Moved++
	}
	for i := range r.Involvement {
		s.countAct(&r.Involvement[i])
	}
	for i := range r.Changes {
		if r.Changes[i].By == 0 {
			c.Nobody++
		}
	}
	c.Unseen += r.Unseen
	switch r.Class {
	case fact.ClassPull:
		c.Pulls++
	case fact.ClassMilestone:
		c.Milestones++
	}
}

func (s *Shard) countAct(v *fact.Involvement) {
	c := &s.cover
	switch v.Act {
	case fact.ActWorklog:
		c.Worklogs++
	case fact.ActReview:
		c.Reviews++
	case fact.ActCommit:
		c.Commits++
	default:
		c.Comments++
	}
	switch {
	case v.By == 0:
		c.Nobody++
	case s.w.bots[v.By]:
		c.Bots++
	}
	if v.At == 0 {
		c.Undated++
	}
}

// addLevels notes the level of each type that the item had.
func (s *Shard) addLevels(r *fact.Record, types []step) {
	for _, t := range types {
		level := s.w.rules.level(s.typeOf(r, t.val))
		if level == work.LevelBatch && r.Class == fact.ClassIssue {
			if first, ok := s.firsts[r.Site]; !ok || t.from < first {
				s.firsts[r.Site] = t.from
			}
		}
		if runs := s.levels; len(runs) > 0 && t.from != r.Created && runs[len(runs)-1].val == level {
			continue
		}
		s.levels = append(s.levels, levelRun{t.from, level})
	}
}

// typeOf completes a type that a history names by what is known of its id.
func (s *Shard) typeOf(r *fact.Record, v fact.Value) fact.Type {
	t := fact.Type{ID: v.ID, Name: v.Text, Rank: fact.RankUnknown}
	if v.ID == r.Type.ID && (v.ID != "" || v.Text == r.Type.Name) {
		t.Rank = r.Type.Rank
	}
	if known, ok := s.w.types[siteText{r.Site, v.ID}]; ok && t.Rank == fact.RankUnknown && v.ID != "" {
		t.Rank = known.Rank
	}
	return t
}

func (s *Shard) addKinds(types []step) {
	for _, t := range types {
		id, ok := s.types[t.val.Text]
		if !ok {
			id = uint32(len(s.typeList))
			s.typeList = append(s.typeList, t.val.Text)
			s.types[t.val.Text] = id
		}
		s.kinds = append(s.kinds, kindRun{t.from, id})
	}
}

// addParents notes the parents that the tracker's own fields tell: parent, or
// the link to an epic.
func (s *Shard) addParents(r *fact.Record) {
	now := r.Parent
	for _, f := range r.Fields {
		if now.IsZero() && s.w.fields[siteText{r.Site, f.ID}] == roleEpic && len(f.Values) == 1 {
			now = fact.Ref{Key: f.Values[0].Name}
		}
	}
	value := fact.Value{ID: now.ID, Text: now.Key}
	steps := s.timeline
	if fact.IsRepository(fact.ProjectOf(r.Key)) {
		steps = s.parentEvents
	}
	for _, t := range steps(r, fact.KindParent, value) {
		s.parents = append(s.parents, parentRun{t.from, fact.Ref{ID: t.val.ID, Key: t.val.Text}})
	}
}

// parentEvents returns the parents over time of an issue of a repository.
func (s *Shard) parentEvents(r *fact.Record, kind fact.Kind, now fact.Value) []step {
	return eventSteps(s.of[kind], r.Created, now, func(a, b fact.Value) bool {
		if a.ID != "" && b.ID != "" {
			return a.ID == b.ID
		}
		return fold(a.Text) == fold(b.Text)
	})
}

func (s *Shard) addFlags(r *fact.Record) {
	now := fact.Value{}
	if r.Flagged {
		now.Text = "flagged"
	}
	steps := s.timeline(r, fact.KindFlag, now)
	if len(steps) == 1 && steps[0].val.Text == "" {
		return
	}
	for _, t := range steps {
		val := work.Level(0)
		if t.val.Text != "" {
			val = 1
		}
		s.flags = append(s.flags, levelRun{t.from, val})
	}
}

// addSigns finds the first moments that show work besides a status. What a bot
// logs, or what is assigned to one, shows none.
func (s *Shard) addSigns(r *fact.Record, d *draft, sprints []membership) {
	first := func(t *fact.Instant, at fact.Instant) {
		if at >= r.Created && (*t == 0 || at < *t) {
			*t = at
		}
	}
	for i := range r.Involvement {
		if v := &r.Involvement[i]; v.Act == fact.ActWorklog && !s.w.bots[v.By] {
			first(&d.logged, v.At)
		}
	}
	for _, c := range s.of[fact.KindAssignee] {
		// In a repository others assign what they wish somebody to do.
		self := s.w.who(c.By) == s.w.who(c.To.Person) || !fact.IsRepository(fact.ProjectOf(r.Key))
		if c.To.Person != 0 && !s.w.bots[c.To.Person] && c.At > r.Created && self {
			first(&d.assigned, c.At)
		}
	}
	if r.Class == fact.ClassIssue {
		for i := range r.Involvement {
			if v := &r.Involvement[i]; v.Act == fact.ActCommit && !s.w.bots[v.By] {
				first(&d.coded, v.At)
			}
		}
	}
	s.sprintStart(r, sprints, func(at fact.Instant) { first(&d.sprinted, at) })
}

// sprintStart tells when sprints began that the item was in at the time, or
// when it joined one that had begun.
func (s *Shard) sprintStart(r *fact.Record, sprints []membership, tell func(fact.Instant)) {
	for _, m := range sprints {
		begins, ok := s.w.sprints[siteText{r.Site, m.value.ID}]
		if !ok || begins == 0 {
			continue
		}
		at := max(begins, m.from)
		if m.to == 0 || at < m.to {
			tell(at)
		}
	}
}

func names(list []fact.Named) []fact.Value {
	out := make([]fact.Value, len(list))
	for i, n := range list {
		out[i] = fact.Value{ID: n.ID, Text: n.Name}
	}
	return out
}

// membership is one element of a set over a stretch of time; to is 0 while it
// stands.
type membership struct {
	value    fact.Value
	from, to fact.Instant
}

// memberships returns when the elements of a set were in it. An element that
// is there now, or was taken out, without ever being added has been there
// since the creation.
func (s *Shard) memberships(r *fact.Record, kind fact.Kind, now []fact.Value) []membership {
	var out []membership
	same := func(a, b fact.Value) bool {
		if a.ID != "" && b.ID != "" {
			return a.ID == b.ID
		}
		return a.Text == b.Text
	}
	find := func(v fact.Value, any bool) int {
		for i := len(out) - 1; i >= 0; i-- {
			if same(out[i].value, v) && (any || out[i].to == 0) {
				return i
			}
		}
		return -1
	}
	for _, c := range s.of[kind] {
		at := max(c.At, r.Created)
		if !c.From.IsZero() {
			if k := find(c.From, false); k >= 0 {
				out[k].to = at
			} else if find(c.From, true) < 0 {
				out = append(out, membership{c.From, r.Created, at})
			}
		}
		if !c.To.IsZero() && find(c.To, false) < 0 {
			out = append(out, membership{c.To, at, 0})
		}
	}
	for _, v := range now {
		switch {
		case find(v, false) >= 0:
		case find(v, true) < 0:
			out = append(out, membership{v, r.Created, 0})
		default: // taken out, the history says, and yet there
			out = append(out, membership{v, max(r.Updated, r.Created), 0})
		}
	}
	for i := range out { // never taken out, the history says, and yet gone
		if out[i].to == 0 && !slices.ContainsFunc(now, func(v fact.Value) bool { return same(v, out[i].value) }) {
			out[i].to = max(r.Updated, out[i].from)
		}
	}
	return out
}
