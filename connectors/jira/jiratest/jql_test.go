package jiratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
)

// shown writes a condition with all its parentheses.
func (n *node) shown() string {
	if n == nil {
		return "everything"
	}
	if n.op == "" {
		var values []string
		for _, v := range n.clause.values {
			text := v.text
			switch {
			case v.empty:
				text = "EMPTY"
			case v.quoted:
				text = strconv.Quote(text)
			case v.number:
				text = "#" + text
			case v.call:
				text += "()"
			}
			values = append(values, text)
		}
		return n.clause.field + " " + n.clause.op + " " + strings.Join(values, "|")
	}
	var kids []string
	for _, k := range n.kids {
		kids = append(kids, k.shown())
	}
	return n.op + "(" + strings.Join(kids, ", ") + ")"
}

func TestParseJQL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ jql, want string }{
		{"", "everything"},
		{"  \n\t ", "everything"},
		{"project = PAY", "project = PAY"},
		{"project=PAY", "project = PAY"},
		{"a = 1 AND b = 2 OR c = 3", "or(and(a = #1, b = #2), c = #3)"},
		{"a = 1 and (b = 2 or c = 3)", "and(a = #1, or(b = #2, c = #3))"},
		{"a = 1 && b = 2 || c = 3 & d = 4 | e = 5", "or(and(a = #1, b = #2), and(c = #3, d = #4), e = #5)"},
		{"NOT a = 1 AND b = 2", "and(not(a = #1), b = #2)"},
		{"!(a = 1)", "not(a = #1)"},
		{"not not a = 1", "not(not(a = #1))"},
		{"((a = 1))", "a = #1"},
		{"project in (PAY, SHOP ,\"SET\")", `project in PAY|SHOP|"SET"`},
		{"project not in(PAY)", "project not in PAY"},
		{"parent is EMPTY and parent IS NOT null", "and(parent is EMPTY, parent is not EMPTY)"},
		{"updated >= 1732877091000", "updated >= #1732877091000"},
		{"updated >= -15m", "updated >= -15m"},
		{"updated >= \"-1w 2d\"", `updated >= "-1w 2d"`},
		{"updated >= '2026-01-02 03:04'", `updated >= "2026-01-02 03:04"`},
		{"updated <= now()", "updated <= now()"},
		{`summary ~ "order by \"x\" ASC"`, `summary ~ "order by \"x\" ASC"`},
		{`labels = 'it\'s' and labels = "\u0041\\\n"`, `and(labels = "it's", labels = "A\\\n")`},
		{`labels = a\ b`, "labels = a b"},
		{"labels = naïve-日本", "labels = naïve-日本"},
		{`"Epic Link" = PAY-1 and cf[10020] = 7`, `and(Epic Link = PAY-1, cf[10020] = #7)`},
		{"key>PAY-1", "key > PAY-1"},
		{"order by updated", "everything order updated:"},
		{"project = PAY ORDER BY updated ASC, key desc,created", "project = PAY order updated:asc key:desc created:"},
		{"order = 1", "refused: Error in the JQL Query: Expecting 'by' but got '='. (line 1, character 7)"},
		// What Jira refuses, in its words.
		{"project", "refused: Error in the JQL Query: Expecting operator before the end of the query. " + validOperators},
		{"project & PAY", "refused: Error in the JQL Query: Expecting operator but got '&'. " + validOperators + " (line 1, character 9)"},
		{"project =", "refused: Error in the JQL Query: Expecting either a value, list or function before the end of the query."},
		{"project = PAY AND", "refused: Error in the JQL Query: Expecting a field name at the end of the query."},
		{"project = PAY SHOP", "refused: Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'SHOP'. (line 1, character 15)"},
		{"project = IN", "refused: Error in the JQL Query: Expecting either a value, list or function but got 'IN'. You must surround 'IN' in quotation marks to use it as a value. (line 1, character 11)"},
		{"project in (PAY", "refused: Error in the JQL Query: Expecting ')' before the end of the query."},
		{"project in PAY", "refused: Error in the JQL Query: Expecting '(' but got 'PAY'. (line 1, character 12)"},
		{"project in ()", "refused: Error in the JQL Query: Expecting either a value, list or function but got ')'. You must surround ')' in quotation marks to use it as a value. (line 1, character 13)"},
		{"(project = PAY", "refused: Error in the JQL Query: Expecting ')' before the end of the query."},
		{"project = PAY)", "refused: Error in the JQL Query: Expecting either 'OR' or 'AND' but got ')'. (line 1, character 14)"},
		{"project = 'PAY", "refused: Error in the JQL Query: The quoted string 'PAY' has not been completed. (line 1, character 11)"},
		{"labels = a@b", "refused: Error in the JQL Query: The character '@' is a reserved JQL character. You must enclose it in a string or use the escape '\\u0040' instead. (line 1, character 11)"},
		{"labels =\n 2026/01/02", "refused: Error in the JQL Query: The character '/' is a reserved JQL character. You must enclose it in a string or use the escape '\\u002f' instead. (line 2, character 6)"},
		{"end = 1", "refused: Error in the JQL Query: 'end' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character 1)"},
		{`labels = "\x"`, `refused: Error in the JQL Query: '\x' is an illegal JQL escape sequence. The valid escape sequences are \', \", \t, \n, \r, \\, '\ ' and \uXXXX. (line 1, character 11)`},
		{"status was Done", "refused: Error in the JQL Query: the pretend Jira does not know the operator 'was'."},
		{"parent is PAY-1", "refused: Error in the JQL Query: The operator 'is' can only be used with EMPTY or NULL."},
		{strings.Repeat("(", 300) + "a = 1" + strings.Repeat(")", 300), "refused: Error in the JQL Query: it is nested too deeply."},
	} {
		got := ""
		q, err := parseJQL(c.jql)
		if err != nil {
			got = "refused: " + err.Error()
		} else {
			got = q.where.shown()
			if len(q.order) > 0 {
				got += " order"
			}
			for _, o := range q.order {
				got += " " + o.field + ":" + o.direction
			}
		}
		if got != c.want {
			t.Errorf("%.80s\n got %s\nwant %s", c.jql, got, c.want)
		}
	}
}

// What a query finds is compared with a plain loop over the facts.
func TestJQLFinds(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{Zone: zone(t, "America/Caracas")}) // four hours behind UTC, always
	f.stir(3, 80)
	facts := f.Facts()
	byKey := map[string]*fact.Record{}
	for i := range facts.Records {
		byKey[facts.Records[i].Key] = &facts.Records[i]
	}
	pick := facts.Records[40]
	utc := func(y int, m time.Month, d, h, min int) fact.Instant {
		return fact.At(time.Date(y, m, d, h, min, 0, 0, time.UTC))
	}
	has := func(list []string, s string) bool { return slices.Contains(list, s) }
	now := fact.At(f.clock.now())
	minute := shortlyAfter(t, facts.Records).Time().Truncate(time.Minute)
	clock := minute.In(f.opts.Zone).Format("2006-01-02 15:04") // on the account's
	for _, c := range []struct {
		jql   string
		match func(r *fact.Record) bool
	}{
		{"project = INV", func(r *fact.Record) bool { return r.Project.Key == "INV" }},
		{"project = inv", func(r *fact.Record) bool { return r.Project.Key == "INV" }},
		{"project = Invoicing", func(r *fact.Record) bool { return r.Project.Key == "INV" }},
		{"project = 10100", func(r *fact.Record) bool { return r.Project.Key == "INV" }},
		{"project != INV", func(r *fact.Record) bool { return r.Project.Key != "INV" }},
		{"project in (INV, ORD)", func(r *fact.Record) bool { return r.Project.Key != "CHK" }},
		{"project not in (INV, ORD)", func(r *fact.Record) bool { return r.Project.Key == "CHK" }},
		{"NOT project in (INV, ORD)", func(r *fact.Record) bool { return r.Project.Key == "CHK" }},
		{`status = "In Progress"`, func(r *fact.Record) bool { return r.Status.ID == "3" }},
		{"status = 3", func(r *fact.Record) bool { return r.Status.ID == "3" }},
		{"statusCategory = Done", func(r *fact.Record) bool { return r.Status.ID == "10004" }},
		{"issuetype in (Bug, Epic) and status != Done", func(r *fact.Record) bool {
			return (r.Type.Name == "Bug" || r.Type.Name == "Epic") && r.Status.ID != "10004"
		}},
		{"type = Story or not (status = Done and project = CHK)", func(r *fact.Record) bool {
			return r.Type.Name == "Story" || r.Status.ID != "10004" || r.Project.Key != "CHK"
		}},
		{"labels = tech-debt", func(r *fact.Record) bool { return has(r.Labels, "tech-debt") }},
		{"labels in (tech-debt, stale)", func(r *fact.Record) bool { return has(r.Labels, "tech-debt") || has(r.Labels, "stale") }},
		{"labels = nobody-uses-this", func(*fact.Record) bool { return false }},
		// != and NOT do not bring back what has no label at all.
		{"labels != tech-debt", func(r *fact.Record) bool { return len(r.Labels) > 0 && !has(r.Labels, "tech-debt") }},
		{"not labels = tech-debt", func(r *fact.Record) bool { return len(r.Labels) > 0 && !has(r.Labels, "tech-debt") }},
		{"labels is empty", func(r *fact.Record) bool { return len(r.Labels) == 0 }},
		{"labels is empty or labels != tech-debt", func(r *fact.Record) bool { return !has(r.Labels, "tech-debt") }},
		{"resolution = unresolved", func(r *fact.Record) bool { return r.Resolution.ID == "" }},
		{"resolution is not empty", func(r *fact.Record) bool { return r.Resolution.ID != "" }},
		{"parent is empty", func(r *fact.Record) bool { return r.Parent.IsZero() }},
		{"parent = " + parentOf(facts.Records), func(r *fact.Record) bool { return r.Parent.Key == parentOf(facts.Records) }},
		{"assignee is empty", func(r *fact.Record) bool { return r.Assignee == 0 }},
		{"summary ~ invoice", func(r *fact.Record) bool { return strings.Contains(strings.ToLower(r.Title), "invoice") }},
		{"key = " + pick.Key, func(r *fact.Record) bool { return r.ID == pick.ID }},
		{"id = " + pick.ID, func(r *fact.Record) bool { return r.ID == pick.ID }},
		{"issuekey in (" + pick.ID + ")", func(r *fact.Record) bool { return r.ID == pick.ID }},
		{"key >= " + pick.Key, func(r *fact.Record) bool { return r.Project == pick.Project && number(r) >= number(&pick) }},
		{fmt.Sprintf("updated >= %d", pick.Updated), func(r *fact.Record) bool { return r.Updated >= pick.Updated }},
		{fmt.Sprintf("updated > %d", pick.Updated), func(r *fact.Record) bool { return r.Updated > pick.Updated }},
		{fmt.Sprintf("updated = %d", pick.Updated), func(r *fact.Record) bool { return r.Updated == pick.Updated }},
		{fmt.Sprintf("not updated >= %d", pick.Updated), func(r *fact.Record) bool { return r.Updated < pick.Updated }},
		// A quoted date is a minute on the account's clock.
		{fmt.Sprintf("created >= %q and created < %d", clock, fact.At(minute)+60_000), func(r *fact.Record) bool {
			return r.Created.Time().Truncate(time.Minute).Equal(minute)
		}},
		{fmt.Sprintf("created < '%s'", strings.ReplaceAll(clock, "-", "/")), func(r *fact.Record) bool { return r.Created < fact.At(minute) }},
		{`created >= "2025-11-03 04:30"`, func(r *fact.Record) bool { return r.Created >= utc(2025, 11, 3, 8, 30) }},
		{`created < '2025/11/03 04:30'`, func(r *fact.Record) bool { return r.Created < utc(2025, 11, 3, 8, 30) }},
		{`created >= 2025-11-03`, func(r *fact.Record) bool { return r.Created >= utc(2025, 11, 3, 4, 0) }},
		{`created >= 2025-1-3`, func(r *fact.Record) bool { return r.Created >= utc(2025, 1, 3, 4, 0) }},
		{`updated >= -30d`, func(r *fact.Record) bool { return r.Updated >= now-30*fact.Day }},
		{`updated >= "-1w 2d 3h 4m"`, func(r *fact.Record) bool { return r.Updated >= now-9*fact.Day-3*3_600_000-4*60_000 }},
		{`updated <= now()`, func(r *fact.Record) bool { return r.Updated <= now }},
		{`updated >= startOfDay()`, func(r *fact.Record) bool { return r.Updated >= utc(2026, 7, 1, 4, 0) }},
		{"resolved is empty", func(r *fact.Record) bool { return r.Resolved == 0 }},
		{"resolved < now()", func(r *fact.Record) bool { return r.Resolved != 0 }},
		{"due >= 2026-01-01", func(r *fact.Record) bool { return r.Due > "2026-01-01" }},
	} {
		got, _ := f.all(c.jql, `,"fields":["key"],"maxResults":5000`)
		var want []string
		for i := range facts.Records {
			if c.match(&facts.Records[i]) {
				want = append(want, facts.Records[i].Key)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d found, want %d", c.jql, len(got), len(want))
		}
		if len(want) == 0 && !strings.Contains(c.jql, "nobody") || len(want) == len(facts.Records) && !strings.Contains(c.jql, "now()") {
			t.Errorf("%s: %d of %d are no test", c.jql, len(want), len(facts.Records))
		}
	}
}

// shortlyAfter returns when an issue was created, less than four hours after
// another one: in the wrong zone, a date finds both or none.
func shortlyAfter(t *testing.T, records []fact.Record) fact.Instant {
	for i := range records {
		for j := range records {
			if d := records[i].Created - records[j].Created; d > 60_000 && d < 3*3_600_000 {
				return records[i].Created
			}
		}
	}
	t.Fatal("no two issues were created within hours")
	return 0
}

func parentOf(records []fact.Record) string {
	for i := range records {
		if k := records[i].Parent.Key; k != "" {
			return k
		}
	}
	return ""
}

func number(r *fact.Record) int {
	_, text, _ := strings.Cut(r.Key, "-")
	n, _ := strconv.Atoi(text)
	return n
}

func TestJQLOrders(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	f.stir(5, 40)
	byKey := func(a, b *fact.Record) int {
		if c := strings.Compare(a.Project.Key, b.Project.Key); c != 0 {
			return c
		}
		return number(a) - number(b)
	}
	byID := func(a, b *fact.Record) int { return fact.CompareID(a.ID, b.ID) }
	updated := func(a, b *fact.Record) int { return int(a.Updated - b.Updated) }
	down := func(by func(a, b *fact.Record) int) func(a, b *fact.Record) int {
		return func(a, b *fact.Record) int { return -by(a, b) }
	}
	then := func(bys ...func(a, b *fact.Record) int) func(a, b *fact.Record) int {
		return func(a, b *fact.Record) int {
			for _, by := range bys {
				if c := by(a, b); c != 0 {
					return c
				}
			}
			return 0
		}
	}
	for jql, by := range map[string]func(a, b *fact.Record) int{
		"updated asc":             then(updated, byID),
		"updated desc":            then(down(updated), byID),
		"updated":                 then(down(updated), byID), // dates run downwards of themselves
		"key asc":                 byKey,
		"key":                     byKey,
		"id desc":                 down(byKey), // the same field to Jira
		"project asc, updated":    then(func(a, b *fact.Record) int { return strings.Compare(a.Project.Key, b.Project.Key) }, down(updated), byID),
		"created asc, key desc":   then(func(a, b *fact.Record) int { return int(a.Created - b.Created) }, down(byKey)),
		"status asc, updated asc": then(func(a, b *fact.Record) int { return strings.Compare(a.Status.ID, b.Status.ID) }, updated, byID),
	} {
		facts := f.Facts()
		records := make([]*fact.Record, len(facts.Records))
		for i := range records {
			records[i] = &facts.Records[i]
		}
		slices.SortStableFunc(records, by)
		var want []string
		for _, r := range records {
			want = append(want, r.Key)
		}
		got, pages := f.all("created > 0 order by "+jql, `,"fields":["key","summary"],"maxResults":30`)
		if !slices.Equal(got, want) {
			t.Errorf("order by %s: %v, want %v", jql, got, want)
		}
		if want := (len(want) + 29) / 30; pages != want {
			t.Errorf("%d pages, want %d", pages, want)
		}
	}
}

// What does not exist, or must not be seen, is refused by name; only Data Center
// can be asked to bear it.
func TestJQLRefusals(t *testing.T) {
	t.Parallel()
	cases := []struct{ jql, want string }{
		{"project = NOPE", "The value 'NOPE' does not exist for the field 'project'."},
		{"project in (INV, ORD)", "The value 'ORD' does not exist for the field 'project'."},
		{"project != ORD", "The value 'ORD' does not exist for the field 'project'."},
		{"status = Nowhere", "The value 'Nowhere' does not exist for the field 'status'."},
		{"issuetype = Saga", "The value 'Saga' does not exist for the field 'issuetype'."},
		{"key = INV-99999", "An issue with key 'INV-99999' does not exist for field 'key'."},
		{"id in (10001, 99999999)", "A value with ID '99999999' does not exist for the field 'id'."},
		{"key = INV-2", "An issue with key 'INV-2' does not exist for field 'key'."}, // forbidden
		{"parent = INV-2", "Issue 'INV-2' does not exist or you do not have permission to see it."},
		{"parent = NOPE-1", "Issue 'NOPE-1' does not exist or you do not have permission to see it."},
		{"colour = red", "Field 'colour' does not exist or you do not have permission to view it."},
		{"project ~ INV", "The operator '~' is not supported by the 'project' field."},
		{"labels > 3", "The operator '>' is not supported by the 'labels' field."},
		{"updated ~ 3", "The operator '~' is not supported by the 'updated' field."},
		{`updated >= "1732877091000"`, "Date value '1732877091000' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."},
		{`updated >= "2026-01-02T03:04:05Z"`, "Date value '2026-01-02T03:04:05Z' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."},
		{"updated >= yesterday()", "Unable to find JQL function 'yesterday()'."},
		{"created > 0 order by colour", "Field 'colour' does not exist or you do not have permission to view it."},
	}
	cloud, server := newFake(t, Options{}), newFake(t, Options{Mode: DataCenter})
	for _, f := range []*fake{cloud, server} {
		f.ForbidProject("ORD")
		f.Forbid("INV-2")
	}
	for _, c := range cases {
		q := url.QueryEscape(c.jql)
		for name, r := range map[string]reply{
			"POST search/jql": cloud.post("/rest/api/3/search/jql", fmt.Sprintf(`{"jql":%q}`, c.jql)),
			"GET search/jql":  cloud.get("/rest/api/2/search/jql?jql=" + q),
			"count":           cloud.post("/rest/api/3/search/approximate-count", fmt.Sprintf(`{"jql":%q}`, c.jql)),
			"GET search":      server.get("/rest/api/2/search?jql=" + q),
			"POST search":     server.post("/rest/api/2/search", fmt.Sprintf(`{"jql":%q}`, c.jql)),
		} {
			var body struct{ ErrorMessages []string }
			must(t, json.Unmarshal([]byte(r.body), &body))
			if r.status != http.StatusBadRequest || !slices.Equal(body.ErrorMessages, []string{c.want}) {
				t.Errorf("%s, %s: %d %s, want %s", name, c.jql, r.status, r.body, c.want)
			}
		}
	}
	var p struct {
		Total           int
		WarningMessages []string
	}
	server.get("/rest/api/2/search?validateQuery=false&jql="+url.QueryEscape("project in (INV, ORD) or key = NOPE-1")).read(t, &p)
	if want := len(server.Keys()) - server.countIn("CHK"); p.Total != want || len(p.WarningMessages) != 2 {
		t.Errorf("%+v, want %d found and two warnings", p, want)
	}
	if r := cloud.page("created > 0 order by key, created, updated, status, project, type, summary", `,"maxResults":1`); len(r.Issues) != 1 {
		t.Error("seven fields to order by are refused")
	}
	if r := cloud.post("/rest/api/3/search/jql", `{"jql":"created > 0 order by key, created, updated, status, project, type, summary, due"}`); r.status != http.StatusBadRequest {
		t.Error("eight fields to order by are taken")
	}
}

// countIn counts what may be seen of a project.
func (f *fake) countIn(project string) int {
	n := 0
	for _, k := range f.Keys() {
		if strings.HasPrefix(k, project+"-") {
			n++
		}
	}
	return n
}

// Whatever is sent as a query, it is either read or refused with a reason.
func FuzzJQL(f *testing.F) {
	for _, s := range []string{
		`project = PAY and (updated >= 1732877091000 or labels in ("a b", 'c')) ORDER BY updated ASC, key`, `not not a = "\u0041"`, `!(`, `cf[`, `cf[1] is not empty`,
		"a = '", `a = \`, `a = "\u12`, "\x00", "a\xff = 1", "order by", "a in (1,", "a = f(", "-", "&&", strings.Repeat("not ", 500) + "a = 1", "a=\u2028b",
	} {
		f.Add(s)
	}
	s := plainFake(f, Options{}, 3)
	c := &call{s: s.Server, opts: &s.opts, w: &s.world, now: s.clock.now()}
	f.Fuzz(func(t *testing.T, jql string) {
		q, err := parseJQL(jql)
		var refused *jqlError
		switch {
		case err != nil && (!errors.As(err, &refused) || refused.reason == ""):
			t.Fatalf("%q: %v", jql, err)
		case err == nil && q == nil:
			t.Fatalf("%q is nothing", jql)
		}
		if k, err := c.compile(jql, true); err == nil {
			for _, r := range s.world.rows {
				k.where(r.live)
				placeOf(k.order, r.live)
			}
		}
	})
}
