// Package fetch brings the picture at an address that a client names. It is
// the only package that dials out, and what a client names may be anything: the
// metadata service of a cloud, a neighbour's administration page, a name that
// answers differently the second time. So it holds a policy
// (spec/reliability.md, section 2, R9 to R14):
//
//   - http and https, ports 80 and 443, no user or password in the address, at
//     most 3 redirects, 10 MiB and 10 seconds;
//   - the decision is taken in net.Dialer.Control, on the very address that the
//     socket is about to connect to, so that neither a redirect nor a name that
//     is bound anew gets around it. Only global unicast outside the IANA
//     special-purpose registries is dialled; an allow-list of hosts narrows
//     that, it never widens it; what widens it is Options.Permit alone, by an
//     address and a port;
//   - every hop is a fresh connection and a fresh decision: no connection is
//     kept, no proxy is asked, no cookie, credential or referrer is sent;
//   - whoever cannot be connected to is told in the same words after the same
//     time, whether refused here, closed, filtered or without an address, so
//     that nobody can map a network by asking.
package fetch
