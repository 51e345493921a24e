package pace_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"smokestack/connectors/pace"
)

// page is more than fits into the buffers between a server and its client.
var page = []byte(`{"issues":["` + strings.Repeat("0123456789", 20_000) + `"]}`)

// served starts a server that is bad for the first requests and good then, and
// returns its address and how many requests came.
func served(t *testing.T, badFor int64, bad http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	var n atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) <= badFor {
			bad(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(page)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handlers that panic on purpose
	server.Start()
	t.Cleanup(server.Close)
	return server, &n
}

// plain is a network of its own, without the environment's proxy.
func plain(t *testing.T) *http.Transport {
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	return base
}

// hijacked takes the connection and says what it likes.
func hijacked(say string, reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, say)
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0) // close by a reset
		}
		conn.Close()
	}
}

// Faults of real connections are failed attempts like any other.
func TestRealFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		bad  http.HandlerFunc
		text string // what an error says that stays; "" where an answer comes
	}{
		{"closed before an answer", hijacked("", false), "the connection was closed without an answer"},
		{"reset before an answer", hijacked("", true), ""},
		{"reset within the body", hijacked("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nxyz", true), ""},
		{"cut off within the body", hijacked("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nxyz", false), "the answer was cut off"},
		{"cut off within a chunk", hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nxyz", false), "the answer was cut off"},
		{"cut off within the headers", hijacked("HTTP/1.1 200 OK\r\nContent-Le", false), "the answer"}, // was cut off, or its headers are malformed
		{"no HTTP", hijacked("HELLO secret\r\n\r\n", false), "what answers does not speak HTTP"},
		{"malformed headers", hijacked("HTTP/1.1 200 OK\r\nsecret\r\n\r\n", false), "the answer's headers are malformed"},
		{"a chunk of nonsense", hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n", false), "the connection failed"},
		{"a handler that panics", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2000000")
			_, _ = w.Write(page)
			panic(http.ErrAbortHandler)
		}, "the answer was cut off"},
		{"a length that is too small", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "70")
			_, _ = w.Write(page[:70])
		}, ""},
		{"the connection's end is the body's, too early", hijacked("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"issues\":", false), ""},
		{"compression cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zipped(page)[:len(zipped(page))/2])
		}, "the answer was cut off"},
		{"no compression", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("secret words"))
		}, "the answer's compression is broken"},
		{"broken compression", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(append(zipped(nil)[:10], "secret words"...))
		}, "the answer's compression is broken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server, n := served(t, 2, tt.bad)
			tr := &pace.Transport{Base: plain(t), Rand: none}
			resp, err := (&http.Client{Transport: tr}).Do(request(pace.Repeatable(t.Context()), "POST", server.URL+"/search", "{}"))
			if !checkEnd(t, resp, err, 200, "") {
				return
			}
			if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, page) || resp.ContentLength != int64(len(page)) {
				t.Errorf("%d bytes, length %d, %v", len(got), resp.ContentLength, err)
			}
			if n.Load() != 3 || tr.Usage().Requests != 3 {
				t.Errorf("%d requests came, %+v", n.Load(), tr.Usage())
			}

			// And the same, all the way.
			n.Store(-1000)
			resp, err = tr.RoundTrip(request(pace.Repeatable(t.Context()), "POST", server.URL+"/search", "{}"))
			switch {
			case err != nil:
				if !strings.Contains(err.Error(), tt.text) || !strings.HasSuffix(err.Error(), "(5 attempts)") || strings.Contains(err.Error(), "secret") {
					t.Errorf("%v", err)
				}
			case tt.text != "" || resp.StatusCode != 200:
				t.Errorf("got status %d", resp.StatusCode)
			}
		})
	}
}

// A body that stalls ends with the attempt, or at once with the context.
func TestRealStall(t *testing.T) {
	t.Parallel()
	stall := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	server, n := served(t, 1, stall)
	tr := &pace.Transport{Base: plain(t), Rand: none, Limits: pace.Limits{Attempt: 500 * time.Millisecond}}
	resp, err := tr.RoundTrip(request(t.Context(), "GET", server.URL, ""))
	checkEnd(t, resp, err, 200, "")

	n.Store(-1000)
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(errEnough) })
	start := time.Now()
	resp, err = (&pace.Transport{Base: plain(t)}).RoundTrip(request(ctx, "GET", server.URL, ""))
	checkEnd(t, resp, err, 0, "enough (1 attempt)")
	if took := time.Since(start); !errors.Is(err, errEnough) || took > 10*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

func zipped(b []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, _ = w.Write(b)
	_ = w.Close()
	return buf.Bytes()
}

// Compression is net/http's business and stays so: asked for by it, undone by
// it; asked for by the caller, handed on. The bound is on what comes out.
func TestGzip(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("compression was not asked for")
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(zipped(page))
	}))
	t.Cleanup(server.Close)
	tr := &pace.Transport{Base: plain(t), Rand: none}
	resp, err := tr.RoundTrip(request(t.Context(), "GET", server.URL, ""))
	if !checkEnd(t, resp, err, 200, "") {
		return
	}
	if got, _ := io.ReadAll(resp.Body); !bytes.Equal(got, page) || resp.ContentLength != int64(len(page)) || !resp.Uncompressed {
		t.Errorf("%d bytes, length %d, uncompressed %t", len(got), resp.ContentLength, resp.Uncompressed)
	}

	req := request(t.Context(), "GET", server.URL, "")
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err = tr.RoundTrip(req)
	if !checkEnd(t, resp, err, 200, "") {
		return
	}
	if got, _ := io.ReadAll(resp.Body); !bytes.Equal(got, zipped(page)) || tr.Usage().Requests != 2 {
		t.Errorf("%d bytes, %+v", len(got), tr.Usage())
	}

	small := &pace.Transport{Base: plain(t), Limits: pace.Limits{Body: 10_000}}
	resp, err = small.RoundTrip(request(t.Context(), "GET", server.URL, ""))
	checkEnd(t, resp, err, 0, "the answer is too large: more than 10000 bytes (1 attempt)")
}

// Errors that asking again does not change end at once. Where net/http has no
// type for them their words count, so it is asked itself.
func TestHopeless(t *testing.T) {
	t.Parallel()
	open, _ := served(t, 0, nil)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) }))
	t.Cleanup(proxy.Close)

	with := func(change func(*http.Request)) *http.Request {
		req := request(t.Context(), "GET", open.URL+"/x", "")
		change(req)
		return req
	}
	notFound := &net.DNSError{Name: "acme.invalid", Err: "no such host", IsNotFound: true}
	dial := func(err error) http.RoundTripper {
		return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}}
	}
	var unknown x509.UnknownAuthorityError
	tests := []struct {
		name string
		base http.RoundTripper
		req  *http.Request
		text string
		as   any
	}{
		{"unknown host", dial(notFound), with(func(*http.Request) {}), "looking up acme.invalid: no such host", nil},
		{"certificate", plain(t), request(t.Context(), "GET", secure.URL, ""), "certificate signed by unknown authority", &unknown},
		{"https to http", plain(t), request(t.Context(), "GET", strings.Replace(open.URL, "http:", "https:", 1), ""), "the server speaks http where https was asked for", nil},
		{"scheme", plain(t), request(t.Context(), "GET", "gopher://acme.example/x", ""), "GET gopher://acme.example/x: the address has a scheme other than http and https", nil},
		{"token with a line break", plain(t), with(func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret\n") }), "a header of the request is malformed", nil},
		{"header's name", plain(t), with(func(r *http.Request) { r.Header["sec ret"] = []string{"1"} }), "a header of the request is malformed", nil},
		{"method", plain(t), with(func(r *http.Request) { r.Method = "sec ret" }), "the request's method is malformed", nil},
		{"no host", plain(t), with(func(r *http.Request) { r.URL = &url.URL{Scheme: "http", Path: "/x"}; r.Host = "" }), "the address names no host", nil},
		{"no URL", plain(t), with(func(r *http.Request) { r.URL = nil }), "the request has no address", nil},
		{"proxy with a bad address", &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
			return nil, fmt.Errorf("invalid proxy address %q: %v", "http://me:secret@:x", errEnough)
		}}, with(func(*http.Request) {}), "the proxy's address is malformed", nil},
		{"proxy asks for a password", &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
			return url.Parse(strings.Replace(proxy.URL, "http://", "http://me:secret@", 1))
		}}, request(t.Context(), "GET", secure.URL, ""), "the proxy asks for a password", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := &pace.Transport{Base: tt.base, Rand: none}
			resp, err := tr.RoundTrip(tt.req)
			checkEnd(t, resp, err, 0, tt.text)
			if tr.Usage().Requests != 1 || !strings.HasSuffix(err.Error(), "(1 attempt)") || strings.Contains(err.Error(), "secret") {
				t.Errorf("%+v: %v", tr.Usage(), err)
			}
			if tt.as != nil && !errors.As(err, tt.as) {
				t.Errorf("%#v is no %T", err, tt.as)
			}
		})
	}
}

// Errors that may pass are asked again about, in words that help.
func TestPassing(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }))
	t.Cleanup(proxy.Close)
	dial := func(err error) http.RoundTripper {
		return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
	}
	tests := []struct {
		name string
		base http.RoundTripper
		url  string
		text string
	}{
		{"refused connection", dial(&net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}),
			"http://acme.example", "dial tcp 192.0.2.1:443: " + syscall.ECONNREFUSED.Error()},
		{"resolver in trouble", dial(&net.DNSError{Name: "acme.example", Err: "server misbehaving", IsTemporary: true}), "http://acme.example", "looking up acme.example: server misbehaving"},
		{"resolver out of reach", dial(&net.DNSError{Name: "acme.example", Err: "no route"}), "http://acme.example", "looking up acme.example: no route"},
		{"not sure to be unknown", dial(&net.DNSError{Name: "acme.example", Err: "no such host", IsNotFound: true, IsTemporary: true}), "http://acme.example", "looking up acme.example: no such host"},
		{"time", dial(&net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}), "http://acme.example", "dial tcp: timed out"},
		{"proxy in trouble", &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }}, "https://acme.example", "the proxy refused: Bad Gateway"},
		{"anything else", dial(errors.New("secret")), "http://acme.example", "GET http://acme.example: the connection failed (5 attempts)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := &pace.Transport{Base: tt.base, Rand: none}
			resp, err := tr.RoundTrip(request(t.Context(), "GET", tt.url, ""))
			checkEnd(t, resp, err, 0, tt.text)
			if tr.Usage().Requests != 5 {
				t.Errorf("%+v", tr.Usage())
			}
		})
	}
}

// The zero transport works, and its connections can be closed.
func TestZero(t *testing.T) {
	t.Parallel()
	server, _ := served(t, 0, nil)
	var tr pace.Transport
	resp, err := tr.RoundTrip(request(t.Context(), "GET", server.URL, ""))
	checkEnd(t, resp, err, 200, "")
	(&http.Client{Transport: &tr}).CloseIdleConnections()
	if tr.Usage() != (pace.Usage{Requests: 1}) {
		t.Errorf("%+v", tr.Usage())
	}
}

// Nothing secret is in what a transport says, whatever goes wrong and however
// a server or a proxy echoes it.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const token = "tok3n-of-acme"
	encoded := base64.StdEncoding.EncodeToString([]byte("me:" + token))
	everywhere := "Retry-After: " + token + "\nRateLimit-Reason: jira-quota-" + token + "\nX-RateLimit-Reset: " + token +
		"\nX-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 0.01\nX-Echo: " + token
	echo := func(say string) http.RoundTripper {
		server, _ := served(t, 1<<40, hijacked(say, false))
		return roundTripper(func(req *http.Request) (*http.Response, error) {
			req.URL.Scheme, req.URL.Host = "http", server.Listener.Addr().String()
			return plain(t).RoundTrip(req)
		})
	}
	bases := map[string]func() http.RoundTripper{
		"limit": func() http.RoundTripper { return newNetwork(answer{status: 429, header: everywhere, body: token}) },
		"burst": func() http.RoundTripper {
			return newNetwork(answer{status: 429, header: "Retry-After: 3600", body: token})
		},
		"403": func() http.RoundTripper {
			return newNetwork(answer{status: 403, header: github + everywhere, body: token})
		},
		"503":   func() http.RoundTripper { return newNetwork(answer{status: 503, header: everywhere, body: token}) },
		"error": func() http.RoundTripper { return newNetwork(answer{err: errors.New("it was " + token)}) },
		"url": func() http.RoundTripper {
			return newNetwork(answer{err: &url.Error{Op: "Get", URL: token, Err: io.EOF}})
		},
		"large":    func() http.RoundTripper { return newNetwork(answer{status: 200, body: strings.Repeat(token, 100)}) },
		"status":   func() http.RoundTripper { return echo("HTTP/1.1 " + token + "\r\n\r\n") },
		"words":    func() http.RoundTripper { return echo("HTTP/1.1 503 " + token + "\r\nRetry-After: 600\r\n\r\n") },
		"no HTTP":  func() http.RoundTripper { return echo(token + "\r\n\r\n") },
		"header":   func() http.RoundTripper { return echo("HTTP/1.1 200 OK\r\n" + token + "\r\n\r\n") },
		"length":   func() http.RoundTripper { return echo("HTTP/1.1 200 OK\r\nContent-Length: " + token + "\r\n\r\n") },
		"encoding": func() http.RoundTripper { return echo("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + token + "\r\n\r\n") },
		"cut off":  func() http.RoundTripper { return echo("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + token) },
		"proxy": func() http.RoundTripper {
			return &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
				return nil, errors.New(`parse "http://me:` + token + `@proxy.example": invalid port`)
			}}
		},
		"proxy's refusal": func() http.RoundTripper {
			server, _ := served(t, 1<<40, hijacked("HTTP/1.1 403 "+token+"\r\n\r\n", false))
			return &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", User: url.UserPassword("me", token), Host: server.Listener.Addr().String()})}
		},
	}
	for name, base := range bases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said []string
			limits := pace.Limits{Attempts: 2, Wait: 2 * time.Second, Body: 100}
			tr := &pace.Transport{Base: base(), Rand: func() float64 { return 1e-6 }, Limits: limits, Waiting: func(w pace.Wait) { said = append(said, w.Why) }}
			for range 2 { // the second may meet what the first left behind
				req := request(pace.Repeatable(t.Context()), "POST", "https://me:"+token+"@acme.example/rest/search?access_token="+token+"#"+token, `{"jql":"`+token+`"}`)
				req.Header.Set("Authorization", "Basic "+encoded)
				req.Header.Set("Cookie", token)
				resp, err := tr.RoundTrip(req)
				if err != nil {
					said = append(said, err.Error())
				} else if resp.StatusCode < 400 {
					t.Errorf("it went well: %d", resp.StatusCode)
				}
			}
			if len(said) == 0 {
				t.Error("it said nothing")
			}
			for _, text := range said {
				if strings.Contains(text, token) || strings.Contains(text, encoded) || !strings.HasPrefix(text, "POST https://acme.example/rest/search: ") {
					t.Errorf("it said %q", text)
				}
			}
			t.Log(said)
		})
	}
}
