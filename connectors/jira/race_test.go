//go:build race

package jira

// raceDetector says that the tests run many times slower than usual.
const raceDetector = true
