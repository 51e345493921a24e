package demo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// Role says what part a team plays in the organisation.
type Role string

// The roles of the cast.
const (
	Independent  Role = "independent"   // says that it is independent, and is
	Entangled    Role = "entangled"     // says so too, and is not
	Partner      Role = "partner"       // whom the entangled team shares its work with
	LargeBatches Role = "large batches" // ships all it plans, late, and never looks back
	Swamped      Role = "swamped"       // starts more than it ends
	Platform     Role = "platform"      // what others wait for
	Healthy      Role = "healthy"       // small batches, some dropped, followed up
	Ordinary     Role = "ordinary"      // nothing special about it
)

// Plant names one property that a team was given on purpose.
type Plant string

// The planted properties.
const (
	NoTies         Plant = "no ties"         // hardly anything crosses the team's border
	ClaimsFalsely  Plant = "claims falsely"  // claims an independence that it does not have
	SharedBatches  Plant = "shared batches"  // epics with children in another team's project
	SharedPeople   Plant = "shared people"   // another team's people assigned and commenting
	HandOffs       Plant = "hand-offs"       // items pass to another team's people after start
	NothingWritten Plant = "nothing written" // no link tells of any of these ties
	BigEpics       Plant = "big epics"       // many children, many weeks
	EarlyLock      Plant = "early lock"      // children, dates and hands fixed before the start
	SlippingDates  Plant = "slipping dates"  // due dates move later after the start
	NothingDropped Plant = "nothing dropped" // whatever is begun is shipped
	NoLookBack     Plant = "no look back"    // no follow-up is linked to a finished epic
	GrowingPile    Plant = "growing pile"    // starts outrun exits, items take longer and longer
	HouseOnFire    Plant = "house on fire"   // much is started within two days of being written
	WaitedFor      Plant = "waited for"      // other teams' items are blocked by its items
	Rush           Plant = "rush"            // requests wait longer in the last 26 weeks
	SmallEpics     Plant = "small epics"     // few children, few weeks
	DropsWork      Plant = "drops work"      // some epics are stopped after their start
	LooksBack      Plant = "looks back"      // follow-ups are linked to finished epics
)

// profile is what makes a team what it is. Shares are in thousandths.
type profile struct {
	name, key string
	role      Role
	claims    bool
	plants    []Plant
	people    int
	zones     []int16 // minutes ahead of UTC
	with      int     // offset in the cast to the team it shares work with, 0 for none

	pace        int64 // items planned to start in 1000 weeks
	inEpics     int64 // share of them that belong to an epic
	least, most int64 // children of an epic
	tracks      int64 // epics side by side
	cycle       fact.Instant
	lead        fact.Instant // creation to start
	planning    fact.Instant // an epic's creation to its first start

	locked    int64 // children written before the epic starts
	bound     int64 // items assigned a week or more before they start
	urgent    int64 // items started within a day or so of being written
	shelved   int64 // batch-less items that nobody ever starts
	dropped   int64 // items closed without being done
	abandoned int64 // epics stopped after their start
	followed  int64 // finished epics with a linked follow-up
	promised  int64 // epics with a due date from the beginning
	slipping  int64 // promised epics whose date moves later after the start

	shared    int64 // epics that have children in the other team's project
	abroad    int64 // children of such epics that are there
	lent      int64 // items assigned to the other team's people from the start
	handed    int64 // items that pass to them later
	visited   int64 // items that outsiders comment on
	requested int64 // items that outsiders write
	waits     int64 // items that wait for the platform team
	talk      int64 // items that a second member comments on

	code     []string // names of its repositories
	shy      string   // the one of them where pull requests rarely name a key
	lines    int64    // of a pull request, in the middle
	reviewed int64    // pull requests that another team's people review, too
	across   int64    // pull requests to the other team's repositories
	common   int64    // pull requests to the repository that all share

	points, worklogs, sprints bool
	odd                       bool         // has the bucket epic and other curiosities
	release                   fact.Instant // time between releases, 0 for none
}

// cast is the organisation in its default size. The order matters: a team
// stands behind the one whose partner it is.
var cast = [...]profile{
	{
		name: "Invoicing", key: "INV", role: Independent, claims: true, people: 7, zones: []int16{60},
		plants: []Plant{NoTies, LooksBack, DropsWork},
		pace:   6000, inEpics: 850, least: 5, most: 9, tracks: 3, cycle: 5 * day, lead: 9 * day, planning: 14 * day,
		locked: 400, bound: 80, urgent: 100, shelved: 150, dropped: 70, abandoned: 130, followed: 550, promised: 200, slipping: 200,
		visited: 10, talk: 600, points: true,
		code: []string{"invoicing"}, lines: 90, reviewed: 10,
	},
	{
		name: "Checkout", key: "CHK", role: Entangled, claims: true, people: 7, zones: []int16{0, 60}, with: 1,
		plants: []Plant{ClaimsFalsely, SharedBatches, SharedPeople, HandOffs, NothingWritten},
		pace:   6800, inEpics: 850, least: 6, most: 12, tracks: 3, cycle: 6 * day, lead: 9 * day, planning: 14 * day,
		locked: 450, bound: 80, urgent: 110, shelved: 150, dropped: 60, abandoned: 100, followed: 350, promised: 300, slipping: 250,
		shared: 750, abroad: 400, lent: 120, handed: 600, visited: 600, requested: 150, talk: 500, points: true, sprints: true,
		code: []string{"checkout", "checkout-web"}, lines: 110, reviewed: 550, across: 250, common: 40,
	},
	{
		name: "Orders", key: "ORD", role: Partner, people: 7, zones: []int16{0, 330}, with: -1,
		plants: []Plant{SharedPeople, HandOffs},
		pace:   4000, inEpics: 800, least: 5, most: 10, tracks: 2, cycle: 6 * day, lead: 10 * day, planning: 14 * day,
		locked: 400, bound: 80, urgent: 110, shelved: 150, dropped: 60, abandoned: 100, followed: 350, promised: 300, slipping: 250,
		shared: 200, abroad: 300, lent: 60, handed: 220, visited: 350, requested: 120, waits: 120, talk: 500, points: true, sprints: true,
		code: []string{"orders"}, lines: 110, reviewed: 330, across: 120, common: 60,
	},
	{
		name: "Catalogue", key: "CAT", role: LargeBatches, people: 7, zones: []int16{-300},
		plants: []Plant{BigEpics, EarlyLock, SlippingDates, NothingDropped, NoLookBack},
		pace:   7200, inEpics: 920, least: 25, most: 45, tracks: 3, cycle: 7 * day, lead: 12 * day, planning: 45 * day,
		locked: 1000, bound: 800, urgent: 15, promised: 1000, slipping: 800,
		visited: 60, requested: 40, waits: 120, talk: 350, points: true, release: 13 * week,
		code: []string{"catalogue", "catalogue-import"}, lines: 380, reviewed: 40, common: 60,
	},
	{
		name: "Payments", key: "PAY", role: Swamped, people: 7, zones: []int16{60, 120},
		plants: []Plant{GrowingPile, HouseOnFire},
		pace:   5800, inEpics: 700, least: 6, most: 12, tracks: 3, cycle: 5 * day, lead: 8 * day, planning: 12 * day,
		locked: 350, bound: 60, urgent: 560, shelved: 250, dropped: 40, abandoned: 50, followed: 150, promised: 300, slipping: 450,
		visited: 80, requested: 80, waits: 80, talk: 250, release: 4 * week,
		code: []string{"payments"}, lines: 120, reviewed: 40, common: 60,
	},
	{
		name: "Core Platform", key: "PLAT", role: Platform, people: 7, zones: []int16{-300, 60, 540},
		plants: []Plant{WaitedFor, Rush},
		pace:   5800, inEpics: 600, least: 5, most: 9, tracks: 2, cycle: 7 * day, lead: 22 * day, planning: 20 * day,
		locked: 450, bound: 100, urgent: 60, shelved: 250, dropped: 60, abandoned: 100, followed: 350, promised: 300, slipping: 300,
		visited: 100, requested: 350, talk: 400,
		code: []string{"platform", "pipelines"}, lines: 130, reviewed: 60, common: 150,
	},
	{
		name: "Insights", key: "INS", role: Healthy, people: 4, zones: []int16{60},
		plants: []Plant{SmallEpics, DropsWork, LooksBack},
		pace:   4000, inEpics: 850, least: 3, most: 6, tracks: 2, cycle: 4 * day, lead: 7 * day, planning: 8 * day,
		locked: 300, bound: 50, urgent: 100, shelved: 100, dropped: 80, abandoned: 200, followed: 800, promised: 150, slipping: 150,
		visited: 60, requested: 40, waits: 40, talk: 600, release: 2 * week,
		code: []string{"insights"}, lines: 50, reviewed: 40, common: 60,
	},
	{
		name: "Search", key: "SRCH", role: Ordinary, people: 7, zones: []int16{0}, with: 1,
		pace: 5300, inEpics: 800, least: 5, most: 10, tracks: 3, cycle: 6 * day, lead: 10 * day, planning: 14 * day,
		locked: 400, bound: 80, urgent: 120, shelved: 150, dropped: 70, abandoned: 120, followed: 450, promised: 250, slipping: 250,
		shared: 120, abroad: 300, lent: 10, handed: 40, visited: 120, requested: 70, waits: 240, talk: 500, points: true, sprints: true,
		code: []string{"search", "search-index"}, lines: 110, reviewed: 60, across: 20, common: 60, shy: "search-index",
	},
	{
		name: "Accounts", key: "ACC", role: Ordinary, people: 7, zones: []int16{-480, -300}, with: -1,
		pace: 5300, inEpics: 750, least: 5, most: 10, tracks: 3, cycle: 6 * day, lead: 10 * day, planning: 14 * day,
		locked: 400, bound: 80, urgent: 120, shelved: 150, dropped: 70, abandoned: 120, followed: 450, promised: 250, slipping: 250,
		shared: 80, abroad: 300, lent: 10, handed: 40, visited: 120, requested: 70, waits: 240, talk: 500, worklogs: true, odd: true,
		code: []string{"accounts"}, lines: 110, reviewed: 60, across: 20, common: 60,
	},
}

// Sub-tasks and epics come on top of the pace, and so does what is written but
// not started by the end.
const (
	parted = 60 // share of items that are cut into sub-tasks
	perCut = 2  // least sub-tasks of such an item; at most one more
	queued = 2  // weeks of work that stand in a queue
)

// expected returns about how many records such an organisation makes at full
// pace.
func expected(teams, weeks int) int64 {
	var milli int64
	for i := range teams {
		p := &cast[i%len(cast)]
		milli += p.pace + 2*p.pace*p.inEpics/1000/(p.least+p.most)
		milli += p.pace * parted / 1000 * (2*perCut + 1) / 2
	}
	return max(1, milli*int64(weeks+queued)/1000)
}

// team is a team of the plan.
type team struct {
	profile
	index, cell int
	first, size int32 // its people
	repos       []int32
	other       int // the team it shares work with, −1 for none
	platform    int // the team it waits for, −1 for none
}

// person is somebody with an account at either site. Person 0 of a plan is the
// automation of the tracker, and at GitHub the one that keeps libraries new.
type person struct {
	ids  []string
	code []string // at GitHub; with an address of ids, where that is known
	bot  bool
	team int
	zone int16
}

// assemble puts the teams and their people together.
func assemble(s settings) ([]team, []person) {
	people := []person{{
		ids:  []string{account("automation", 0), "automation@demo.example"},
		code: []string{"bumps[bot]", accountNumber(0)}, bot: true, team: -1,
	}}
	teams := make([]team, s.teams)
	for i := range teams {
		t := &teams[i]
		*t = team{profile: cast[i%len(cast)], index: i, cell: i / len(cast), platform: -1}
		t.settleIn(s.teams)
		t.first, t.size = int32(len(people)), int32(max(int64(t.people), int64(t.people)*s.scale/whole))
		for n := range int(t.size) {
			p := person{
				ids:  []string{account(t.key, n), fmt.Sprintf("%s-%d@demo.example", t.key, n+1)},
				code: []string{fmt.Sprintf("%s-dev-%d", strings.ToLower(t.key), n+1), accountNumber(len(people))},
				team: i, zone: t.zones[n%len(t.zones)],
			}
			if n%3 != hidden {
				p.code = append(p.code, p.ids[1])
			}
			people = append(people, p)
		}
	}
	for i := range teams {
		if t := &teams[i]; t.role == Platform {
			for j := t.cell * len(cast); j < min((t.cell+1)*len(cast), len(teams)); j++ {
				teams[j].platform = i
			}
		}
	}
	return teams, people
}

// settleIn gives the team the name and the neighbours of its cell. Where the
// last cell ends between two that belong together, the first is ordinary and
// alone.
func (t *team) settleIn(teams int) {
	if t.cell > 0 {
		t.name += " " + strconv.Itoa(t.cell+1)
		t.key += strconv.Itoa(t.cell + 1)
	}
	t.code, t.shy = t.addresses()
	t.other = t.index + t.with
	if t.with != 0 && t.other < teams {
		return
	}
	if t.role == Entangled {
		t.role, t.claims, t.plants = Ordinary, false, nil
	}
	t.other, t.shared, t.lent, t.handed, t.across = -1, 0, 0, 0, 0
	t.reviewed = min(t.reviewed, 60)
}

// open reports whether a team has to do with the organisation at large: the
// independent one keeps to itself, the entangled one to its partner.
func (t *team) open() bool { return t.role != Independent && t.role != Entangled }

func (t *team) public(people []person) Team {
	out := Team{Name: t.name, Project: t.key, Role: t.role, Claims: t.claims, Repositories: slices.Clone(t.code)}
	for _, p := range people[t.first : t.first+t.size] {
		out.People = append(out.People, p.ids[0])
		out.Logins = append(out.Logins, p.code[0])
	}
	return out
}

// hidden is who of any three people keeps the address to themselves at GitHub.
const hidden = 2

// accountNumber is how GitHub numbers the account of a person of the plan.
func accountNumber(person int) string { return "#" + strconv.Itoa(600_001+person) }

// account makes up an account id in the manner of Jira Cloud. It says nothing
// about its bearer and is the same under every seed.
func account(key string, n int) string {
	h := hash("account", key, strconv.Itoa(n))
	return fmt.Sprintf("712020:%08x-%04x-4%03x-8%03x-%012x",
		h>>32, h>>16&0xffff, h&0xfff, h>>12&0xfff, hash(key, strconv.Itoa(n))&0xffffffffffff)
}
