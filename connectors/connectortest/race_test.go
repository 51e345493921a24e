//go:build race

package connectortest

// raceDetector says that the tests run many times slower than usual.
const raceDetector = true
