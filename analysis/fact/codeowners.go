package fact

import "strings"

// OwnersWords cuts a line of a CODEOWNERS file into a pattern and its owners: at
// white space that no backslash escapes, without a comment.
func OwnersWords(line string) []string {
	var out []string
	for {
		line = strings.TrimLeft(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			return out
		}
		end := 0
		for end < len(line) && !strings.ContainsRune(" \t\r\n", rune(line[end])) {
			if line[end] == '\\' && end+1 < len(line) {
				end++
			}
			end++
		}
		out, line = append(out, line[:end]), line[end:]
	}
}
