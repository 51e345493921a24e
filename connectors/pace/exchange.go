package pace

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"
)

// exchange is one request with all its attempts.
type exchange struct {
	t    *Transport
	req  *http.Request
	lim  Limits
	host string

	attempts int
	waited   time.Duration
	own      hold // a back-off that concerns this request alone
}

// verdict is what one attempt came to.
type verdict struct {
	kind   kind
	asked  time.Duration // how long the server asks to be left alone; 0: it does not say
	quota  bool          // a limit that nobody should sleep for
	status int           // of the answer; 0: there was none
	reason string        // in fixed words
}

type kind int

const (
	settled kind = iota // hand on what came
	failed              // may have been done: repeat it only if that is safe
	refused             // was not done, for a limit: repeat it whatever the method
)

func (x *exchange) run() (*http.Response, error) {
	for {
		if err := x.await(); err != nil {
			x.closeUnsent()
			return nil, err
		}
		resp, err := x.send()
		if err != nil && x.req.Context().Err() != nil {
			return nil, context.Cause(x.req.Context())
		}
		if err == nil {
			x.heed(resp)
		}
		again, limit := x.plan(x.judge(resp, err))
		if limit != nil {
			return nil, limit
		}
		if !again {
			return resp, err
		}
	}
}

// await sleeps until the request may be sent. The host's instant may move
// while it sleeps, so it looks again.
func (x *exchange) await() error {
	ctx := x.req.Context()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		h := x.t.holdOf(x.host)
		if x.own.until.After(h.until) {
			h = x.own
		}
		d := time.Until(h.until)
		if d <= 0 {
			return nil
		}
		if d > x.lim.Wait || x.waited+d > x.lim.Total {
			return quotaError(h.until, h.reason, h.status)
		}
		x.waited += d
		x.t.waits.Add(1)
		if x.t.Waiting != nil {
			x.t.Waiting(Wait{Why: h.why, Until: h.until, Attempt: x.attempts})
		}
		if err := sleep(ctx, d); err != nil {
			return fmt.Errorf("waiting after %s: %w", h.reason, err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// send makes one attempt and returns the whole answer. The limit of an attempt
// covers the body, too: a server that trickles is as bad as one that is silent.
func (x *exchange) send() (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(x.req.Context(), x.lim.Attempt, stalledError(x.lim.Attempt))
	defer cancel()
	out := x.req.Clone(ctx)
	if x.attempts > 0 && x.hasBody() {
		body, err := x.req.GetBody()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBodyAgain, err)
		}
		out.Body = body
	}
	x.attempts++
	x.t.sent.Add(1)
	resp, err := x.t.sender().RoundTrip(out)
	if err == nil && resp == nil {
		err = errNoAnswer
	}
	if err == nil {
		err = x.readWhole(resp)
	}
	if err != nil {
		if ctx.Err() != nil && x.req.Context().Err() == nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	resp.Request = x.req
	return resp, nil
}

// readWhole replaces the body of an answer by its bytes in memory.
func (x *exchange) readWhole(resp *http.Response) error {
	head := x.req.Method == http.MethodHead // its length is that of a body that does not come
	var whole bytes.Buffer
	if resp.Body != nil {
		defer resp.Body.Close()
		if resp.ContentLength > x.lim.Body && !head {
			return tooLarge(x.lim.Body)
		}
		// A length that was announced saves copies; it is not believed beyond
		// what costs little.
		if n := min(resp.ContentLength, 1<<20); n > 0 && !head {
			whole.Grow(int(n) + bytes.MinRead)
		}
		n, err := whole.ReadFrom(io.LimitReader(resp.Body, min(x.lim.Body, math.MaxInt64-1)+1))
		if err != nil {
			return err
		}
		if n > x.lim.Body {
			return tooLarge(x.lim.Body)
		}
	}
	resp.Body = memory{bytes.NewReader(whole.Bytes()), whole.Bytes()}
	if !head {
		resp.ContentLength = int64(whole.Len())
	}
	return nil
}

// memory is a body that was read already. Closing it leaves it readable, so
// that a client which closes early does not keep others from seeking back.
type memory struct {
	*bytes.Reader
	all []byte
}

func (memory) Close() error { return nil }

// judge says what an attempt came to. Its body was read whole.
func (x *exchange) judge(resp *http.Response, err error) verdict {
	if err != nil {
		if hopeless(err, x.req.URL) {
			return verdict{}
		}
		return verdict{kind: failed, reason: describe(err)}
	}
	v := verdict{status: resp.StatusCode, reason: reason(resp)}
	switch code := resp.StatusCode; {
	case refuses(resp):
		v.kind = refused
		v.quota = code == http.StatusTooManyRequests && isQuota(resp.Header)
	case code == http.StatusRequestTimeout, code == http.StatusInternalServerError, code == http.StatusBadGateway,
		code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		v.kind = failed
	case x.broken(resp):
		// Its headers are those of a success: they ask for nothing.
		v.kind, v.reason = failed, "the answer is no whole JSON"
		return v
	default:
		return v
	}
	v.asked = asked(resp.Header, v.kind == refused, time.Now())
	if v.asked == 0 && v.kind == refused && isGitHub(resp.Header) {
		// GitHub's rule where it names no instant: at least a minute, then longer.
		v.asked = min(time.Minute<<min(x.attempts-1, 10), x.lim.Wait)
	}
	return v
}

// broken reports a success that calls itself JSON and is none.
func (x *exchange) broken(resp *http.Response) bool {
	if resp.StatusCode/100 != 2 || resp.StatusCode == http.StatusNoContent || x.req.Method == http.MethodHead {
		return false
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") || resp.Header.Get("Content-Encoding") != "" {
		return false
	}
	return !json.Valid(bytesOf(resp))
}

// bytesOf returns the bytes of an answer that was read whole.
func bytesOf(resp *http.Response) []byte { return resp.Body.(memory).all }

// heed keeps the next request back where an answer says that it would be
// refused. The instant is a guess (tokens come in batches), so it is bounded:
// the refusal of the next request knows better.
func (x *exchange) heed(resp *http.Response) {
	if d := min(spent(resp.Header, time.Now()), x.lim.Wait); d > 0 {
		const reason = "no requests left in this interval"
		x.t.hold(x.host, hold{until: time.Now().Add(d), why: x.name() + ": " + reason, reason: reason, status: resp.StatusCode})
	}
}

// plan decides what follows an attempt: another one, the end, or an error that
// tells when to come back.
func (x *exchange) plan(v verdict) (again bool, limit error) {
	now := time.Now()
	if v.kind == settled {
		return false, nil
	}
	// The random part may not lengthen a wait beyond what one may be.
	d := max(v.asked, min(v.asked+x.backOff(), x.lim.Wait))
	h := hold{until: now.Add(d), why: x.name() + ": " + v.reason, reason: v.reason, status: v.status}
	all := v.kind == refused || v.asked > 0 // it concerns the whole host
	if all {
		x.t.hold(x.host, h)
	}
	again = x.canRepeat(v.kind) && x.attempts < x.lim.Attempts
	tooLong := v.asked > x.lim.Wait || again && x.waited+d > x.lim.Total
	// The status of a limit that does not say 429 would be taken for something
	// else: 403 for a permission that is missing.
	disguised := v.kind == refused && v.status != http.StatusTooManyRequests && !again
	if v.quota || disguised || tooLong && (v.kind == refused || all && x.canRepeat(v.kind)) {
		var until time.Time
		if v.asked > 0 {
			until = now.Add(v.asked)
		}
		return false, quotaError(until, v.reason, v.status)
	}
	if !all {
		x.own = h
	}
	return again && !tooLong, nil
}

// backOff returns a random wait whose bound doubles with every attempt ("full
// jitter": those that failed together do not come back together).
func (x *exchange) backOff() time.Duration {
	bound := min(time.Second<<min(x.attempts-1, 10), 30*time.Second, x.lim.Wait)
	return time.Duration(x.t.random() * float64(bound))
}

func (x *exchange) canRepeat(k kind) bool {
	if x.hasBody() && x.req.GetBody == nil {
		return false
	}
	switch x.req.Method {
	case "", http.MethodGet, http.MethodHead:
		return true
	}
	return k == refused || x.req.Context().Value(repeatableKey{}) != nil
}

func (x *exchange) hasBody() bool { return x.req.Body != nil && x.req.Body != http.NoBody }

// closeUnsent closes the body of a request that was never sent; whoever sends
// closes it otherwise.
func (x *exchange) closeUnsent() {
	if x.attempts == 0 && x.req.Body != nil {
		x.req.Body.Close()
	}
}
