package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// errLink is a Link header that leads nowhere one may go.
var errLink = errors.New("the link to the next page cannot be followed")

// nextPage returns the address of the page after the one that at is the address
// of, by its Link header; "" is the last page. GitHub's addresses are followed
// as they are: for large lists they carry a cursor in place of a page's number,
// which nobody can make up. Credentials go with every request, so that no link
// may lead to another host.
func nextPage(h http.Header, at *url.URL) (string, error) {
	for _, line := range h.Values("Link") {
		target, ok := relation(line, "next")
		if !ok {
			continue
		}
		u, err := at.Parse(target)
		if err != nil {
			return "", fmt.Errorf("%w: it is no address", errLink)
		}
		if u.Scheme != at.Scheme || !strings.EqualFold(u.Host, at.Host) || u.User != nil {
			return "", fmt.Errorf("%w: it leads to %s://%s", errLink, u.Scheme, u.Host)
		}
		if u.String() == at.String() {
			return "", fmt.Errorf("%w: it leads to the same page", errLink)
		}
		return u.String(), nil
	}
	return "", nil
}

// lastPage returns the number of the last page, where the answer tells; 0: it
// does not.
func lastPage(h http.Header) int {
	for _, line := range h.Values("Link") {
		if target, ok := relation(line, "last"); ok {
			if u, err := url.Parse(target); err == nil {
				if n, err := strconv.Atoi(u.Query().Get("page")); err == nil {
					return max(n, 0)
				}
			}
		}
	}
	return 0
}

// relation finds the target of a relation in a Link header (RFC 8288):
// <target>; rel="next last"; title="a, b", <target>; rel=prev.
func relation(header, rel string) (string, bool) {
	for rest := header; ; {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			return "", false
		}
		target, after, ok := strings.Cut(after, ">")
		if !ok {
			return "", false
		}
		var found bool
		if found, rest = parameters(after, rel); found {
			return strings.TrimSpace(target), true
		}
	}
}

// parameters reads the parameters of one link and returns what follows it. Only
// the first rel counts.
func parameters(s, rel string) (found bool, rest string) {
	related := false
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] != ';' {
			break
		}
		name, value, after := parameter(s[1:])
		if strings.EqualFold(name, "rel") && !related {
			related = true
			for _, r := range strings.Fields(value) {
				found = found || strings.EqualFold(r, rel)
			}
		}
		s = after
	}
	return found, s
}

// parameter reads name=value or name="value".
func parameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return strings.TrimSpace(s), "", ""
	}
	name = strings.TrimSpace(s[:end])
	if s[end] != '=' {
		return name, "", s[end:]
	}
	s = strings.TrimLeft(s[end+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		if end = strings.IndexAny(s, ";,"); end < 0 {
			end = len(s)
		}
		return name, strings.TrimSpace(s[:end]), s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return name, b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return name, b.String(), ""
}
