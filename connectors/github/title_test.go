package github

import "testing"

// A title names nobody; teams and packages keep their names.
func TestTitlesNameNobody(t *testing.T) {
	for title, want := range map[string]string{
		"follow-up to #46 addressing @ana-gh's points": "follow-up to #46 addressing @…'s points",
		"@ben: what about (@cy)?":                      "@…: what about (@…)?",
		"ping @acme/payments and @ana":                 "ping @acme/payments and @…",
		"Bump @acme/tables from 1.0 to 1.1":            "Bump @acme/tables from 1.0 to 1.1",
		"mail ana@acme.example":                        "mail ana@acme.example",
		"a @ b, `@Override`":                           "a @ b, `@Override`",
	} {
		if got := anonymous(title); got != want {
			t.Errorf("%q becomes %q, want %q", title, got, want)
		}
	}
}
