package demo_test

import (
	"testing"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]demo.Options{
		"one batch":     {Teams: 3, Items: 300},
		"several casts": {Teams: 10, Items: 2_000, Weeks: 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Config{
				New: func(testing.TB) connectors.Source { return demo.New(o) },
			})
		})
	}
}
