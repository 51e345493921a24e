package jiratest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// serverCap is the most rows of a page on Data Center.
const serverCap = 1000

// serverSearch is what the search by offsets takes.
type serverSearch struct {
	JQL           string   `json:"jql"`
	StartAt       int      `json:"startAt"`
	MaxResults    *int     `json:"maxResults"`
	Fields        []string `json:"fields"`
	Expand        []string `json:"expand"`
	ValidateQuery *bool    `json:"validateQuery"`
	Properties    []string `json:"properties"`
	FieldsByKeys  bool     `json:"fieldsByKeys"`
}

func (c *call) readServerSearch() (serverSearch, *answer) {
	var in serverSearch
	if c.r.Method == http.MethodPost {
		d := json.NewDecoder(bytes.NewReader(c.body))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			a := jsonAnswer(http.StatusBadRequest, object{"errorMessages": []string{"Unable to read the request: " + err.Error()}})
			return in, &a
		}
		return in, nil
	}
	in.JQL, in.Fields, in.Expand = c.query.Get("jql"), c.query["fields"], c.query["expand"]
	strict := c.query.Get("validateQuery") != "false"
	in.ValidateQuery = &strict
	var refusal *answer
	if in.StartAt, refusal = c.number("startAt", 0); refusal != nil {
		return in, refusal
	}
	if c.query.Has("maxResults") {
		n, refusal := c.number("maxResults", 0)
		if refusal != nil {
			return in, refusal
		}
		in.MaxResults = &n
	}
	return in, nil
}

// search answers a page by its offset. Where an issue changes its place between
// two pages, others are pushed over their edge.
func (c *call) search() answer {
	in, refusal := c.readServerSearch()
	if refusal != nil {
		return *refusal
	}
	if in.StartAt < 0 {
		return failure(http.StatusBadRequest, fmt.Sprintf("The value '%d' for 'startAt' must not be negative.", in.StartAt))
	}
	q, err := c.compile(in.JQL, in.ValidateQuery != nil && !*in.ValidateQuery)
	if err != nil {
		body := object{"errorMessages": []string{err.Error()}, "errors": object{}}
		if !strings.HasPrefix(err.Error(), "Error in") {
			body = object{"errorMessages": []string{err.Error()}, "warningMessages": []string{}}
		}
		return jsonAnswer(http.StatusBadRequest, body)
	}
	n, most := defaultPage, serverCap
	if c.opts.PageCap > 0 {
		most = c.opts.PageCap
	}
	if in.MaxResults != nil && *in.MaxResults >= 0 {
		n = *in.MaxResults
	}
	n = min(n, most)
	want := asked{choice: choose(in.Fields, "*navigable"), expansion: expand(in.Expand)}
	var list []*issue
	for _, is := range c.results(in.JQL, q) {
		if c.sees(c.w.rows[is.rec.ID]) {
			list = append(list, is)
		}
	}
	start := min(in.StartAt, len(list))
	v := c.view()
	v.open('{')
	v.key("expand").text("schema,names")
	v.key("startAt").int(in.StartAt)
	v.key("maxResults").int(n)
	v.key("total").int(len(list))
	v.key("issues")
	each(&v.printer, list[start:min(start+n, len(list))], func(is *issue) { v.issue(is, &want) })
	if len(q.warnings) > 0 {
		v.key("warningMessages").any(q.warnings)
	}
	v.legend(&want)
	v.close('}')
	return raw(http.StatusOK, v.b)
}
