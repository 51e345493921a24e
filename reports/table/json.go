package table

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schema names the shape of the JSON document. Within one number keys are
// added, never renamed and never given another meaning.
const Schema = "smokestack.scan/1"

// WriteJSON writes doc as one JSON document; the package comment describes it.
func WriteJSON(w io.Writer, doc Document) error {
	tables, err := checkedAll(doc.Tables)
	if err != nil {
		return err
	}
	j := jsonWriter{w: bufio.NewWriter(w)}
	j.open('{')
	j.key("schema").text(Schema)
	j.key("organisation").textOrNull(Clean(doc.Organisation))
	j.key("as_of")
	if y := doc.AsOf.UTC().Year(); doc.AsOf.IsZero() || y < 0 || y > 9999 {
		j.raw("null")
	} else {
		j.text(doc.AsOf.UTC().Format(time.RFC3339Nano))
	}
	j.key("weeks").raw(strconv.Itoa(doc.Weeks))
	j.key("fingerprints").open('{')
	for _, k := range slices.Sorted(maps.Keys(doc.Fingerprints)) {
		j.key(Clean(k)).text(Clean(doc.Fingerprints[k]))
	}
	j.close('}')
	j.key("exit").open('{')
	j.key("code").raw(strconv.Itoa(doc.Exit.Code))
	j.key("causes").open('[')
	for _, c := range doc.Exit.Causes {
		j.item().open('{')
		j.key("code").raw(strconv.Itoa(c.Code))
		j.key("text").text(Clean(c.Text))
		j.close('}')
	}
	j.close(']')
	j.close('}')
	j.key("notes").open('[')
	for _, note := range doc.Notes {
		j.item().text(Clean(note))
	}
	j.close(']')
	j.key("tables").open('[')
	for _, t := range tables {
		j.item().table(t)
	}
	j.close(']')
	j.key("signals").open('[')
	j.close(']')
	j.close('}')
	j.w.WriteByte('\n')
	return j.w.Flush()
}

func (j *jsonWriter) table(t Table) {
	j.open('{')
	j.key("id").text(t.ID)
	j.key("title").text(t.Title)
	j.key("columns").open('[')
	for _, c := range t.Columns {
		j.item().open('{')
		j.key("id").text(c.ID)
		j.key("title").text(c.Title)
		j.key("unit").text(c.Unit)
		j.close('}')
	}
	j.close(']')
	j.key("rows").open('[')
	for _, row := range t.Rows {
		j.item().open('{')
		for i, c := range t.Columns {
			j.key(c.ID).cell(at(row, i), c)
		}
		j.close('}')
	}
	j.close(']')
	j.key("notes").open('[')
	for _, note := range t.allNotes() {
		j.item().text(note)
	}
	j.close(']')
	j.close('}')
}

func (j *jsonWriter) cell(c Cell, col Column) {
	switch c.form {
	case words:
		j.text(c.text)
	case count:
		j.raw(strconv.Itoa(c.n))
	case number:
		j.number(c.num)
	case moment:
		j.text(c.stamp(col))
	case measure:
		j.open('{')
		j.key("value").number(c.num)
		j.key("n").raw(strconv.Itoa(c.n))
		j.key("low").number(c.extra.low)
		j.key("high").number(c.extra.high)
		j.key("why").textOrNull(c.text)
		j.close('}')
	default:
		j.raw("null")
	}
}

// maxPlaces is how many cells are named with a note that several share.
const maxPlaces = 5

// allNotes are why the table is empty, if it is; its notes; and then those of
// its cells, each once, with the cells it is about: "Payments, Cycle P50; Shop,
// Cycle P50: text".
func (t Table) allNotes() []string {
	type shared struct {
		places []string
		more   int
	}
	places := make(map[string]*shared)
	var order []string
	for _, row := range t.Rows {
		for j, col := range t.Columns {
			for _, note := range at(row, j).notes() {
				s := places[note]
				if s == nil {
					s = &shared{}
					places[note] = s
					order = append(order, note)
				}
				if len(s.places) == maxPlaces {
					s.more++
					continue
				}
				label, _ := at(row, 0).people(t.Columns[0], nil)
				s.places = append(s.places, label+", "+col.Title)
			}
		}
	}
	var notes []string
	if len(t.Rows) == 0 && t.Empty != "" {
		notes = append(notes, t.Empty)
	}
	notes = append(notes, t.Notes...)
	for _, note := range order {
		s := places[note]
		text := strings.Join(s.places, "; ")
		if s.more > 0 {
			text += " and " + strconv.Itoa(s.more) + " more"
		}
		notes = append(notes, text+": "+note)
	}
	return notes
}

// jsonWriter writes indented JSON with its keys in the order of the calls.
type jsonWriter struct {
	w     *bufio.Writer // its first error stays, and Flush returns it
	depth int
	empty bool // nothing stands in the innermost braces yet
}

func (j *jsonWriter) open(bracket byte) {
	j.w.WriteByte(bracket)
	j.depth++
	j.empty = true
}

func (j *jsonWriter) close(bracket byte) {
	j.depth--
	if !j.empty {
		j.newLine()
	}
	j.w.WriteByte(bracket)
	j.empty = false
}

// item begins the next element of an array, or member of an object.
func (j *jsonWriter) item() *jsonWriter {
	if !j.empty {
		j.w.WriteByte(',')
	}
	j.empty = false
	j.newLine()
	return j
}

func (j *jsonWriter) newLine() {
	j.w.WriteByte('\n')
	for range j.depth {
		j.w.WriteString("  ")
	}
}

func (j *jsonWriter) key(name string) *jsonWriter {
	j.item().text(name)
	j.w.WriteString(": ")
	return j
}

func (j *jsonWriter) raw(s string) { j.w.WriteString(s) }

// text writes a string with <, > and & escaped, so that the document can stand
// in a web page.
func (j *jsonWriter) text(s string) {
	quoted, _ := json.Marshal(s) // a string is never an error
	j.w.Write(quoted)
}

func (j *jsonWriter) textOrNull(s string) {
	if s == "" {
		j.raw("null")
		return
	}
	j.text(s)
}

func (j *jsonWriter) number(v float64) {
	if s := plain(v); s != "" {
		j.raw(s)
		return
	}
	j.raw("null")
}
