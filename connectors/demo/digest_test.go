package demo

import (
	"fmt"
	"hash/fnv"
	"io"
	"reflect"

	"smokestack/connectors"
)

// digest identifies what batches tell. Members that are zero are left out, so
// that one which facts have got since does not matter.
func digest(list []connectors.Batch) uint64 {
	h := fnv.New64a()
	write(h, reflect.ValueOf(list))
	return h.Sum64()
}

func write(w io.Writer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		fmt.Fprint(w, "{")
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				fmt.Fprint(w, v.Type().Field(i).Name, ":")
				write(w, f)
			}
		}
		fmt.Fprint(w, "}")
	case reflect.Slice, reflect.Array:
		fmt.Fprint(w, "[")
		for i := range v.Len() {
			write(w, v.Index(i))
		}
		fmt.Fprint(w, "]")
	default:
		fmt.Fprintf(w, "%v;", v.Interface())
	}
}
