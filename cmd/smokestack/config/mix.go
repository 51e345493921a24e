package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"smokestack/analysis/assemble"
)

// Mix says which kinds of work there are, and how much of each was planned.
type Mix struct {
	Categories Categories         `yaml:"categories"`
	Plan       map[string]float64 `yaml:"plan"` // of 100, or of 1
}

// Categories are kinds of work in the order of the file, the first of which
// that fits holds.
type Categories []Category

// Category is a kind of work, with the types and labels that are of it.
type Category struct {
	Name  string
	Names []string
}

// UnmarshalYAML reads the categories with their order.
func (c *Categories) UnmarshalYAML(read func(any) error) error {
	var order yaml.MapSlice
	names := map[string][]string{}
	if err := read(&names); err != nil {
		return err
	}
	if err := read(&order); err != nil {
		return err
	}
	for _, item := range order {
		name := fmt.Sprint(item.Key)
		*c = append(*c, Category{Name: name, Names: names[name]})
	}
	return nil
}

// unlabelled is what people read where no category fits.
const unlabelled = "unlabelled"

func (m Mix) validate(file *ast.File) error {
	seen, taken := map[string]bool{}, map[string]string{}
	for _, c := range m.Categories {
		lower := strings.ToLower(strings.TrimSpace(c.Name))
		switch {
		case lower == "":
			return fmt.Errorf("%s: a category needs a name", find(file, "mix", "categories"))
		case strings.Trim(lower, "()") == unlabelled:
			return fmt.Errorf("%s: %q is what fits no category: take another name", find(file, "mix", "categories", c.Name), c.Name)
		case seen[lower]:
			return fmt.Errorf("%s: category %q is there twice", find(file, "mix", "categories", c.Name), c.Name)
		case len(c.Names) == 0:
			return fmt.Errorf("%s: category %q holds nothing: name types or labels", find(file, "mix", "categories", c.Name), c.Name)
		}
		seen[lower] = true
		for i, n := range c.Names {
			key := strings.ToLower(strings.TrimSpace(n))
			if other, ok := taken[key]; ok || key == "" {
				place := find(file, "mix", "categories", c.Name, i)
				if key == "" {
					return fmt.Errorf("%s: an empty name fits nothing", place)
				}
				return fmt.Errorf("%s: %q stands twice among the categories: in %s and in %s", place, n, other, c.Name)
			}
			taken[key] = c.Name
		}
	}
	return m.validatePlan(file)
}

func (m Mix) validatePlan(file *ast.File) error {
	if len(m.Plan) == 0 {
		return nil
	}
	if len(m.Categories) == 0 {
		return fmt.Errorf("%s: a plan needs the categories that it is of", find(file, "mix", "plan"))
	}
	var known []string
	for _, c := range m.Categories {
		known = append(known, c.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Plan)) {
		share := m.Plan[name]
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s: %q is not among the categories; did you mean %q?", findKey(file, "mix", "plan", name), name, Nearest(name, known, 1)[0])
		}
		if !(share >= 0) || math.IsInf(share, 0) {
			return fmt.Errorf("%s: %v is no share: it is 0 or more", find(file, "mix", "plan", name), share)
		}
	}
	if sum := m.sum(); !adds(sum, 100) && !adds(sum, 1) {
		return fmt.Errorf("%s: the shares add up to %.4g: they must add up to 100, or to 1", find(file, "mix", "plan"), sum)
	}
	return nil
}

// adds reports whether shares add up to a whole, but for their rounding: three
// thirds may be written as 33.3 each.
func adds(sum, whole float64) bool { return math.Abs(sum-whole) <= whole/200 }

// sum adds the plan in the order of the categories, so that it is the same in
// every run.
func (m Mix) sum() float64 {
	sum := 0.0
	for _, c := range m.Categories {
		sum += m.Plan[c.Name]
	}
	return sum
}

func (m Mix) rules() ([]assemble.Category, bool) {
	var out []assemble.Category
	sum := m.sum()
	for _, c := range m.Categories {
		one := assemble.Category{Name: c.Name, Names: c.Names}
		if sum > 0 {
			one.Plan = m.Plan[c.Name] / sum
		}
		out = append(out, one)
	}
	return out, sum > 0
}

// Outcome says what shows that somebody found out what a batch brought.
type Outcome struct {
	Fields []string `yaml:"fields"`
	Labels []string `yaml:"labels"`
	Links  []string `yaml:"links"`
}

func (o Outcome) validate(file *ast.File) error {
	for _, l := range []list[bool]{{"fields", o.Fields, true}, {"labels", o.Labels, true}, {"links", o.Links, true}} {
		if i := slices.IndexFunc(l.names, blank); i >= 0 {
			return fmt.Errorf("%s: an empty name fits nothing", find(file, "outcome", l.key, i))
		}
	}
	return nil
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// Requests says what is no request of one team to another, though it looks like
// one.
type Requests struct {
	Ignore Ignore `yaml:"ignore"`
}

// Ignore are items of which any of the lists names something, and those that
// one of the accounts created.
type Ignore struct {
	Type             []string `yaml:"type"`
	Label            []string `yaml:"label"`
	JiraProject      []string `yaml:"jira_project"`
	GitHubRepository []string `yaml:"github_repository"`
	Accounts         []string `yaml:"accounts"`
}

func (r Requests) validate(file *ast.File) error {
	g := r.Ignore
	for _, l := range []list[bool]{
		{"type", g.Type, true}, {"label", g.Label, true}, {"jira_project", g.JiraProject, true}, {"github_repository", g.GitHubRepository, true}, {"accounts", g.Accounts, true},
	} {
		if i := slices.IndexFunc(l.names, blank); i >= 0 {
			return fmt.Errorf("%s: an empty name fits nothing", find(file, "requests", "ignore", l.key, i))
		}
	}
	if key, err := (Match{JiraProject: g.JiraProject, GitHubRepository: g.GitHubRepository}).validate(); err != nil {
		name, at, _ := strings.Cut(strings.TrimSuffix(key, "]"), "[")
		n := 0
		if _, err := fmt.Sscan(at, &n); err != nil {
			n = 0
		}
		return fmt.Errorf("%s: %w", find(file, "requests", "ignore", name, n), err)
	}
	return nil
}

// rules are one match for each list, since an item fits a match only by all of
// its members.
func (g Ignore) rules() []assemble.Match {
	var out []assemble.Match
	for _, m := range []assemble.Match{{Types: g.Type}, {Labels: g.Label}, {Projects: g.JiraProject}, {Repositories: g.GitHubRepository}} {
		if len(m.Types)+len(m.Labels)+len(m.Projects)+len(m.Repositories) > 0 {
			out = append(out, m)
		}
	}
	return out
}
