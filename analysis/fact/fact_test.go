package fact

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones on machines without a database of them too
)

func TestInstantIsAMillisecondInUTC(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		at   Instant
		want string
	}{
		{At(time.Date(2025, 1, 6, 1, 30, 0, 250_999_999, berlin)), "2025-01-06T00:30:00.250Z"}, // one hour less, cut and not rounded
		{At(time.Date(1970, 1, 1, 0, 0, 0, 1e6, time.UTC)), "1970-01-01T00:00:00.001Z"},
		{0, "unknown"},
		{Never, "never"},
	} {
		if got := c.at.String(); got != c.want {
			t.Errorf("String() = %q, want %q", got, c.want)
		}
	}
	if !Instant(0).Time().IsZero() {
		t.Error("the unknown instant has a time")
	}
	if got := At(time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)).Time().Location(); got != time.UTC {
		t.Errorf("Time() is in %v", got)
	}
}

func TestDaysAreElapsed(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to time.Time
		want     float64
	}{
		{time.Date(2025, 1, 6, 0, 0, 0, 0, zone), time.Date(2025, 1, 7, 0, 0, 0, 0, zone), 1},
		{time.Date(2025, 3, 30, 0, 0, 0, 0, zone), time.Date(2025, 3, 31, 0, 0, 0, 0, zone), 23.0 / 24},   // clocks go forward
		{time.Date(2025, 10, 26, 0, 0, 0, 0, zone), time.Date(2025, 10, 27, 0, 0, 0, 0, zone), 25.0 / 24}, // and back
		{time.Date(2025, 1, 6, 0, 0, 0, 0, zone), time.Date(2025, 1, 4, 12, 0, 0, 0, zone), -1.5},
	} {
		if got := Days(At(c.from), At(c.to)); got != c.want {
			t.Errorf("from %v to %v: %v days, want %v", c.from, c.to, got, c.want)
		}
	}
}

// The border values are those of METRICS section 0: <40, <280, >=280.
func TestLengthClasses(t *testing.T) {
	for n, want := range map[int]LengthClass{0: Short, 1: Short, 39: Short, 40: Medium, 279: Medium, 280: Long, 100_000: Long} {
		if got := Length(n); got != want {
			t.Errorf("%d characters: class %d, want %d", n, got, want)
		}
	}
}

// before is the order that CompareID promises, written down plainly: numbers
// by value, in front of everything else.
func before(a, b string) bool {
	number := func(s string) *big.Int {
		if s == "" || len(s) > 19 || strings.Trim(s, "0123456789") != "" { // 19 digits fit in 64 bits
			return nil
		}
		n, _ := new(big.Int).SetString(s, 10)
		return n
	}
	x, y := number(a), number(b)
	switch {
	case x != nil && y != nil && x.Cmp(y) != 0:
		return x.Cmp(y) < 0
	case (x != nil) != (y != nil):
		return x != nil
	}
	return a < b
}

func TestCompareID(t *testing.T) {
	ids := []string{"", "0", "7", "07", "9", "10", "100", "99999", "100000", "1844674407370955161", "A-2", "A-10", "10x", "-1", "+1", "1.5", " 1", "ä"}
	for _, a := range ids {
		for _, b := range ids {
			got := CompareID(a, b)
			if want := before(a, b); (got < 0) != want {
				t.Errorf("CompareID(%q, %q) = %d; smaller: %v", a, b, got, want)
			}
			if got != -CompareID(b, a) || (got == 0) != (a == b) {
				t.Errorf("CompareID(%q, %q) = %d is no order", a, b, got)
			}
		}
	}
}

func TestSortChangesOrdersAndDropsRepeats(t *testing.T) {
	in := []Change{{ID: "30", At: 5}, {ID: "4", At: 5}, {ID: "9", At: 2}, {ID: "30", At: 5}, {ID: "x", At: 5}, {ID: "1", At: 7}, {ID: "9", At: 2}}
	want := []Change{{ID: "9", At: 2}, {ID: "4", At: 5}, {ID: "30", At: 5}, {ID: "x", At: 5}, {ID: "1", At: 7}}
	if got := SortChanges(in); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// However changes arrive, and however often, the result is one and the same.
func TestSortChangesAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var once []Change
		for n := range r.IntN(12) {
			once = append(once, Change{ID: itoa(n * 7), At: Instant(r.IntN(4))})
		}
		slices.SortFunc(once, func(a, b Change) int {
			switch {
			case a.At != b.At:
				return int(a.At - b.At)
			case before(a.ID, b.ID):
				return -1
			}
			return 1
		})
		again := append(slices.Clone(once), once...)
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		if got := SortChanges(again); !slices.Equal(got, once) {
			t.Fatalf("seed %d: %v, want %v", seed, got, once)
		}
	}
}

func itoa(n int) string { return big.NewInt(int64(n)).String() }

func TestKinds(t *testing.T) {
	sets := map[Kind]bool{KindComponent: true, KindLabel: true, KindRelease: true, KindSprint: true, KindLink: true}
	names := map[string]bool{}
	for k := range kinds {
		if k.IsSet() != sets[k] {
			t.Errorf("%v is a set: %v", k, k.IsSet())
		}
		if names[k.String()] || strings.Contains(k.String(), "(") {
			t.Errorf("kind %d is called %q", k, k)
		}
		names[k.String()] = true
	}
	if got := kinds.String(); got != "kind(21)" {
		t.Errorf("an unknown kind is called %q", got)
	}
}

func TestValidate(t *testing.T) {
	whole := Record{Site: "s", ID: "1", Created: 1}
	if err := whole.Validate(); err != nil {
		t.Errorf("a record that has all it needs: %v", err)
	}
	for _, c := range []struct {
		spoil func(*Record)
		want  string
	}{
		{func(r *Record) { r.Site = "" }, "no site"},
		{func(r *Record) { r.ID = "" }, "no id"},
		{func(r *Record) { r.Created = 0 }, "no usable creation time"},
		{func(r *Record) { r.Created = -5 }, "no usable creation time"},
	} {
		r := whole
		c.spoil(&r)
		if err := r.Validate(); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

// Whatever three ids are, their order has no circle.
func FuzzCompareID(f *testing.F) {
	f.Add("9", "10", "A-1")
	f.Add("07", "7", "18446744073709551616")
	f.Add("", "-1", "1.5")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if CompareID(a, b) != -CompareID(b, a) || (CompareID(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q: %d, %d", a, b, CompareID(a, b), CompareID(b, a))
		}
		if CompareID(a, b) <= 0 && CompareID(b, c) <= 0 && CompareID(a, c) > 0 {
			t.Errorf("%q <= %q <= %q < the first", a, b, c)
		}
	})
}
