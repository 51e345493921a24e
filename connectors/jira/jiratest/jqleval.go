package jiratest

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"smokestack/analysis/fact"
)

// test decides about one issue.
type test func(*issue) bool

// compiled is a query that can be asked.
type compiled struct {
	where    test
	order    []sorter
	bounded  bool // there is a condition at all
	warnings []string
	relative bool // it means something else with every moment
}

// compiler turns a query into tests. What does not exist is refused, or, where
// that was asked for, matches nothing and is told as a warning.
type compiler struct {
	*call
	lenient  bool
	warnings []string
	relative bool
}

// compile reads a query for whoever asks.
func (c *call) compile(jql string, lenient bool) (*compiled, error) {
	q, err := parseJQL(jql)
	if err != nil {
		return nil, err
	}
	k := &compiler{call: c, lenient: lenient}
	out := &compiled{bounded: q.where != nil, where: func(*issue) bool { return true }}
	if q.where != nil {
		if out.where, err = k.node(q.where, false); err != nil {
			return nil, err
		}
	}
	if len(q.order) == 0 {
		q.order = []sortTerm{{"key", "desc"}}
	}
	if out.order, err = k.sorters(q.order); err != nil {
		return nil, err
	}
	out.warnings, out.relative = k.warnings, k.relative
	return out, nil
}

// node compiles a part. A NOT is carried down to the clauses, where it turns
// operators into their opposites: it does not bring back what is empty.
func (k *compiler) node(n *node, not bool) (test, error) {
	switch n.op {
	case "":
		return k.clause(n.clause, not)
	case "not":
		return k.node(n.kids[0], !not)
	}
	tests := make([]test, len(n.kids))
	for i, kid := range n.kids {
		var err error
		if tests[i], err = k.node(kid, not); err != nil {
			return nil, err
		}
	}
	all := (n.op == "and") != not
	return func(is *issue) bool {
		for _, t := range tests {
			if t(is) != all {
				return !all
			}
		}
		return all
	}, nil
}

var opposites = map[string]string{
	"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in", "is": "is not", "is not": "is", "~": "!~", "!~": "~",
}

func (k *compiler) clause(c clause, not bool) (test, error) {
	if not {
		c.op = opposites[c.op]
	}
	name := strings.ToLower(c.field)
	if date, ok := dateFields[name]; ok {
		return k.date(c, date)
	}
	if slices.Contains(issueNames, name) {
		return k.issueClause(c)
	}
	if name == "summary" || name == "text" {
		return k.text(c)
	}
	s := k.set(name)
	if s == nil {
		return nil, &jqlError{fmt.Sprintf("Field '%s' does not exist or you do not have permission to view it.", c.field)}
	}
	return k.member(c, s)
}

var issueNames = []string{"key", "issuekey", "id", "issue"}

// setField is a field whose values are ids out of a set.
type setField struct {
	of    func(*issue) []string
	ids   func(operand) []string // what an operand means; nil if nothing
	blame string                 // how the refusal of what means nothing reads
}

func one(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

func idsOf(list []fact.Named) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = n.ID
	}
	return out
}

// set returns the field of that name.
func (k *compiler) set(name string) *setField {
	switch name {
	case "project":
		return &setField{func(is *issue) []string { return one(is.rec.Project.ID) }, k.projectIDs, ""}
	case "status":
		return &setField{func(is *issue) []string { return one(is.rec.Status.ID) }, k.words(fact.TermStatus), ""}
	case "statuscategory":
		return &setField{func(is *issue) []string { return one(k.w.category(is.rec.Status.ID)) }, categoryKeys, ""}
	case "issuetype", "type":
		return &setField{func(is *issue) []string { return one(is.rec.Type.ID) }, k.words(fact.TermType), ""}
	case "priority":
		return &setField{func(is *issue) []string { return one(is.rec.Priority.ID) }, among(k.w.priorities), ""}
	case "resolution":
		return &setField{func(is *issue) []string { return one(is.rec.Resolution.ID) }, among(k.w.resolutions), ""}
	case "fixversion":
		return &setField{func(is *issue) []string { return idsOf(is.rec.Releases) }, k.words(fact.TermRelease), ""}
	case "component":
		return &setField{func(is *issue) []string { return idsOf(is.rec.Components) }, k.components, ""}
	case "sprint", "cf[" + strings.TrimPrefix(SprintField, "customfield_") + "]":
		return &setField{func(is *issue) []string { return idsOf(is.rec.Sprints) }, k.words(fact.TermSprint), ""}
	case "labels":
		lower := func(v operand) []string { return []string{strings.ToLower(v.text)} }
		return &setField{func(is *issue) []string { return lowered(is.rec.Labels) }, lower, ""}
	case "parent":
		return &setField{k.parentOf, k.issueIDs, "Issue '%s' does not exist or you do not have permission to see it."}
	case "epic link", "cf[" + strings.TrimPrefix(EpicLinkField, "customfield_") + "]":
		return &setField{k.epicOf, k.issueIDs, "Issue '%s' does not exist or you do not have permission to see it."}
	case "assignee":
		return &setField{func(is *issue) []string { return onePerson(is.rec.Assignee) }, k.personIDs, ""}
	case "reporter":
		return &setField{func(is *issue) []string { return onePerson(is.rec.Reporter) }, k.personIDs, ""}
	case "creator":
		return &setField{func(is *issue) []string { return onePerson(is.rec.Creator) }, k.personIDs, ""}
	}
	return nil
}

func lowered(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}

func onePerson(p fact.Person) []string {
	if p == 0 {
		return nil
	}
	return []string{strconv.Itoa(int(p))}
}

func (k *compiler) personIDs(v operand) []string {
	if v.call && strings.EqualFold(v.text, "currentUser") {
		return onePerson(k.w.person[askerID])
	}
	return onePerson(k.w.person[v.text])
}

func (k *compiler) projectIDs(v operand) []string {
	for _, p := range k.visible() {
		if p.ID == v.text || strings.EqualFold(p.Key, v.text) || strings.EqualFold(p.Name, v.text) {
			return one(p.ID)
		}
	}
	return nil
}

// words finds terms by name or id; several may share a name.
func (k *compiler) words(kind fact.TermKind) func(operand) []string {
	return func(v operand) []string {
		var out []string
		for _, t := range k.w.kind(kind) {
			if t.ID == v.text || strings.EqualFold(t.Name, v.text) {
				out = append(out, t.ID)
			}
		}
		return out
	}
}

func categoryKeys(v operand) []string {
	for key, word := range categoryWords {
		if strings.EqualFold(v.text, key) || strings.EqualFold(v.text, word.name) || v.text == strconv.Itoa(word.id) ||
			strings.EqualFold(v.text, map[string]string{"new": "To Do", "indeterminate": "In Progress", "done": "Done"}[key]) {
			return one(key)
		}
	}
	return nil
}

func among(list []fact.Named) func(operand) []string {
	return func(v operand) []string {
		for _, n := range list {
			if n.ID == v.text || strings.EqualFold(n.Name, v.text) {
				return one(n.ID)
			}
		}
		return nil
	}
}

func (k *compiler) components(v operand) []string {
	var out []string
	for _, p := range k.visible() {
		out = append(out, among(p.components)(v)...)
	}
	return out
}

func (k *compiler) parentOf(is *issue) []string {
	if k.opts.Mode == DataCenter && is.rec.Type.Rank >= 0 {
		return nil
	}
	return k.refID(is.rec.Parent)
}

func (k *compiler) epicOf(is *issue) []string {
	if is.rec.Type.Rank != 0 {
		return nil
	}
	return k.refID(is.rec.Parent)
}

func (k *compiler) refID(ref fact.Ref) []string {
	if r := k.w.find(ref); r != nil {
		return one(r.id)
	}
	return one(cmp.Or(ref.ID, ref.Key))
}

func (k *compiler) issueIDs(v operand) []string {
	if r := k.w.row(v.text); k.sees(r) {
		return one(r.id)
	}
	return nil
}

// member compiles a clause about a set.
func (k *compiler) member(c clause, s *setField) (test, error) {
	wanted, empty, err := k.values(c, s)
	if err != nil {
		return nil, err
	}
	switch c.op {
	case "=", "in", "is":
		return func(is *issue) bool {
			of := s.of(is)
			return empty && len(of) == 0 || slices.ContainsFunc(of, func(id string) bool { return wanted[id] })
		}, nil
	case "!=", "not in", "is not":
		return func(is *issue) bool {
			of := s.of(is)
			return len(of) > 0 && !slices.ContainsFunc(of, func(id string) bool { return wanted[id] })
		}, nil
	}
	return nil, notSupported(c)
}

func notSupported(c clause) error {
	return &jqlError{fmt.Sprintf("The operator '%s' is not supported by the '%s' field.", c.op, c.field)}
}

// values finds what a clause's operands mean.
func (k *compiler) values(c clause, s *setField) (wanted map[string]bool, empty bool, err error) {
	wanted = map[string]bool{}
	for _, v := range c.values {
		if v.empty || strings.EqualFold(c.field, "resolution") && strings.EqualFold(v.text, "unresolved") {
			empty = true
			continue
		}
		ids := s.ids(v)
		if ids == nil {
			reason := fmt.Sprintf("The value '%s' does not exist for the field '%s'.", v.text, c.field)
			if s.blame != "" {
				reason = fmt.Sprintf(s.blame, v.text)
			}
			if err := k.missing(reason); err != nil {
				return nil, false, err
			}
		}
		for _, id := range ids {
			wanted[id] = true
		}
	}
	return wanted, empty, nil
}

// missing refuses what does not exist, or warns of it.
func (k *compiler) missing(reason string) error {
	if k.lenient {
		k.warnings = append(k.warnings, reason)
		return nil
	}
	return &jqlError{reason}
}

// issueClause compiles a clause about the issue itself, by key or id. To be
// above or below means: in the same project.
func (k *compiler) issueClause(c clause) (test, error) {
	wanted := map[string]bool{}
	var at *issue
	for _, v := range c.values {
		r := k.w.row(v.text)
		if v.empty || !k.sees(r) {
			reason := fmt.Sprintf("An issue with key '%s' does not exist for field '%s'.", v.text, c.field)
			if v.number {
				reason = fmt.Sprintf("A value with ID '%s' does not exist for the field '%s'.", v.text, c.field)
			}
			if err := k.missing(reason); err != nil {
				return nil, err
			}
			continue
		}
		wanted[r.id], at = true, r.live
	}
	switch c.op {
	case "=", "in":
		return func(is *issue) bool { return wanted[is.rec.ID] }, nil
	case "!=", "not in":
		return func(is *issue) bool { return !wanted[is.rec.ID] }, nil
	case "<", "<=", ">", ">=":
		if at == nil {
			return func(*issue) bool { return false }, nil
		}
		return func(is *issue) bool {
			return is.rec.Project.ID == at.rec.Project.ID && compares(c.op, int64(is.number), int64(at.number))
		}, nil
	}
	return nil, notSupported(c)
}

func compares(op string, a, b int64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "=", "in":
		return a == b
	}
	return a != b
}

func (k *compiler) text(c clause) (test, error) {
	if c.op != "~" && c.op != "!~" || c.values[0].empty {
		return nil, notSupported(c)
	}
	words := strings.Fields(strings.ToLower(c.values[0].text))
	return func(is *issue) bool {
		title := strings.ToLower(is.rec.Title)
		found := !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(title, w) })
		return found == (c.op == "~")
	}, nil
}

// dateFields are the fields that hold a moment.
var dateFields = func() map[string]func(*issue) fact.Instant {
	out := map[string]func(*issue) fact.Instant{}
	add := func(of func(*issue) fact.Instant, names ...string) {
		for _, n := range names {
			out[n] = of
		}
	}
	add(func(is *issue) fact.Instant { return is.rec.Updated }, "updated", "updateddate")
	add(func(is *issue) fact.Instant { return is.rec.Created }, "created", "createddate")
	add(func(is *issue) fact.Instant { return is.rec.Resolved }, "resolved", "resolutiondate")
	add(func(is *issue) fact.Instant {
		t, err := time.Parse(time.DateOnly, is.rec.Due)
		if err != nil {
			return 0
		}
		return fact.At(t)
	}, "due", "duedate")
	return out
}()

func (k *compiler) date(c clause, of func(*issue) fact.Instant) (test, error) {
	if strings.HasPrefix(c.op, "is") || len(c.values) == 1 && c.values[0].empty {
		there := c.op == "is not" || c.op == "!="
		return func(is *issue) bool { return (of(is) != 0) == there }, nil
	}
	if strings.HasSuffix(c.op, "~") {
		return nil, notSupported(c)
	}
	var at []fact.Instant
	for _, v := range c.values {
		t, err := k.moment(c.field, v)
		if err != nil {
			return nil, err
		}
		at = append(at, t)
	}
	return func(is *issue) bool {
		t := of(is)
		if t == 0 {
			return false
		}
		switch c.op {
		case "in":
			return slices.Contains(at, t)
		case "not in":
			return !slices.Contains(at, t)
		}
		return compares(c.op, int64(t), int64(at[0]))
	}, nil
}

var (
	period     = regexp.MustCompile(`^-?(\d{1,9}[wdhm] ?)+$`)
	periodPart = regexp.MustCompile(`(\d+)([wdhm])`)
)

// moment reads a date of a query: a number is of milliseconds and exact, a text
// is a minute on the clock of the asking account, or a period before or after
// now.
func (k *compiler) moment(field string, v operand) (fact.Instant, error) {
	now := k.now
	switch {
	case v.call:
		return k.function(field, v)
	case v.number && !v.quoted:
		n, err := strconv.ParseInt(v.text, 10, 64)
		return fact.Instant(n), err
	}
	for _, layout := range []string{"2006-1-2 15:04", "2006/1/2 15:04", "2006-1-2", "2006/1/2"} {
		if t, err := time.ParseInLocation(layout, v.text, k.opts.zone()); err == nil {
			return fact.At(t), nil
		}
	}
	if period.MatchString(v.text) {
		k.relative = true
		sum := time.Duration(0)
		for _, m := range periodPart.FindAllStringSubmatch(v.text, -1) {
			n, err := strconv.ParseInt(m[1], 10, 32)
			if err != nil {
				return 0, k.badDate(field, v)
			}
			sum += time.Duration(min(n, math.MaxInt64/int64(units[m[2]]))) * units[m[2]]
		}
		if v.text[0] == '-' {
			sum = -sum
		}
		return fact.At(now.Add(sum)), nil
	}
	return 0, k.badDate(field, v)
}

var units = map[string]time.Duration{"w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour, "m": time.Minute}

func (k *compiler) badDate(field string, v operand) error {
	return &jqlError{fmt.Sprintf("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", v.text, field)}
}

func (k *compiler) function(field string, v operand) (fact.Instant, error) {
	k.relative = true
	local := k.now.In(k.opts.zone())
	switch strings.ToLower(v.text) {
	case "now":
		return fact.At(k.now), nil
	case "startofday":
		return fact.At(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())), nil
	}
	return 0, &jqlError{fmt.Sprintf("Unable to find JQL function '%s()'.", v.text)}
}

// sortKey is what issues are ordered by: a text, then a number.
type sortKey struct {
	S string `json:"s,omitempty"`
	N int64  `json:"n,omitempty"`
}

type sorter struct {
	of   func(*issue) sortKey
	desc bool
}

// sorters compiles an order. Dates and priorities run downwards of themselves,
// everything else upwards.
func (k *compiler) sorters(terms []sortTerm) ([]sorter, error) {
	if k.opts.Mode == Cloud && len(terms) > 7 {
		return nil, &jqlError{"The maximum number of fields in the ORDER BY clause is 7."}
	}
	var out []sorter
	for _, t := range terms {
		name := strings.ToLower(t.field)
		s := sorter{desc: t.direction == "desc"}
		date, isDate := dateFields[name]
		switch {
		case isDate:
			s.of = func(is *issue) sortKey { return sortKey{N: int64(date(is))} }
			s.desc = t.direction != "asc"
		case slices.Contains(issueNames, name):
			s.of = func(is *issue) sortKey { return sortKey{is.prefix, int64(is.number)} }
		case name == "priority":
			s.of = func(is *issue) sortKey { return sortKey{S: is.rec.Priority.ID} }
			s.desc = t.direction != "asc"
		case name == "rank":
			s.of = func(is *issue) sortKey { return sortKey{N: int64(is.number)} }
		case name == "project":
			s.of = func(is *issue) sortKey { return sortKey{S: is.prefix} }
		case name == "status":
			s.of = func(is *issue) sortKey { return sortKey{S: is.rec.Status.ID} }
		case name == "issuetype" || name == "type":
			s.of = func(is *issue) sortKey { return sortKey{S: is.rec.Type.ID} }
		case name == "summary":
			s.of = func(is *issue) sortKey { return sortKey{S: is.rec.Title} }
		default:
			return nil, &jqlError{fmt.Sprintf("Field '%s' does not exist or you do not have permission to view it.", t.field)}
		}
		out = append(out, s)
	}
	return out, nil
}

// place is where an issue stands in an order.
type place struct {
	Keys []sortKey `json:"k"`
	ID   string    `json:"i"`
}

func placeOf(order []sorter, is *issue) place {
	p := place{ID: is.rec.ID}
	for _, s := range order {
		p.Keys = append(p.Keys, s.of(is))
	}
	return p
}

// comparePlace compares an issue with a place in an order.
func comparePlace(order []sorter, is *issue, p place) int {
	for i, s := range order {
		a := s.of(is)
		if n := compareKey(a, p.Keys[i]); n != 0 {
			if s.desc {
				return -n
			}
			return n
		}
	}
	return fact.CompareID(is.rec.ID, p.ID)
}

func compareKey(a, b sortKey) int { return cmp.Or(cmp.Compare(a.S, b.S), cmp.Compare(a.N, b.N)) }

// index remembers the results of a few queries until something changes.
type index struct {
	sync.Mutex
	generation int
	results    map[string][]*issue
	subtasks   map[string][]string
	subtasksAt int
}

// mostResults bounds what the index remembers.
const mostResults = 50

// results returns, in order, what the search index has for a query. Whether it
// may be seen, and whether it is still there, is another matter.
func (c *call) results(jql string, q *compiled) []*issue {
	ix := &c.s.index
	late := c.w.late(c.now)
	ix.Lock()
	defer ix.Unlock()
	if ix.generation != c.w.generation || ix.results == nil {
		ix.generation, ix.results = c.w.generation, map[string][]*issue{}
	}
	key := fmt.Sprint(c.who.anonymous, jql)
	if list, ok := ix.results[key]; ok && !late && !q.relative {
		return list
	}
	var list []*issue
	for _, r := range c.w.rows {
		if is := r.at(c.now, late); is != nil && q.where(is) {
			list = append(list, is)
		}
	}
	slices.SortFunc(list, func(a, b *issue) int {
		for _, s := range q.order {
			if n := compareKey(s.of(a), s.of(b)); n != 0 {
				if s.desc {
					return -n
				}
				return n
			}
		}
		return fact.CompareID(a.rec.ID, b.rec.ID)
	})
	if !late && !q.relative {
		if len(ix.results) >= mostResults {
			clear(ix.results)
		}
		ix.results[key] = list
	}
	return list
}
