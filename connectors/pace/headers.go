package pace

import (
	"bytes"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest is the longest time that a server is believed to ask for. No tracker
// has a limit that takes more than a day; what is beyond a week is a mistake
// and counts as not said.
const longest = 7 * 24 * time.Hour

// refuses reports an answer that refuses a request for a limit, without having
// looked at it.
//
// A Data Center sends "retry-after: 0" on everything, a missing permission
// included, so a Retry-After makes a 403 a limit only when it is above zero.
func refuses(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return delay(resp.Header.Get("Retry-After"), arrival(resp.Header, time.Now())) > 0 || usedUp(resp.Header) ||
			isGitHub(resp.Header) && bytes.Contains(bytesOf(resp), []byte("secondary rate limit"))
	case http.StatusOK:
		// GraphQL. A text within the answer cannot look so: its quotes would be escaped.
		return isGitHub(resp.Header) && usedUp(resp.Header) && bytes.Contains(bytesOf(resp), []byte(`"RATE_LIMITED"`))
	}
	return false
}

// asked returns how long an answer that is no success asks to be left alone,
// counted from now; never negative, at most [longest], 0 where it does not say.
// In this order:
//
//   - Retry-After, or Jira's Beta-Retry-After: seconds, or a date;
//   - X-RateLimit-Interval-Seconds of a Data Center without tokens;
//   - X-RateLimit-Reset: a time in ISO 8601 (Jira, for a limit) or Unix seconds
//     (GitHub, with nothing remaining);
//   - t of the first used-up limit in Beta-RateLimit or RateLimit: seconds.
//
// Times are compared with the answer's own Date, so that a clock that is wrong
// here does not matter.
func asked(h http.Header, limited bool, now time.Time) time.Duration {
	at := arrival(h, now)
	for _, name := range []string{"Retry-After", "Beta-Retry-After"} {
		if d := delay(h.Get(name), at); d > 0 {
			return d
		}
	}
	if d := spent(h, now); d > 0 {
		return d
	}
	if limited || usedUp(h) {
		if d := reset(h, at); d > 0 {
			return d
		}
	}
	if limited {
		return refill(h)
	}
	return 0
}

// spent returns how long a Data Center has no token to give; 0 where it has,
// and for servers that are none.
func spent(h http.Header, now time.Time) time.Duration {
	interval := seconds(h.Get("X-RateLimit-Interval-Seconds"))
	if interval == 0 || !usedUp(h) {
		return 0
	}
	if d := delay(h.Get("Retry-After"), arrival(h, now)); d > 0 {
		return d
	}
	return interval
}

// arrival returns the server's idea of now, and ours where it has none.
func arrival(h http.Header, now time.Time) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return now
}

// delay reads a Retry-After: seconds, or a date; 0 where it is neither or past.
func delay(v string, at time.Time) time.Duration {
	if d := seconds(v); d > 0 {
		return d
	}
	if t, err := http.ParseTime(v); err == nil {
		return bounded(t.Sub(at))
	}
	return 0
}

// seconds reads a number of seconds, with or without decimals; 0 where it is
// none, not above zero, or beyond [longest].
func seconds(v string) time.Duration {
	s, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || !(s > 0 && s <= longest.Seconds()) { // so written, NaN fails
		return 0
	}
	return time.Duration(math.Ceil(s * float64(time.Second)))
}

// reset reads X-RateLimit-Reset. Jira cuts the seconds off, so that its time
// stands for the end of that minute.
func reset(h http.Header, at time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("X-RateLimit-Reset"))
	if unix, err := strconv.ParseInt(v, 10, 64); err == nil {
		if !usedUp(h) {
			return 0
		}
		return bounded(time.Unix(unix, 0).Sub(at))
	}
	if t, err := time.Parse("2006-01-02T15:04Z07:00", v); err == nil {
		return bounded(t.Add(time.Minute).Sub(at))
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return bounded(t.Sub(at))
	}
	return 0
}

// refill reads the seconds until a used-up limit has something again, as in
// `"tenant-app-quota";r=0;t=2788`.
func refill(h http.Header) time.Duration {
	for _, name := range []string{"Beta-RateLimit", "RateLimit"} {
		for limit := range strings.SplitSeq(h.Get(name), ",") {
			var none bool
			var d time.Duration
			for part := range strings.SplitSeq(limit, ";") {
				key, v, _ := strings.Cut(strings.TrimSpace(part), "=")
				switch key {
				case "r":
					none = v == "0"
				case "t":
					d = seconds(v)
				}
			}
			if none && d > 0 {
				return d
			}
		}
	}
	return 0
}

func bounded(d time.Duration) time.Duration {
	if d < 0 || d > longest {
		return 0
	}
	return d
}

// usedUp reports that nothing remains of a limit.
func usedUp(h http.Header) bool {
	return strings.TrimSpace(h.Get("X-RateLimit-Remaining")) == "0"
}

// isGitHub tells GitHub, github.com and Enterprise Server alike, by the header
// that all of its answers have.
func isGitHub(h http.Header) bool { return h.Get("X-GitHub-Request-Id") != "" }

// isQuota reports a limit of Jira that can take most of an hour to refill.
func isQuota(h http.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get("RateLimit-Reason")), "jira-quota")
}

// reason says in fixed words what an answer is. The server's own words stay
// out: it may echo what it was sent.
func reason(resp *http.Response) string {
	text := strconv.Itoa(resp.StatusCode)
	if words := http.StatusText(resp.StatusCode); words != "" {
		text += " " + words
	}
	got := strings.ToLower(resp.Header.Get("RateLimit-Reason"))
	for _, known := range []string{
		"jira-burst-based", "jira-quota-tenant-based", "jira-quota-global-based", "jira-quota-based",
		"jira-per-issue-on-write", "jira-cost-based",
	} {
		if got == known {
			return text + ", " + known
		}
	}
	switch {
	case isQuota(resp.Header):
		return text + ", jira-quota"
	case resp.StatusCode != http.StatusTooManyRequests && refuses(resp):
		return text + ", a rate limit"
	}
	return text
}
