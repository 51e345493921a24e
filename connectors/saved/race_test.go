//go:build race

package saved

// raceDetector says that the tests run many times slower than usual.
const raceDetector = true
