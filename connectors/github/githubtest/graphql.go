package githubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// field is what the server knows of a field of a type: what it leads to ("" for
// a scalar), and how it is answered. A list in pages needs bounds.
type field struct {
	typ   string
	pages bool
	get   func(x *exec, o any, a args) any
}

// args are the arguments of a field, variables filled in.
type args map[string]any

func (a args) text(name string) string { s, _ := a[name].(string); return s }

func (a args) texts(name string) []string {
	var out []string
	switch list := a[name].(type) {
	case []any:
		for _, v := range list {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
	case string: // one value stands for a list of one
		out = append(out, list)
	}
	return out
}

func (a args) number(name string) (int, bool) {
	switch v := a[name].(type) {
	case int64:
		return int(v), true
	case float64:
		return int(v), true
	}
	return 0, false
}

func (a args) flag(name string) bool { b, _ := a[name].(bool); return b }

func (a args) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339, a.text(name))
	if err != nil {
		return time.Time{}
	}
	return t
}

func (a args) object(name string) args { o, _ := a[name].(map[string]any); return o }

// problem is an entry of an answer's errors.
type problem struct {
	Type       string         `json:"type,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
	Locations  []place        `json:"locations,omitempty"`
	Message    string         `json:"message"`
}

type place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func placeOf(p *ast.Position) []place {
	if p == nil {
		return nil
	}
	return []place{{p.Line, p.Column}}
}

// member and object are JSON in the order of the query.
type member struct {
	name  string
	value any
}

type ordered []member

// MarshalJSON implements [json.Marshaler].
func (o ordered) MarshalJSON() ([]byte, error) { return o.write(nil) }

// write appends the JSON to b: what is nested is not read again at every level.
func (o ordered) write(b []byte) ([]byte, error) {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, m.name) // a name of GraphQL: letters, digits and _
		b = append(b, ':')
		var err error
		if b, err = write(b, m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func write(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case ordered:
		return v.write(b)
	case []any:
		b = append(b, '[')
		for i, one := range v {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = write(b, one); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	data, err := json.Marshal(v)
	return append(b, data...), err
}

// exec is one query on its way.
type exec struct {
	w     *World
	opts  *Options
	ids   ids
	web   string // the address for people
	frags ast.FragmentDefinitionList
	vars  map[string]any
	path  []any
	cost  cost
	quota quota

	problems []problem
	partial  int    // of each list of issues only so many are answered; 0: all
	cut      int    // how many were left out
	fatal    string // a mistake of the server itself
}

// cost is what a query asks for at most.
type cost struct{ calls, nodes int }

// points is what the query costs: a point for a hundred requests that it takes.
func (c cost) points() int { return max(1, (c.calls+50)/100) }

// asking is the body of a request.
type asking struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
}

// replying is the body of an answer.
type replying struct {
	Data   any       `json:"data,omitempty"`
	Errors []problem `json:"errors,omitempty"`
}

// graphql answers a query. It returns what the query is called, for the counts.
func (c *call) graphql() (string, answer) {
	var ask asking
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.UseNumber()
	if err := d.Decode(&ask); err != nil {
		return "", c.refuse(http.StatusBadRequest, "Problems parsing JSON")
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: ask.Query})
	if err != nil {
		return "", c.problems(problem{Message: "Parse error: " + err.Error()})
	}
	op := doc.Operations.ForName(ask.OperationName)
	if op == nil || op.Operation != ast.Query {
		return "", c.problems(problem{Message: "No operation named \"" + ask.OperationName + "\""})
	}
	name := op.Name
	if name == "" {
		name = "unnamed"
	}
	x := &exec{
		w: c.w, opts: c.opts, ids: ids{c.opts.LegacyIDs}, web: c.web, frags: doc.Fragments, vars: ask.Variables,
		partial: c.partial,
	}
	for name, v := range x.vars {
		x.vars[name] = plain(v)
	}
	x.defaults(op)
	if bad := c.validate(x, op, ask); len(bad) > 0 {
		return name, c.problems(bad...)
	}
	if c.opts.MostNodes > 0 && x.cost.nodes > c.opts.MostNodes && x.partial == 0 {
		x.partial = 1 // too much: next to nothing is answered
	}
	spent, over := c.spend("graphql", x.cost.points())
	x.quota = spent
	if over {
		return name, c.rateLimited()
	}
	data := x.selection("Query", root{}, op.SelectionSet)
	if x.fatal != "" {
		return name, c.problems(problem{Type: "INTERNAL", Message: x.fatal})
	}
	return name, jsonAnswer(http.StatusOK, replying{data, x.problems})
}

// problems is an answer without data: GitHub gives it status 200.
func (c *call) problems(list ...problem) answer {
	return jsonAnswer(http.StatusOK, replying{Errors: list})
}

// plain makes whole numbers of the numbers that are.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return v
}

// defaults fills in the values of variables that were not given.
func (x *exec) defaults(op *ast.OperationDefinition) {
	vars := map[string]any{}
	for name, v := range x.vars {
		vars[name] = v
	}
	for _, v := range op.VariableDefinitions {
		if _, ok := vars[v.Variable]; !ok && v.DefaultValue != nil {
			if value, err := v.DefaultValue.Value(nil); err == nil {
				vars[v.Variable] = value
			}
		}
	}
	x.vars = vars
}

// validate checks a query before anything is answered: against the vendor's
// description, where it is there, and against what the server knows.
func (c *call) validate(x *exec, op *ast.OperationDefinition, ask asking) []problem {
	for _, v := range op.VariableDefinitions {
		if given, ok := x.vars[v.Variable]; v.Type.NonNull && (!ok || given == nil) {
			return []problem{{
				Locations: placeOf(v.Position), Extensions: map[string]any{"value": nil, "problems": []any{}},
				Message: fmt.Sprintf("Variable $%s of type %s was provided invalid value", v.Variable, v.Type),
			}}
		}
	}
	described := false
	if schema, err := Schema(); err == nil {
		if bad := check(schema, ask.Query, x.vars, op.Name); len(bad) > 0 {
			return bad
		}
		described = true
	}
	var bad []problem
	x.look("Query", op.SelectionSet, 1, []any{"query"}, &bad)
	for i, p := range bad {
		what := fmt.Sprint(p.Extensions["typeName"])
		switch p.Extensions["code"] {
		case "undefinedField":
			what += fmt.Sprint(".", p.Extensions["fieldName"])
		case "undefinedType":
		default:
			continue
		}
		if described && !x.lacks(what) {
			bad[i] = problem{Type: "INTERNAL", Message: fmt.Sprintf("githubtest has no answer for %s: GitHub has", what)}
		}
	}
	return bad
}

// look walks a query without answering it: are its fields known, are its lists
// bounded, does the token have what it takes, what does it cost.
func (x *exec) look(typ string, set ast.SelectionSet, times int, path []any, bad *[]problem) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			on := sel.TypeCondition
			if on == "" {
				on = typ
			}
			if x.lacks(on) || !knownType(on) {
				*bad = append(*bad, undefinedType(on, sel.Position))
				continue
			}
			x.look(on, sel.SelectionSet, times, append(slices.Clone(path), "... on "+on), bad)
		case *ast.FragmentSpread:
			def := x.frags.ForName(sel.Name)
			if def == nil {
				*bad = append(*bad, problem{Locations: placeOf(sel.Position), Message: "Fragment " + sel.Name + " was used, but not defined"})
				continue
			}
			if x.lacks(def.TypeCondition) || !knownType(def.TypeCondition) {
				*bad = append(*bad, undefinedType(def.TypeCondition, def.Position))
				continue
			}
			x.look(def.TypeCondition, def.SelectionSet, times, []any{"fragment " + sel.Name}, bad)
		case *ast.Field:
			x.lookField(typ, sel, times, append(slices.Clone(path), sel.Alias), bad)
		}
	}
}

func (x *exec) lookField(typ string, sel *ast.Field, times int, path []any, bad *[]problem) {
	if sel.Name == "__typename" {
		return
	}
	f, ok := fieldOf(typ, sel.Name)
	if !ok || x.lacks(typ+"."+sel.Name) {
		p := undefinedField(typ, sel.Name, sel.Position)
		p.Path = path
		*bad = append(*bad, p)
		return
	}
	if p, refused := x.scope(sel); refused {
		*bad = append(*bad, p)
		return
	}
	for _, v := range args(x.arguments(sel)).texts("itemTypes") {
		if x.lacks(v) || x.lacks(typeOfItem(v)) {
			*bad = append(*bad, problem{
				Path: append(path, "itemTypes"), Locations: placeOf(sel.Position), Extensions: map[string]any{"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": "itemTypes"},
				Message: fmt.Sprintf("Argument 'itemTypes' on Field '%s' has an invalid value. Expected type '[%sTimelineItemsItemType!]'.", sel.Name, typ),
			})
		}
	}
	inner := times
	if f.pages {
		n, p := bounds(sel.Name, x.arguments(sel), path, sel.Position)
		if p != nil {
			*bad = append(*bad, *p)
			return
		}
		x.cost.calls += times
		x.cost.nodes += times * n
		inner = times * n
	}
	if (f.typ == "") != (len(sel.SelectionSet) == 0) {
		*bad = append(*bad, problem{Path: path, Locations: placeOf(sel.Position), Message: fmt.Sprintf("Field '%s' of type '%s' must have selections or must not", sel.Name, typ)})
		return
	}
	x.look(f.typ, sel.SelectionSet, inner, path, bad)
}

func undefinedField(typ, name string, at *ast.Position) problem {
	return problem{
		Locations: placeOf(at), Extensions: map[string]any{"code": "undefinedField", "typeName": typ, "fieldName": name},
		Message: fmt.Sprintf("Field '%s' doesn't exist on type '%s'", name, typ),
	}
}

// knownType reports whether a condition names a type that the server knows, or
// something that stands for several.
func knownType(name string) bool { return types[name] != nil || interfaces[name] != nil }

func undefinedType(typ string, at *ast.Position) problem {
	return problem{
		Locations: placeOf(at), Extensions: map[string]any{"code": "undefinedType", "typeName": typ},
		Message: "No such type " + typ + ", so it can't be a fragment condition",
	}
}

// lacks reports whether the server is one that does not know a type, a field or
// a value yet.
func (x *exec) lacks(name string) bool { return slices.Contains(x.opts.Lacks, name) }

// mostFirst is how many elements a page of a list may have.
const mostFirst = 100

// bounds returns how many elements a page of a list has at most.
func bounds(name string, a args, path []any, at *ast.Position) (int, *problem) {
	for _, side := range []string{"first", "last"} {
		n, ok := a.number(side)
		switch {
		case !ok:
		case n > mostFirst:
			return 0, &problem{
				Type: "EXCESSIVE_PAGINATION", Path: path, Locations: placeOf(at),
				Message: fmt.Sprintf("Requesting %d records on the `%s` connection exceeds the `%s` limit of %d records.", n, name, side, mostFirst),
			}
		case n < 0:
			return 0, &problem{Type: "INVALID_PAGINATION", Path: path, Locations: placeOf(at), Message: fmt.Sprintf("`%s` on the `%s` connection cannot be less than zero.", side, name)}
		default:
			return n, nil
		}
	}
	return 0, &problem{
		Type: "MISSING_PAGINATION_BOUNDARIES", Path: path, Locations: placeOf(at),
		Message: fmt.Sprintf("You must provide a `first` or `last` value to properly paginate the `%s` connection.", name),
	}
}

func (x *exec) arguments(sel *ast.Field) args {
	out := args{}
	for _, a := range sel.Arguments {
		v, err := a.Value.Value(x.vars)
		if err != nil {
			x.fatal = "argument " + a.Name + ": " + err.Error()
			continue
		}
		if _, given := x.vars[a.Value.Raw]; a.Value.Kind == ast.Variable && !given {
			continue
		}
		out[a.Name] = v
	}
	return out
}

// collected is what is asked for under one name of an answer.
type collected struct {
	name   string
	fields []*ast.Field
}

// collect puts together what a selection asks of an object of a type, fragments
// dissolved.
func (x *exec) collect(typ string, set ast.SelectionSet, into []collected) []collected {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if x.skipped(sel.Directives) {
				continue
			}
			i := slices.IndexFunc(into, func(c collected) bool { return c.name == sel.Alias })
			if i < 0 {
				into, i = append(into, collected{name: sel.Alias}), len(into)
			}
			into[i].fields = append(into[i].fields, sel)
		case *ast.InlineFragment:
			if !x.skipped(sel.Directives) && (sel.TypeCondition == "" || isA(typ, sel.TypeCondition)) {
				into = x.collect(typ, sel.SelectionSet, into)
			}
		case *ast.FragmentSpread:
			if def := x.frags.ForName(sel.Name); !x.skipped(sel.Directives) && isA(typ, def.TypeCondition) {
				into = x.collect(typ, def.SelectionSet, into)
			}
		}
	}
	return into
}

func (x *exec) skipped(list ast.DirectiveList) bool {
	on := func(name string) (bool, bool) {
		d := list.ForName(name)
		if d == nil {
			return false, false
		}
		v, err := d.Arguments.ForName("if").Value.Value(x.vars)
		if err != nil {
			x.fatal = "directive " + name + ": " + err.Error()
		}
		b, _ := v.(bool)
		return b, true
	}
	skip, _ := on("skip")
	include, there := on("include")
	return skip || there && !include
}

// selection answers what is asked of one object.
func (x *exec) selection(typ string, o any, set ast.SelectionSet) any {
	out := ordered{}
	for _, c := range x.collect(typ, set, nil) {
		sel := c.fields[0]
		if sel.Name == "__typename" {
			out = append(out, member{c.name, typ})
			continue
		}
		f, ok := fieldOf(typ, sel.Name)
		if !ok {
			x.fatal = "githubtest has no answer for " + typ + "." + sel.Name
			return nil
		}
		x.path = append(x.path, c.name)
		var below ast.SelectionSet
		for _, one := range c.fields {
			below = append(below, one.SelectionSet...)
		}
		out = append(out, member{c.name, x.value(f.get(x, o, x.arguments(sel)), below)})
		x.path = x.path[:len(x.path)-1]
	}
	return out
}

// value answers one value: a scalar, an object or a list of them.
func (x *exec) value(v any, set ast.SelectionSet) any {
	switch v := v.(type) {
	case nil, string, bool, int, int64, float64:
		return v
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format(time.RFC3339)
	case failure:
		x.fail(v.kind, v.message, v.extensions)
		return nil
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			x.path = append(x.path, i)
			out[i] = x.element(i, one, set)
			x.path = x.path[:len(x.path)-1]
		}
		return out
	}
	if absent(v) {
		return nil
	}
	return x.selection(typeOf(v), v, set)
}

// element answers an element of a list, unless the query asks for too much.
func (x *exec) element(i int, v any, set ast.SelectionSet) any {
	if it, ok := v.(*item); ok && it != nil && x.partial > 0 && i >= x.partial {
		x.cut++
		x.fail("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.", nil)
		return nil
	}
	return x.value(v, set)
}

// failure is a value that could not be had: null in the answer, and why.
type failure struct {
	kind, message string
	extensions    map[string]any
}

func (x *exec) fail(kind, message string, extensions map[string]any) {
	x.problems = append(x.problems, problem{Type: kind, Path: slices.Clone(x.path), Extensions: extensions, Message: message})
}

// entry is an element of a list, with what the list is ordered by.
type entry struct {
	pageMark
	o any
}

// conn is one page of a list.
type conn struct {
	typ           string
	page          []entry
	total, all    int
	before, after bool
	updated       time.Time
}

// inOrder makes a list of what has no order but its own.
func inOrder[T any](list []T) []entry {
	out := make([]entry, len(list))
	for i, o := range list {
		out[i] = entry{pageMark{int64(i), 0}, o}
	}
	return out
}

// pageOf cuts a page out of a list. Of a descending one the marks fall.
func pageOf(typ string, list []entry, desc bool, a args) any {
	c := &conn{typ: typ, total: len(list), all: len(list)}
	lo, hi := 0, len(list)
	if s := a.text("after"); s != "" {
		m, ok := parseMark(s)
		if !ok {
			return badMark(s)
		}
		for lo < hi && !past(list[lo].pageMark, m, desc) {
			lo++
		}
	}
	if s := a.text("before"); s != "" {
		m, ok := parseMark(s)
		if !ok {
			return badMark(s)
		}
		for hi > lo && (past(list[hi-1].pageMark, m, desc) || list[hi-1].pageMark == m) {
			hi--
		}
	}
	if n, ok := a.number("first"); ok && hi-lo > n {
		hi = lo + n
	} else if n, ok := a.number("last"); ok && hi-lo > n {
		lo = hi - n
	}
	c.page, c.before, c.after = list[lo:hi], lo > 0, hi < len(list)
	return c
}

func badMark(s string) failure {
	return failure{kind: "INVALID_CURSOR_ARGUMENTS", message: fmt.Sprintf("`%s` does not appear to be a valid cursor.", s)}
}

// nodes are the elements of a page.
func (c *conn) nodes() []any {
	out := make([]any, len(c.page))
	for i, e := range c.page {
		out[i] = e.o
	}
	return out
}

// edge is an element with its mark.
type edge struct {
	typ string
	entry
}

func (c *conn) edges() []any {
	out := make([]any, len(c.page))
	for i, e := range c.page {
		out[i] = edge{strings.TrimSuffix(c.typ, "Connection") + "Edge", e}
	}
	return out
}
