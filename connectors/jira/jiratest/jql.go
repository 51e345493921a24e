package jiratest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A small JQL: AND, OR, NOT, parentheses, comparisons, lists, IS EMPTY and
// ORDER BY, read as Jira reads them and refused with Jira's words.

// query is a parsed query.
type query struct {
	where *node // nil for everything
	order []sortTerm
}

type sortTerm struct {
	field     string
	direction string // "asc", "desc" or "" for the field's own
}

// node is a part of a query's condition: a clause, or an operator over kids.
type node struct {
	op     string // "and", "or", "not" or "" for a clause
	kids   []*node
	clause clause
}

type clause struct {
	field  string
	op     string // "=", "in", "is not" …
	values []operand
}

// operand is a value, or a function that gives one.
type operand struct {
	text   string
	quoted bool
	number bool // whole and unquoted
	empty  bool // EMPTY or NULL
	call   bool
}

// jqlError is why a query is refused, in Jira's words.
type jqlError struct{ reason string }

func (e *jqlError) Error() string { return e.reason }

func refuse(format string, args ...any) error {
	return &jqlError{"Error in the JQL Query: " + fmt.Sprintf(format, args...)}
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuoted
	tokenNumber
	tokenSign // operators, parentheses, commas
)

type token struct {
	kind tokenKind
	text string
	at   int // byte offset
}

type parser struct {
	text  string
	list  []token
	depth int
}

// parseJQL reads a query.
func parseJQL(text string) (*query, error) {
	p := &parser{text: text}
	if err := p.scan(); err != nil {
		return nil, err
	}
	q := &query{}
	var err error
	if !p.done() && !p.isWord("order") {
		if q.where, err = p.or(); err != nil {
			return nil, err
		}
	}
	if p.isWord("order") {
		if q.order, err = p.orderBy(); err != nil {
			return nil, err
		}
	}
	if !p.done() {
		return nil, p.refuseHere("Expecting either 'OR' or 'AND' but got '%s'.", p.list[0].text)
	}
	return q, nil
}

// reservedSigns may stand in quotes only.
const reservedSigns = "{}*/%+^$#@?;`"

// operatorSigns end a word.
const operatorSigns = "=!<>()~,[]|&"

func (p *parser) scan() error {
	for i := 0; i < len(p.text); {
		r, n := utf8.DecodeRuneInString(p.text[i:])
		switch {
		case unicode.IsSpace(r):
			i += n
		case r == '"' || r == '\'':
			end, err := p.quoted(i)
			if err != nil {
				return err
			}
			i = end
		case strings.ContainsRune(reservedSigns, r):
			return p.refuseAt(i, `The character '%c' is a reserved JQL character. You must enclose it in a string or use the escape '\u%04x' instead.`, r, r)
		case r < ' ' || r == utf8.RuneError && n == 1:
			return p.refuseAt(i, `The character '\u%04x' is an illegal JQL character. You must use the escape instead.`, r)
		case strings.ContainsRune(operatorSigns, r):
			sign := p.sign(i)
			p.list = append(p.list, token{tokenSign, sign, i})
			i += len(sign)
		default:
			end, err := p.word(i)
			if err != nil {
				return err
			}
			i = end
		}
	}
	return nil
}

func (p *parser) sign(i int) string {
	for _, sign := range []string{"!=", "<=", ">=", "!~", "&&", "||"} {
		if strings.HasPrefix(p.text[i:], sign) {
			return sign
		}
	}
	return p.text[i : i+1]
}

// quoted reads a string up to its quotation mark.
func (p *parser) quoted(start int) (end int, err error) {
	var b strings.Builder
	for i := start + 1; i < len(p.text); {
		switch p.text[i] {
		case p.text[start]:
			p.list = append(p.list, token{tokenQuoted, b.String(), start})
			return i + 1, nil
		case '\\':
			n, err := p.escape(i, &b)
			if err != nil {
				return 0, err
			}
			i += n
		default:
			b.WriteByte(p.text[i])
			i++
		}
	}
	return 0, p.refuseAt(start, "The quoted string '%s' has not been completed.", p.text[start+1:])
}

// word reads what is not quoted.
func (p *parser) word(start int) (end int, err error) {
	var b strings.Builder
	i := start
	for i < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[i:])
		if r == '\\' {
			n, err := p.escape(i, &b)
			if err != nil {
				return 0, err
			}
			i += n
			continue
		}
		if unicode.IsSpace(r) || r == '"' || r == '\'' || r < ' ' || r == utf8.RuneError && n == 1 || strings.ContainsRune(reservedSigns+operatorSigns, r) {
			break
		}
		b.WriteString(p.text[i : i+n])
		i += n
	}
	kind := tokenWord
	if isNumber(p.text[start:i]) {
		kind = tokenNumber
	}
	p.list = append(p.list, token{kind, b.String(), start})
	return i, nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil && s[0] != '+'
}

var escapes = map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', '\\': '\\', '\'': '\'', '"': '"', ' ': ' '}

// escape reads what a backslash begins and returns how long that is.
func (p *parser) escape(i int, b *strings.Builder) (int, error) {
	if i+1 < len(p.text) {
		if c, ok := escapes[p.text[i+1]]; ok {
			b.WriteByte(c)
			return 2, nil
		}
		if p.text[i+1] == 'u' && i+6 <= len(p.text) {
			if n, err := strconv.ParseUint(p.text[i+2:i+6], 16, 32); err == nil {
				b.WriteRune(rune(n))
				return 6, nil
			}
		}
	}
	_, n := utf8.DecodeRuneInString(p.text[min(i+1, len(p.text)):])
	return 0, p.refuseAt(i, `'%s' is an illegal JQL escape sequence. The valid escape sequences are \', \", \t, \n, \r, \\, '\ ' and \uXXXX.`, p.text[i:i+1+n])
}

// refuseAt is a refusal with its place.
func (p *parser) refuseAt(at int, format string, args ...any) error {
	before := p.text[:at]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return refuse("%s (line %d, character %d)", fmt.Sprintf(format, args...), line, column)
}

func (p *parser) refuseHere(format string, args ...any) error {
	return p.refuseAt(p.list[0].at, format, args...)
}

func (p *parser) done() bool { return len(p.list) == 0 }

func (p *parser) isWord(words ...string) bool {
	if p.done() || p.list[0].kind != tokenWord {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(p.list[0].text, w) {
			return true
		}
	}
	return false
}

func (p *parser) isSign(signs ...string) bool {
	if p.done() || p.list[0].kind != tokenSign {
		return false
	}
	for _, s := range signs {
		if p.list[0].text == s {
			return true
		}
	}
	return false
}

func (p *parser) take() token {
	t := p.list[0]
	p.list = p.list[1:]
	return t
}

func (p *parser) or() (*node, error) {
	return p.chain("or", (*parser).and, func() bool { return p.isWord("or") || p.isSign("|", "||") })
}

func (p *parser) and() (*node, error) {
	return p.chain("and", (*parser).not, func() bool { return p.isWord("and") || p.isSign("&", "&&") })
}

// chain reads parts with an operator between them.
func (p *parser) chain(op string, part func(*parser) (*node, error), goesOn func() bool) (*node, error) {
	first, err := part(p)
	if err != nil || !goesOn() {
		return first, err
	}
	n := &node{op: op, kids: []*node{first}}
	for goesOn() {
		p.take()
		next, err := part(p)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, next)
	}
	return n, nil
}

// deepest is how far conditions may be nested.
const deepest = 200

func (p *parser) not() (*node, error) {
	if p.depth++; p.depth > deepest {
		return nil, refuse("it is nested too deeply.")
	}
	defer func() { p.depth-- }()
	switch {
	case p.isWord("not") || p.isSign("!"):
		p.take()
		kid, err := p.not()
		return &node{op: "not", kids: []*node{kid}}, err
	case p.isSign("("):
		p.take()
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	return p.terminal()
}

func (p *parser) expect(sign string) error {
	switch {
	case p.done():
		return refuse("Expecting '%s' before the end of the query.", sign)
	case !p.isSign(sign):
		return p.refuseHere("Expecting '%s' but got '%s'.", sign, p.list[0].text)
	}
	p.take()
	return nil
}

const validOperators = "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."

func (p *parser) terminal() (*node, error) {
	field, err := p.field()
	if err != nil {
		return nil, err
	}
	c := clause{field: field}
	if c.op, err = p.operator(); err != nil {
		return nil, err
	}
	if c.op == "in" || c.op == "not in" {
		c.values, err = p.operands()
	} else {
		var v operand
		v, err = p.operand()
		c.values = []operand{v}
	}
	if err == nil && strings.HasPrefix(c.op, "is") && !c.values[0].empty {
		err = refuse("The operator '%s' can only be used with EMPTY or NULL.", c.op)
	}
	return &node{clause: c}, err
}

func (p *parser) field() (string, error) {
	switch {
	case p.done():
		return "", refuse("Expecting a field name at the end of the query.")
	case p.list[0].kind == tokenSign:
		return "", p.refuseHere("Expecting a field name but got '%s'. You must surround '%s' in quotation marks to use it as a field name.", p.list[0].text, p.list[0].text)
	case p.isWord("cf") && len(p.list) > 1 && p.list[1].text == "[":
		p.list = p.list[2:]
		if p.done() || p.list[0].kind != tokenNumber {
			return "", refuse("Expecting a custom field id after 'cf['.")
		}
		id := p.take().text
		return "cf[" + id + "]", p.expect("]")
	case p.list[0].kind == tokenWord && isReserved(p.list[0].text):
		return "", p.refuseHere("'%s' is a reserved JQL word. You must surround it in quotation marks to use it in a query.", p.list[0].text)
	}
	return p.take().text, nil
}

func (p *parser) operator() (string, error) {
	switch {
	case p.done():
		return "", refuse("Expecting operator before the end of the query. %s", validOperators)
	case p.isSign("=", "!=", "<", ">", "<=", ">=", "~", "!~"), p.isWord("in"):
		return strings.ToLower(p.take().text), nil
	case p.isWord("not"):
		p.take()
		if p.isWord("in") {
			p.take()
			return "not in", nil
		}
	case p.isWord("is"):
		p.take()
		if p.isWord("not") {
			p.take()
			return "is not", nil
		}
		return "is", nil
	case p.isWord("was", "changed"):
		return "", refuse("the pretend Jira does not know the operator '%s'.", p.list[0].text)
	}
	if p.done() {
		return "", refuse("Expecting operator before the end of the query. %s", validOperators)
	}
	return "", p.refuseHere("Expecting operator but got '%s'. %s", p.list[0].text, validOperators)
}

// operands reads a list in parentheses.
func (p *parser) operands() ([]operand, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var out []operand
	for {
		v, err := p.operand()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if !p.isSign(",") {
			return out, p.expect(")")
		}
		p.take()
	}
}

func (p *parser) operand() (operand, error) {
	if p.done() {
		return operand{}, refuse("Expecting either a value, list or function before the end of the query.")
	}
	t := p.list[0]
	switch {
	case t.kind == tokenSign:
		return operand{}, p.refuseHere("Expecting either a value, list or function but got '%s'. You must surround '%s' in quotation marks to use it as a value.", t.text, t.text)
	case p.isWord("empty", "null"):
		p.take()
		return operand{empty: true}, nil
	case t.kind == tokenWord && isReserved(t.text):
		return operand{}, p.refuseHere("Expecting either a value, list or function but got '%s'. You must surround '%s' in quotation marks to use it as a value.", t.text, t.text)
	}
	p.take()
	v := operand{text: t.text, quoted: t.kind == tokenQuoted, number: t.kind == tokenNumber}
	if p.isSign("(") {
		p.take()
		v.call = true
		return v, p.expect(")")
	}
	return v, nil
}

func (p *parser) orderBy() ([]sortTerm, error) {
	p.take()
	if !p.isWord("by") {
		if p.done() {
			return nil, refuse("Expecting 'by' before the end of the query.")
		}
		return nil, p.refuseHere("Expecting 'by' but got '%s'.", p.list[0].text)
	}
	p.take()
	var out []sortTerm
	for {
		field, err := p.field()
		if err != nil {
			return nil, err
		}
		t := sortTerm{field: field}
		if p.isWord("asc", "desc") {
			t.direction = strings.ToLower(p.take().text)
		}
		out = append(out, t)
		if !p.isSign(",") {
			return out, nil
		}
		p.take()
	}
}

// reservedWords may be names and values in quotes only. A project with one of
// them as its key is a trap.
var reservedWords = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(`abort access add after alias all alter and any as asc audit avg before begin between boolean break by byte
		catch cf char character check checkpoint collate collation column commit connect continue count create current date decimal declare
		decrement default defaults define delete delimiter desc difference distinct divide do double drop else empty encoding end equals escape
		exclusive exec execute exists explain false fetch file field first float for from function go goto grant greater group having identified if
		immediate in increment index initial inner inout input insert int integer intersect intersection into is isempty isnull join last left less
		like limit lock long max min minus mode modify modulo more multiply next noaudit not notin nowait null number object of on option or order
		outer output power previous prior privileges public raise raw remainder rename resource return returns revoke right row rowid rownum rows
		select session set share size sqrt start strict string subtract sum synonym table then to trans transaction trigger true uid union unique
		update user validate values view when whenever where while with`) {
		out[w] = true
	}
	return out
}()

func isReserved(word string) bool { return reservedWords[strings.ToLower(word)] }
