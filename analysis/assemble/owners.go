package assemble

import (
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// addOwners notes which team owned an item when: the rules are asked anew at
// every instant at which something that they look at changed.
func (s *Shard) addOwners(r *fact.Record, h holdings) {
	var last uint32
	for n, at := range s.turns(r, h) {
		owner := s.owner(r, h, at)
		if n == 0 || owner != last {
			s.owners = append(s.owners, ownerRun{at, owner})
			last = owner
		}
	}
	switch work.TeamID(last) {
	case work.NoTeam:
		s.cover.NoTeam++
	case work.Several:
		s.cover.Several++
	}
	s.countMatches(r, h)
	if s.w.rules.By == ByField {
		s.noteFields(r)
	}
}

// noteFields notes in which fields the record has values.
func (s *Shard) noteFields(r *fact.Record) {
	note := func(id string) {
		if f := (siteText{r.Site, id}); !s.valued[f] {
			s.valued[siteText{strings.Clone(f.site), strings.Clone(f.text)}] = true
		}
	}
	for _, f := range r.Fields {
		if len(f.Values) > 0 {
			note(f.ID)
		}
	}
	if r.Team.Name != "" {
		note("Team")
	}
}

// holdings is what rules may look at, over time.
type holdings struct {
	keys, types, teams []step
	components, labels []membership
	// codeOwners are those of the paths of a pull request; byPaths: it has some.
	codeOwners []string
	byPaths    bool
}

func (s *Shard) holdings(r *fact.Record, keys, types []step) holdings {
	h := holdings{keys: keys, types: types}
	if s.looks.components {
		h.components = s.memberships(r, fact.KindComponent, names(r.Components))
	}
	if s.looks.labels {
		now := make([]fact.Value, len(r.Labels))
		for i, l := range r.Labels {
			now[i] = fact.Value{Text: l}
		}
		h.labels = s.memberships(r, fact.KindLabel, now)
	}
	if s.looks.team {
		h.teams = s.timeline(r, fact.KindTeam, s.teamNow(r))
	}
	if s.looks.codeOwners && r.Class == fact.ClassPull && len(r.Pull.Paths) > 0 {
		h.codeOwners, h.byPaths = s.pathOwners(r), true
	}
	return h
}

// teamNow returns the value of the Team field.
func (s *Shard) teamNow(r *fact.Record) fact.Value {
	if r.Team.Name != "" {
		return fact.Value{ID: r.Team.ID, Text: r.Team.Name}
	}
	for _, f := range r.Fields {
		if s.w.fields[siteText{r.Site, f.ID}] == roleTeam && len(f.Values) == 1 {
			return fact.Value{ID: f.Values[0].ID, Text: f.Values[0].Name}
		}
	}
	return fact.Value{}
}

// turns returns the instants at which ownership may change, the creation first.
func (s *Shard) turns(r *fact.Record, h holdings) []fact.Instant {
	at := []fact.Instant{r.Created}
	for _, steps := range [][]step{h.keys, h.types, h.teams} {
		for _, t := range steps[min(1, len(steps)):] {
			at = append(at, t.from)
		}
	}
	for _, list := range [][]membership{h.components, h.labels} {
		for _, m := range list {
			at = append(at, m.from)
			if m.to != 0 {
				at = append(at, m.to)
			}
		}
	}
	for _, t := range s.w.rules.Teams {
		if t.From > r.Created {
			at = append(at, t.From)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

func valueAt(steps []step, t fact.Instant) fact.Value {
	var v fact.Value
	for _, s := range steps {
		if s.from > t {
			break
		}
		v = s.val
	}
	return v
}

// heldAt returns the elements of a set at an instant, in order.
func heldAt(list []membership, t fact.Instant) []string {
	var out []string
	for _, m := range list {
		if m.from <= t && (m.to == 0 || m.to > t) {
			out = append(out, m.value.Text)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *Shard) owner(r *fact.Record, h holdings, t fact.Instant) uint32 {
	key := valueAt(h.keys, t).Text
	if key == "" {
		key = r.Key
	}
	proj := fact.ProjectOf(key)
	switch s.w.rules.By {
	case ByTeamOrProject:
		if team := valueAt(h.teams, t).Text; team != "" {
			if first, ok := s.team[r.Site]; !ok || t < first {
				s.team[r.Site] = t
			}
			return s.teamID(work.Team{Name: team})
		}
		return s.teamID(work.Team{Name: fold(proj)})
	case ByProject:
		return s.teamID(work.Team{Name: fold(proj)})
	case ByComponent:
		return s.one(heldAt(h.components, t), fold(proj))
	case ByLabel:
		return s.one(heldAt(h.labels, t), "")
	case ByField:
		return s.one(s.field(r, h, s.w.rules.Field, t), "")
	}
	for _, i := range s.fitting(r, h, proj, t) {
		if t >= s.w.rules.Teams[i].From {
			return uint32(i) + 2
		}
	}
	return uint32(work.NoTeam)
}

// traits are all that a team rule can look at, at one instant.
type traits struct {
	site, project, typ         string
	components, labels, fields string
	codeOwners                 string
}

// fitting returns the configured teams whose rules fit an item at an instant.
// Items are alike in what rules look at, so the answers are kept.
func (s *Shard) fitting(r *fact.Record, h holdings, proj string, t fact.Instant) []int {
	key := traits{site: r.Site, project: proj}
	if s.needs.types {
		key.typ = valueAt(h.types, t).Text
	}
	if s.needs.components {
		key.components = strings.Join(heldAt(h.components, t), "\x00")
	}
	if s.needs.labels {
		key.labels = strings.Join(heldAt(h.labels, t), "\x00")
	}
	if s.needs.codeOwners {
		key.codeOwners = strings.Join(s.codeOwners(r, h, proj), "\x00")
	}
	if s.needs.fields {
		for _, name := range s.w.fieldNames {
			key.fields += strings.Join(s.field(r, h, name, t), "\x00") + "\x01"
		}
	}
	if known, ok := s.fits[key]; ok {
		return known
	}
	var out []int
	for i, team := range s.w.rules.Teams {
		if s.match(r, h, team.Match, proj, t) {
			out = append(out, i)
		}
	}
	// The key outlives the record that its texts may be part of.
	for _, text := range []*string{&key.site, &key.project, &key.typ, &key.components, &key.labels, &key.fields, &key.codeOwners} {
		*text = strings.Clone(*text)
	}
	s.fits[key] = out
	return out
}

// one returns the team that an item names, if it names exactly one.
func (s *Shard) one(named []string, group string) uint32 {
	switch len(named) {
	case 0:
		return uint32(work.NoTeam)
	case 1:
		return s.teamID(work.Team{Name: named[0], Group: group})
	}
	return uint32(work.Several)
}

// field returns the values of the field with this name or id. Of custom fields
// only the present value is known, but for the Team field.
func (s *Shard) field(r *fact.Record, h holdings, name string, t fact.Instant) []string {
	name = strings.ToLower(name)
	if name == "team" {
		if v := valueAt(h.teams, t).Text; v != "" {
			return []string{v}
		}
	}
	for _, f := range r.Fields {
		if strings.ToLower(f.ID) != name && s.w.fields[siteText{r.Site, f.ID}] != name {
			continue
		}
		out := make([]string, len(f.Values))
		for i, v := range f.Values {
			out[i] = v.Name
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return nil
}

func (s *Shard) match(r *fact.Record, h holdings, m Match, proj string, t fact.Instant) bool {
	if !s.matchContainer(r, h, m, proj, t) {
		return false
	}
	if len(m.Labels) > 0 && !anyFits(m.Labels, heldAt(h.labels, t)) {
		return false
	}
	if len(m.Types) > 0 && !fits(m.Types, valueAt(h.types, t).Text) {
		return false
	}
	for name, values := range m.Fields {
		if !anyFits(values, s.field(r, h, name, t)) {
			return false
		}
	}
	return true
}

// matchContainer matches where an item lives. Of a rule that speaks of both kinds
// of trackers, what it says of Jira's projects and components goes for items of
// Jira, what it says of repositories, path owners and GitHub's teams for those of
// repositories. A rule that speaks of one kind alone fits no item of the other.
func (s *Shard) matchContainer(r *fact.Record, h holdings, m Match, proj string, t fact.Instant) bool {
	ofJira, ofHub := len(m.Projects)+len(m.Components), len(m.Repositories)+len(m.CodeOwners)+len(m.GitHubTeams)
	if !fact.IsRepository(proj) {
		return (ofHub == 0 || ofJira > 0) &&
			(len(m.Projects) == 0 || fits(m.Projects, proj)) &&
			(len(m.Components) == 0 || anyFits(m.Components, heldAt(h.components, t)))
	}
	return (ofJira == 0 || ofHub > 0) &&
		(len(m.Repositories) == 0 || fits(m.Repositories, proj)) &&
		(len(m.CodeOwners) == 0 || anyFits(m.CodeOwners, s.codeOwners(r, h, proj))) &&
		(len(m.GitHubTeams) == 0 || anyFits(m.GitHubTeams, s.w.maintainers[siteText{r.Site, strings.ToLower(proj)}]))
}

// countMatches counts, for every configured team, the items that its rule fits
// now, whoever owns them: a rule that fits nothing is probably a mistake.
func (s *Shard) countMatches(r *fact.Record, h holdings) {
	if s.w.rules.By != ByRules {
		return
	}
	key := valueAt(h.keys, fact.Never).Text
	for _, i := range s.fitting(r, h, fact.ProjectOf(key), fact.Never) {
		s.matched[i]++
	}
}

func (s *Shard) teamID(t work.Team) uint32 {
	id, ok := s.teams[t]
	if !ok {
		t.Name, t.Group = strings.Clone(t.Name), strings.Clone(t.Group)
		id = uint32(len(s.teamList))
		s.teamList = append(s.teamList, t)
		s.teams[t] = id
	}
	return id
}
