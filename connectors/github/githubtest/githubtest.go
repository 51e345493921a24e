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
// the project ([Schema]); where it is not, they are answered all the same.
package githubtest
