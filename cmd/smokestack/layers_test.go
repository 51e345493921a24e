package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer says what the packages of an area may import, besides the standard
// library. A path stands for itself, one with /... for all below it too.
type layer struct {
	area  string
	own   []string // of this module
	third []string
	why   string
}

// layers is the direction of the data: facts, organisation, numbers, documents,
// and the command that sees both ends. The first area that fits counts.
var layers = []layer{
	{"analysis/fact", nil, nil, "facts know nothing but themselves"},
	{"analysis/fact/story", []string{"analysis/fact"}, nil, "a story is told in facts"},
	{"analysis/work", []string{"analysis/fact/..."}, nil, "the organisation is made of facts"},
	{"analysis/assemble", []string{"analysis/fact/...", "analysis/work"}, nil, "assembly applies rules to facts"},
	{"analysis/assemble/assembletest", []string{"analysis/assemble", "analysis/fact/...", "analysis/stats", "analysis/work"}, nil, "the organisations of tests know no analysis"},
	{"analysis/stats", nil, []string{"github.com/aclements/go-moremath/stats", "gonum.org/v1/gonum/..."}, "the only importer of gonum/stat"},
	{"analysis/network", []string{"analysis/stats"}, []string{"gonum.org/v1/gonum/graph/..."}, "graphs know nothing of items and teams"},
	{"analysis/catalogue", nil, nil, "the catalogue is words, and computes nothing"},
	{"analysis/...", []string{"analysis/..."}, []string{"gonum.org/v1/gonum/graph/...", "gonum.org/v1/gonum/mat/..."}, "numbers come from the organisation alone"},
	{"connectors/jira/...", []string{"connectors/...", "analysis/fact/..."}, []string{"github.com/andygrunwald/go-jira", "github.com/tidwall/gjson"}, "go-jira lives here only"},
	{"connectors/github/githubtest", []string{"connectors/...", "analysis/fact/..."}, []string{"github.com/vektah/gqlparser/v2/..."}, "a played GitHub reads queries as GitHub does"},
	{"connectors/github/...", []string{"connectors/...", "analysis/fact/..."}, []string{"github.com/google/go-github/v62/...", "github.com/tidwall/gjson"}, "go-github lives here only"},
	{"connectors/saved/...", []string{"connectors", "connectors/wire", "analysis/fact"}, []string{"github.com/tidwall/gjson"}, "archives know no tracker"},
	{"connectors/describedtest", []string{"connectors/playtest"}, []string{"github.com/getkin/kin-openapi/..."}, "descriptions are read for tests alone"},
	{"connectors/store", []string{"connectors", "analysis/fact"}, []string{"modernc.org/sqlite/...", "github.com/gofrs/flock"}, "SQL lives here only"},
	{"connectors/...", []string{"connectors/...", "analysis/fact/..."}, nil, "connectors bring facts and know no rules"},
	{"reports/table", nil, []string{"github.com/olekukonko/tablewriter/..."}, "tablewriter lives here only"},
	{"reports", []string{"analysis/...", "reports/..."}, nil, "documents come from numbers"},
	{"cmd/smokestack/config", []string{"analysis/assemble", "analysis/catalogue", "analysis/fact", "analysis/work"}, []string{"github.com/goccy/go-yaml/..."}, "a configuration is rules"},
	{"cmd/acceptance", []string{"analysis/acceptance"}, nil, "it prints what the experiments give"},
	{"cmd/smokestack", []string{"..."}, []string{"github.com/spf13/cobra", "github.com/schollz/progressbar/v3", "golang.org/x/term"}, "the only place that sees both ends"},
}

// testsToo is what tests may import everywhere.
var testsToo = []string{"github.com/getkin/kin-openapi/...", "github.com/google/go-cmp/...", "github.com/rogpeppe/go-internal/testscript", "github.com/vektah/gqlparser/v2/..."}

const module = "smokestack"

func fits(pattern, path string) bool {
	if base, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(path+"/", base)
	}
	return pattern == path
}

func anyFits(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, path) })
}

func TestImportsGoOneWay(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if e.IsDir() && (strings.HasPrefix(e.Name(), ".") && rel != "." || e.Name() == "testdata") {
			return filepath.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(rel, ".go") {
			return nil
		}
		dir := filepath.ToSlash(filepath.Dir(rel))
		n := slices.IndexFunc(layers, func(l layer) bool { return fits(l.area, dir) })
		if n < 0 {
			t.Errorf("%s: no layer is declared for %s", rel, dir)
			return nil
		}
		seen[layers[n].area] = true
		checkImports(t, path, rel, layers[n])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		if !seen[l.area] {
			t.Errorf("layer %s has vanished: the table is out of date", l.area)
		}
	}
}

func checkImports(t *testing.T, path, rel string, l layer) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Error(err)
			continue
		}
		own, inModule := strings.CutPrefix(name, module+"/")
		first, _, _ := strings.Cut(name, "/")
		isTest := strings.HasSuffix(rel, "_test.go")
		switch {
		case inModule && forTests(own) && !isTest && !forTests(filepath.ToSlash(filepath.Dir(rel))):
			t.Errorf("%s imports %s: what supports tests is for tests alone", rel, own)
		case inModule && (anyFits(l.own, own) || l.area == own || fits(l.area, own)):
		case inModule && isTest && topFolder(own) == topFolder(filepath.ToSlash(rel)): // a test may look around in its own folder
		case inModule:
			t.Errorf("%s imports %s: %s", rel, own, l.why)
		case !strings.Contains(first, "."): // the standard library
		case anyFits(l.third, name), isTest && anyFits(testsToo, name):
		default:
			t.Errorf("%s imports %s: %s", rel, name, l.why)
		}
	}
}

// forTests reports whether a package of the module supports tests: its name
// ends in test.
func forTests(dir string) bool { return strings.HasSuffix(dir, "test") }

func topFolder(path string) string {
	top, _, _ := strings.Cut(path, "/")
	return top
}

// No package is named after what it is not.
func TestNoPackageForEverything(t *testing.T) {
	for _, l := range layers {
		switch filepath.Base(strings.TrimSuffix(l.area, "/...")) {
		case "util", "utils", "common", "types", "model", "helpers", "base":
			t.Errorf("package %s says nothing about what it holds", l.area)
		}
	}
	if _, err := os.Stat(filepath.Join("..", "..", "go.mod")); err != nil {
		t.Fatal(err)
	}
}
