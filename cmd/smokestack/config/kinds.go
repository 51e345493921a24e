package config

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// wrongKind says that a value is of another kind than its key takes, in plain words:
// the reader's name types of this program. It is nil for other errors.
func wrongKind(file *ast.File, err error) error {
	var value *yaml.TypeError
	var form *yaml.UnexpectedNodeTypeError
	var want, found string
	var at *token.Token
	switch {
	case errors.As(err, &value):
		at, want, found = value.Token, expected(value.DstType), given(value)
	case errors.As(err, &form):
		at, want, found = form.Token, formOf(form.Expected), formOf(form.Actual)
	}
	if at == nil || at.Position == nil {
		return nil
	}
	key := ""
	if len(file.Docs) > 0 {
		if key = keyAt(file.Docs[0].Body, "", at.Position); key != "" {
			key += ": "
		}
	}
	return fmt.Errorf("%d:%d: %sexpected %s, not %s", at.Position.Line, at.Position.Column, key, want, found)
}

func expected(t reflect.Type) string {
	if t == nil {
		return "something else"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64, reflect.Int:
		return "a number"
	case reflect.String:
		return "a text"
	case reflect.Slice:
		return formOf(ast.SequenceType)
	case reflect.Map, reflect.Struct:
		return formOf(ast.MappingType)
	}
	return "something else"
}

// given is what stands in place of a single value.
func given(e *yaml.TypeError) string {
	if e.SrcType != nil {
		switch e.SrcType.Kind() {
		case reflect.Slice:
			return formOf(ast.SequenceType)
		case reflect.Map:
			return formOf(ast.MappingType)
		}
	}
	return fmt.Sprintf("%q", e.Token.Value)
}

// formOf names a form. Single values are not repeated: one in place of a list may be
// a secret.
func formOf(t ast.NodeType) string {
	switch t {
	case ast.SequenceType:
		return "a list"
	case ast.MappingType, ast.MappingValueType:
		return "keys with values"
	}
	return "a single value"
}

// keyAt is the innermost key of what begins at a place; "" if nothing does.
func keyAt(node ast.Node, key string, p *token.Position) string {
	if node == nil {
		return ""
	}
	node = named(node)
	if t := node.GetToken(); key != "" && t != nil && t.Position != nil && t.Position.Line == p.Line && t.Position.Column == p.Column {
		return key
	}
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if found := keyAt(v.Value, keyOf(v), p); found != "" {
				return found
			}
		}
	case *ast.MappingValueNode:
		return keyAt(n.Value, keyOf(n), p)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			if found := keyAt(v, key, p); found != "" {
				return found
			}
		}
	}
	return ""
}
