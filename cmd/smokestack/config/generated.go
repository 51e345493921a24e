package config

import (
	"fmt"
	"slices"
	"strings"

	"smokestack/analysis/assemble"
)

// usual, in a list of generated paths, stands for [Generated].
const usual = "default"

// Generated are the paths that sizes in changed lines leave out where the
// configuration says nothing else: what tools write, and what others wrote.
// Patterns are those of a CODEOWNERS file: without a slash they fit a name in any
// folder, * stands for anything within a name, ** for any folders.
var Generated = []string{
	// Locks of package managers.
	"*.lock", "*.lock.json", "*.lock.hcl", "*-lock.json", "*-lock.yaml", "*.lockb", "npm-shrinkwrap.json", "go.sum", "go.work.sum", "*.resolved",
	"gradle.lockfile", "verification-metadata.xml", "packages.lock.json", "conda-lock.yml",
	// Others' code, kept beside one's own.
	"**/vendor/**", "**/node_modules/**", "**/bower_components/**", "**/third_party/**", "**/thirdparty/**", "**/Pods/**", "**/Carthage/**", "**/.yarn/**",
	// Written by generators.
	"*.pb.go", "*.pb.gw.go", "*.pb.cc", "*.pb.h", "*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb.js", "*_pb.d.ts", "*.pb.swift", "*.g.dart",
	"*.freezed.dart", "*.g.cs", "*.designer.cs", "*.generated.*", "*_generated.*", "*_gen.go", "*.gen.go", "*.gen.ts", "zz_generated.*",
	"**/generated/**", "**/__generated__/**", "*.snap",
	// Written for machines.
	"*.min.js", "*.min.css", "*.bundle.js", "*.js.map", "*.css.map", "**/dist/**",
}

func (c *Config) validateGenerated(at func(string, ...any) string) error {
	for i, p := range c.Generated {
		switch {
		case strings.TrimSpace(p) == "":
			return fmt.Errorf("%s: an empty pattern fits nothing", at("$.generated[%d]", i))
		case strings.HasPrefix(p, "!"):
			return fmt.Errorf("%s: %q: patterns name what is left out, and nothing is taken back; write the list without %q", at("$.generated[%d]", i), p, usual)
		case p != usual && !assemble.IsPathPattern(p):
			return fmt.Errorf("%s: %q is no pattern of paths", at("$.generated[%d]", i), p)
		}
	}
	return nil
}

// generated are the paths to leave out: the list of the configuration, in which
// a word stands for the usual ones, else those.
func (c *Config) generated() []string {
	if c.Generated == nil {
		return slices.Clone(Generated)
	}
	out := []string{}
	for _, p := range c.Generated {
		if p == usual {
			out = append(out, Generated...)
			continue
		}
		out = append(out, p)
	}
	return out
}
