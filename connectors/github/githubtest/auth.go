package githubtest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// App is a GitHub App with one installation.
type App struct {
	ID, Installation int64
	Key              *rsa.PublicKey // what its requests are signed with; nil: nobody looks
	Account          string         // where it is installed; "" is acme
	Repositories     []string       // what it may read; nil: all of the account's
}

// tokenLife is how long a token of an installation is good.
const tokenLife = time.Hour

// credentials are what a request came with.
func (c *call) credentials() string {
	h := c.r.Header.Get("Authorization")
	if _, pass, ok := c.r.BasicAuth(); ok {
		return pass
	}
	for _, scheme := range []string{"Bearer ", "bearer ", "token ", "Token "} {
		if token, ok := strings.CutPrefix(h, scheme); ok {
			return token
		}
	}
	return ""
}

// authenticate refuses who has no good token.
func (c *call) authenticate() (answer, bool) {
	token := c.credentials()
	if c.opts.Token == "" && c.opts.App == nil {
		return answer{}, false
	}
	if token != "" && token == c.opts.Token {
		return answer{}, false
	}
	c.s.countMu.Lock()
	until, ok := c.s.tokens[token]
	c.s.countMu.Unlock()
	if ok && c.w.tick().Before(until) {
		return answer{}, false
	}
	if token == "" {
		return c.refuse(http.StatusUnauthorized, "Requires authentication"), true
	}
	return c.refuse(http.StatusUnauthorized, "Bad credentials"), true
}

// appOnly refuses who does not ask as the app itself.
func (c *call) appOnly() (answer, bool) {
	if c.opts.App == nil {
		return c.notFound(), true
	}
	if why := c.opts.App.verify(c.credentials(), c.w.tick()); why != "" {
		return c.refuse(http.StatusUnauthorized, why), true
	}
	return answer{}, false
}

// verify checks a signed request of an app as GitHub does: who, from when, until
// when, and by which key. It returns GitHub's words for what is wrong.
func (a *App) verify(token string, now time.Time) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "A JSON web token could not be decoded"
	}
	var claims struct {
		Iss any   `json:"iss"`
		Iat int64 `json:"iat"`
		Exp int64 `json:"exp"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		return "A JSON web token could not be decoded"
	}
	iss := fmt.Sprint(claims.Iss)
	if f, ok := claims.Iss.(float64); ok {
		iss = strconv.FormatInt(int64(f), 10)
	}
	switch {
	case iss != itoa(a.ID):
		return "'Issuer' claim ('iss') must be an Integer"
	case claims.Exp <= now.Unix():
		return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	case claims.Exp > now.Add(10*time.Minute).Unix():
		return "'Expiration time' claim ('exp') is too far in the future"
	case claims.Iat > now.Unix():
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	case a.Key == nil:
		return ""
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(a.Key, crypto.SHA256, sum[:], sig) != nil {
		return "A JSON web token could not be decoded"
	}
	return ""
}

func (a *App) account() string {
	if a.Account == "" {
		return "acme"
	}
	return a.Account
}

// accessToken hands out a token of an installation.
func (c *call) accessToken() answer {
	if a, refused := c.appOnly(); refused {
		return a
	}
	if c.args["installation"] != itoa(c.opts.App.Installation) {
		return c.notFound()
	}
	c.s.countMu.Lock()
	c.s.issued++
	token := "ghs_" + hash("installation", c.s.issued)
	until := c.w.tick().Add(tokenLife)
	c.s.tokens[token] = until
	c.s.countMu.Unlock()
	return jsonAnswer(http.StatusCreated, object{
		"token": token, "expires_at": until.Format(time.RFC3339), "permissions": object{"issues": "read", "pull_requests": "read", "metadata": "read", "contents": "read", "organization_projects": "read"},
		"repository_selection": "all",
	})
}

func (c *call) installation() object {
	a := c.opts.App
	return object{"id": a.Installation, "app_id": a.ID, "account": c.ownerObject(c.w.owners[strings.ToLower(a.account())]), "target_type": "Organization", "repository_selection": "all"}
}
