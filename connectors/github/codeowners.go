package github

import (
	"regexp"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// aPerson stands in a reduced CODEOWNERS file in place of people: their line
// overrides those before it, whoever they are.
const aPerson = "@-"

// codeOwnersMost is how large a CODEOWNERS file may be. Of a larger one GitHub
// takes no notice.
const codeOwnersMost = 3 << 20

var teamOwner = regexp.MustCompile(`^@[\w.-]+/[\w.-]+$`)

// teamOwners reduces a CODEOWNERS file to its patterns and the teams that own what
// fits: comments, logins and addresses of mail are nobody's business elsewhere.
// Of a line that names as an owner what is none GitHub takes no notice, and of it
// nothing is left. What is reduced stays as it is if it is reduced again.
func teamOwners(text string) string {
	if len(text) > codeOwnersMost {
		return ""
	}
	var out strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if words, ok := reducedLine(fact.OwnersWords(line)); ok {
			out.WriteString(strings.Join(words, " ") + "\n")
		}
	}
	return out.String()
}

// reducedLine puts one mark in place of all people among the owners.
func reducedLine(words []string) (out []string, ok bool) {
	if len(words) == 0 || strings.HasPrefix(words[0], "!") || strings.HasPrefix(words[0], `\#`) || strings.ContainsAny(words[0], "[]") {
		return nil, false
	}
	out = words[:1:1]
	people := false
	for _, owner := range words[1:] {
		at := strings.IndexByte(owner, '@')
		switch {
		case teamOwner.MatchString(owner):
			out = append(out, owner)
		case at < 0, at == len(owner)-1, at > 0 && strings.Contains(owner, "/"):
			return nil, false
		case !people:
			people = true
			out = append(out, aPerson)
		}
	}
	return out, true
}

// ownersNote tells of a CODEOWNERS file that counts for nothing.
func ownersNote(repository, text string) []connectors.Note {
	if len(text) <= codeOwnersMost {
		return nil
	}
	return []connectors.Note{{Kind: connectors.NoteSkipped, Subject: repository, Reason: "its CODEOWNERS file is larger than 3 MB: GitHub takes no notice of it"}}
}
