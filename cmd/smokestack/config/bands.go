package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"smokestack/analysis/assemble"
	"smokestack/analysis/catalogue"
)

// Band is the range in which a metric works for now; nil: no such end.
type Band struct {
	Low  *float64 `yaml:"low"`
	High *float64 `yaml:"high"`
}

func (b Band) ends() (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if b.Low != nil {
		low = *b.Low
	}
	if b.High != nil {
		high = *b.High
	}
	return low, high
}

func (c *Config) validateBands(file *ast.File) error {
	if err := validateBands(file, c.Bands, "bands"); err != nil {
		return err
	}
	for i, t := range c.Teams {
		if err := validateBands(file, t.Bands, "teams", i, "bands"); err != nil {
			return err
		}
	}
	return nil
}

func validateBands(file *ast.File, bands map[string]Band, path ...any) error {
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(bands)) {
		at := func(key ...any) string { return find(file, slices.Concat(path, []any{name}, key)...) }
		entry, ok := catalogue.Find(name)
		if !ok && catalogue.IsSignal(name) {
			return fmt.Errorf("%s: %s is a signal: they come in a later version", at(), strings.ToUpper(name))
		}
		if !ok {
			return fmt.Errorf("%s: there is no metric %q%s", at(), name, nearMetric(name))
		}
		if other, ok := seen[entry.ID]; ok {
			return fmt.Errorf("%s: %s and %s are one metric", at(), other, name)
		}
		seen[entry.ID] = name
		if known := catalogue.Banded(); !slices.Contains(known, entry.ID) {
			return fmt.Errorf("%s: a band of %s is not judged; known are %s", at(), entry.ID, strings.Join(known, ", "))
		}
		if key, err := bands[name].validate(); err != nil {
			return fmt.Errorf("%s: %w", at(key), err) // "" leads nowhere: the band itself
		}
	}
	return nil
}

func nearMetric(name string) string {
	if r, ok := catalogue.FindRetired(name); ok {
		return ": " + r.ID + " is retired"
	}
	if near := catalogue.Near(name, 1); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}

func (b Band) validate() (key string, err error) {
	low, high := b.ends()
	for _, end := range []struct {
		key   string
		value *float64
	}{{"low", b.Low}, {"high", b.High}} {
		switch {
		case end.value == nil:
		case math.IsNaN(*end.value) || math.IsInf(*end.value, 0):
			return end.key, fmt.Errorf("%v is no end of a band; leave out %s where there is none", *end.value, end.key)
		case *end.value < 0:
			return end.key, fmt.Errorf("%s %v: nothing that a band is judged of is below 0", end.key, *end.value)
		}
	}
	switch {
	case b.Low == nil && b.High == nil:
		return "", fmt.Errorf("a band needs low, or high, or both")
	case low >= high:
		return "low", fmt.Errorf("low %v is not below high %v", low, high)
	}
	return "", nil
}

// bands are those of the organisation, then those of the teams, each in the order
// of the catalogue.
func (c *Config) bands() []assemble.Band {
	out := bandsOf(-1, c.Bands)
	for i, t := range c.Teams {
		out = append(out, bandsOf(i, t.Bands)...)
	}
	return out
}

func bandsOf(team int, bands map[string]Band) []assemble.Band {
	by := map[string]Band{}
	for name, b := range bands {
		if entry, ok := catalogue.Find(name); ok {
			by[entry.ID] = b
		}
	}
	var out []assemble.Band
	for _, entry := range catalogue.Entries() {
		if b, ok := by[entry.ID]; ok {
			low, high := b.ends()
			out = append(out, assemble.Band{Team: team, Metric: entry.ID, Low: low, High: high})
		}
	}
	return out
}

// Index says how the lenses of independence make one number, and from where on a
// claim holds.
type Index struct {
	Claim   *float64 `yaml:"claim"`
	Weights Weights  `yaml:"weights"`
}

// Weights are those of the lenses; nil: 1.
type Weights struct {
	Links    *float64 `yaml:"links"`
	Batches  *float64 `yaml:"batches"`
	People   *float64 `yaml:"people"`
	HandOffs *float64 `yaml:"hand_offs"`
	Together *float64 `yaml:"together"`
}

// Independence is what an [Index] amounts to.
type Independence struct {
	Claim                                      float64 // θ: the index from which on a team is as independent as it claims
	Links, Batches, People, HandOffs, Together float64 // weights of the lenses, 0 or more and not all 0
}

// Independence returns how the lenses make one number: alike, with claims from
// 0.8 on, unless the configuration says otherwise.
func (c *Config) Independence() Independence {
	or := func(v *float64, otherwise float64) float64 {
		if v == nil {
			return otherwise
		}
		return *v
	}
	w := c.Index.Weights
	return Independence{or(c.Index.Claim, 0.8), or(w.Links, 1), or(w.Batches, 1), or(w.People, 1), or(w.HandOffs, 1), or(w.Together, 1)}
}

func (x Index) validate(file *ast.File) error {
	if x.Claim != nil && !(*x.Claim > 0 && *x.Claim < 1) {
		return fmt.Errorf("%s: claim %v: it lies between 0 and 1; 1 would say that nothing ever crosses", find(file, "independence", "claim"), *x.Claim)
	}
	sum := 0.0
	for _, w := range []struct {
		key   string
		value *float64
	}{{"links", x.Weights.Links}, {"batches", x.Weights.Batches}, {"people", x.Weights.People}, {"hand_offs", x.Weights.HandOffs}, {"together", x.Weights.Together}} {
		switch {
		case w.value == nil:
			sum++
		case !(*w.value >= 0 && *w.value <= 1e6):
			return fmt.Errorf("%s: weight %v of %s: it is 0 or more", find(file, "independence", "weights", w.key), *w.value, strings.ReplaceAll(w.key, "_", " "))
		default:
			sum += *w.value
		}
	}
	if sum == 0 {
		return fmt.Errorf("%s: all weights are 0: nothing would count", find(file, "independence", "weights"))
	}
	return nil
}
