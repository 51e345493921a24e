//go:build race

package store

// raceDetector says that the tests run many times slower than usual.
const raceDetector = true
