package github

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
)

// The token of an app runs out while a request waits and is repeated: it is sent
// again with another.
func TestAppTokenRunsOutWhileWaiting(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	synctest.Test(t, func(t *testing.T) {
		w := githubtest.NewWorld(time.Now)
		w.Repository(repo)
		w.Open(repo, "ana", "One", "")
		hub := githubtest.NewServer(githubtest.Options{App: &githubtest.App{ID: 7, Installation: 8, Key: &key.PublicKey}}, w)
		site, err := NewSite(Options{App: &App{ID: 7, Installation: 8, Key: text}, Base: hub.Transport(), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connectors.Pull(t.Context(), site.Repository("acme", "shop"), connectortest.NewSink(), nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(54*time.Minute + 30*time.Second) // 5:30 are left of the token's hour
		n := 0
		hub.Fault(func(*http.Request, int) githubtest.Fault {
			if n++; n <= 4 {
				return githubtest.Fault{Kind: githubtest.SecondaryWait, After: 100 * time.Second}
			}
			return githubtest.Fault{}
		})
		if _, err := connectors.Pull(t.Context(), site.Repository("acme", "shop"), connectortest.NewSink(), nil); err != nil {
			t.Errorf("a token that ran out during waits ends the pull: %v", err)
		}
		hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
			return githubtest.Fault{Kind: githubtest.Unauthorized}
		})
		if _, err := connectors.Pull(t.Context(), site.Repository("acme", "shop"), connectortest.NewSink(), nil); err == nil {
			t.Error("credentials that are never accepted are no error")
		}
	})
}
