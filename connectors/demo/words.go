package demo

// subjects are what the teams of the cast work on, in its order.
var subjects = [len(cast)][]string{
	{"invoice list", "credit notes", "payment terms", "invoice PDF", "tax summary", "dunning letters", "recurring invoices", "invoice numbering", "export to bookkeeping", "late fees", "customer statements", "invoice search"},
	{"basket page", "guest checkout", "delivery slots", "voucher field", "address form", "order review step", "gift wrapping", "basket reminders", "saved baskets", "checkout progress bar", "pickup points", "minimum order hint"},
	{"order history", "returns desk", "partial shipments", "order confirmation", "cancellation flow", "refund requests", "order timeline", "split deliveries", "backorder notice", "packing slips", "order notes", "reorder button"},
	{"product detail page", "category tree", "variant picker", "image gallery", "bulk price editor", "supplier feed", "attribute templates", "product import", "availability badge", "size chart", "bundle editor", "discontinued items"},
	{"card payments", "direct debit", "payment retries", "chargeback inbox", "settlement report", "wallet payments", "refund ledger", "fraud rules", "payment page", "currency rounding", "instalment plans", "payout schedule"},
	{"build pipeline", "feature switches", "service template", "log storage", "secrets rotation", "message queue", "test environments", "access gateway", "database backups", "deploy windows", "metrics collector", "job scheduler"},
	{"retention chart", "weekly digest", "funnel explorer", "event catalogue", "cohort filter", "shared dashboards", "survey results", "data freshness badge", "experiment log", "usage report"},
	{"search suggestions", "synonym editor", "ranking rules", "search filters", "zero-result page", "index rebuild", "spelling correction", "search history", "facet counts", "relevance tests", "query log"},
	{"sign-in page", "password reset", "two-step verification", "profile page", "consent settings", "account deletion", "session timeout", "company accounts", "invitation mail", "role editor", "login alerts"},
}

var (
	storyVerbs = []string{"Show", "Let customers edit", "Simplify", "Add a preview to", "Explain", "Make room for notes in", "Offer an undo in", "Rework", "Remember choices in", "Shorten", "Add sorting to", "Let support open"}
	taskVerbs  = []string{"Clean up", "Document", "Move", "Measure", "Cover with tests:", "Upgrade libraries of", "Remove dead code from", "Split", "Review permissions of", "Prepare data for", "Automate checks of", "Trace calls in"}
	bugSigns   = []string{"Wrong total in", "Timeout in", "Blank screen after opening", "Duplicate entries in", "Broken layout of", "Stale data in", "Error on saving", "Missing translation in", "Slow response from", "Lost input in", "Wrong time zone in"}
	situations = []string{"on small screens", "for new customers", "for returning customers", "behind a switch", "for large accounts", "in the mobile app", "for the pilot group", "without a page reload", "with keyboard only", "for the second market", "under heavy load", "after a failed attempt", "in dark mode", "for read-only users"}
	epicForms  = [][2]string{{"Faster ", ""}, {"Self-service for ", ""}, {"", " without dead ends"}, {"A new look for ", ""}, {"Fewer questions about ", ""}, {"", " for business customers"}, {"Second version of ", ""}, {"", " people trust"}, {"Open up ", ""}, {"", " in three steps"}, {"Retire the old ", ""}, {"", " everywhere"}}
	aims       = []string{"Fewer support calls about", "More repeat use of", "Half the manual work around", "Ready for the second market:", "Customers finish what they begin in", "Lower running cost of"}
	parts      = []string{"Write the tests", "Change the data model", "Build the form", "Adjust the texts", "Wire up the events", "Check with support", "Measure before and after", "Update the guide"}
	lookBacks  = []string{"Check what changed after", "Act on feedback about", "Compare expected and actual use of", "Second look at"}
)

// drawerTitle is what the bucket epic is called.
const drawerTitle = "Small improvements and upkeep"

// title makes up what an item is called.
func (m *maker) title(it *item) string {
	s := &m.rng
	list := subjects[int(it.origin)%len(cast)]
	what := pick(s, list)
	switch {
	case it.epic != none && m.epics[it.epic].bucket:
		return drawerTitle
	case it.typ == epicType:
		form := pick(s, epicForms)
		return capital(form[0] + what + form[1])
	case it.typ == initiativeType:
		return pick(s, aims) + " " + what
	case it.typ == subtaskType:
		return pick(s, parts)
	case it.is(follows):
		return pick(s, lookBacks) + " " + what
	case it.typ == bugType:
		return m.situated(pick(s, bugSigns)+" "+what, 600)
	case it.typ == taskType:
		return m.situated(pick(s, taskVerbs)+" "+what, 300)
	}
	return m.situated(pick(s, storyVerbs)+" "+what, 700)
}

// situated says in some cases where or for whom.
func (m *maker) situated(title string, permille int64) string {
	if m.rng.chance(permille) {
		return title + " " + pick(&m.rng, situations)
	}
	return title
}

func capital(s string) string {
	if c := s[0]; 'a' <= c && c <= 'z' {
		return string(c-'a'+'A') + s[1:]
	}
	return s
}
