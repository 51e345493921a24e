package table

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxRunes is how much of one piece of text is kept. A tracker's titles
	// end at 255 characters, so only a whole description pasted into the
	// wrong field, or an attack, is ever cut.
	maxRunes = 2000
	// maxMarks is how many combining marks may sit on one character. Living
	// scripts need no more than five.
	maxMarks = 8
	// maxURL is the longest address that is kept as a link, in bytes.
	maxURL = 2000
)

// Clean returns s as one line that is safe to hand to any renderer, and
// to a terminal.
//
//   - Space around it goes.
//   - Controls become their pictures: ␛, ␊, ␉; those without a picture, and
//     bytes that are not UTF-8, become U+FFFD.
//   - Line and paragraph separators become ␊.
//   - What cannot be seen (bidi controls, zero-width characters, tags, fillers)
//     becomes U+FFFD, a run of it one U+FFFD. A soft hyphen becomes a hyphen.
//     The joiners stay inside words of the scripts that are spelled with them,
//     and between emoji they go, which shows the emoji one by one.
//   - A combining mark with nothing to sit on gets a dotted circle; a stack of
//     more than eight is cut with U+FFFD.
//   - After 2,000 characters it ends in "… (N more characters)".
func Clean(s string) string {
	return cleanLine(strings.TrimSpace(s))
}

// cleanLine is Clean for a line whose leading spaces are its layout.
func cleanLine(s string) string {
	s = strings.TrimRight(s, " ")
	if isPlain(s) && len(s) <= maxRunes {
		return s
	}
	s, more := cut(s)
	var b strings.Builder
	b.Grow(len(s))
	var last rune // what was written last, 0 at the start
	marks := 0
	put := func(r rune) {
		if r == utf8.RuneError && last == utf8.RuneError {
			return
		}
		b.WriteRune(r)
		last = r
	}
	for i, r := range s {
		if unicode.In(r, unicode.Mn, unicode.Me) && !unseen(r) {
			if last == 0 {
				put('◌')
			}
			if marks++; marks <= maxMarks {
				put(r)
			} else {
				put(utf8.RuneError)
			}
			continue
		}
		if marks != 0 && r != zwj && r != zwnj {
			marks = 0
		}
		switch {
		case r < ' ':
			put(0x2400 + r)
		case r == 0x7f:
			put('␡')
		case r == '\u2028' || r == '\u2029':
			put('␊')
		case r == '\u00ad':
			put('-')
		case r == zwj || r == zwnj:
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			switch {
			case joins(last) && joins(next):
				put(r)
			case emoji(last) && emoji(next):
			default:
				put(utf8.RuneError)
			}
		case unseen(r):
			put(utf8.RuneError)
		default:
			put(r)
		}
	}
	if more > 0 {
		b.WriteString("… (" + Thousands(more) + " more characters)")
	}
	return b.String()
}

const (
	zwnj = '\u200c'
	zwj  = '\u200d'
)

// isPlain reports whether s is printable ASCII only.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// cut returns the first maxRunes characters of s and how many more there were.
func cut(s string) (string, int) {
	if len(s) <= maxRunes {
		return s, 0
	}
	n := 0
	for i := range s {
		if n == maxRunes {
			return s[:i], utf8.RuneCountInString(s[i:])
		}
		n++
	}
	return s, 0
}

// unseen reports whether r shows nothing by itself, or is no character at all.
// Variation selectors are left alone when they choose between the two looks of
// a character (the first sixteen); the others can only smuggle.
func unseen(r rune) bool {
	switch {
	case r == utf8.RuneError: // an invalid byte, or the character itself
		return true
	case r < 0xa0:
		return r >= 0x7f
	case r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0: // Hangul fillers
		return true
	case r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef: // not characters
		return true
	case r >= 0xfe00 && r <= 0xfe0f:
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// joins reports whether r belongs to a script whose spelling may need a joiner:
// none of those before Hebrew does, and there a joiner only hides.
func joins(r rune) bool {
	return r >= 0x0590 && (unicode.IsLetter(r) || unicode.IsMark(r)) && !unseen(r) && r != 0xfe0f
}

func emoji(r rune) bool {
	return r == 0xfe0f || r >= 0x2000 && r != utf8.RuneError && unicode.In(r, unicode.So, unicode.Sk)
}

// safeURL returns raw in a form that can stand in any renderer's link, or ""
// when it is not an absolute http or https address, is too long, or carries
// credentials. Every byte that could end a link early is percent-encoded.
func safeURL(raw string) string {
	if len(raw) > maxURL {
		return ""
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.User != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	s := u.String()
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("()<>|\\`\"'{}^;", c) >= 0 {
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
