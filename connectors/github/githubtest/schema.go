package githubtest

import (
	_ "embed"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"smokestack/connectors/playtest"
)

//go:embed additions.graphql
var additions string

// Schema returns the vendor's description of GraphQL, with what GitHub made
// public since it was written (additions.graphql). It is not part of the
// project: where the folder "shared" is not beside it, there is an error, and a
// server answers without it.
var Schema = sync.OnceValues(func() (*ast.Schema, error) {
	path, err := playtest.Description("github-graphql.graphql")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return validator.LoadSchema(validator.Prelude, &ast.Source{Name: "github-graphql.graphql", Input: withoutPreamble(string(text))}, &ast.Source{Name: "additions.graphql", Input: additions})
})

// withoutPreamble takes away a description that describes nothing: another one
// follows it.
func withoutPreamble(text string) string {
	const mark = `"""`
	if rest, ok := strings.CutPrefix(text, mark); ok {
		if _, rest, ok = strings.Cut(rest, mark); ok && strings.HasPrefix(strings.TrimSpace(rest), mark) {
			return rest
		}
	}
	return text
}

// Check holds a query to a description, as GitHub does before it answers.
func Check(schema *ast.Schema, query string, vars map[string]any) error {
	if bad := check(schema, query, vars, ""); len(bad) > 0 {
		return fmt.Errorf("%s (line %d)", bad[0].Message, line(bad[0]))
	}
	return nil
}

func line(p problem) int {
	if len(p.Locations) == 0 {
		return 0
	}
	return p.Locations[0].Line
}

// checked are the queries that were found good, for a description.
var checked sync.Map

// good is a query that was found good.
type good struct {
	schema *ast.Schema
	query  string
}

// check returns what is wrong with a query, nothing if it is good.
func check(schema *ast.Schema, query string, vars map[string]any, name string) []problem {
	var doc *ast.QueryDocument
	if kept, ok := checked.Load(good{schema, query}); ok {
		doc = kept.(*ast.QueryDocument)
	} else {
		var err error
		if doc, err = parser.ParseQuery(&ast.Source{Input: query}); err != nil {
			return []problem{{Message: err.Error()}}
		}
		if list := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(list) > 0 {
			return parseProblems(list)
		}
		checked.Store(good{schema, query}, doc)
	}
	op := doc.Operations.ForName(name)
	if op == nil && len(doc.Operations) == 1 {
		op = doc.Operations[0]
	}
	if op == nil || vars == nil {
		return nil
	}
	if _, err := validator.VariableValues(schema, op, vars); err != nil {
		return []problem{{Message: err.Error()}}
	}
	return nil
}

// foundBy are the words of the library for what GitHub says in others.
var foundBy = []struct {
	words *regexp.Regexp
	make  func(m []string) problem
}{
	{regexp.MustCompile(`^Cannot query field "(\w+)" on type "(\w+)"`), func(m []string) problem {
		return undefinedField(m[2], m[1], nil)
	}},
	{regexp.MustCompile(`^Unknown type "(\w+)"`), func(m []string) problem { return undefinedType(m[1], nil) }},
	{regexp.MustCompile(`^Value "(\w+)" does not exist in "(\w+)" enum`), func(m []string) problem {
		return problem{
			Extensions: map[string]any{"code": "argumentLiteralsIncompatible", "typeName": "Field"},
			Message:    fmt.Sprintf("Argument has an invalid value (%s). Expected type '%s'.", m[1], m[2]),
		}
	}},
}

// parseProblems says what the library found as GitHub says it, where that is
// known.
func parseProblems(list gqlerror.List) []problem {
	var out []problem
	for _, e := range list {
		p := problem{Message: e.Message}
		for _, f := range foundBy {
			if m := f.words.FindStringSubmatch(e.Message); m != nil {
				p = f.make(m)
			}
		}
		for _, l := range e.Locations {
			p.Locations = append(p.Locations, place{l.Line, l.Column})
		}
		out = append(out, p)
	}
	return out
}
