package github

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/store"
)

// Of a CODEOWNERS file there is nothing left but patterns and teams; who is a
// person keeps the place in the line, so that it overrides what comes before.
func TestTeamOwners(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"# ask Ana first", ""},
		{"* @acme/checkout # and Ben", "* @acme/checkout\n"},
		{"\ufeff*.go\t@acme/Coders\r\n", "*.go @acme/Coders\n"},
		{"*.js @ana @ben cy@acme.example", "*.js @-\n"},
		{"*.ts @ana @acme/web cy@acme.example", "*.ts @- @acme/web\n"},
		{"/apps/github", "/apps/github\n"}, // nobody's: it overrides, too
		{`sp\ ace/ @ana`, `sp\ ace/ @-` + "\n"},
		{"hash#tag @ana", "hash#tag @-\n"},
		{"*.rb ana", ""}, // no owner: GitHub skips the line
		{"*.rb @acme/web ana@", ""},
		{"!/apps/x @ana", ""},
		{"[a-z] @ana", ""},
		{`\#a @ana`, ""},
		{"*.c @acme/web/ana", "*.c @-\n"},
		{"", ""},
	} {
		got := teamOwners(c.line)
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
		if again := teamOwners(got); again != got {
			t.Errorf("%q: reduced again it is %q", got, again)
		}
	}
	if got := teamOwners("* @acme/a\n" + strings.Repeat("#", codeOwnersMost)); got != "" {
		t.Errorf("a file that is too large is read")
	}
}

// The store holds no login, no address of mail and no comment of a CODEOWNERS
// file, whichever way it came.
func TestNoPeopleOfCodeOwnersInStore(t *testing.T) {
	for name, opts := range map[string]githubtest.Options{"GraphQL": {Token: "secret"}, "REST": {Token: "secret", NoGraphQL: 404}} {
		s := newStage(t, opts)
		s.world.WriteFile(repo, ".github/CODEOWNERS", "# ask Bob Secretson first\n*.go @alice-secretlogin bob.secret@example.com @acme/seen\n")
		s.world.Open(repo, "ana", "One", "")
		dir := t.TempDir()
		st, err := store.Open(t.Context(), filepath.Join(dir, "smokestack.db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connectors.Pull(t.Context(), s.source(repo), st, nil); err != nil {
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		seen := false
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			seen = seen || bytes.Contains(data, []byte("*.go @- @acme/seen"))
			for _, who := range []string{"alice-secretlogin", "bob.secret@example.com", "Bob Secretson"} {
				if bytes.Contains(data, []byte(who)) {
					t.Errorf("%s: %s holds %q", name, filepath.Base(f), who)
				}
			}
		}
		if !seen {
			t.Errorf("%s: the team is not in the store", name)
		}
	}
}

// What an archive tells of owners is reduced by the same rule.
func TestNoPeopleOfCodeOwnersFromArchive(t *testing.T) {
	d := newDecoded("https://github.com")
	r := &reading{decoded: d}
	r.graphRepo(gjson.Parse(`{"nameWithOwner":"acme/shop","owners1":{"text":"# Ana's\n* @ana @acme/web\n"}}`), "page.json")
	b := r.Take()
	if len(b.Terms) != 1 || b.Terms[0].Schema != "* @- @acme/web\n" {
		t.Errorf("%+v", b.Terms)
	}
}
