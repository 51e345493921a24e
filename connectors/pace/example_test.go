package pace_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"smokestack/connectors/pace"
)

// A search by POST changes nothing, so it is marked as repeatable. A quota ends
// the pull with the time to come back.
func ExampleTransport() {
	tracker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("RateLimit-Reason", "jira-quota-tenant-based")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer tracker.Close()

	transport := &pace.Transport{Waiting: func(w pace.Wait) { fmt.Println(w.Why, "- waiting until", w.Until) }}
	client := &http.Client{Transport: transport} // without a Timeout
	req, err := http.NewRequest("POST", tracker.URL+"/rest/api/3/search/jql", strings.NewReader(`{"jql":"project = PAY"}`))
	if err != nil {
		panic(err)
	}
	req = req.WithContext(pace.Repeatable(req.Context()))
	resp, err := client.Do(req)
	var quota *pace.QuotaError
	if errors.As(err, &quota) {
		fmt.Println(quota)
		fmt.Printf("%+v\n", transport.Usage())
		return
	}
	resp.Body.Close()
	// Output:
	// the tracker lets in no more for now (429 Too Many Requests, jira-quota-tenant-based): when it lets in more is not known
	// {Requests:1 Waits:0}
}
