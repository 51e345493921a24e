package wire_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smokestack/connectors"
	"smokestack/connectors/wire"
)

func TestAddress(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{"https://Acme.Example/", "https://acme.example", ""},
		{" https://acme.example/git/ ", "https://acme.example/git", ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"http://localhost", "http://localhost", ""},
		{"http://acme.example", "", "use https"},
		{"acme.example", "", "is no address"},
		{"ftp://acme.example", "", "is no address"},
		{"https://ana:secret@acme.example", "", "holds credentials; give them as TOKEN"},
		{"ana:secret@acme.example", "", "is no address"},
		{"https://acme.example?token=secret", "", "ends in a query"},
		{"https://acme.example#secret", "", "ends in a query"},
	} {
		u, err := wire.Address(c.in, "https://acme.example", "TOKEN")
		switch {
		case c.err == "" && (err != nil || u.String() != c.want):
			t.Errorf("%q: %v, %v, want %s", c.in, u, err, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%q: error %v, want %q", c.in, err, c.err)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("%q: the error tells a secret: %v", c.in, err)
		}
	}
}

// TestOnlyHost sends a request on to another host, and one there directly.
func TestOnlyHost(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/round" {
			http.Redirect(w, r, "/round", http.StatusFound)
			return
		}
		http.Redirect(w, r, other.URL+"/login", http.StatusFound)
	}))
	defer home.Close()
	guard := &wire.OnlyHost{Scheme: "http", Host: strings.TrimPrefix(home.URL, "http://"), Base: http.DefaultTransport}
	client := &http.Client{Transport: guard, CheckRedirect: guard.Redirected}
	_, err := client.Get(home.URL)
	if err = wire.Unreached(t.Context(), home.URL, "forge", err); !errors.Is(err, connectors.ErrRefused) || !strings.Contains(err.Error(), other.URL) {
		t.Errorf("a redirect elsewhere: %v", err)
	}
	if _, err := client.Get(home.URL + "/round"); err == nil || !strings.Contains(err.Error(), "without end") {
		t.Errorf("redirects in a ring: %v", err)
	}
	if _, err := client.Get(other.URL); err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Errorf("another host: %v", err)
	}
	if reached {
		t.Error("a request reached another host")
	}
}

func TestSecretsAndTexts(t *testing.T) {
	hide := wire.Secrets("", "a+b/c")
	if got := hide.Replace("a+b/c a%2Bb%2Fc a+b%2Fc x"); got != "(token) (token) (token) x" {
		t.Errorf("replaced: %s", got)
	}
	if err := wire.Safe(connectors.ErrRefused, wire.Secrets("refused")); err.Error() != "(token)" || !errors.Is(err, connectors.ErrRefused) {
		t.Errorf("safe error: %v", err)
	}
	if got := wire.OneLine("a\nb\x1b[31m\u202ec\u2028 "); got != "a b[31mc" {
		t.Errorf("one line: %q", got)
	}
	if got := wire.Clip(strings.Repeat("é", 200)); len(got) > 310 || !strings.HasSuffix(got, "é…") {
		t.Errorf("clipped: %q", got)
	}
	if !wire.Unsendable("a\nb") || !wire.Unsendable("ä") || wire.Unsendable("github_pat_1A") {
		t.Error("what a header can hold is told wrongly")
	}
}

// TestAnswers tells answers that are no data from other errors, wherever they
// stand in one.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		err    error
		want   string
		status int
	}{
		{&wire.AnswerError{Tracker: "Forge", Status: 404, What: "user"}, "Forge answers 404 to user", 404},
		{&wire.AnswerError{Tracker: "Forge", Status: 403, What: "user", Reason: "not you"}, "Forge answers 403 to user: not you", 403},
		{fmt.Errorf("%w (%w)", connectors.ErrRefused, &wire.AnswerError{Tracker: "Forge", Status: 401, What: "user"}), "refused (Forge answers 401 to user)", 401},
		{wire.Safe(&wire.AnswerError{Tracker: "Forge", Status: 400, What: "user", Reason: "bad 17"}, wire.Secrets("17")), "Forge answers 400 to user: bad (token)", 400},
		{connectors.ErrRefused, "refused", 0},
	} {
		if got := wire.StatusOf(c.err); got != c.status || c.err.Error() != c.want {
			t.Errorf("%v of status %d, want %s of status %d", c.err, got, c.want, c.status)
		}
	}
	if got := wire.StatusOf(nil); got != 0 {
		t.Errorf("no error has status %d", got)
	}
}

func TestTransportCA(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{empty, filepath.Join(dir, "absent.pem")} {
		if _, err := wire.Transport(path); err == nil {
			t.Errorf("%s is taken for certificates", path)
		}
	}
}

// TestRecorder keeps what is an answer, numbered on from an earlier recording,
// and nothing about who asked.
func TestRecorder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bad":
			w.WriteHeader(http.StatusForbidden)
		case "/text":
			w.Write([]byte("no JSON"))
			return
		}
		w.Write([]byte(`{"a":1}`))
	}))
	defer server.Close()
	ask := func(r *wire.Recorder, ctx context.Context, path string) {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+path, strings.NewReader(`{"q":2}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer secret")
		resp, err := r.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	for range 2 {
		r := &wire.Recorder{Dir: dir, Base: http.DefaultTransport, Name: func(r *http.Request) string { return r.URL.Path }}
		r.About("https://acme.example", 17)
		ask(r, t.Context(), "/x/good")
		ask(r, t.Context(), "/bad")
		ask(r, t.Context(), "/text")
		ask(r, wire.Unkept(t.Context()), "/good")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 || filepath.Base(files[0]) != "000001-x-good.json" || filepath.Base(files[1]) != "000002-x-good.json" {
		t.Fatalf("kept: %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"url": server.URL + "/x/good", "site": "https://acme.example", "seen": 17.0, "request": map[string]any{"q": 2.0}, "data": map[string]any{"a": 1.0}}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("kept %s, want %s", a, b)
	}
}
