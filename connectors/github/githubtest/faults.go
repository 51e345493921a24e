package githubtest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"smokestack/connectors/playtest"
)

// Kind says what goes wrong with an answer.
type Kind = playtest.Kind

// The kinds of faults. The first few damage an answer that was right, the
// others are answers in its place.
const (
	Reset              = playtest.Reset
	Stall              = playtest.Stall
	Cut                = playtest.Cut
	ShortBody          = playtest.ShortBody
	Partial       Kind = "partial data" // of a query: RESOURCE_LIMITS_EXCEEDED
	Status500     Kind = "500"
	Status502     Kind = "502"           // with JSON
	Status502Page Kind = "502 of a page" // with HTML
	Status503     Kind = "503"
	Status504     Kind = "504"
	Primary403    Kind = "primary limit, 403"
	Primary429    Kind = "primary limit, 429"
	RateLimited   Kind = "RATE_LIMITED" // status 200, as GraphQL has it
	Secondary403  Kind = "secondary limit, 403"
	Secondary429  Kind = "secondary limit, 429"
	SecondaryWait Kind = "secondary limit with Retry-After"
	Unauthorized  Kind = "401"
	SSO           Kind = "403 of single sign-on"
	Missing       Kind = "404"
	Custom        Kind = "custom" // what Fault itself says
)

// Passing are the kinds of faults that pass when a client asks again.
func Passing() []Kind {
	return []Kind{Reset, Cut, ShortBody, Status500, Status502, Status502Page, Status503, Status504, Secondary403, Secondary429, SecondaryWait}
}

// Fault is what is to go wrong with one answer. The zero value is nothing.
type Fault struct {
	Kind  Kind
	After time.Duration // until when: for Retry-After 60 seconds, for a primary limit half an hour

	// Of a [Custom] fault: the answer itself.
	Status int
	Header http.Header
	Body   string
}

const (
	ssoMessage       = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."
	secondaryMessage = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID FA4E:0001."
	secondaryPage    = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
	primaryPage      = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
)

func message(status int, text, page string) answer {
	return jsonAnswer(status, object{"message": text, "documentation_url": page, "status": strconv.Itoa(status)})
}

// answer is the answer that a fault puts in the place of the right one.
func (f Fault) answer(now time.Time) (answer, bool) {
	page := func(status int) (answer, bool) {
		body := fmt.Sprintf("<html><head><title>%d</title></head><body>This page is taking too long to load.</body></html>", status)
		return answer{status, http.Header{"Content-Type": {"text/html"}}, []byte(body)}, true
	}
	primary := func(status int) (answer, bool) {
		a := message(status, "API rate limit exceeded for user ID 1.", primaryPage).with("X-RateLimit-Remaining", "0").with("X-RateLimit-Limit", "5000")
		return a.with("X-RateLimit-Reset", itoa(now.Add(cmp.Or(f.After, 30*time.Minute)).Unix())), true
	}
	left := func(a answer) answer {
		return a.with("X-RateLimit-Remaining", "4321").with("X-RateLimit-Limit", "5000").with("X-RateLimit-Reset", itoa(now.Add(time.Hour).Unix()))
	}
	switch f.Kind {
	case Status500:
		return message(http.StatusInternalServerError, "Server Error", ""), true
	case Status502:
		return message(http.StatusBadGateway, "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.", ""), true
	case Status502Page:
		return page(http.StatusBadGateway)
	case Status503:
		return page(http.StatusServiceUnavailable)
	case Status504:
		return page(http.StatusGatewayTimeout)
	case Primary403:
		return primary(http.StatusForbidden)
	case Primary429:
		return primary(http.StatusTooManyRequests)
	case RateLimited:
		a := jsonAnswer(http.StatusOK, replying{Errors: []problem{{Type: "RATE_LIMITED", Message: "API rate limit exceeded for user ID 1."}}})
		return a.with("X-RateLimit-Remaining", "0").with("X-RateLimit-Reset", itoa(now.Add(cmp.Or(f.After, 30*time.Minute)).Unix())), true
	case Secondary403:
		return left(message(http.StatusForbidden, secondaryMessage, secondaryPage)), true
	case Secondary429:
		return left(message(http.StatusTooManyRequests, secondaryMessage, secondaryPage)), true
	case SecondaryWait:
		wait := strconv.Itoa(int(cmp.Or(f.After, time.Minute) / time.Second))
		return left(message(http.StatusForbidden, secondaryMessage, secondaryPage)).with("Retry-After", wait), true
	case Unauthorized:
		return message(http.StatusUnauthorized, "Bad credentials", "https://docs.github.com/rest"), true
	case SSO:
		return message(http.StatusForbidden, ssoMessage, "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/").
			with("X-GitHub-SSO", "required; url=https://github.com/orgs/acme/sso?authorization_request=A4KE"), true
	case Missing:
		return message(http.StatusNotFound, "Not Found", "https://docs.github.com/rest"), true
	case Custom:
		return answer{cmp.Or(f.Status, http.StatusOK), f.Header, []byte(f.Body)}, true
	}
	return answer{}, false
}

// Chance draws faults: of every request a share, of these kinds, the same ones
// for the same seed and order of requests. It is what [Server.Fault] takes.
func Chance(seed uint64, share float64, kinds ...Kind) func(*http.Request, int) Fault {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	return func(*http.Request, int) Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Float64() >= share {
			return Fault{}
		}
		return Fault{Kind: kinds[r.IntN(len(kinds))]}
	}
}
