//go:build !race

package saved

const raceDetector = false
