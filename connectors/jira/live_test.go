package jira

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
)

// The live source against a Jira that is played, of Cloud and of a Data Center.

const secret = "s3cr3t-T0ken-of-nobody"

var instantNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// play makes a Jira of the mode that tells what the source tells.
func play(tb testing.TB, mode jiratest.Mode, src connectors.Source, change ...func(*jiratest.Options)) *jiratest.Server {
	tb.Helper()
	o := jiratest.Options{Mode: mode, BaseURL: "https://demo.example", Token: secret, Now: func() time.Time { return instantNow }}
	if mode == jiratest.Cloud {
		o.Email = "ops@demo.example"
	}
	for _, c := range change {
		c(&o)
	}
	s, err := jiratest.NewServer(o, src)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// site is the way to a played Jira.
func site(tb testing.TB, s *jiratest.Server, mode jiratest.Mode, change ...func(*Options)) *Site {
	tb.Helper()
	o := Options{URL: "https://demo.example", Token: secret, Base: s.Transport(), Now: func() time.Time { return instantNow }}
	if mode == jiratest.Cloud {
		o.Email = "ops@demo.example"
	}
	for _, c := range change {
		c(&o)
	}
	out, err := NewSite(o)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func pullAll(tb testing.TB, sink connectors.Sink, sources ...connectors.Source) {
	tb.Helper()
	for _, src := range sources {
		if _, err := connectors.Pull(tb.Context(), src, sink, nil); err != nil {
			tb.Fatal(err)
		}
	}
}

func modes(t *testing.T, run func(t *testing.T, mode jiratest.Mode)) {
	for _, mode := range []jiratest.Mode{jiratest.Cloud, jiratest.DataCenter} {
		t.Run(mode.String(), func(t *testing.T) { run(t, mode) })
	}
}

func TestTry(t *testing.T) {
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		s := play(t, mode, demo.New(demo.Options{Teams: 3, Items: 700}))
		projects := map[string]bool{}
		for _, k := range s.Keys() {
			p, _, _ := strings.Cut(k, "-")
			projects[p] = true
		}
		st := site(t, s, mode)
		sink := connectortest.NewSink()
		for p := range projects {
			pullAll(t, sink, st.Project(p))
		}
		want := keep(t, s.Source())
		want.forget()
		d := connectortest.Difference(want.facts(t), sink.Facts())
		t.Log(len(d), d[:min(len(d), 3000)])
		fmt.Println(s.Count())
	})
}
