package playtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNoDescription says that a vendor's description is not at hand.
var ErrNoDescription = errors.New("the vendor's description is not here")

// Description finds one of the vendors' descriptions, beside the project's root.
func Description(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%w: no project around the working directory", ErrNoDescription)
		}
		dir = up
	}
	path := filepath.Join(dir, "..", "shared", "specs", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: %v", ErrNoDescription, err)
	}
	return path, nil
}
