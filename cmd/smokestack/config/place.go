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
	if len(file.Docs) == 0 {
		return "1:1"
	}
	at, node := "1:1", file.Docs[0].Body
	for _, step := range path {
		var key, value ast.Node
		switch step := step.(type) {
		case string:
			key, value = member(node, step)
		case int:
			if list, ok := whole(node).(*ast.SequenceNode); ok && step < len(list.Values) {
				value = list.Values[step]
			}
		}
		if value == nil {
			break
		}
		node = value
		switch whole(value).(type) {
		case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
			if key == nil {
				key = first(value)
			}
			at = placeOf(key, at)
		default:
			at = placeOf(value, at)
		}
	}
	return at
}

// member finds a key of a mapping, and its value.
func member(node ast.Node, name string) (key, value ast.Node) {
	var values []*ast.MappingValueNode
	switch n := whole(node).(type) {
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

// whole is what an anchor names.
func whole(node ast.Node) ast.Node {
	if a, ok := node.(*ast.AnchorNode); ok {
		return a.Value
	}
	return node
}

// first is where a mapping begins that stands in a list.
func first(node ast.Node) ast.Node {
	if m, ok := whole(node).(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key
	}
	if m, ok := whole(node).(*ast.MappingValueNode); ok {
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
