package githubtest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
)

// nodeID writes the global id of a thing: its kind before the underscore, and
// behind it a list of numbers, of which the last is the thing's own. The others
// are what it belongs to: the owner, the repository, the issue.
func nodeID(prefix string, of ...any) string {
	raw := []byte{0x90 + byte(len(of)+1), 0}
	for _, part := range of {
		switch v := part.(type) {
		case int64:
			raw = appendNumber(raw, v)
		case string:
			raw = append(raw, 0xda)
			raw = binary.BigEndian.AppendUint16(raw, uint16(len(v)))
			raw = append(raw, v...)
		}
	}
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(raw)
}

// appendNumber writes a number in as few bytes as MessagePack has for it.
func appendNumber(b []byte, v int64) []byte {
	switch {
	case v < 1<<7:
		return append(b, byte(v))
	case v < 1<<8:
		return append(b, 0xcc, byte(v))
	case v < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 0xcd), uint16(v))
	case v < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, 0xce), uint32(v))
	}
	return binary.BigEndian.AppendUint64(append(b, 0xcf), uint64(v))
}

// legacyID writes an id in the form that GitHub gave until about 2021, and still
// gives on what was made then: the length of the name, the name, the number.
func legacyID(typ, of string) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "0%d:%s%s", len(typ), typ, of))
}

// ids writes the node ids of a server: all in one form or all in the other.
type ids struct{ legacy bool }

func (f ids) one(typ, prefix string, of ...any) string {
	if !f.legacy {
		return nodeID(prefix, of...)
	}
	last := of[len(of)-1]
	if sha, ok := last.(string); ok {
		return legacyID(typ, fmt.Sprintf("%d:%s", of[0], sha))
	}
	return legacyID(typ, fmt.Sprint(last))
}

func (f ids) of(o any) string {
	switch o := o.(type) {
	case *owner:
		if o.user != nil {
			return f.of(o.user)
		}
		return f.one("Organization", "O", o.id)
	case *user:
		if o.bot() {
			return f.one("Bot", "BOT", o.id)
		}
		return f.one("User", "U", o.id)
	case *team:
		return f.one("Team", "T", o.owner.id, o.id)
	case *repository:
		return f.one("Repository", "R", o.id)
	case *issueType:
		return f.one("IssueType", "IT", o.owner.id, o.id)
	case *label:
		return f.one("Label", "LA", o.repo.id, o.id)
	case *milestone:
		return f.one("Milestone", "MI", o.repo.id, o.id)
	case *item:
		if o.pull != nil {
			return f.one("PullRequest", "PR", o.repo.id, o.id)
		}
		return f.one("Issue", "I", o.repo.id, o.id)
	case *project:
		return f.one("ProjectV2", "PVT", o.owner.id, o.id)
	case *card:
		return f.one("ProjectV2Item", "PVTI", o.project.owner.id, o.project.id, o.id)
	case *commit:
		return f.one("Commit", "C", o.repo.id, o.sha)
	case *event:
		return f.event(o)
	}
	panic(fmt.Sprintf("githubtest: %T has no node id", o))
}

func (f ids) event(e *event) string {
	k := kinds[e.kind]
	switch e.kind {
	case "commented", "reviewed", "line-commented":
		return f.one(k.typ, k.prefix, e.item.repo.id, e.id)
	case "committed":
		return f.one(k.typ, k.prefix, e.item.repo.id, e.item.id, e.commit.sha)
	}
	return f.one(k.typ, k.prefix, e.item.repo.id, e.item.issueID(), e.id)
}

// pageMark is the end of a page: of the element there, what the list is ordered
// by. Nobody but the server can read it.
type pageMark struct {
	A int64 `json:"a"`
	B int64 `json:"b"`
}

func (m pageMark) String() string {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(append([]byte("cursor:v2:"), data...))
}

func parseMark(s string) (pageMark, bool) {
	var m pageMark
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(data) < 10 || string(data[:10]) != "cursor:v2:" {
		return m, false
	}
	return m, json.Unmarshal(data[10:], &m) == nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
