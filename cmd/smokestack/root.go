package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

const long = `smokestack reads issue trackers and shows, as tables, how work really flows:
batch size, work in progress, dependencies, and how independent teams really are.

  smokestack demo                                     a whole scan of a pretend organisation
  smokestack scan --jira URL --project KEY            a first look at a live Jira
  smokestack scan --github OWNER/REPOSITORY           the same at a live GitHub
  smokestack scan --archive DIR --team-by project     the same at saved answers of either
  smokestack scan                                     the same, as smokestack.yaml says
  smokestack metrics                                  what is measured; explain F1 says how

Exit codes: 0 done · 1 failed, no report · 2 usage or configuration wrong, no report ·
3 report made from incomplete data · 4 refused by the tracker · 130 interrupted`

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:           "smokestack",
		Short:         "How work really flows, from the tracker that knows",
		Long:          long,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.AddCommand(newDemo(e), newCheck(e), newPull(e), newScan(e), newExport(e), newMetrics(e), newExplain(e), newVersion(e))
	return root
}

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(e.stdout, "smokestack", version)
			return err
		},
	}
}
