package githubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func objectOf(t *testing.T, s *Server, path string) map[string]any {
	t.Helper()
	resp := get(t, s, path)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	var out map[string]any
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%s: %s: %s", path, resp.Status, body)
	}
	return out
}

// events are the names of what an issue's timeline has.
func events(t *testing.T, s *Server, path string) string {
	t.Helper()
	var out []string
	for _, e := range listOf(t, s, path+"/timeline?per_page=100") {
		out = append(out, e["event"].(string))
	}
	return strings.Join(out, " ")
}

func TestWhatHappensLeavesEvents(t *testing.T) {
	s := NewServer(Options{}, shop(newClock()))
	mustBe(t, "the issue", events(t, s, "/repos/acme/shop/issues/2"), "parent_issue_added blocked_by_added labeled assigned milestoned issue_type_added added_to_project_v2 project_v2_item_status_changed "+
		"project_v2_item_status_changed connected commented closed project_v2_item_status_changed")
	mustBe(t, "its parent", events(t, s, "/repos/acme/shop/issues/1"), "sub_issue_added sub_issue_added")
	mustBe(t, "what blocked it", events(t, s, "/repos/acme/pay/issues/1"), "parent_issue_added blocking_added closed")
	mustBe(t, "the pull request", events(t, s, "/repos/acme/shop/issues/3"), "committed connected ready_for_review review_requested reviewed line-commented line-commented merged closed")
	is := objectOf(t, s, "/repos/acme/shop/issues/2")
	mustBe(t, "its state", fmt.Sprint(is["state"], " ", is["state_reason"]), "closed completed")
	// Closed an hour after the review; the board does not count as an update.
	mustBe(t, "its update", is["updated_at"].(string), began.Add(27*time.Hour).Format(time.RFC3339))
	mustBe(t, "its dependencies", fmt.Sprint(is["issue_dependencies_summary"]), "map[blocked_by:0 blocking:0 total_blocked_by:1 total_blocking:0]")
}

func TestMovesOnABoardAreNoUpdate(t *testing.T) {
	c := newClock()
	w := shop(c)
	s := NewServer(Options{}, w)
	before := objectOf(t, s, "/repos/acme/shop/issues/1")["updated_at"]
	c.pass(time.Hour)
	w.Move("acme/shop#1", "ana", "acme/Work", "Todo")
	mustBe(t, "after a move", objectOf(t, s, "/repos/acme/shop/issues/1")["updated_at"], before)
	w.Touch("acme/shop#1")
	mustBe(t, "after a touch", objectOf(t, s, "/repos/acme/shop/issues/1")["updated_at"], any(c.at.Format(time.RFC3339)))
	w.RenameStatus("acme/Work", "Todo", "To do")
	got := query(t, s, `{ repository(owner: "acme", name: "shop") { issue(number: 1) {
		projectItems(first: 1) { nodes { fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } } } }
		timelineItems(first: 9, itemTypes: PROJECT_V2_ITEM_STATUS_CHANGED_EVENT) { nodes { ... on ProjectV2ItemStatusChangedEvent { status } } } } } }`, nil)
	data, err := json.Marshal(got.Data)
	must(t, err)
	mustBe(t, "a renamed status", string(data), `{"repository":{"issue":{"projectItems":{"nodes":[{"fieldValueByName":{"name":"To do"}}]},"timelineItems":{"nodes":[{"status":"Todo"}]}}}}`)
	w.TakeOff("acme/shop#1", "ana", "acme/Work")
	w.Forget("acme/shop#2")
	mustBe(t, "taken off", strings.HasSuffix(events(t, s, "/repos/acme/shop/issues/1"), "removed_from_project_v2"), true)
	mustBe(t, "forgotten", strings.Contains(events(t, s, "/repos/acme/shop/issues/2"), "project"), false)
}

func TestNamesLeadOn(t *testing.T) {
	c := newClock()
	w := shop(c)
	s := NewServer(Options{}, w)
	w.RenameRepository("acme/shop", "acme/store")
	moved := get(t, s, "/repos/acme/shop/issues?state=all&per_page=1")
	mustBe(t, "status at the old name", moved.StatusCode, http.StatusMovedPermanently)
	list, _ := pages(t, s, moved.Header.Get("Location"))
	mustBe(t, "issues there", len(list), 3)
	mustBe(t, "their name now", list[0]["repository_url"].(string), "https://api.github.com/repos/acme/store")
	for q, want := range map[string]string{
		`{ repository(owner: "ACME", name: "Shop") { nameWithOwner } }`:                       `acme/store`,
		`{ repository(owner: "acme", name: "shop", followRenames: false) { nameWithOwner } }`: `NOT_FOUND`,
		`{ repository(owner: "acme", name: "nothing") { nameWithOwner } }`:                    `NOT_FOUND`,
		`{ organization(login: "acme") { repository(name: "shop") { nameWithOwner } } }`:      `acme/store`,
		`{ repositoryOwner(login: "acme") { ... on Organization { login } } }`:                `acme`,
		`{ user(login: "acme") { login } }`:                                                   `NOT_FOUND`,
	} {
		got := query(t, s, q, nil)
		if text := fmt.Sprint(got); !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %s", q, text, want)
		}
	}
	key := w.Transfer("acme/store#2", "ana", "acme/pay")
	mustBe(t, "the key of what was transferred", key, "acme/pay#2")
	old := get(t, s, "/repos/acme/store/issues/2")
	mustBe(t, "where it was", fmt.Sprint(old.StatusCode, old.Header.Get("Location")), "301https://api.github.com/repos/acme/pay/issues/2")
	mustBe(t, "its last event", strings.HasSuffix(events(t, s, "/repos/acme/pay/issues/2"), " transferred"), true)
	mustBe(t, "sub-issues of its parent", len(listOf(t, s, "/repos/acme/store/issues/1/sub_issues")), 2)
	mustBe(t, "numbers are used once", w.Open("acme/store", "ana", "Next", ""), "acme/store#4")
}

func TestWhatIsGone(t *testing.T) {
	w := shop(newClock())
	s := NewServer(Options{}, w)
	id := objectOf(t, s, "/repos/acme/pay/issues/1")["node_id"].(string)
	ask := func() reply {
		return query(t, s, `query($id: ID!) { nodes(ids: [$id]) { id } repository(owner: "acme", name: "shop") { issue(number: 1) { subIssuesSummary { total } subIssues(first: 9) { totalCount nodes { number } } } } }`, map[string]any{"id": id})
	}
	w.Hide("acme/pay")
	got := ask()
	sub := got.Data["repository"].(map[string]any)["issue"].(map[string]any)["subIssues"].(map[string]any)
	mustBe(t, "sub-issues that count", sub["totalCount"].(float64), 2)
	mustBe(t, "sub-issues", fmt.Sprint(sub["nodes"]), "[map[number:2] <nil>]")
	mustBe(t, "the hidden one", errorsOf(got), "NOT_FOUND at [nodes 0]")
	mustBe(t, "by REST", fmt.Sprint(len(listOf(t, s, "/repos/acme/shop/issues/1/sub_issues")), get(t, s, "/repos/acme/pay").StatusCode), "1 404")
	w.Show("acme/pay")
	mustBe(t, "shown again", len(ask().Errors), 0)
	w.Delete("acme/pay#1")
	mustBe(t, "deleted", fmt.Sprint(errorsOf(ask()), get(t, s, "/repos/acme/pay/issues/1").StatusCode), "NOT_FOUND at [nodes 0]410")
	w.DeleteUser("cy")
	is := objectOf(t, s, "/repos/acme/shop/issues/2")
	mustBe(t, "assignees of whom nobody is left", fmt.Sprint(is["assignees"], is["assignee"]), "[] <nil>")
	w.SingleSignOn("acme/shop", true)
	mustBe(t, "behind single sign-on", get(t, s, "/repos/acme/shop").StatusCode, 403)
	mustBe(t, "by GraphQL", strings.Contains(errorsOf(ask()), "FORBIDDEN at [repository]"), true)
	w.DeleteRepository("acme/pay")
	mustBe(t, "a deleted repository", get(t, s, "/repos/acme/pay").StatusCode, 404)
	w.SingleSignOn("acme/shop", false)
	w.WithoutIssues("acme/shop")
	mustBe(t, "an issue where issues are switched off", get(t, s, "/repos/acme/shop/issues/1").StatusCode, 410)
	list := listOf(t, s, "/repos/acme/shop/issues?state=all")
	mustBe(t, "the list there", fmt.Sprint(len(list), list[0]["pull_request"] != nil), "1 true")
}

func TestIDsAreOneForEachThing(t *testing.T) {
	w := eventful(newClock())
	for _, form := range []ids{{false}, {true}} {
		seen := map[string]bool{}
		for _, o := range w.everything() {
			id := form.of(o)
			if seen[id] {
				t.Errorf("%s twice", id)
			}
			seen[id] = true
		}
		for _, r := range w.repos {
			for _, it := range r.items {
				for _, e := range it.timeline {
					if id := form.event(e); seen[id] && e.kind != "commented" && e.kind != "reviewed" && it.moved == nil {
						t.Errorf("%s %s twice", e.kind, id)
					} else {
						seen[id] = true
					}
				}
			}
		}
	}
	// Of public data: the first of the new form, the second of the old one.
	mustBe(t, "an issue", nodeID("I", int64(0x07fcf51a), int64(0x4af93b3a)), "I_kwDOB_z1Gs5K-Ts6")
	mustBe(t, "an event", nodeID("CE", int64(0x104113f5), int64(0x3a42bf50), int64(0x17af5e983)), "CE_lADOEEET9c46Qr9QzwAAAAF69emD")
	mustBe(t, "a comment of old", legacyID("IssueComment", "876690369"), "MDEyOklzc3VlQ29tbWVudDg3NjY5MDM2OQ==")
	mustBe(t, "a pull request of old", legacyID("PullRequest", "500751049"), "MDExOlB1bGxSZXF1ZXN0NTAwNzUxMDQ5")
}

func TestTheWorldIsTheSameEachTime(t *testing.T) {
	var first []string
	for range 3 {
		s := NewServer(Options{}, eventful(newClock()))
		var got []string
		for _, path := range described {
			body, err := io.ReadAll(get(t, s, path).Body)
			must(t, err)
			got = append(got, string(body))
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(got, first) {
			t.Fatal("two worlds of the same making differ")
		}
	}
}

// A world is changed while clients read it.
func TestReadersAndWriters(t *testing.T) {
	w := NewWorld(nil)
	w.Repository("acme/shop")
	board := w.Board("acme", "Work", "Todo", "Done")
	s := NewServer(Options{}, w)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for range 20 {
				query(t, s, boardQuery, nil)
				get(t, s, "/repos/acme/shop/issues?state=all")
				get(t, s, "/repos/acme/shop/issues/events")
				s.Count()
			}
		})
	}
	group.Go(func() {
		for range 60 {
			key := w.Open("acme/shop", "ana", "Something", "")
			w.Move(key, "ben", board, "Todo")
			w.Label(key, "ben", "new")
			w.Close(key, "ben", "completed")
		}
	})
	group.Wait()
	mustBe(t, "issues in the end", len(listOf(t, s, "/repos/acme/shop/issues?state=all&per_page=100")), 60)
}
