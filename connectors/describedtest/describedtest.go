// Package describedtest holds exchanges with a tracker's interface to the
// vendor's descriptions of it, in OpenAPI. They are not part of the project: see
// the folder "shared" beside it.
package describedtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"smokestack/connectors/playtest"
)

// Exception is where a played tracker departs from the description on purpose:
// what live sites do beats what the description says. Pointer and Reason are
// regular expressions; in Where, such as "answer to GET /issues/{}", a .* is any
// text.
type Exception struct{ Where, Pointer, Reason, Why string }

// Contract holds exchanges to the descriptions.
type Contract struct {
	Docs       []*openapi3.T
	exceptions []Exception
	patterns   [][3]*regexp.Regexp // of the exceptions
	met        map[int]bool
	opts       *openapi3filter.Options
}

// New reads descriptions by the names of their files. The test is skipped where
// one is not at hand.
func New(t *testing.T, exceptions []Exception, names ...string) *Contract {
	t.Helper()
	c := &Contract{exceptions: exceptions, met: map[int]bool{}}
	for _, name := range names {
		path, err := playtest.Description(name)
		if errors.Is(err, playtest.ErrNoDescription) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		doc, err := openapi3.NewLoader().LoadFromFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c.Docs = append(c.Docs, doc)
	}
	for _, e := range exceptions {
		where := strings.ReplaceAll(regexp.QuoteMeta(e.Where), `\.\*`, ".*")
		c.patterns = append(c.patterns, [3]*regexp.Regexp{regexp.MustCompile("^" + where + "$"), regexp.MustCompile("^" + e.Pointer + "$"), regexp.MustCompile(e.Reason)})
	}
	check := func(ok func(string) bool) openapi3.StringFormatValidator {
		return openapi3.NewCallbackValidator(func(s string) error {
			if ok(s) {
				return nil
			}
			return errors.New("not of the format")
		})
	}
	c.opts = &openapi3filter.Options{
		MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeReadOnlyValidations: true,
		RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
				"date-time": check(func(s string) bool { _, err := time.Parse(time.RFC3339, s); return err == nil }),
				"uri":       check(func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() }),
			}),
			openapi3.EnableFormatValidation(),
		},
	}
	return c
}

// Describes reports whether the descriptions have what a request asks for.
func (c *Contract) Describes(r *http.Request) bool {
	at, _ := c.route(r)
	return at != nil
}

// route finds what the descriptions say of a request.
func (c *Contract) route(r *http.Request) (*routers.Route, map[string]string) {
	for _, doc := range c.Docs {
		for _, pattern := range doc.Paths.InMatchingOrder() {
			item := doc.Paths.Value(pattern)
			params, ok := match(pattern, r.URL.EscapedPath())
			if op := item.GetOperation(r.Method); ok && op != nil {
				return &routers.Route{Spec: doc, Path: pattern, PathItem: item, Method: r.Method, Operation: op}, params
			}
		}
	}
	return nil, nil
}

// match compares a path with a pattern and returns what stands for each {name}.
func match(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	params := map[string]string{}
	for i, p := range want {
		if !strings.HasPrefix(p, "{") {
			if p != have[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(have[i])
		if err != nil || value == "" {
			return nil, false
		}
		params[strings.Trim(p, "{}")] = value
	}
	return params, true
}

// Violation is a departure from a description.
type Violation struct{ Where, Pointer, Reason string }

// Flatten takes nested errors apart.
func Flatten(where string, err error) []Violation {
	var out []Violation
	switch e := err.(type) {
	case nil:
	case openapi3.MultiError:
		for _, one := range e {
			out = append(out, Flatten(where, one)...)
		}
	case *openapi3filter.RequestError:
		if e.Err != nil {
			if e.Parameter != nil {
				where += "/" + e.Parameter.Name
			}
			return Flatten(where, e.Err)
		}
		out = append(out, Violation{where, "", e.Error()})
	case *openapi3filter.ResponseError:
		if e.Err != nil {
			return Flatten(where, e.Err)
		}
		out = append(out, Violation{where, "", e.Reason})
	case *openapi3.SchemaError:
		if e.SchemaField == "allOf" { // one of the schemas says why
			for inner := errors.Unwrap(e.Origin); inner != nil; inner = errors.Unwrap(inner) {
				if list, ok := inner.(openapi3.MultiError); ok {
					return Flatten(where, list)
				}
			}
		}
		pointer := strings.Join(e.JSONPointer(), "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
		out = append(out, Violation{where, pointer, strings.TrimSpace(e.SchemaField + ": " + e.Reason)})
	default:
		out = append(out, Violation{where, "", err.Error()})
	}
	return out
}

var (
	anyName   = regexp.MustCompile(`\{[^}]*\}`)
	anyNumber = regexp.MustCompile(`/[0-9]+`)
)

// Check returns how an exchange departs from the descriptions, exceptions left
// out. What is not described is a violation, too.
func (c *Contract) Check(r *http.Request, in []byte, status int, header http.Header, body []byte) []string {
	at, params := c.route(r)
	if at == nil {
		return []string{r.Method + " " + r.URL.Path + " is not described"}
	}
	name := r.Method + " " + anyName.ReplaceAllString(at.Path, "{}")
	ctx := context.Background()
	r = r.Clone(ctx)
	r.Body = io.NopCloser(bytes.NewReader(in))
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: at, Options: c.opts}
	all := Flatten("request "+name, openapi3filter.ValidateRequest(ctx, input))
	all = append(all, Flatten("answer to "+name, openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Options: c.opts,
	}))...)
	var out []string
	for _, v := range all {
		if !c.excepted(v) {
			out = append(out, fmt.Sprintf("%s (%d): %s: %s", v.Where, status, anyNumber.ReplaceAllString(v.Pointer, "/N"), v.Reason))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *Contract) excepted(v Violation) bool {
	for i, p := range c.patterns {
		if p[0].MatchString(v.Where) && p[1].MatchString(v.Pointer) && p[2].MatchString(v.Reason) {
			c.met[i] = true
			return true
		}
	}
	return false
}

// Met asks that every exception was met.
func (c *Contract) Met(t *testing.T) {
	t.Helper()
	for i, e := range c.exceptions {
		if !c.met[i] {
			t.Errorf("the exception for %s %s is never met", e.Where, e.Pointer)
		}
	}
}
