package main

import (
	"io"

	"smokestack/reports/table"
)

// render writes a document in one format.
func render(w io.Writer, format string, doc table.Document, opts table.Options) error {
	switch format {
	case "markdown":
		return table.WriteMarkdown(w, doc, opts)
	case "csv":
		return table.WriteCSVAll(w, doc)
	case "json":
		return table.WriteJSON(w, doc)
	}
	return table.WriteTerminal(w, doc, opts)
}
