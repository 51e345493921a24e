// Package connectortest holds sources to the contract of [connectors.Source].
//
// Whatever speaks to a tracker passes [Run]: the suite pulls, kills, resumes,
// cancels and misleads a source, and compares what a sink holds afterwards with
// what one undisturbed pull leaves. The sink is [Sink], a plain one in memory,
// so that a source and the real store are not measured against each other; the
// store is measured against it as well (see [StoreFacts]).
package connectortest

import (
	"testing"

	"smokestack/connectors"
)

// Config says how to make a source and what is particular about it.
type Config struct {
	// New makes the source as it is after a start of the program. The suite
	// calls it often; every call must give a source of the same scope that
	// tells the same.
	New func(tb testing.TB) connectors.Source

	// Variants make sources that tell the same records, words and people in
	// another way: pages in another order or of another size, another kind of
	// container.
	Variants map[string]func(tb testing.TB) connectors.Source

	// Private are texts of the tracker that tell who somebody is or what
	// somebody wrote: names, addresses, comments. They must not appear anywhere
	// but in accounts, and comments not even there.
	Private []string

	// LooksBack is set for a source that tells again, after a complete pull,
	// what it told shortly before: its tracker may be late.
	LooksBack bool

	// Points is how many points of interruption are tried; 0 is 8.
	Points int
}

func (c *Config) points() int {
	if c.Points == 0 {
		return 8
	}
	return c.Points
}

// check is one line of the contract.
type check struct {
	name string
	run  func(testing.TB, *Config)
}

// checks are all lines of the contract. [Run] runs them one by one.
var checks = []check{
	{"scope", checkScope},
	{"batches", checkBatches},
	{"privacy", checkPrivacy},
	{"batches belong to the receiver", checkOwnership},
	{"repeat", checkRepeat},
	{"garbage cursor", checkGarbage},
	{"refused batch", checkRefused},
	{"resume after any batch", checkResume},
	{"a life for every batch", checkLives},
	{"cancelled before", checkCancelledBefore},
	{"cancelled during", checkCancelledDuring},
	{"variants", checkVariants},
	{"store", checkStore},
	{"store after kills", checkStoreAfterKills},
}

// Run holds a source to the contract.
func Run(t *testing.T, c Config) {
	t.Helper()
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) { check.run(t, &c) })
	}
}
