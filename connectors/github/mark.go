package github

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

const (
	// lookBack is how far before the moment when it was last asked a pull looks
	// again: lists are not always up to date.
	lookBack = fact.Instant(2 * time.Minute / time.Millisecond)

	// daily is how often is looked again at what rarely changes, or takes many
	// requests.
	daily = fact.Instant(24 * time.Hour / time.Millisecond)

	// weekly is how often all numbers are compared, though counts do not differ: two
	// faults can cancel out in them.
	weekly = 7 * daily

	// tiesMost bounds a cursor: of a moment at which more was updated, all is told
	// again.
	tiesMost = 1000

	// waitingMost is how many names may wait in a cursor to be fetched.
	waitingMost = 1000

	markVersion = 1
)

// mark is the cursor of a live pull.
type mark struct {
	Version    int      `json:"v"`
	Repository string   `json:"repo"` // its canonical name, and its id: where they change, all keys did
	ID         string   `json:"id"`
	Way        string   `json:"way"`              // graphql, rest
	Gives      []string `json:"gives,omitempty"`  // what server and token could give
	Hidden     string   `json:"hidden,omitempty"` // node id of an item whose boards could not be read

	Asked fact.Instant `json:"asked"` // the server's time when it was last asked
	Since fact.Instant `json:"since"` // of what no list tells, all that changed before is stored
	Under bool         `json:"under,omitempty"`
	Full  bool         `json:"full,omitempty"` // it began from nothing

	Issues reach `json:"issues"`
	Pulls  reach `json:"pulls"`
	Stones reach `json:"milestones"`

	Before  int                     `json:"before,omitempty"`  // what the sink held when a full pull began
	Again   map[string]fact.Instant `json:"again,omitempty"`   // keys of what this pull fetched by itself, and when it went to, so that none of its lives does so twice
	Away    []string                `json:"away,omitempty"`    // node ids of sub-issues elsewhere that are still to be fetched
	Touched []string                `json:"touched,omitempty"` // keys of what is still to be refreshed
	Missing map[string]lack         `json:"missing,omitempty"` // what is known to be missing, or stale, by what the plan names it by
	Swept   sweepMark               `json:"swept,omitzero"`
	Owners  fact.Instant            `json:"owners,omitempty"` // when teams were last asked for
	Boards  map[string]board        `json:"boards,omitempty"` // by node id

	// Of the REST plan.
	Event int64        `json:"event,omitempty"` // the newest that is stored
	Read  fact.Instant `json:"read,omitempty"`  // the server's time when that was read: what was made since has none that is older
	Tag   string       `json:"tag,omitempty"`   // of the first page of events
}

// reach is how far one list was read.
type reach struct {
	At   fact.Instant `json:"at"`             // everything updated before is stored
	Ties []string     `json:"ties,omitempty"` // ids updated at that very moment that were told
}

// to moves the reach to an update that was told.
func (r *reach) to(at fact.Instant, id string) {
	r.past(at)
	if at == r.At && len(r.Ties) < tiesMost {
		r.Ties = append(r.Ties, id)
	}
}

// past moves the reach to an update that was not told.
func (r *reach) past(at fact.Instant) {
	if at > r.At {
		r.At, r.Ties = at, nil
	}
}

// has reports whether this very update was told.
func (r *reach) has(at fact.Instant, id string) bool {
	return at == r.At && slices.Contains(r.Ties, id)
}

// since is how far a list is to be read again: to where it was, and to shortly
// before it was last asked for.
func (r *reach) since(asked fact.Instant) fact.Instant {
	at := max(0, min(r.At, asked-lookBack))
	return at - at%1000 // GitHub counts in seconds
}

// end is the reach of a pull that is complete, which began with the other one.
func (r *reach) end(before reach, now fact.Instant) {
	if r.At < before.At { // nothing new came
		*r = before
	}
	r.At = min(r.At, now)
}

// sweepMark remembers the last comparison of all that is there with all that is
// held.
type sweepMark struct {
	At          fact.Instant `json:"at"`
	Issues      int          `json:"issues"` // more here than held, at the end
	Pulls       int          `json:"pulls"`
	IssuesCount int          `json:"nissues"`
	PullsCount  int          `json:"npulls"`
	Missing     int          `json:"missing,omitempty"`
	More        bool         `json:"more,omitempty"`  // there was more to look up than one pull does
	Whole       fact.Instant `json:"whole,omitempty"` // when all numbers were last compared, or all was read
}

// same reports whether another comparison came to the same.
func (s sweepMark) same(o sweepMark) bool {
	s.At, s.Whole, o.At, o.Whole = 0, 0, 0, 0
	return s == o
}

// lack is something that a pull could not read, though it is there, and that
// every pull asks for again until it comes, or is there no longer.
type lack struct {
	Subject string `json:"of"` // a key, where it is known
	Why     string `json:"why"`
	Look    bool   `json:"look,omitempty"`   // it is held, and no longer listed: the subject is to be looked up
	Absent  bool   `json:"absent,omitempty"` // it was not there when it was asked for again: a comparison of all numbers decides
}

// gives names what was asked for.
func (a asks) gives() []string {
	var out []string
	for name, on := range map[string]bool{"boards": a.projects && a.boards, "projects": a.projects, "recent": a.recent, "fields": a.fields} {
		if on {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// lacks reports whether something of what is given now was not given then.
func lacks(then, now []string) bool {
	return slices.ContainsFunc(now, func(g string) bool { return !slices.Contains(then, g) })
}

func (m *mark) cursor() connectors.Cursor {
	text, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	return connectors.Cursor(text)
}

// begin settles where a pull begins. A cursor that is not of this form is worth
// nothing, nor one of a repository of another name, or of answers that held
// less: what was not asked for then never comes by asking for what is newer.
func begin(from connectors.Cursor, now mark) mark {
	var m mark
	usable := json.Unmarshal([]byte(from), &m) == nil && m.Version == markVersion && m.Repository == now.Repository && m.ID == now.ID &&
		m.Way == now.Way && !lacks(m.Gives, now.Gives)
	switch {
	case !usable:
		now.Version, now.Full = markVersion, true
		return now
	case !m.Under:
		m.Full = false
	}
	if m.Since == 0 && !m.Under {
		m.Since = m.Asked
	}
	return m
}

// before is how much the sink held when the pull at hand began, if that was one
// from nothing.
func before(from connectors.Cursor) int {
	var m mark
	if json.Unmarshal([]byte(from), &m) != nil {
		return 0
	}
	return m.Before
}

// hidden is the item over whose boards the token was refused.
func hidden(from connectors.Cursor) string {
	var m mark
	if json.Unmarshal([]byte(from), &m) != nil {
		return ""
	}
	return m.Hidden
}

// board remembers of a project's board which column each item of the repository
// was told to be in.
type board struct {
	Read  fact.Instant `json:"read,omitempty"` // when its items were last read
	Items int          `json:"items,omitempty"`
	Told  columns      `json:"told"`
	// Away are sub-issues in other repositories, by key, with hashes like those.
	Away map[string]uint32 `json:"away,omitempty"`
}

// tell remembers where an item is told to be, or that it is not on the board.
func (b *board) tell(own bool, key string, number int, hash uint32, on bool) {
	switch {
	case own && on:
		if b.Told == nil {
			b.Told = columns{}
		}
		b.Told[number] = hash
	case own:
		delete(b.Told, number)
	case on:
		if b.Away == nil {
			b.Away = map[string]uint32{}
		}
		b.Away[key] = hash
	default:
		delete(b.Away, key)
	}
}

// was returns where an item was told to be.
func (b *board) was(own bool, key string, number int) (uint32, bool) {
	if own {
		hash, ok := b.Told[number]
		return hash, ok
	}
	hash, ok := b.Away[key]
	return hash, ok
}

// columns are items, by number, and a hash of the name of their column: about
// seven bytes each.
type columns map[int]uint32

// MarshalJSON implements [json.Marshaler].
func (c columns) MarshalJSON() ([]byte, error) {
	var buf []byte
	last := 0
	for _, n := range slices.Sorted(maps.Keys(c)) {
		buf = binary.AppendUvarint(buf, uint64(n-last))
		buf = binary.BigEndian.AppendUint32(buf, c[n])
		last = n
	}
	return json.Marshal(base64.RawStdEncoding.EncodeToString(buf))
}

// UnmarshalJSON implements [json.Unmarshaler]. What is no list of columns is an
// empty one.
func (c *columns) UnmarshalJSON(data []byte) error {
	*c = columns{}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	buf, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	for last := 0; ; {
		d, n := binary.Uvarint(buf)
		if n <= 0 || len(buf) < n+4 || d > 1<<40 {
			return nil
		}
		last += int(d)
		(*c)[last] = binary.BigEndian.Uint32(buf[n:])
		buf = buf[n+4:]
	}
}

func columnHash(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}
