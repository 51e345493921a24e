package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// check compares the keys of a document with those of the struct that it is
// read into, so that an unknown one is named with its place and the nearest
// known one.
func check(node ast.Node, into any) error {
	if node == nil {
		return nil
	}
	return checkNode(node, reflect.TypeOf(into))
}

func checkNode(node ast.Node, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := node.(type) {
	case *ast.MappingNode:
		if t.Kind() != reflect.Struct {
			return checkFree(n, t)
		}
		for _, v := range n.Values {
			if err := checkKey(v, t); err != nil {
				return err
			}
		}
	case *ast.MappingValueNode:
		if t.Kind() == reflect.Struct {
			return checkKey(n, t)
		}
	case *ast.SequenceNode:
		if t.Kind() != reflect.Slice {
			return nil // the reader itself says what is wrong with it
		}
		for _, v := range n.Values {
			if err := checkNode(v, t.Elem()); err != nil {
				return err
			}
		}
	case *ast.AnchorNode:
		return checkNode(n.Value, t)
	}
	return nil
}

// checkFree looks into the values of a map with keys of the user's own.
func checkFree(n *ast.MappingNode, t reflect.Type) error {
	if t.Kind() != reflect.Map {
		return nil
	}
	for _, v := range n.Values {
		if err := checkNode(v.Value, t.Elem()); err != nil {
			return err
		}
	}
	return nil
}

func checkKey(v *ast.MappingValueNode, t reflect.Type) error {
	key := keyOf(v)
	var known []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" {
			continue
		}
		if name == key {
			return checkNode(v.Value, f.Type)
		}
		known = append(known, name)
	}
	p := v.Key.GetToken().Position
	slices.Sort(known)
	if near := nearest(key, known); near != "" {
		return fmt.Errorf("%d:%d: the key %q is not known; did you mean %q?", p.Line, p.Column, key, near)
	}
	return fmt.Errorf("%d:%d: the key %q is not known here; known are %s", p.Line, p.Column, key, strings.Join(known, ", "))
}

// nearest returns the known word that is most like the given one, "" if none
// is like it.
func nearest(word string, known []string) string {
	best, at := "", len(word)/2+1
	for _, k := range known {
		if len(word) > 2 && strings.HasPrefix(k, strings.ToLower(word)) {
			return k // cut short
		}
	}
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < at {
			best, at = k, d
		}
	}
	return best
}

// Nearest returns up to n of the known words, those most like the given one
// first.
func Nearest(word string, known []string, n int) []string {
	out := slices.Clone(known)
	word = strings.ToLower(word)
	slices.SortStableFunc(out, func(a, b string) int {
		return cmp.Compare(distance(word, strings.ToLower(a)), distance(word, strings.ToLower(b)))
	})
	return out[:min(n, len(out))]
}

// distance is Levenshtein's: the insertions, deletions and replacements of
// single characters that turn a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			above := row[j+1]
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(above+1, row[j]+1, diagonal+cost)
			diagonal = above
		}
	}
	return row[len(y)]
}
