package saved

import (
	"bytes"
	"slices"
	"testing"
)

// A value that is nested without end is no reason to end: it is malformed, and
// said to be so.
func TestDeeplyNested(t *testing.T) {
	lists := bytes.Repeat([]byte("["), 8<<20)
	closed := append(bytes.Repeat([]byte("["), 4<<20-1), bytes.Repeat([]byte("]"), 4<<20-1)...)
	objects := bytes.Repeat([]byte(`{"a":`), (8<<20)/5)
	inPage := slices.Concat([]byte(`{"a":`), bytes.Repeat([]byte("["), 1<<20), bytes.Repeat([]byte("]"), 1<<20), []byte(`}`))
	for name, text := range map[string][]byte{"lists": lists, "closed lists": closed, "objects": objects, "in a page": inPage, "a line": append(bytes.Clone(inPage), "\n{}\n"...)} {
		bad, good := 0, 0
		err := Split("deep.json", bytes.NewReader(text), Format{}, Usual, func(c Chunk) error {
			good += len(c.Values)
			if c.Bad != "" {
				bad++
			}
			return nil
		})
		if err != nil || bad == 0 || good > 1 {
			t.Errorf("%s: %d values, %d said to be malformed, %v", name, good, bad, err)
		}
	}
}
