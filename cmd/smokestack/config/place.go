package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// find tells line and column of what stands at a path of keys (text) and
// positions in lists (whole numbers): of a value if it is a single one, of the
// key if there are more below it. Where the path ends early, as at an alias or
// a merged key, it is the place of the last step there is.
func find(file *ast.File, path ...any) string {
	_, at := walk(file, path)
	return at
}

// findKey tells line and column of the key at the end of a path.
func findKey(file *ast.File, path ...any) string {
	at, _ := walk(file, path)
	return at
}

func walk(file *ast.File, path []any) (key, value string) {
	key, value = "1:1", "1:1"
	if len(file.Docs) == 0 {
		return key, value
	}
	node := file.Docs[0].Body
	for _, step := range path {
		k, v := below(node, step)
		if v == nil {
			break
		}
		node = v
		if k == nil {
			k = first(v)
		}
		key = placeOf(k, value)
		switch named(v).(type) {
		case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
			value = key
		default:
			value = placeOf(v, value)
		}
	}
	return key, value
}

// below goes from a node to what a key, or a position, leads to.
func below(node ast.Node, step any) (key, value ast.Node) {
	switch step := step.(type) {
	case string:
		return member(node, step)
	case int:
		if list, ok := named(node).(*ast.SequenceNode); ok && step < len(list.Values) {
			return nil, list.Values[step]
		}
	}
	return nil, nil
}

// member finds a key of a mapping, and its value.
func member(node ast.Node, name string) (key, value ast.Node) {
	var values []*ast.MappingValueNode
	switch n := named(node).(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	}
	for _, v := range values {
		if keyOf(v) == name {
			return v.Key, v.Value
		}
	}
	return nil, nil
}

// keyOf is a key as the reader gives it.
func keyOf(v *ast.MappingValueNode) string {
	if text, ok := v.Key.(*ast.StringNode); ok {
		return text.Value
	}
	return v.Key.String()
}

// named is what an anchor names, else the node itself.
func named(node ast.Node) ast.Node {
	if a, ok := node.(*ast.AnchorNode); ok {
		return a.Value
	}
	return node
}

// first is where a mapping begins that stands in a list.
func first(node ast.Node) ast.Node {
	if m, ok := named(node).(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key
	}
	if m, ok := named(node).(*ast.MappingValueNode); ok {
		return m.Key
	}
	return node
}

func placeOf(node ast.Node, otherwise string) string {
	if t := node.GetToken(); t != nil && t.Position != nil {
		return fmt.Sprintf("%d:%d", t.Position.Line, t.Position.Column)
	}
	return otherwise
}
