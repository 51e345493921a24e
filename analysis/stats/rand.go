package stats

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Rand returns a random stream that depends on parts alone: the same parts, in
// the same order, give the same stream on every machine. It is a PCG whose two
// seed words are the first 16 bytes, big-endian, of the SHA-256 over the parts,
// each preceded by its length in 8 bytes, so that ("ab", "c") and ("a", "bc")
// differ. Give each test its own stream, named after its rule and its units.
func Rand(parts ...string) *rand.Rand {
	h := sha256.New()
	for _, p := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write([]byte(p))
	}
	sum := h.Sum(nil)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])))
}
