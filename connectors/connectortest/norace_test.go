//go:build !race

package connectortest

const raceDetector = false
