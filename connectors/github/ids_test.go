package github

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors/saved"
)

// packed writes a node id of the newer form, number by number.
func packed(prefix string, values ...[]byte) string {
	data := []byte{0x90 | byte(len(values))}
	for _, v := range values {
		data = append(data, v...)
	}
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(data)
}

func TestNodeIDs(t *testing.T) {
	t.Parallel()
	zero := []byte{0}
	legacy := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for id, want := range map[string]node{
		legacy("05:Issue123"):                                     {kind: "Issue", id: 123},
		legacy("011:PullRequest718194611"):                        {kind: "PullRequest", id: 718194611},
		"MDk6TWlsZXN0b25lNjAyMjI0MQ==":                            {kind: "Milestone", id: 6022241},
		legacy("09:ProjectV277"):                                  {kind: "ProjectV2", id: 77},
		packed("I", zero, []byte{5}, []byte{7}):                   {kind: "Issue", repository: 5, id: 7},
		packed("PR", zero, []byte{0xcc, 200}, []byte{0xcd, 1, 2}): {kind: "PullRequest", repository: 200, id: 258},
		packed("MI", zero, []byte{0xce, 0, 0, 1, 0}, []byte{0xcf, 0, 0, 0, 1, 0, 0, 0, 0}): {kind: "Milestone", repository: 256, id: 1 << 32},
		packed("U", zero, []byte{0xce, 0xff, 0xff, 0xff, 0xff}):                            {kind: "User", id: math.MaxUint32},
		packed("CE", zero, []byte{1}, []byte{2}, []byte{3}):                                {kind: "CE", repository: 1, id: 3},
	} {
		if got, ok := nodeOf(id); !ok || got != want {
			t.Errorf("%s: %+v %v, want %+v", id, got, ok, want)
		}
	}
	for _, id := range []string{
		"", "_", "I_", "I", "123", "I_!", "05:Issue123", legacy("05:Issue"), legacy("05:Issue012"), legacy("05:Issue0"), legacy("5:Issue12"), legacy("06:Issue12x"), legacy("0-1:x"), legacy("099:Issue1"),
		legacy("06:Commit12:abcdef"), legacy("05:Iss e1"), legacy("05:Issue99999999999999999999"), legacy("05:Issue1") + "=",
		packed("I", zero), packed("I", zero, []byte{5}, zero), packed("I", []byte{1}, []byte{5}, []byte{7}), packed("I", zero, []byte{5}, []byte{0xa1, 'x'}), packed("I", zero, []byte{5}, []byte{0xcd, 1}),
		packed("I", zero, []byte{5}, []byte{7}, []byte{8}, []byte{9}), packed("I", zero, []byte{5}, []byte{7, 7}), "_" + packed("", zero, []byte{5}, []byte{7})[1:],
	} {
		if got, ok := nodeOf(id); ok {
			t.Errorf("%q: %+v", id, got)
		}
	}
}

func TestRecordIDs(t *testing.T) {
	t.Parallel()
	issue, pull := packed("I", []byte{0}, []byte{5}, []byte{7}), packed("PR", []byte{0}, []byte{5}, []byte{7})
	for _, c := range []struct {
		class    fact.Class
		id, want string
	}{
		{fact.ClassIssue, issue, "7"}, {fact.ClassPull, pull, "p7"}, {fact.ClassMilestone, "MDk6TWlsZXN0b25lNjAyMjI0MQ==", "m6022241"},
		{fact.ClassIssue, pull, pull}, {fact.ClassPull, issue, issue}, {fact.ClassIssue, "opaque", "opaque"}, {fact.ClassIssue, "", ""},
	} {
		if got := recordIDOf(c.class, c.id); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.class, c.id, got, c.want)
		}
	}
}

// Every pair of id and node id that real answers hold says the same, but for
// those of people, who were given other names there, and for pull requests in
// lists of issues, which bear two ids.
func TestRealNodeIDs(t *testing.T) {
	if testing.Short() {
		t.Skip("real data is read many times over: the run without -short does")
	}
	t.Parallel()
	pairs := map[bool]int{} // by form
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			id, isNumber := v["id"].(json.Number)
			nodeID, _ := v["node_id"].(string)
			_, isPull := v["pull_request"]
			_, isPerson := v["login"]
			if isNumber && nodeID != "" && !isPull && !isPerson {
				n, ok := nodeOf(nodeID)
				if strconv.FormatUint(n.id, 10) != id.String() || !ok {
					t.Errorf("%s: %+v, want %s", nodeID, n, id)
				}
				pairs[strings.Contains(nodeID, "_")]++
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	for _, name := range []string{"gui", "secp256k1"} {
		eachFile(t, sharedFile(t, "data", "bitcoin-github", name+".tar.gz"), func(_ string, data []byte) {
			d := json.NewDecoder(strings.NewReader(string(data)))
			d.UseNumber()
			var v any
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			walk(v)
		})
	}
	if pairs[true] < 10_000 || pairs[false] < 10_000 {
		t.Errorf("the walk finds %v pairs only", pairs)
	}
}

// eachFile reads the files of a compressed tar.
func eachFile(tb testing.TB, path string, do func(name string, data []byte)) {
	tb.Helper()
	take := func(c saved.Chunk) {
		for _, v := range c.Values {
			do(c.File, v)
		}
	}
	if err := saved.New(path, format).Scan(tb.Context(), func([]byte) bool { return true }, take); err != nil {
		tb.Fatal(err)
	}
}

func FuzzNodeID(f *testing.F) {
	for _, s := range []string{"MDU6SXNzdWUxMjM=", "I_kwDOGNtpaM49OGUy", "LE_lADOB_z1Gs5IJOZzzwAAAAGBenju", "U_kgDOAAAAAQ", "C_kwDOAP4JqtoAKA", "_", "MDY6Q29tbWl0MTphYg=="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := nodeOf(s)
		if !ok {
			return
		}
		if n.id == 0 || n.kind == "" {
			t.Errorf("%q: %+v", s, n)
		}
		// Written again, it says the same.
		if again, ok := nodeOf(base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "0%d:%s%d", len(n.kind), n.kind, n.id))); letters(n.kind) && !isDigit(n.kind[len(n.kind)-1]) && (!ok || again.id != n.id || again.kind != n.kind) {
			t.Errorf("%q: %+v, then %+v", s, n, again)
		}
	})
}
