package catalogue

import (
	"fmt"
	"strings"
)

// many tells n items of a project, each with the same events; in them # is the
// item's number and @ twice that.
func many(project, kind string, n int, events string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s-%d %s: %s\n", project, i+1, kind, strings.NewReplacer("#", fmt.Sprint(i+1), "@", fmt.Sprint(2*i+2)).Replace(events))
	}
	return b.String()
}

// cliques tells two teams of five people, of whom each two of a team work on one
// item, and one pair of both teams on another.
func cliques() string {
	teams := [][]string{{"ana", "ben", "cy", "dee", "eli"}, {"fay", "gil", "hal", "ida", "jo"}}
	var b strings.Builder
	item := func(project string, n int, one, other string) {
		fmt.Fprintf(&b, "%s-%d story: 0 created; 1 start; %d comment 50 by %s; %d comment 50 by %s; %d done\n", project, n, n+1, one, n+2, other, n+3)
	}
	for t, people := range teams {
		project, n := string(rune('A'+t)), 0
		for i, one := range people {
			for _, other := range people[i+1:] {
				n++
				item(project, n, one, other)
			}
		}
	}
	item("A", 11, "ana", "fay")
	return b.String()
}

// elastic tells twenty batches of one, two and four items that take two days an
// item.
func elastic() string {
	var b strings.Builder
	item := 0
	for i := range 20 {
		n := 1 << (i % 3)
		fmt.Fprintf(&b, "E-%d epic: 0 created; %d done\n", i+1, 1+i+2*n)
		for range n {
			item++
			fmt.Fprintf(&b, "A-%d story in E-%d: 0 created; %d start; %d done\n", item, i+1, 1+i, 1+i+2*n)
		}
	}
	return b.String()
}

// released tells versions of one item each, by the days on which they went out.
func released(days ...int) string {
	var scene, items strings.Builder
	for i, d := range days {
		fmt.Fprintf(&scene, "version v%d %d\n", i+1, d)
		fmt.Fprintf(&items, "A-%d story: 0 created; %d start; %d release +v%d; %d done\n", i+1, d-4, d-3, i+1, d-1)
	}
	return scene.String() + items.String()
}

// taxed tells sixty items of one team, of which thirty depend on another
// team when they start, and take eight days in place of four.
func taxed() string {
	var b strings.Builder
	for i := range 60 {
		if i < 30 {
			fmt.Fprintf(&b, "A-%d story: 0 created; 1 blocked by B-1; %d.5 start; %d.5 done\n", i+1, 1+i%10, 9+i%10)
		} else {
			fmt.Fprintf(&b, "A-%d story: 0 created; %d.5 start; %d.5 done\n", i+1, 1+i%10, 5+i%10)
		}
	}
	return b.String() + "B-1 story: 0 created\n"
}
