// Package jiratest plays a Jira for tests.
//
// [Server] is a Jira Cloud or a Jira Data Center with an organisation in it: it
// pages, refuses, forgets and lies as they do, and its organisation can be
// changed while a client reads it. [Faults] lets connections fail. What is known
// of the real ones, and from where, stands in APIS.md beside the project and in
// comments where others measured it on live sites; what nobody could measure
// was made as inconvenient for a client as it may be.
//
// [Archive], [Each] and [Issue] need no server: they render facts as a Jira
// Server answers them, in the shape of /rest/api/2/issue/KEY?expand=changelog.
//
// What package jira reads out of these answers is the facts again, up to what
// no answer tells (see the round trips in the tests of both packages).
package jiratest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// The custom fields of the pretend Jira.
const (
	SprintField   = "customfield_10020"
	FlagField     = "customfield_10021"
	EstimateField = "customfield_10023"
	TeamField     = "customfield_10030"
)

// DisplayName and CommentText begin every name that people read and every
// comment: what package jira must never keep.
const (
	DisplayName = "Name of "
	CommentText = "What somebody wrote."
)

// Archive pulls everything out of a source and writes it as a tar.gz with one
// file for each issue.
func Archive(ctx context.Context, w io.Writer, src connectors.Source) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	err := Each(ctx, src, func(key string, issue []byte) error {
		head := &tar.Header{Name: key + ".json", Mode: 0o644, Size: int64(len(issue)), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(head); err != nil {
			return err
		}
		_, err := t.Write(issue)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

// Each pulls everything out of a source and calls put with the key and the
// answer of every issue. The answer is used again after put returns.
func Each(ctx context.Context, src connectors.Source, put func(key string, issue []byte) error) error {
	var words fact.Vocabulary
	var buf bytes.Buffer
	_, err := src.Pull(ctx, connectors.State{}, func(b connectors.Batch) error {
		words = words.Add(b.Terms...)
		for i := range b.Records {
			buf.Reset()
			if err := Issue(&buf, &b.Records[i], b.Accounts, words); err != nil {
				return fmt.Errorf("rendering %s: %w", b.Records[i].Key, err)
			}
			if err := put(b.Records[i].Key, buf.Bytes()); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// Issue writes one record as an answer. Its people are those of the batch that
// it came in; words tell of statuses, sprints, releases and link types what the
// record itself does not.
func Issue(w io.Writer, r *fact.Record, people []connectors.Account, words fact.Vocabulary) error {
	s := sheet{r: r, people: people, words: words}
	data, err := json.Marshal(s.issue())
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// sheet renders one record.
type sheet struct {
	r      *fact.Record
	people []connectors.Account
	words  fact.Vocabulary
}

// object is a JSON object.
type object = map[string]any

func (s *sheet) self(parts ...string) string {
	return s.r.Site + "/rest/api/2/" + strings.Join(parts, "/")
}

func (s *sheet) issue() object {
	out := object{"id": s.r.ID, "key": s.r.Key, "self": s.self("issue", s.r.ID), "fields": s.fields()}
	if s.r.History.State != fact.NoHistory {
		out["changelog"] = s.changelog()
	}
	return out
}

func (s *sheet) fields() object {
	r := s.r
	f := object{
		"summary": r.Title, "created": stamp(r.Created), "updated": stamp(r.Updated), "resolutiondate": stamp(r.Resolved), "duedate": orNull(r.Due),
		"project":   object{"id": r.Project.ID, "key": r.Project.Key, "name": r.Project.Name, "self": s.self("project", r.Project.ID)},
		"issuetype": s.issueType(), "status": s.status(), "resolution": thing(r.Resolution), "priority": thing(r.Priority),
		"creator": s.user(r.Creator), "reporter": s.user(r.Reporter), "assignee": s.user(r.Assignee),
		"components": list(r.Components, thing), "labels": r.Labels, "fixVersions": list(r.Releases, s.release),
		"issuelinks": list(r.Links, s.link), "comment": s.acts(fact.ActComment, "comments"), "worklog": s.acts(fact.ActWorklog, "worklogs"),
		SprintField: list(r.Sprints, s.sprint),
	}
	if !r.Parent.IsZero() {
		f["parent"] = object{"id": r.Parent.ID, "key": r.Parent.Key}
	}
	if !math.IsNaN(r.Estimate) {
		f[EstimateField] = r.Estimate
	}
	if r.Flagged {
		f[FlagField] = []any{object{"id": "10100", "value": "Impediment"}}
	}
	if r.Team != (fact.Named{}) {
		f[TeamField] = thing(r.Team)
	}
	for _, field := range r.Fields {
		f[field.ID] = custom(field)
	}
	return f
}

// custom renders a field of closed answers as Jira does by its kind.
func custom(f fact.Field) any {
	if len(f.Values) == 1 && f.Values[0].ID == "" {
		name := f.Values[0].Name
		if _, err := strconv.ParseFloat(name, 64); err == nil {
			return json.Number(name)
		}
		return name
	}
	return list(f.Values, func(n fact.Named) any { return object{"id": n.ID, "value": n.Name} })
}

func list[T any](xs []T, render func(T) any) []any {
	out := make([]any, len(xs))
	for i, x := range xs {
		out[i] = render(x)
	}
	return out
}

func thing(n fact.Named) any {
	if n == (fact.Named{}) {
		return nil
	}
	return object{"id": n.ID, "name": n.Name}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func stamp(t fact.Instant) any {
	if t == 0 {
		return nil
	}
	return t.Time().Format("2006-01-02T15:04:05.000-0700")
}

func (s *sheet) issueType() object {
	out := object{"id": s.r.Type.ID, "name": s.r.Type.Name, "subtask": s.r.Type.Rank == -1}
	if s.r.Type.Rank != fact.RankUnknown {
		out["hierarchyLevel"] = s.r.Type.Rank
	}
	return out
}

func (s *sheet) status() object {
	word, _ := s.words.Find(s.r.Site, fact.TermStatus, s.r.Status.ID)
	return object{
		"id": s.r.Status.ID, "name": s.r.Status.Name, "self": s.self("status", s.r.Status.ID),
		"statusCategory": object{"key": word.Category},
	}
}

func (s *sheet) release(n fact.Named) any {
	out := object{"id": n.ID, "name": n.Name, "released": true}
	if word, ok := s.words.Find(s.r.Site, fact.TermRelease, n.ID); ok && word.End != 0 {
		out["releaseDate"] = word.End.Time().Format("2006-01-02")
	}
	return out
}

// sprint renders a sprint as the text that Jira Server makes of it.
func (s *sheet) sprint(n fact.Named) any {
	word, _ := s.words.Find(s.r.Site, fact.TermSprint, n.ID)
	moment := func(t fact.Instant) string {
		if t == 0 {
			return "<null>"
		}
		return t.Time().Format("2006-01-02T15:04:05.000Z07:00")
	}
	return fmt.Sprintf("com.atlassian.greenhopper.service.sprint.Sprint@%x[id=%s,rapidViewId=1,state=CLOSED,name=%s,startDate=%s,endDate=%s,completeDate=<null>,sequence=%s]",
		len(n.Name), n.ID, n.Name, moment(word.Start), moment(word.End), n.ID)
}

func (s *sheet) account(p fact.Person) *connectors.Account {
	if p == 0 {
		return nil
	}
	return &s.people[p-1]
}

// user renders an account: its first name is the user's name, the one with an @
// the address.
func (s *sheet) user(p fact.Person) any {
	a := s.account(p)
	if a == nil {
		return nil
	}
	out := object{"name": a.IDs[0], "displayName": DisplayName + a.IDs[0], "self": s.self("user") + "?username=" + a.IDs[0]}
	for _, id := range a.IDs[1:] {
		if strings.Contains(id, "@") {
			out["emailAddress"] = id
		} else {
			out["key"] = id
		}
	}
	if a.Bot {
		out["accountType"] = "app"
	}
	return out
}

func (s *sheet) link(l fact.Link) any {
	typ := object{"name": l.Type, "inward": l.Phrase, "outward": l.Phrase}
	side := "outwardIssue"
	for _, word := range s.words.Named(s.r.Site, fact.TermLinkType, l.Type) {
		typ = object{"id": word.ID, "name": word.Name, "inward": word.Inward, "outward": word.Outward}
		if l.Phrase == word.Inward && l.Phrase != word.Outward {
			side = "inwardIssue"
		}
	}
	return object{"id": l.ID, "type": typ, side: object{"id": l.Other.ID, "key": l.Other.Key}}
}

// acts renders comments or worklogs. What the record did not see counts among
// the comments.
func (s *sheet) acts(act fact.Act, name string) object {
	acts := []any{}
	for _, i := range s.r.Involvement {
		if i.Act != act {
			continue
		}
		one := object{"id": i.ID, "author": s.user(i.By), "created": stamp(i.At)}
		if act == fact.ActComment {
			one["body"] = body(i.Length)
		} else {
			one["started"] = stamp(i.At)
		}
		acts = append(acts, one)
	}
	total := len(acts)
	if act == fact.ActComment {
		total += s.r.Unseen
	}
	return object{"startAt": 0, "total": total, name: acts}
}

// body makes up a comment of some length.
func body(l fact.LengthClass) string {
	long := map[fact.LengthClass]int{fact.Short: 20, fact.Medium: 100, fact.Long: 300}[l]
	return CommentText + strings.Repeat(".", max(0, long-len(CommentText)))
}

// changelog renders the history. Changes of one entry share the part of their
// ids before the point.
func (s *sheet) changelog() object {
	var histories []object
	last := ""
	for i := range s.r.Changes {
		c := &s.r.Changes[i]
		entry, _, split := strings.Cut(c.ID, ".")
		if n := len(histories); split && n > 0 && entry == last {
			histories[n-1]["items"] = append(histories[n-1]["items"].([]any), s.item(c))
			continue
		}
		last = entry
		histories = append(histories, object{"id": entry, "author": s.user(c.By), "created": stamp(c.At), "items": []any{s.item(c)}})
	}
	total := len(histories)
	if s.r.History.State == fact.CutHistory {
		total = s.r.History.Total
	}
	return object{"startAt": 0, "maxResults": len(histories), "total": total, "histories": list(histories, func(h object) any { return h })}
}

// spelling is how Jira Server names a changed field.
type spelling struct{ field, kind string }

var spellings = map[fact.Kind]spelling{
	fact.KindStatus: {"status", "jira"}, fact.KindResolution: {"resolution", "jira"}, fact.KindAssignee: {"assignee", "jira"},
	fact.KindParent: {"IssueParentAssociation", "jira"}, fact.KindLink: {"Link", "jira"}, fact.KindEstimate: {"Story Points", "custom"},
	fact.KindRelease: {"Fix Version", "jira"}, fact.KindSprint: {"Sprint", "custom"}, fact.KindTeam: {"Team", "custom"},
	fact.KindType: {"issuetype", "jira"}, fact.KindPriority: {"priority", "jira"}, fact.KindRank: {"Rank", "custom"},
	fact.KindFlag: {"Flagged", "custom"}, fact.KindDue: {"duedate", "jira"}, fact.KindKey: {"Key", "jira"},
	fact.KindProject: {"project", "jira"}, fact.KindComponent: {"Component", "jira"}, fact.KindLabel: {"labels", "jira"},
}

func (s *sheet) item(c *fact.Change) any {
	name, ok := spellings[c.Kind]
	if !ok {
		name = spelling{c.Field, "jira"}
	}
	from, fromText := s.side(c.Kind, c.From)
	to, toText := s.side(c.Kind, c.To)
	return object{
		"field": name.field, "fieldtype": name.kind,
		"from": orNull(from), "fromString": orNull(fromText), "to": orNull(to), "toString": orNull(toText),
	}
}

// side renders one side of a change: what stands for it, and what people read.
func (s *sheet) side(kind fact.Kind, v fact.Value) (id, text string) {
	switch kind {
	case fact.KindAssignee:
		if a := s.account(v.Person); a != nil {
			return a.IDs[0], DisplayName + a.IDs[0]
		}
		return "", ""
	case fact.KindLink:
		if v.IsZero() {
			return "", ""
		}
		return v.ID, "This issue " + v.Text + " " + v.ID
	case fact.KindDue:
		return v.Text, v.Text
	}
	return v.ID, v.Text
}
