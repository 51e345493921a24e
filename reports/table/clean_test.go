package table

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Retry card payments", "Retry card payments"},
		{"space around", " \t a b \r\n", "a b"},
		{"nothing", "\n\u00a0\u3000", ""},
		{"escape sequence", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		{"hyperlink sequence", "\x1b]8;;http://x\x07y", "␛]8;;http://x␇y"},
		{"lines", "a\nb\r\nc\u2028d\u2029e\vf", "a␊b␍␊c␊d␊e␋f"},
		{"tab", "a\tb", "a␉b"},
		{"null and delete", "a\x00b\x7fc", "a␀b␡c"},
		{"C1", "a\u0085b\u009b31mc", "a\ufffdb\ufffd31mc"},
		{"not UTF-8", "a\xff\xfe\xc3b", "a\ufffdb"},
		{"half a surrogate", "a\xed\xa0\x80b", "a\ufffdb"},
		{"right-to-left override", "invoice\u202efdp.exe", "invoice\ufffdfdp.exe"},
		{"isolates and marks", "a\u2066\u2067b\u2069c\u200ed\u200fe\u061cf", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf"},
		{"zero width", "pay\u200bpal\ufeff", "pay\ufffdpal\ufffd"},
		{"joiner in a Latin word", "pay\u200dpal", "pay\ufffdpal"},
		{"non-joiner in a Persian word", "می\u200cخواهم", "می\u200cخواهم"},
		{"joiner in a Hindi word", "क्\u200dष", "क्\u200dष"},
		{"joiner at an edge", "\u200dक", "\ufffdक"},
		{"family", "👨\u200d👩\u200d👧", "👨👩👧"},
		{"heart on fire", "❤\ufe0f\u200d🔥", "❤\ufe0f🔥"},
		{"two looks of a character", "⚠\ufe0f", "⚠\ufe0f"},
		{"smuggled in selectors", "👍\U000e0141\U000e0142", "👍\ufffd"},
		{"smuggled in tags", "a\U000e0068\U000e0069", "a\ufffd"},
		{"fillers", "a\u3164b\u115fc", "a\ufffdb\ufffdc"},
		{"soft hyphen", "inter\u00adnational", "inter-national"},
		{"not characters", "a\ufffeb\U0001ffffc\ufdd0", "a\ufffdb\ufffdc\ufffd"},
		{"replacement character", "a\ufffdb", "a\ufffdb"},
		{"accent", "e\u0301te\u0301", "e\u0301te\u0301"},
		{"accent on nothing", "\u0301a", "◌\u0301a"},
		{"tower of accents", "a" + strings.Repeat("\u0301", 50) + "b", "a" + strings.Repeat("\u0301", 8) + "\ufffdb"},
		{"long", strings.Repeat("é", 2000), strings.Repeat("é", 2000)},
		{"too long", strings.Repeat("é", 3234), strings.Repeat("é", 2000) + "… (1,234 more characters)"},
		{"too long and plain", strings.Repeat("x", 2001), strings.Repeat("x", 2000) + "… (1 more characters)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Clean(c.in); got != c.want {
				t.Errorf("Clean(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
}

func TestSafeURL(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://tracker.example/browse/PAY-1", "https://tracker.example/browse/PAY-1"},
		{" http://[::1]:8080/a?b=c&d=e#f ", "http://[::1]:8080/a?b=c&d=e#f"},
		{"HTTPS://tracker.example", "https://tracker.example"},
		{"https://tracker.example/a b|c", "https://tracker.example/a%20b%7Cc"},
		{"https://tracker.example/?q=)](javascript:x)<script>", "https://tracker.example/?q=%29]%28javascript:x%29%3Cscript%3E"},
		{"https://tracker.example/?q=a;b&copy;", "https://tracker.example/?q=a%3Bb&copy%3B"},
		{"https://tracker.example/?q=`'\"\\^{}", "https://tracker.example/?q=%60%27%22%5C%5E%7B%7D"},
		{"https://tracker.example/é?ü", "https://tracker.example/%C3%A9?%C3%BC"},
		{"https://tracker.example/%7C", "https://tracker.example/%7C"},
		{"javascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"//tracker.example/x", ""},
		{"/browse/PAY-1", ""},
		{"https:///x", ""},
		{"https://user:secret@tracker.example/", ""},
		{"https://token@tracker.example/", ""},
		{"https://tracker.example/\x1b[31m", ""},
		{"https://tracker.example/\n", "https://tracker.example/"},
		{"https://tracker.example/%zz", ""},
		{"https://tracker.example/" + strings.Repeat("a", 2000), ""},
		{"", ""},
	} {
		if got := safeURL(c.in); got != c.want {
			t.Errorf("safeURL(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if c := Link("x", "javascript:alert(1)"); c.extra != nil || c.text != "x" {
		t.Errorf("a script stayed on the link: %+v", c)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		mustBeSafe(t, got)
		if strings.ContainsAny(got, "\n") {
			t.Errorf("%+q has lines", got)
		}
		if n := utf8.RuneCountInString(got); n > maxRunes+1+40 {
			t.Errorf("%d characters are left", n)
		}
		if n := utf8.RuneCountInString(got); n <= maxRunes && Clean(got) != got {
			t.Errorf("cleaning %+q again gives %+q", got, Clean(got))
		}
		if u := safeURL(s); strings.ContainsAny(u, " ()<>|\\`\"'") || u != "" && !strings.HasPrefix(u, "http") {
			t.Errorf("the address is %q", u)
		}
	})
}

// mustBeSafe fails unless s is UTF-8 without anything that a terminal or a
// reader would obey or could not see.
func mustBeSafe(t testing.TB, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("not UTF-8: %+q", s)
	}
	runes := []rune(s)
	for i, r := range runes {
		if r == '\n' {
			continue
		}
		if (r == 0x200c || r == 0x200d) && i > 0 && i+1 < len(runes) && runes[i-1] >= 0x590 && runes[i+1] >= 0x590 {
			continue
		}
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs) {
			t.Fatalf("%U is left in %+q", r, s)
		}
	}
}

// hostile is what a tracker might send.
var hostile = []string{
	"", " ", "a", "Retry card payments", "日本語の題名", "e\u0301\u0301", "\u0301",
	"\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\y", "\u009b31m",
	"a\nb", "a\r\nb", "a\u2028b\u2029c", "\u0085", "\x00", "\x7f", "a\tb",
	"a | b", "a \\| b", "a\\", "\\", "|", "||", "`a`", "*a* _b_ ~~c~~", "[a](http://x)", "![a](http://x)",
	"<script>alert(1)</script>", "&lt;b&gt;", "&#60;", "&", "a &copy; b", "# a", "## a", "- a", "+ a", "1. a", "12) a", "> a", "===", "---", ": a", "    a",
	"=cmd()", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1", "\"", "a\"b", "a,b", ",=1", ", \"=1", ";@x", "#comment", "\\.",
	"\u202eabc\u202c", "\u2066a\u2069", "\u200e\u200f\u061c", "a\u200bb", "\ufeffa", "pay\u200dpal", "می\u200cخواهم",
	"👨\u200d👩\u200d👧", "🇩🇪🇫", "👍🏽", "⚠\ufe0f", "1\ufe0f\u20e3", "\U000e0041", "\xff\xfe", "\xed\xa0\x80",
	strings.Repeat("x", 2500), strings.Repeat("漢 ", 1200), strings.Repeat("a\u0300", 30),
	"─────", "¹ ²", "–", "can't tell", "{\"a\":1}", "null", "NaN", "%s%d%!", "https://tracker.example/x?a=|)",
}
