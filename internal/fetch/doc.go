// Package fetch downloads images from URLs that clients give. It is the only
// package that dials out, and a URL may point anywhere: to the metadata service
// of a cloud, to an internal administration page, to a name that resolves
// differently the second time. So it enforces a policy against server-side
// request forgery:
//
//   - http and https, ports 80 and 443, no user or password in the URL, at
//     most 3 redirects, 10 MiB and 10 seconds;
//   - the address is checked in net.Dialer.Control, directly before the socket
//     connects to it, so that neither redirects nor DNS rebinding bypass the
//     check. Only global unicast addresses outside the IANA special-purpose
//     registries are dialed. An allow-list of hosts narrows that; only
//     Options.Permit widens it, by address and port;
//   - every hop has a new connection and a new check: no connection is kept, no
//     proxy is used, no cookie, credential or referrer is sent;
//   - every failure to connect has the same text after the same time, whether
//     the address is refused, closed, filtered or does not resolve, so that
//     clients cannot map a network.
package fetch
