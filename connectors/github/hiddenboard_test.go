package github

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/wire"
)

// An item on a board that is hidden costs nobody else on its page the column.
func TestHiddenBoardLeavesOtherColumns(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	w := s.world
	board := w.Board("acme", "Work", "Todo", "Done")
	a := w.Open(repo, "ana", "A", "")
	s.clock.pass(time.Minute)
	b := w.Open(repo, "ana", "B", "")
	w.Move(a, "ana", board, "Todo")
	s.clock.pass(time.Hour)
	s.mustPull()
	s.clock.pass(time.Hour)
	// A and B are updated and share a page; the board of B is hidden from the token.
	w.Touch(a)
	s.clock.pass(time.Minute)
	w.Touch(b)
	s.clock.pass(time.Hour)
	hidden := 0
	s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
		body := bodyOf(r)
		if strings.Contains(body, "query Issues") && strings.Contains(body, "projectItems") && !strings.Contains(body, `"first":1,`) {
			hidden++
			return answerOf(`{"data":{"repository":{"issues":{"nodes":[{"id":"x"},{"id":"y"}]}}},"errors":[{"type":"FORBIDDEN","path":["repository","issues","nodes",1,"projectItems","nodes",0,"project"],"message":"Resource not accessible by personal access token"}]}`)
		}
		return githubtest.Fault{}
	})
	s.mustPull()
	s.hub.Fault(nil)
	if hidden == 0 {
		t.Error("no page held a hidden board")
	}
	s.clock.pass(48 * time.Hour)
	s.mustPull()
	s.same("a page that two items shared, of which one was on a hidden board")
}

// However a page with hidden boards is cut, it comes to an item by itself.
func TestBeforeHiddenBoards(t *testing.T) {
	for _, c := range []struct {
		paths  []string
		size   int
		few    int
		boards bool
	}{
		{[]string{`["repository","issues","nodes",7,"projectItems","nodes",0]`, `["repository","issues","nodes",3,"projectItems","nodes",0,"project"]`}, 50, 3, true},
		{[]string{`["nodes",7,"projectItems","nodes",0]`}, 50, 7, true},
		{[]string{`["nodes",0,"projectItems","nodes",0]`}, 50, 1, false},
		{[]string{`["nodes",0,"projectItems","nodes",0]`}, 1, 1, false},
		{[]string{`["nodes",7,"projectItems","nodes",0]`}, 7, 1, true},
		{[]string{`["node","projectItems","nodes",70]`}, 1, 1, false},
		{[]string{`["node","projectItems"]`}, 50, 1, true},
		{[]string{`["node","projectItems"]`}, 1, 1, false},
	} {
		text := `{"data":{},"errors":[`
		for i, p := range c.paths {
			if i > 0 {
				text += ","
			}
			text += `{"type":"FORBIDDEN","path":` + p + `,"message":"no"}`
		}
		if few, boards := faultsOf(gjson.Parse(text + "]}")).before(c.size); few != c.few || boards != c.boards {
			t.Errorf("%v of %d: %d %t, want %d %t", c.paths, c.size, few, boards, c.few, c.boards)
		}
	}
}

// An issue over which GitHub times out does not hold up the repository, and is
// said to be missing; a GitHub that is down is an error.
func TestGatewayOverOneItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, githubtest.Options{Token: "secret"})
		s.world.Open(repo, "ana", "Heavy", "")
		s.clock.pass(time.Hour)
		s.world.Open(repo, "ana", "Light", "")
		s.clock.pass(time.Hour)
		s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
			body := bodyOf(r)
			if strings.Contains(body, "query Issues") && strings.Contains(body, `"after":null`) || strings.Contains(body, "query Nodes") {
				return githubtest.Fault{Kind: githubtest.Status502}
			}
			return githubtest.Fault{}
		})
		for i := range 3 {
			s.clock.pass(24 * time.Hour)
			if _, err := s.pull(); err != nil {
				t.Errorf("one issue over which GitHub times out holds up the whole repository, at every pull: %v", err)
			}
			notes := strings.Join(s.sink.Facts().Notes, "\n")
			if i == 0 && !strings.Contains(notes, "gives up") {
				t.Errorf("nothing tells of what is missing: %s", notes)
			}
		}
		if n := len(s.sink.Facts().Records); n != 1 {
			t.Errorf("%d records, want the light one", n)
		}
		s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
			if strings.Contains(bodyOf(r), "query repository") {
				return githubtest.Fault{}
			}
			return githubtest.Fault{Kind: githubtest.Status502}
		})
		if _, err := s.pull(); wire.StatusOf(err) != http.StatusBadGateway {
			t.Errorf("a GitHub that is down: %v", err)
		}
	})
}
