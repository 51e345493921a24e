// Package githubtest plays a GitHub for tests.
//
// A [World] holds what happens in one organisation or several, in GitHub's own
// terms; its methods change it while a client reads. A [Server] answers for it
// by REST and GraphQL as github.com or an Enterprise Server does: it pages,
// refuses, redirects and limits, and [Fault] lets it fail. What is known of the
// real ones, and from where, stands in APIS.md beside the project; what nobody
// could measure was made as inconvenient for a client as it may be.
//
// Queries are held to the vendor's description of GraphQL where that is beside
// the project ([Schema]), with what became public after it was written
// (additions.graphql); where it is not, they are answered all the same.
//
// [Render] makes a world out of facts, by the way back of what the comment of
// package github says. What package github reads out of it is the facts again,
// see the round trips in the tests, up to what cannot be expressed.
//
// Of records of GitHub that is: texts besides titles (of bodies there is what
// they mention, of comments how long they are), fractions of seconds, verdicts
// of reviews, a board's title and the statuses that nobody has, the new title of
// what was renamed, the other end of a cross-reference, files that a list of
// paths left out, which releases and sprints there are, histories that are not
// known, and whether a commit was part of a pull request or named it.
//
// Items of other trackers become issues, if a [Rendering] has an owner for them:
// PAY-12 is acme/pay#12. A project is a repository with a board, of which the
// statuses are those of the project, with their history; an item of a status of
// category done is closed, with the reason that its resolution comes nearest to.
// Of links only those that block are there; epics are parent issues, the last
// release is the milestone, components are labels. The priority, the team and
// fields with one answer are fields of the issue, which have no history.
// Estimates, sprints, flags, ranks, due days and logged work are left out, as is
// the history of anything that is no status, assignee, label, component, parent,
// link or type. [World.Lost] counts all that.
package githubtest
