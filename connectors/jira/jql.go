package jira

import (
	"fmt"
	"strings"

	"smokestack/analysis/fact"
)

// where is a query of JQL without its order, fit to be joined with further
// clauses.
type where string

// parseWhere splits the order off somebody's query. The words ORDER BY may
// stand within quotes, and a bracket too many would change what our own clauses
// belong to.
func parseWhere(jql string) (where, error) {
	depth, quote, end := 0, byte(0), -1
	for i := 0; i < len(jql); i++ {
		c := jql[i]
		switch {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return "", fmt.Errorf("%w %q: a bracket closes that none opens", ErrQuery, jql)
			}
		case end < 0 && depth == 0 && orderBy(jql, i):
			end = i
		}
	}
	if quote != 0 {
		return "", fmt.Errorf("%w %q: a quote is not closed", ErrQuery, jql)
	}
	if depth > 0 {
		return "", fmt.Errorf("%w %q: a bracket is not closed", ErrQuery, jql)
	}
	if end >= 0 {
		jql = jql[:end]
	}
	if jql = strings.TrimSpace(jql); jql == "" {
		return "", fmt.Errorf("%w: it selects everything; name projects, or a condition such as: project = PAY", ErrQuery)
	}
	return where(jql), nil
}

// orderBy reports whether the words ORDER BY stand at i.
func orderBy(jql string, i int) bool {
	if i > 0 && wordByte(jql[i-1]) || len(jql) < i+5 || !strings.EqualFold(jql[i:i+5], "order") {
		return false
	}
	rest := strings.TrimLeft(jql[i+5:], " \t\r\n")
	return len(rest) < len(jql)-i-5 && len(rest) >= 2 && strings.EqualFold(rest[:2], "by") && (len(rest) == 2 || !wordByte(rest[2]))
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// project selects one project, named by its key.
func project(key string) where { return where("project = " + quoted(key)) }

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// since adds that an issue was updated at or after an instant. Jira reads
// quoted times in the zone of the account that asks and to the minute;
// milliseconds since 1970, unquoted, are the same for everybody.
func (w where) since(at fact.Instant) where {
	if at <= 0 {
		return w
	}
	return where(fmt.Sprintf("(%s) AND updated >= %d", w, int64(at)))
}

func (w where) order(by string) string { return string(w) + " ORDER BY " + by }

// ids selects issues by their immutable ids, or by their keys.
func anyOf(list []string) where {
	return where("id in (" + strings.Join(list, ", ") + ")")
}
