package github

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	hub "github.com/google/go-github/v62/github"

	"smokestack/connectors/wire"
)

// App is a GitHub App as the one who asks.
type App struct {
	ID           int64
	Installation int64  // of the app, in the organisation that is read
	Key          []byte // the app's private key, in PEM
}

// appTokens gets tokens of an installation: they last an hour, and a pull may
// take longer.
type appTokens struct {
	app  App
	key  *rsa.PrivateKey
	hub  *hub.Client // signs as the app
	now  func() time.Time
	skew time.Duration // how far the server's clock is ahead

	mu    sync.Mutex
	token string
	until time.Time
}

// fresh is how long a token must last at least to be used.
const fresh = 5 * time.Minute

func newAppTokens(app App, api string, base http.RoundTripper, guard *wire.OnlyHost, now func() time.Time) (*appTokens, error) {
	key, err := privateKey(app.Key)
	if err != nil {
		return nil, err
	}
	if app.ID <= 0 || app.Installation <= 0 {
		return nil, errors.New("a GitHub App needs its id and that of its installation, both numbers: they stand in the addresses of the app's settings and of its installation")
	}
	t := &appTokens{app: app, key: key, now: now}
	outer := *guard
	outer.Base = &signer{base: base, token: t.jwt}
	t.hub, err = newHub(&http.Client{Transport: &outer, CheckRedirect: outer.Redirected}, api)
	return t, err
}

// privateKey reads an RSA key in PEM, of either form.
func privateKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the app's private key is no PEM: expected is the file that GitHub gave, which begins with -----BEGIN RSA PRIVATE KEY-----")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := any.(*rsa.PrivateKey); ok && err == nil {
		return key, nil
	}
	return nil, errors.New("the app's private key cannot be read: expected is an RSA key as GitHub gives it") // and not what was read
}

// jwt says, for the next minutes, that the app itself asks.
func (t *appTokens) jwt(context.Context) (string, error) {
	now := t.now().Add(t.skew)
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." +
		enc.EncodeToString(fmt.Appendf(nil, `{"iat":%d,"exp":%d,"iss":"%d"}`, now.Add(-time.Minute).Unix(), now.Add(8*time.Minute).Unix(), t.app.ID))
	sum := sha256.Sum256([]byte(text))
	sign, err := rsa.SignPKCS1v15(rand.Reader, t.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("the app's private key cannot sign")
	}
	return text + "." + enc.EncodeToString(sign), nil
}

// get returns a token that lasts for a while.
func (t *appTokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.now().Add(fresh).Before(t.until) {
		return t.token, nil
	}
	got, resp, err := t.hub.Apps.CreateInstallationToken(ctx, t.app.Installation, nil)
	if t.wrongClock(resp, err) {
		got, resp, err = t.hub.Apps.CreateInstallationToken(ctx, t.app.Installation, nil)
	}
	if err != nil {
		return "", t.refused(resp, err)
	}
	if got.GetToken() == "" || wire.Unsendable(got.GetToken()) {
		return "", errors.New("GitHub answers without a token to a GitHub App")
	}
	t.token, t.until = got.GetToken(), got.GetExpiresAt().Time.Add(-t.skew)
	return t.token, nil
}

// wrongClock reports a refusal that may come from this machine's clock, and
// goes by the server's from then on.
func (t *appTokens) wrongClock(resp *hub.Response, err error) bool {
	if err == nil || resp == nil || resp.Response == nil || resp.StatusCode != http.StatusUnauthorized {
		return false
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return false
	}
	skew := date.Sub(t.now())
	if d := skew - t.skew; d.Abs() < 30*time.Second {
		return false
	}
	t.skew = skew
	return true
}

// appError is a GitHub App that gets no token.
type appError struct{ error }

func (e *appError) Unwrap() error { return e.error }

func (t *appTokens) refused(resp *hub.Response, err error) error {
	if resp == nil || resp.Response == nil {
		return err
	}
	text := fmt.Sprintf("GitHub answers %d to the app %d, which asks for a token for its installation %d", resp.StatusCode, t.app.ID, t.app.Installation)
	var answer *hub.ErrorResponse
	if errors.As(err, &answer) && answer.Message != "" {
		text += ": " + wire.OneLine(wire.Clip(answer.Message))
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		text += "; is the private key one of this app, and not deleted there?"
	case http.StatusNotFound:
		text += "; is the installation one of this app, and not removed?"
	case http.StatusForbidden:
		text += "; is the installation suspended?"
	}
	return &appError{errors.New(text)}
}

// current is the token in use, to be kept out of errors.
func (t *appTokens) current() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.token
}

// drop forgets a token that is no longer accepted.
func (t *appTokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

// signer says who asks.
type signer struct {
	base  http.RoundTripper
	token func(context.Context) (string, error)
	// drop is told of a token that is not accepted; nil: there is no other.
	drop func(token string)
}

// RoundTrip implements [http.RoundTripper]. A token may run out while package pace
// waits with the request beneath: with another the request is sent once more.
func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, token, err := s.send(r)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || s.drop == nil || r.Body != nil && r.GetBody == nil {
		return resp, err
	}
	s.drop(token)
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return resp, nil // the refusal is what there is to tell
		}
	}
	resp.Body.Close()
	resp, _, err = s.send(again)
	return resp, err
}

// send sends a request with a token.
func (s *signer) send(r *http.Request) (resp *http.Response, token string, err error) {
	token, err = s.token(r.Context())
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, "", err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err = s.base.RoundTrip(r)
	return resp, token, err
}
