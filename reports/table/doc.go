// Package table turns tables of typed cells into text: for people on a terminal
// and in Markdown, for programs in CSV and JSON.
//
// A [Document] is a report. A [Table] is columns, rows and notes; a [Cell] is
// made by [Words], [Link], [Count], [Num], [Measure], [At] or
// [Blank], and [Cell.Note] puts a footnote on it. The functions
// [WriteTerminal], [WriteMarkdown], [WriteCSV], [WriteCSVAll] and [WriteJSON]
// write them. They check ids before they write a byte, return the first error
// of their writer, change nothing that they are given, and write the same bytes
// for the same document and options on every machine.
//
// # For people
//
// Numbers stand to the right and text to the left; a column's unit is in its
// head. A missing value is "–" where there is nothing to say, and "can't tell"
// where there is a reason, which stands below the table. Footnotes have their
// mark on the cell that they are about, and equal texts share a mark. Thousands
// are set apart by commas from 1,000 on. An interval reads (5.1–7.9), or
// (-0.2 to 0.4) where there is a minus sign.
//
// # JSON
//
// One document, with its keys in this order:
//
//	{
//	  "schema": "smokestack.scan/1",
//	  "organisation": "Example",         text, or null
//	  "as_of": "2026-11-20T06:30:00Z",   RFC 3339 in UTC, or null
//	  "weeks": 26,
//	  "fingerprints": {"facts": "5f2c"}, keys in order
//	  "exit": {"code": 3, "causes": [{"code": 3, "text": "…"}]},
//	  "notes": ["…"],                    warnings about the report as a whole
//	  "tables": [
//	    {
//	      "id": "flow_teams",
//	      "title": "Flow by team",
//	      "columns": [{"id": "cycle_p50", "title": "Cycle P50", "unit": "d"}],
//	      "rows": [{"cycle_p50": …}],
//	      "notes": ["…"]
//	    }
//	  ],
//	  "signals": []
//	}
//
// A row has every column's id as a key, in the order of the columns. What
// stands there depends on the cell:
//
//	Words, Link     text
//	Count           a whole number
//	Num             a number, not rounded
//	At              text: RFC 3339 in UTC, in a Date column YYYY-MM-DD
//	Measure         {"value": 6.21, "n": 212, "low": 5.14, "high": 7.9, "why": null}
//	                {"value": null, "n": 0, "low": null, "high": null, "why": "…"}
//	Blank           null
//
// Unknown is null, never 0 and never NaN; a unit that there is none of is "".
// A bound is null both when it is unknown and when the data set no limit on
// that side. The "notes" are why there are no rows, where there are none, then
// those of the table, and then the footnotes of its cells, each text once and
// with the places it belongs to: row (the text of its first column) and column
// title: "Shop, WIP: 11 of these have not moved". After five places it says "and
// 3 more". The reasons of Measure are in its cells only. All of
// "causes", "rows", "notes" and "signals" are always there, if need be as []. The
// characters <, > and & are written as \u003c, \u003e and \u0026.
//
// # CSV
//
// RFC 4180 with lines that end in LF. The first line holds the columns' ids, with
// their units in brackets: "wip (items)". A column that is declared as Measure or Interval takes five fields in every
// line, whatever the rows hold: id, id_n, id_low, id_high, id_why, the unit after
// the value and its bounds; a cell that
// is no estimate fills only the first. Numbers and times are written as in JSON;
// what is missing is empty. Text that a spreadsheet would take for a formula (it
// begins with = + - @, or with their full-width forms) gets an apostrophe before
// it. A row never begins with #, so that the lines which do can be skipped in
// the output of [WriteCSVAll]. Where each table is a file of its own, the notes
// of all tables make one more file: [Document.NotesTable].
//
// # Safety
//
// Everything a tracker sends is hostile. Texts are cleaned when a cell is made,
// and a table's own texts when it is written: one line, valid UTF-8, no control,
// no escape sequence, no bidi control, nothing that cannot be seen; each turned
// into something that can. A text is at most 2,000 characters long and then
// says how many more there were. Beyond that each renderer escapes what its
// readers would obey.
package table
