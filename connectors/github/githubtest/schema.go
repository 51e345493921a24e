package githubtest

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

//go:embed additions.graphql
var additions string

// Schema returns the vendor's description of GraphQL, with what GitHub made
// public since it was written (additions.graphql). It is not part of the
// project: where the folder "shared" is not beside it, there is an error, and a
// server answers without it.
var Schema = sync.OnceValues(func() (*ast.Schema, error) {
	path, err := description("github-graphql.graphql")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return validator.LoadSchema(validator.Prelude, &ast.Source{Name: "github-graphql.graphql", Input: string(text)}, &ast.Source{Name: "additions.graphql", Input: additions})
})

// description finds one of the vendor's descriptions, beside the project's root.
func description(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%w: no project around the working directory", errNoSchema)
		}
		dir = up
	}
	path := filepath.Join(dir, "..", "shared", "specs", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: %v", errNoSchema, err)
	}
	return path, nil
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

// check returns what is wrong with a query, nothing if it is good.
func check(schema *ast.Schema, query string, vars map[string]any, name string) []problem {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return []problem{{Message: err.Error()}}
	}
	if list := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(list) > 0 {
		return parseProblems(list)
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
