package reports

import (
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
)

// fiveTeams are three teams that are told alone and two that are told together.
func fiveTeams(t testing.TB) world {
	return build(t, 1, 60, [2]int{7, 2}, [2]int{6, 2}, [2]int{8, 2}, [2]int{3, 1}, [2]int{2, 1})
}

// same checks that two worlds have the same tables and exports, byte for byte.
func same(t *testing.T, what string, a, b world) {
	t.Helper()
	x, y := a.scan(t, 1), b.scan(t, 1)
	if d := differ(written(t, x.Document()), written(t, y.Document())); d != "" {
		t.Errorf("%s: tables differ %s", what, d)
	}
	if d := differ(a.exported(t, x), b.exported(t, y)); d != "" {
		t.Errorf("%s: exports differ %s", what, d)
	}
}

// eachPerson changes every number of a person in the facts and the rules.
func (w world) eachPerson(of func(fact.Person) fact.Person) {
	change := func(p *fact.Person) {
		if *p != 0 {
			*p = of(*p)
		}
	}
	for _, r := range w.Records {
		change(&r.Creator)
		change(&r.Reporter)
		change(&r.Assignee)
		for n := range r.Changes {
			c := &r.Changes[n]
			change(&c.By)
			change(&c.From.Person)
			change(&c.To.Person)
		}
		for n := range r.Involvement {
			change(&r.Involvement[n].By)
		}
	}
	for n := range w.Rules.Teams {
		for k := range w.Rules.Teams[n].Members {
			change(&w.Rules.Teams[n].Members[k].Person)
		}
	}
	for n := range w.Rules.Bots {
		change(&w.Rules.Bots[n])
	}
}

// The numbers of people are those of one store: another store, or another order of
// pulls, gives others, and nothing may depend on them.
func TestPersonNumbersDoNotMatter(t *testing.T) {
	for _, members := range []bool{true, false} {
		a := fiveTeams(t)
		if !members {
			for n := range a.Rules.Teams {
				a.Rules.Teams[n].Members = nil
			}
		}
		for seed := range 2 {
			b := a.clone()
			order := stats.Rand("people", fmt.Sprint(seed)).Perm(len(a.People))
			b.eachPerson(func(p fact.Person) fact.Person { return fact.Person(1 + 7*order[p-1]) })
			same(t, fmt.Sprintf("members %t, order %d", members, seed), a, b)
		}
	}
}

// The order in which records come, the number of shards that take them and the
// number of processors change nothing.
func TestOrderShardsAndProcessorsDoNotMatter(t *testing.T) {
	a := fiveTeams(t)
	want := a.scan(t, 1)
	tables, export := written(t, want.Document()), a.exported(t, want)
	check := func(what string, b world, shards int) {
		t.Helper()
		s := b.scan(t, shards)
		if d := differ(tables, written(t, s.Document())); d != "" {
			t.Errorf("%s: tables differ %s", what, d)
		}
		if d := differ(export, b.exported(t, s)); d != "" {
			t.Errorf("%s: exports differ %s", what, d)
		}
	}
	b := a.clone()
	slices.Reverse(b.Records)
	check("reversed, 3 shards", b, 3)
	c := a.clone()
	stats.Rand("records").Shuffle(len(c.Records), func(i, j int) { c.Records[i], c.Records[j] = c.Records[j], c.Records[i] })
	check("shuffled, 8 shards", c, 8)
	for _, n := range []int{1, 7} {
		before := runtime.GOMAXPROCS(n)
		check(fmt.Sprint(n, " processors"), a, 2)
		runtime.GOMAXPROCS(before)
	}
}

// renaming maps the words of the trackers and of the configuration.
type renaming func(kind, name string) string

func (of renaming) named(kind string, n *fact.Named) { n.Name = of(kind, n.Name) }

// rename gives teams, statuses, types, labels, sprints and link types other names,
// and leaves ids and keys.
func (w world) rename(of renaming) {
	if w.Rules.Teams != nil {
		for n := range w.Rules.Teams {
			w.Rules.Teams[n].Name = of("team", w.Rules.Teams[n].Name)
		}
	}
	kinds := map[fact.TermKind]string{fact.TermStatus: "status", fact.TermType: "type", fact.TermSprint: "sprint", fact.TermRelease: "release"}
	for n, term := range w.Vocabulary {
		if kind := kinds[term.Kind]; kind != "" {
			w.Vocabulary[n].Name = of(kind, term.Name)
		}
	}
	fields := map[fact.Kind]string{fact.KindStatus: "status", fact.KindType: "type", fact.KindSprint: "sprint", fact.KindRelease: "release", fact.KindLabel: "label"}
	for _, r := range w.Records {
		of.named("status", &r.Status)
		r.Type.Name = of("type", r.Type.Name)
		for n := range r.Labels {
			r.Labels[n] = of("label", r.Labels[n])
		}
		for n := range r.Sprints {
			of.named("sprint", &r.Sprints[n])
		}
		for n := range r.Changes {
			c := &r.Changes[n]
			if kind := fields[c.Kind]; kind != "" {
				c.From.Text, c.To.Text = of(kind, c.From.Text), of(kind, c.To.Text)
			}
		}
	}
}

// prefixed puts the kind and an x before a name; what has none stays. The order
// of names stays too.
func prefixed(kind, name string) string {
	if name == "" || name == "milestone" || name == "pull" {
		return name
	}
	return "x" + kind + "x" + name
}

// Other names of everything with a name give the same tables with these names.
func TestNamesDoNotMatter(t *testing.T) {
	a := fiveTeams(t)
	b := a.clone()
	b.rename(prefixed)
	back := strings.NewReplacer("xteamx", "", "xstatusx", "", "xtypex", "", "xlabelx", "", "xsprintx", "", "xreleasex", "")
	x, y := a.scan(t, 1), b.scan(t, 1)
	if d := differ(written(t, x.Document()), back.Replace(written(t, y.Document()))); d != "" {
		t.Errorf("tables differ %s", d)
	}
	if d := differ(a.exported(t, x), back.Replace(b.exported(t, y))); d != "" {
		t.Errorf("exports differ %s", d)
	}
}

// shift moves all instants by so much, and the zone as far to the west.
func (w world) shift(by fact.Instant, zone *time.Location) {
	move := func(t *fact.Instant) {
		if *t != 0 && *t != fact.Never {
			*t += by
		}
	}
	days := int(by / fact.Day)
	for _, r := range w.Records {
		for _, t := range []*fact.Instant{&r.Created, &r.Updated, &r.Resolved, &r.Pull.Merged, &r.Pull.Begun, &r.Told} {
			move(t)
		}
		for n := range r.Changes {
			c := &r.Changes[n]
			move(&c.At)
			if c.Kind == fact.KindDue {
				c.From.Text, c.To.Text = later(c.From.Text, days), later(c.To.Text, days)
			}
		}
		for n := range r.Involvement {
			move(&r.Involvement[n].At)
		}
		r.Due = later(r.Due, days)
	}
	for n := range w.Vocabulary {
		move(&w.Vocabulary[n].Start)
		move(&w.Vocabulary[n].End)
		move(&w.Vocabulary[n].Seen)
	}
	for n := range w.Rules.Teams {
		move(&w.Rules.Teams[n].From)
		for k := range w.Rules.Teams[n].Members {
			move(&w.Rules.Teams[n].Members[k].From)
			move(&w.Rules.Teams[n].Members[k].Until)
		}
	}
	move(&w.AsOf)
	w.Rules.Zone = zone
}

// later moves a day of the calendar.
func later(day string, by int) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return at.AddDate(0, 0, by).Format(time.DateOnly)
}

// Hours between trackers and headquarters do not matter: where everything happens
// some hours later in a zone as far west, the tables of numbers are the same.
func TestHoursAndZoneShiftTogether(t *testing.T) {
	a := fiveTeams(t)
	x := numbers(t, a.scan(t, 1))
	for _, hours := range []int{-11, 5} {
		b := a.clone()
		b.shift(fact.Instant(hours)*fact.Day/24, time.FixedZone("elsewhere", -hours*3600))
		compareNumbers(t, fmt.Sprint(hours, " hours"), x, numbers(t, b.scan(t, 1)))
	}
}

// Neither does the week in which all of it happens.
func TestWeeksShift(t *testing.T) {
	a := fiveTeams(t)
	x := numbers(t, a.scan(t, 1))
	for _, weeks := range []int{-13, 104} {
		b := a.clone()
		b.shift(fact.Instant(weeks)*7*fact.Day, nil)
		compareNumbers(t, fmt.Sprint(weeks, " weeks"), x, numbers(t, b.scan(t, 1)))
	}
}

// Neither does the order in which a configuration names teams, nor any order of
// their names: each row tells the same.
func TestTeamOrderDoesNotMatter(t *testing.T) {
	a := fiveTeams(t)
	b := a.clone()
	slices.Reverse(b.Rules.Teams)
	byRow := func(w world) map[string]string {
		out := map[string]string{}
		for _, tab := range sheets(t, w.scan(t, 1)) {
			for _, row := range tab.Rows {
				labels := texts(tab, row)
				key := tab.ID + " " + strings.Join(labels[:min(2, len(labels))], ", ")
				for n := 2; out[key+" is a row"] != ""; n++ {
					key = fmt.Sprint(tab.ID, " ", labels[:min(2, len(labels))], n)
				}
				out[key+" is a row"] = "yes"
				for _, c := range tab.Columns {
					cell, err := json.Marshal(row[c.ID])
					if err != nil {
						t.Fatal(err)
					}
					out[key+" "+c.ID] = rounded.ReplaceAllString(string(cell), "$1")
				}
			}
		}
		return out
	}
	compareNumbers(t, "teams in another order", byRow(a), byRow(b))
}

// rounded are the first ten decimals of a number: sums over teams are of another
// order.
var rounded = regexp.MustCompile(`(\.\d{10})\d*`)
