package github

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// sharedFile returns the path of a file of the folder beside the project, and
// skips the test where there is none.
func sharedFile(tb testing.TB, parts ...string) string {
	tb.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared"}, parts...)...)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("%s is not there", path)
	}
	return path
}

// description is the vendor's of GraphQL, with what became public since.
func description(tb testing.TB, additions bool) *ast.Schema {
	tb.Helper()
	sources := []*ast.Source{validator.Prelude}
	paths := []string{sharedFile(tb, "specs", "github-graphql.graphql")}
	if additions {
		paths = append(paths, filepath.Join("githubtest", "additions.graphql"))
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		input := string(text)
		if parts := strings.SplitN(input, `"""`, 4); len(parts) == 4 && parts[0] == "" && strings.TrimSpace(parts[2]) == "" {
			input = `"""` + parts[3] // what stands in front of a description describes nothing
		}
		sources = append(sources, &ast.Source{Name: path, Input: input})
	}
	schema, err := validator.LoadSchema(sources...)
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}

// queriesOf are all questions that can be asked of such a server.
func queriesOf(a asks) map[string]string {
	out := map[string]string{"issues": a.issues(), "pulls": a.pulls(), "milestones": a.milestones(), "nodes": a.nodes()}
	for _, l := range append(append([]within{}, issueLists...), pullLists...) {
		if l.mark == "" || a.answers(l.mark) {
			out["further "+l.name] = a.further(l.name)
		}
	}
	return out
}

// combinations are all kinds of servers and tokens.
func combinations() []asks {
	var out []asks
	for n := range 16 {
		out = append(out, asks{n&1 > 0, n&2 > 0, n&4 > 0, n&8 > 0})
	}
	return out
}

func TestQueriesFitDescription(t *testing.T) {
	t.Parallel()
	with, without := description(t, true), description(t, false)
	for _, a := range combinations() {
		for name, query := range queriesOf(a) {
			schema := with
			if !a.fields && !a.boards {
				schema = without
			}
			doc, err := parser.ParseQuery(&ast.Source{Input: query})
			if err != nil {
				t.Fatalf("%+v %s: %v\n%s", a, name, err, query)
			}
			if bad := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(bad) > 0 {
				t.Errorf("%+v %s: %v", a, name, bad)
			}
			if strings.Contains(query, "#") {
				t.Errorf("%+v %s: a mark is left", a, name)
			}
		}
	}
}

// What a server or a token cannot give is not asked for.
func TestQueriesLeaveOut(t *testing.T) {
	t.Parallel()
	for _, a := range combinations() {
		all := ""
		for _, query := range queriesOf(a) {
			all += query
		}
		for word, asked := range map[string]bool{
			"rojectItems": a.projects, "ProjectV2ItemFieldSingleSelectValue": a.projects, "PROJECT_V2_ITEM_STATUS_CHANGED_EVENT": a.projects && a.boards,
			"AddedToProjectV2Event": a.projects && a.boards, "subIssues": a.recent, "BlockedByAddedEvent": a.recent, "PARENT_ISSUE_ADDED_EVENT": a.recent,
			"issueType": a.recent, "issueFieldValues": a.fields,
		} {
			if strings.Contains(all, word) != asked {
				t.Errorf("%+v: %s is asked for: %v", a, word, !asked)
			}
		}
	}
}
