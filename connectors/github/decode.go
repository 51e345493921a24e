package github

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors/gather"
)

// The files decode*.go and item.go alone turn GitHub's answers into facts. They
// read values by path: go-github's types drop what GitHub added since they were
// written, and archives spell answers in ways of their own. Callers hand in JSON
// that was found valid.

// decoderVersion stands in every scope of this package: when the same answer
// becomes other facts than before, it goes up, and stores pull anew.
const decoderVersion = 1

// gitHub is the site of answers of which nothing says where they are from.
const gitHub = "https://github.com"

// decoded collects what answers become until it is handed over as a batch.
type decoded struct {
	*gather.Draft

	// site is that of all answers, whatever addresses stand in them; "": their
	// addresses say it, or else it is fallback.
	site, fallback string
	// stones says that milestones which stand in issues are records, too.
	stones bool
	kept   map[stoneKey]bool
}

type stoneKey struct {
	site, id string
	updated  fact.Instant
}

// newDecoded begins a batch of answers of one site.
func newDecoded(site string) *decoded {
	return &decoded{Draft: gather.New(), site: site, fallback: gitHub, kept: map[stoneKey]bool{}}
}

// account is somebody as an answer names them.
type account struct {
	login, id, mail string
	bot             bool
}

// ghost is the account that GitHub shows in place of deleted ones.
const ghost, ghostID = "ghost", "10137"

// who numbers an account: nobody, if it is none or was deleted.
func (d *decoded) who(site string, a account) fact.Person {
	a = a.proved(site)
	if a.login == ghost || a.id == ghostID {
		return 0
	}
	if a.login == "" && a.id == "" {
		return d.Person(site, a.bot, a.mail)
	}
	id := ""
	if a.id != "" && a.id != "0" {
		id = "#" + a.id
	}
	if strings.HasSuffix(a.mail, "@users.noreply."+hostOf(site)) {
		a.mail = ""
	}
	return d.Person(site, a.bot, a.login, id, a.mail)
}

// proved fills in what an address of mail says of its account: GitHub gives out
// addresses that hold the login, and no others of that kind.
func (a account) proved(site string) account {
	a.mail = strings.ToLower(strings.TrimSpace(a.mail))
	user, host, ok := strings.Cut(a.mail, "@")
	if !ok || a.login != "" || host != "users.noreply."+hostOf(site) || user == "" {
		return a
	}
	if id, login, ok := strings.Cut(user, "+"); ok {
		a.id, user = id, login
	}
	a.login, a.bot = user, a.bot || isBot(user)
	return a
}

func isBot(login string) bool { return strings.HasSuffix(strings.ToLower(login), "[bot]") }

// instant reads a time as GitHub writes it. Zero if it is none.
func instant(v gjson.Result) fact.Instant {
	t, err := time.Parse(time.RFC3339Nano, v.Str)
	if v.Type != gjson.String || err != nil {
		return 0
	}
	return min(max(fact.At(t), 0), latest)
}

// latest ends the year 9999: no tracker means an instant behind it.
var latest = fact.At(time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC))

// day is the calendar day of a time.
func day(v gjson.Result) string {
	if instant(v) == 0 {
		return ""
	}
	return v.Str[:len("2006-01-02")]
}

// length is the class of a text's length.
func length(v gjson.Result) fact.LengthClass {
	if v.Type != gjson.String {
		return fact.LengthUnknown
	}
	return fact.Length(utf8.RuneCountInString(v.Str))
}

// texts returns what stands at a path in each element of a list; the elements
// themselves where they are texts.
func texts(v gjson.Result, path string) []string {
	var out []string
	v.ForEach(func(_, e gjson.Result) bool {
		if e.Type != gjson.String {
			e = e.Get(path)
		}
		if s := e.String(); s != "" {
			out = append(out, s)
		}
		return true
	})
	return out
}

// projectOf is what a key says of its repository.
func projectOf(id, key string) fact.Project {
	_, name, _ := strings.Cut(key, "/")
	return fact.Project{ID: id, Key: key, Name: name}
}

// place settles where an item is: its key and its address.
func place(r *fact.Record, repo fact.Project, number string) {
	r.Project = repo
	r.Key = repo.Key + "#" + number
	if r.Class == fact.ClassMilestone {
		r.Key = repo.Key + "/milestone/" + number
	}
	r.URL = fact.Address(r.Site, r.Key)
}

// byNumber begins the addresses by which GitHub leads from page to page: they
// name a repository by its id.
const byNumber = "repositories/"

// located is what an address of GitHub, of the API or for people, says.
type located struct{ site, repo, list, number, rest string }

// locate reads an address: https://api.github.com/repos/acme/shop/issues/12, or
// https://HOST/api/v3/repos/… of an Enterprise Server, or such as people see.
func locate(address string) (located, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return located{}, false
	}
	host, path := strings.ToLower(u.Host), strings.TrimPrefix(u.Path, "/")
	api := strings.HasPrefix(host, "api.")
	switch {
	case api:
		host = strings.TrimPrefix(host, "api.")
	case strings.HasPrefix(path, "api/v3/"):
		path, api = strings.TrimPrefix(path, "api/v3/"), true
	}
	if api && !strings.HasPrefix(path, byNumber) {
		var ok bool
		if path, ok = strings.CutPrefix(path, "repos/"); !ok {
			return located{site: u.Scheme + "://" + host}, false
		}
	}
	parts := strings.SplitN(path, "/", 5)
	if len(parts) < 2 || !isRepository(parts[0]+"/"+parts[1]) {
		return located{site: u.Scheme + "://" + host}, false
	}
	parts = append(parts, "", "", "")
	return located{u.Scheme + "://" + host, parts[0] + "/" + parts[1], parts[2], parts[3], parts[4]}, true
}

// at finds the site and the repository in the first of some addresses that tells
// them.
func (d *decoded) at(addresses ...gjson.Result) (site, repo string) {
	for _, a := range addresses {
		if l, ok := locate(a.String()); ok {
			site, repo = l.site, l.repo
			break
		}
	}
	switch {
	case d.site != "":
		site = d.site
	case site == "":
		site = d.fallback
	}
	return site, repo
}

// keyAt returns the key of the issue or pull request that an address names.
func keyAt(address string) string {
	l, ok := locate(address)
	if _, isNumber := number(l.number); !ok || !isNumber || l.list != "issues" && l.list != "pulls" && l.list != "pull" {
		return ""
	}
	return l.repo + "#" + l.number
}

// digitsOf returns a whole number of an answer as text; "" if it is none.
func digitsOf(v gjson.Result) string {
	switch v.Type {
	case gjson.Number:
		if n, err := strconv.ParseUint(v.Raw, 10, 64); err == nil && n > 0 {
			return strconv.FormatUint(n, 10)
		}
	case gjson.String:
		if n, ok := number(v.Str); ok {
			return strconv.FormatUint(n, 10)
		}
	}
	return ""
}

// count is a whole number from 0 up.
func count(v gjson.Result) int { return int(min(max(v.Int(), 0), 1<<40)) }
