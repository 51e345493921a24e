package github

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
)

const site = "https://github.com"

// found writes mentions for tests: word:site key, in order.
func found(list []fact.Mention) string {
	var out []string
	for _, m := range list {
		text := m.Key
		if m.Site != "" {
			text = m.Site + " " + m.Key
		}
		if m.Word != fact.WordMentions {
			text = m.Word.String() + ":" + text
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func TestReferencesInBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, want string }{
		// Numbers and repositories.
		{"see #12", "acme/shop#12"},
		{"#12", "acme/shop#12"},
		{"(#12)", "acme/shop#12"},
		{"[#12]", "acme/shop#12"},
		{"#12, #13 and #14.", "acme/shop#12; acme/shop#13; acme/shop#14"},
		{"#12 and #12", "acme/shop#12"},
		{"acme/billing#7", "acme/billing#7"},
		{"Acme/Shop#7", "acme/shop#7"},
		{"acme/site.github.io#7 a-b/c_d-e#8", "acme/site.github.io#7; a-b/c_d-e#8"},
		{"GH-12 gh-13", "acme/shop#12; acme/shop#13"},
		{"修复#12的问题", "acme/shop#12"},
		{"#0", ""}, {"#012", ""}, {"#12a", ""}, {"#a12", ""}, {"# 12", ""}, {"#", ""}, {"#12345678901", ""},
		{"x#12", ""}, {"&#39;", ""}, {"a/b/c#12", ""}, {"/shop#12", ""}, {"acme/#12", ""}, {"ana@acme/shop#1", ""}, {"-a/b#1", ""},
		// Addresses.
		{"https://github.com/acme/shop/issues/12", "acme/shop#12"},
		{"http://www.GitHub.com/acme/billing/pull/3/files#r12?x=1.", "acme/billing#3"},
		{"https://github.com/acme/billing/issues/3#issuecomment-9", "acme/billing#3"},
		{"<https://github.com/acme/billing/pull/3>", "acme/billing#3"},
		{"[text](https://github.com/acme/billing/pull/3)", "acme/billing#3"},
		{"https://ghe.example/acme/shop/issues/12", "https://ghe.example acme/shop#12"},
		{"https://acme.atlassian.net/browse/PAY-12", "https://acme.atlassian.net PAY-12"},
		{"https://jira.example:8443/jira/browse/PAY-12?focusedId=3", "https://jira.example:8443/jira PAY-12"},
		{"https://github.com/acme/shop/blob/main/PAY-12.md https://x.example/#12 https://x.example/a?b=PAY-3", ""},
		{"https://github.com/acme/shop/commit/12 https://github.com/acme https://", ""},
		{"https://ana:secret@github.com/acme/shop/issues/12", ""},
		{"https://jira.example/browse/pay-12 https://jira.example/browse/PAY https://jira.example/browse/P.Y-1", ""},
		// Keys.
		{"PAY-12", "PAY-12"}, {"[PAY-12]: (SHOP_2-3), A1-4.", "PAY-12; SHOP_2-3; A1-4"},
		{"PAY-12-fix", "PAY-12"}, {"PAY-12/PAY-13", "PAY-12; PAY-13"},
		{"pay-12 Pay-12 P-1 PAY-0 PAY-012 PAY- PAY-x PAY-12x", ""},
		{"CVE-2024-1234 TLS-1.3 x.PAY-1 @PAY-1 a-PAY-1 #PAY-1 _AY-1", ""},
		// What closes, as GitHub documents it.
		{"close #1 closes #2 closed #3 fix #4 fixes #5 fixed #6 resolve #7 resolves #8 resolved #9",
			"closes:acme/shop#1; closes:acme/shop#2; closes:acme/shop#3; closes:acme/shop#4; closes:acme/shop#5; closes:acme/shop#6; closes:acme/shop#7; closes:acme/shop#8; closes:acme/shop#9"},
		{"Closes: #10", "closes:acme/shop#10"}, {"CLOSES #10", "closes:acme/shop#10"}, {"fixes\t#3", "closes:acme/shop#3"},
		{"Fixes acme/billing#100", "closes:acme/billing#100"},
		{"Fixes https://github.com/acme/billing/issues/100", "closes:acme/billing#100"},
		{"Fixes #1, #2 and #3", "closes:acme/shop#1; acme/shop#2; acme/shop#3"},
		{"Resolves #10, resolves #123, resolves acme/billing#100", "closes:acme/shop#10; closes:acme/shop#123; closes:acme/billing#100"},
		{"Fixes PAY-12", "closes:PAY-12"}, {"Fixes [PAY-12]", "closes:PAY-12"}, {"does not fix #4", "closes:acme/shop#4"},
		{"prefixes #3", "acme/shop#3"}, {"fixing #3", "acme/shop#3"}, {"fixes the bug in #3", "acme/shop#3"}, {"auto-fix #3", "acme/shop#3"}, {"fixes:#3", "acme/shop#3"}, {"Fixes (#3)", "acme/shop#3"},
		// Dependencies.
		{"depends on #1, #2 and #3", "depends on:acme/shop#1; depends on:acme/shop#2; depends on:acme/shop#3"},
		{"Depends on: PAY-1, acme/billing#2", "depends on:PAY-1; depends on:acme/billing#2"},
		{"**Depends on:** #1", "depends on:acme/shop#1"}, {"blocked by [#4](x)", "depends on:acme/shop#4"}, {"is blocked on #4", "depends on:acme/shop#4"}, {"requires #5 or #6", "depends on:acme/shop#5; depends on:acme/shop#6"},
		{"blocks #4 & #5", "blocks:acme/shop#4; blocks:acme/shop#5"}, {"This is blocking PAY-4", "blocks:PAY-4"},
		{"depends on #1. See #2", "depends on:acme/shop#1; acme/shop#2"}, {"depends on #1, fixes #2", "depends on:acme/shop#1; closes:acme/shop#2"},
		{"depends on #1, which mentions #2", "depends on:acme/shop#1; acme/shop#2"},
		{"no longer depends on #1", "acme/shop#1"}, {"not blocked by #1", "acme/shop#1"}, {"needs #1", "acme/shop#1"}, {"unblocks #1", "acme/shop#1"},
		{"depends on\n#1", "acme/shop#1"},
		// Tasks.
		{"- [ ] #7", "task:acme/shop#7"}, {"- [x] acme/billing#7", "task:acme/billing#7"}, {"* [X] PAY-3", "task:PAY-3"}, {"  1. [ ] https://github.com/acme/shop/issues/9", "task:acme/shop#9"},
		{"- [ ] #7 and #8", "task:acme/shop#7; acme/shop#8"}, {"- [ ] do #7", "acme/shop#7"}, {"- [] #7", "acme/shop#7"}, {"- #7", "acme/shop#7"}, {"[ ] #7", "acme/shop#7"},
		{"- [ ] fixes #7", "closes:acme/shop#7"},
		// What is no prose.
		{"`#1` #2", "acme/shop#2"}, {"``a ` #1`` #2", "acme/shop#2"}, {"`a\n#1` #2", "acme/shop#2"}, {"` #1", "acme/shop#1"}, {"`a\n\n#1` #2", "acme/shop#1; acme/shop#2"}, {"\\` #1 `#2", "acme/shop#1; acme/shop#2"},
		{"```\n#1\n```\n#2", "acme/shop#2"}, {"```go\n#1\n````\n#2", "acme/shop#2"}, {"````\n#1\n```\n#2\n````\n#3", "acme/shop#3"}, {"~~~\n#1\n```\n#2\n~~~\n#3", "acme/shop#3"},
		{"```\n#1", ""}, {"- a\n  ```\n  #1\n  ```\n#2", "acme/shop#2"}, {"```x``` #1", "acme/shop#1"}, {"text\n```\n#1\n```", ""},
		{"> #1\n#2", "acme/shop#2"}, {"  > fixes #1", ""},
		{"<!-- #1 --> #2", "acme/shop#2"}, {"<!--\n#1\n\n#2\n-->#3", "acme/shop#3"}, {"<!-- #1", "acme/shop#1"}, {"`<!--` #1 --> #2", "acme/shop#1; acme/shop#2"}, {"<!-- ``` -->\n#1", "acme/shop#1"},
		{"fixes <!-- x --> #2", "acme/shop#2"}, {"fixes `x` #2", "acme/shop#2"},
		{"#1\r\n#2\r\n", "acme/shop#1; acme/shop#2"}, {"", ""}, {"\x00#1\x00", "acme/shop#1"},
	} {
		got, more := mentionsOf(site, "acme/shop", "", c.body, "")
		if found(got) != c.want || more != 0 {
			t.Errorf("%q: %s; want %s", c.body, found(got), c.want)
		}
		for _, m := range got {
			if m.Where != fact.InBody {
				t.Errorf("%q: in the %v", c.body, m.Where)
			}
		}
	}
}

func TestReferencesInTitlesAndBranches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ title, branch, want string }{
		{"PAY-12: pay later (#7)", "", "PAY-12; acme/shop#7"},
		{"> 3 items, `#1` and #2", "", "acme/shop#2"},
		{"Fixes #3", "", "closes:acme/shop#3"},
		{"", "feature/pay-12-fix", "PAY-12"}, {"", "PAY-12", "PAY-12"}, {"", "ana/fix-pay-12", "PAY-12"}, {"", "pay-12_later", "PAY-12"}, {"", "Fix_PAY-12", "FIX_PAY-12; PAY-12"},
		{"", "pay-12-2", "PAY-12"}, {"", "acme/shop#3", "acme/shop#3"}, {"", "gh-4-x", "acme/shop#4"},
		{"", "main", ""}, {"", "12-fix", ""}, {"", "lodash-4.17.21", ""}, {"", "pay-012", ""}, {"", "p-1", ""},
	} {
		got, _ := mentionsOf(site, "acme/shop", c.title, "", c.branch)
		if found(got) != c.want {
			t.Errorf("%q %q: %s; want %s", c.title, c.branch, found(got), c.want)
		}
	}
}

// However much a text refers to, what is kept has a bound, and the rest is
// counted.
func TestManyMentions(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, mostMentions, mostMentions + 1, 5 * mostMentions} {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "PAY-%d, PAY-%d\n", i+1, i+1)
		}
		got, more := mentionsOf(site, "acme/shop", "", text.String(), "")
		if len(got) != min(n, mostMentions) || (more > 0) != (n > mostMentions) || more < n-mostMentions {
			t.Errorf("of %d, %d are kept and %d more counted", n, len(got), more)
		}
	}
}

// Hostile texts take no longer than others of their size. The bound is loose:
// it must tell milliseconds from minutes.
func TestMentionsInTime(t *testing.T) {
	t.Parallel()
	const n = 400_000
	for _, part := range []string{"`", "``` ", "`a``b```", "<!--", "<!---->", "-->", "a/", "#", "#1", "a-", "A1-", "[", "* ", "http://", "https://a/", "fixes ", "\n", "> ", "depends on #1,", "\\`", "`\n", "<!-- `", "~~~\n", "& and "} {
		text := strings.Repeat(part, n/len(part))
		begin := time.Now()
		mentionsOf(site, "acme/shop", text, text, text)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%q: %v", part, took)
		}
	}
}

func FuzzMentions(f *testing.F) {
	for _, s := range []string{"Fixes #1, acme/shop#2 and PAY-3", "- [ ] https://github.com/a/b/issues/4", "```\n#1\n```\n> #2\n<!-- #3 --> `#4`", "a\xff#1\x00", "depends on: #1, #2"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, body, branch string) {
		got, more := mentionsOf(site, "acme/shop", body, body, branch)
		if more < 0 || more > 0 && len(got) != mostMentions {
			t.Errorf("%d kept, %d more", len(got), more)
		}
		for i, m := range got {
			if m.Key == "" || m.Where < fact.InTitle || m.Where > fact.InBranch || m.Word < fact.WordMentions || m.Word > fact.WordTask || slices.Contains(got[:i], m) {
				t.Errorf("%+v", m)
			}
			// Every reference stands in the text, up to case, by its number.
			number := m.Key[strings.LastIndexAny(m.Key, "#-")+1:]
			if !strings.Contains(body+" "+branch, number) {
				t.Errorf("%+v is nowhere", m)
			}
			if project := fact.ProjectOf(m.Key); project == m.Key || project == "" {
				t.Errorf("%q is no key", m.Key)
			}
		}
		// Prose keeps the length of a text, and its lines.
		p := prose(body)
		if len(p) != len(body) || strings.Count(p, "\n") != strings.Count(body, "\n") {
			t.Errorf("%q becomes %q", body, p)
		}
		for i := range len(p) {
			if p[i] != body[i] && p[i] != gone {
				t.Errorf("%q becomes %q", body, p)
			}
		}
	})
}
