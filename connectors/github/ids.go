package github

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// GraphQL names things by node ids, which are opaque by GitHub's word. In both
// forms that it has used they hold the database ids that REST tells, though, and
// those alone are the same in every answer.

// node is what a node id says.
type node struct {
	kind       string // the name of the type: Issue, PullRequest, ClosedEvent
	repository uint64 // 0: not told
	id         uint64
}

// nodeOf reads a node id of either form: text such as 05:Issue123 in base64, or
// a prefix and, in base64 for addresses, a msgpack array of numbers that ends in
// the id.
func nodeOf(text string) (node, bool) {
	if prefix, packed, ok := strings.Cut(text, "_"); ok && prefix != "" {
		return packedNode(prefix, packed)
	}
	return legacyNode(text)
}

// kindsByPrefix are the types whose ids become those of records, people and acts.
var kindsByPrefix = map[string]string{
	"I": "Issue", "PR": "PullRequest", "MI": "Milestone", "R": "Repository", "U": "User", "BOT": "Bot",
	"PRR": "PullRequestReview", "IC": "IssueComment", "PRRC": "PullRequestReviewComment", "PVT": "ProjectV2", "IT": "IssueType",
}

func packedNode(prefix, packed string) (node, bool) {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(packed, "="))
	if err != nil || len(data) == 0 || data[0] < 0x92 || data[0] > 0x94 {
		return node{}, false
	}
	count := int(data[0] & 0xf)
	rest := data[1:]
	var values [4]uint64
	for i := range count {
		var ok bool
		if values[i], rest, ok = packedNumber(rest); !ok {
			return node{}, false
		}
	}
	n := node{kind: prefix, id: values[count-1]}
	if kind, ok := kindsByPrefix[prefix]; ok {
		n.kind = kind
	}
	if count > 2 {
		n.repository = values[1] // of what is in a repository
	}
	return n, len(rest) == 0 && values[0] == 0 && n.id > 0
}

// packedNumber reads a whole number that is not negative off the front of
// msgpack data.
func packedNumber(data []byte) (n uint64, rest []byte, ok bool) {
	if len(data) == 0 {
		return 0, nil, false
	}
	head, rest := data[0], data[1:]
	width := map[byte]int{0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8}[head]
	switch {
	case head < 0x80:
		return uint64(head), rest, true
	case width == 0 || len(rest) < width:
		return 0, nil, false
	}
	var wide [8]byte
	copy(wide[8-width:], rest[:width])
	return binary.BigEndian.Uint64(wide[:]), rest[width:], true
}

func legacyNode(text string) (node, bool) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return node{}, false
	}
	length, rest, ok := strings.Cut(string(data), ":")
	n, err := strconv.Atoi(length)
	if !ok || err != nil || !strings.HasPrefix(length, "0") || n <= 0 || n >= len(rest) {
		return node{}, false
	}
	id, ok := number(rest[n:])
	return node{kind: rest[:n], id: id}, ok && letters(rest[:n])
}

// number reads digits without a zero in front of them: an id has one spelling.
func number(s string) (uint64, bool) {
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil
}

func letters(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// classes tells what the types of nodes are that become records.
var classes = map[string]fact.Class{"Issue": fact.ClassIssue, "PullRequest": fact.ClassPull, "Milestone": fact.ClassMilestone}

// recordID returns the id of a record with this database id.
func recordID(class fact.Class, id string) string {
	if id == "" {
		return ""
	}
	return [...]string{"", "p", "m"}[class] + id
}

// recordIDOf returns the id of the record that a node id names: by its database
// id where the node id holds one.
func recordIDOf(class fact.Class, nodeID string) string {
	n, ok := nodeOf(nodeID)
	if is, known := classes[n.kind]; ok && known && is == class {
		return recordID(class, itoa(n.id))
	}
	return nodeID
}

// plainID returns the database id of anything else by its node id: of an event,
// a comment, a type, a project.
func plainID(nodeID string) string {
	if n, ok := nodeOf(nodeID); ok {
		return itoa(n.id)
	}
	return nodeID
}

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }
