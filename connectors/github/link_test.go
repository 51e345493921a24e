package github

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestNextPage(t *testing.T) {
	const at = "https://api.github.com/repositories/1/issues?state=all"
	for _, c := range []struct{ name, header, want string }{
		{"none", "", ""},
		{"last page", `<https://api.github.com/x?page=1>; rel="first", <https://api.github.com/x?page=2>; rel="prev"`, ""},
		{"a page", `<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"`, "https://api.github.com/x?page=2"},
		{"a cursor without a page", `<https://api.github.com/x?after=Y3Vyc29yOnYyOpLPAAAB&per_page=100>; rel="next"`, "https://api.github.com/x?after=Y3Vyc29yOnYyOpLPAAAB&per_page=100"},
		{"the last of several", `<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?page=3>; rel="next"`, "https://api.github.com/x?page=3"},
		{"several relations", `<https://api.github.com/x?page=3>; rel="last next"`, "https://api.github.com/x?page=3"},
		{"without quotes", `<https://api.github.com/x?page=3>;rel=next`, "https://api.github.com/x?page=3"},
		{"a comma in an address", `<https://api.github.com/x?a=1,2>; rel="next"`, "https://api.github.com/x?a=1,2"},
		{"a comma and a mark in a title", `<https://api.github.com/x?page=1>; title="a, <b>; rel=\"next\""; rel="prev", <https://api.github.com/x?page=3>; rel="next"`, "https://api.github.com/x?page=3"},
		{"the second rel does not count", `<https://api.github.com/x?page=1>; rel="prev"; rel="next"`, ""},
		{"capitals", `<https://api.github.com/x?page=3>; REL="NEXT"`, "https://api.github.com/x?page=3"},
		{"relative", `</x?page=3>; rel="next"`, "https://api.github.com/x?page=3"},
		{"another relation", `<https://api.github.com/x?page=3>; rel="nextest"`, ""},
		{"cut off", `<https://api.github.com/x?page=3`, ""},
		{"an escaped character", `<https://api.github.com/x?q=a%3Cb%3E>; rel="next"`, "https://api.github.com/x?q=a%3Cb%3E"},
	} {
		got, err := nextPage(http.Header{"Link": {c.header}}, address(t, at))
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	for name, header := range map[string]string{
		"another host":    `<https://evil.example/x?page=2>; rel="next"`,
		"another scheme":  `<http://api.github.com/x?page=2>; rel="next"`,
		"a port":          `<https://api.github.com:8443/x?page=2>; rel="next"`,
		"without scheme":  `<//evil.example/x>; rel="next"`,
		"with a user":     `<https://ana:secret@api.github.com/x>; rel="next"`,
		"no address":      `<https://api.github.com/%zz>; rel="next"`,
		"the very same":   `<` + at + `>; rel="next"`,
		"nothing at all":  `<>; rel="next"`,
		"another program": `<javascript:alert(1)>; rel="next"`,
	} {
		if got, err := nextPage(http.Header{"Link": {header}}, address(t, at)); !errors.Is(err, errLink) {
			t.Errorf("%s: %q, %v is followed", name, got, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}

func address(tb testing.TB, s string) *url.URL {
	tb.Helper()
	u, err := url.Parse(s)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// FuzzNextPage holds a link to the one promise that matters: whatever a server
// writes, credentials go nowhere else.
func FuzzNextPage(f *testing.F) {
	f.Add(`<https://api.github.com/x?page=2>; rel="next"`)
	f.Add(`<https://api.github.com/x?page=1>; title="a, <b>; rel=\"next\""; rel="prev", </x>; rel="next"`)
	f.Add(`<//evil.example>; rel=next`)
	f.Add(`<x`)
	at, err := url.Parse("https://api.github.com/repositories/1/issues")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got, err := nextPage(http.Header{"Link": {header}}, at)
		if err != nil || got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("%q leads to %q, which is no address: %v", header, got, err)
		}
		if u.Scheme != "https" || !strings.EqualFold(u.Host, "api.github.com") || u.User != nil {
			t.Fatalf("%q leads to %q", header, got)
		}
		// What is written out again reads the same.
		again, err := nextPage(http.Header{"Link": {"<" + got + `>; rel="next"`}}, at)
		if err != nil || again != got {
			t.Fatalf("%q leads to %q, and that to %q, %v", header, got, again, err)
		}
	})
}
