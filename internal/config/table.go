package config

import "flag"

// setting is a row of the table: a name that is the flag's, the file's and,
// in capitals after KAHAO_, the environment's.
type setting struct {
	name  string
	text  string // for people; `so` stands what the value is, as in package flag
	value flag.Value
}

// group is a part of the table with a heading.
type group struct {
	title string
	intro string // for the page
	rows  []setting
}

// table names every setting and says what it does. It is all that flags,
// help, environment, file, page and "kahao config" know of them.
func table(s *Server) []group {
	return []group{
		{"Listening", "", []setting{
			{"listen", "`address` to serve on; port 0 takes a free one", text(&s.Listen)},
			{"tls-cert-file", "serve HTTPS with the certificates in this PEM `file`, the server's own first; read again when it changes", text(&s.TLSCertFile)},
			{"tls-key-file", "`file` with the certificate's private key, in PEM; others must not be able to read it", text(&s.TLSKeyFile)},
			{"insecure", "allow plain HTTP on an address that others can reach", boolean(&s.Insecure)},
			{"trusted-proxies", "`networks` whose X-Forwarded-For, X-Forwarded-Proto and X-Request-Id are believed, such as 10.0.0.0/8", prefixes(&s.TrustedProxies)},
			{"max-connections", "`n` connections in all", integer(&s.MaxConnections)},
			{"max-connections-per-ip", "`n` connections from one address, or one /64 of IPv6; this machine and trusted proxies excepted", integer(&s.MaxConnectionsPerIP)},
		}},
		{"Accounts", "", []setting{
			{"data", "keep accounts and books in `dir`, in one SQLite file; without this and --store there is a demo account, which ends with the process", text(&s.Data)},
			{"store", "keep accounts and books in the PostgreSQL database at this `address`, postgres://...; any number of servers may share it", database(&s.URL)},
			{"key-file", "`file` with the keys that seal the secrets in the database; with --data its default is keys in that folder, made at the first start; others must not be able to read it", text(&s.KeyFile)},
			{"accounts-file", "serve the accounts in this JSON `file`, without books; others must not be able to read it; read again at SIGHUP", text(&s.AccountsFile)},
			{"conceal-keys", "do not disclose which keys exist", boolean(&s.ConcealKeys)},
			{"one-off-age", "`time` for which a one-off signature (e=0) may be used after its t; needs --data or --store, where it is marked as used; 0 accepts none", duration(&s.OneOffAge)},
			{"rate", "`n` requests a second for one account, unless its own entry says otherwise; 0 means any number", decimal(&s.Rate)},
			{"burst", "`n` requests at once within --rate; 0 means a second's worth", integer(&s.Burst)},
			{"rate-per-ip", "`n` requests a second from one address, or one /64 of IPv6; 0 means any number", decimal(&s.RatePerIP)},
			{"burst-per-ip", "`n` requests at once within --rate-per-ip; 0 means a second's worth", integer(&s.BurstPerIP)},
		}},
		{"Books", "With `--data` or `--store`.", []setting{
			{"time-zone", "`zone` whose days and months are counted by, such as Europe/Berlin", text(&s.TimeZone)},
			{"free-units", "grant every account `n` free readings a month", integer64(&s.FreeUnits)},
			{"price-file", "`file` with prices in JSON (docs/accounts.md); without it those of the vendor's list; its free_units do not count", text(&s.PriceFile)},
			{"auto-migrate", "bring the tables of --store up to date at the start, instead of asking for kahao db migrate", boolean(&s.AutoMigrate)},
		}},
		{"Interface", "", []setting{
			{"http-status", "`which`: 200 for status 200 with every code, 2017 for that documentation's", text(&s.HTTPStatus)},
			{"strict", "send only the codes that the vendor publishes", boolean(&s.Strict)},
			{"luhn", "what a failing check digit means, `mode`: prior, strict or off", text(&s.Luhn)},
			{"max-body", "`size` of a request's body", size(&s.MaxBody)},
			{"max-picture", "`size` of a picture, counted without base64", size(&s.MaxPicture)},
			{"max-pictures", "`n` pictures of one request", integer(&s.MaxPictures)},
			{"max-pixels", "`n` pixels of a picture, width by height", integer64(&s.MaxPixels)},
			{"keep-results", "`time` for which GET /ocr/session/{id} repeats a result: in memory, or sealed in --data or --store, where an account may have its own; 0 keeps none", duration(&s.KeepResults)},
		}},
		{"Load", "", []setting{
			{"workers", "read `n` pictures at once; 0 means as many as there are CPUs", integer(&s.Workers)},
			{"queue", "let `n` light pictures wait besides; one of many pixels counts for several; 0 means eight a worker", integer(&s.Queue)},
			{"read-timeout", "`time` for waiting for a worker and reading a picture", duration(&s.ReadTimeout)},
			{"memory-limit", "`size` of all memory of Go; 0 means nine tenths of the control group's limit, and GOMEMLIMIT goes before it", size(&s.MemoryLimit)},
			{"picture-memory", "`size` of what decoding may take, over all pictures being read; one that needs more is refused; 0 means half of the memory limit, or 512MiB", size(&s.PictureMemory)},
			{"body-memory", "`size` of all bodies at once, as sent; 0 means an eighth of the memory limit, or 128MiB", size(&s.BodyMemory)},
		}},
		{"Fetching", "Pictures given by address. Off by default: without --fetch they are answered as a failed download.", []setting{
			{"fetch", "fetch pictures given by url, from public addresses, over http and https, ports 80 and 443", boolean(&s.Fetch)},
			{"fetch-hosts", "fetch from these `hosts` alone, such as img.example.com,*.example.org", list(&s.FetchHosts)},
			{"fetch-permit", "`addresses` with ports that may be fetched from although they are not public, such as 10.1.2.3:9000", addresses(&s.FetchPermit)},
			{"fetch-timeout", "`time` for a picture with all redirects", duration(&s.FetchTimeout)},
			{"fetch-redirects", "follow `n` redirects", integer(&s.FetchRedirects)},
		}},
		{"Operating", "", []setting{
			{"metrics-listen", "serve /metrics for Prometheus on this `address`, and nowhere without one", text(&s.MetricsListen)},
			{"metrics-token-file", "`file` with a token that /metrics asks for (Authorization: Bearer); others must not be able to read it", text(&s.MetricsTokenFile)},
			{"metrics-appid", "count requests by app id, too", boolean(&s.MetricsAppID)},
			{"log-format", "`format` of the log: text or json", text(&s.LogFormat)},
			{"log-level", "log nothing below this `level`: debug, info, warn or error", text(&s.LogLevel)},
			{"drain", "`time` for which /readyz says no before connections are refused", duration(&s.Drain)},
			{"stop", "`time` for the whole of stopping", duration(&s.Stop)},
		}},
	}
}

// rows is the table without its headings.
func rows(s *Server) []setting {
	var all []setting
	for _, g := range table(s) {
		all = append(all, g.rows...)
	}
	return all
}

// GroupOf returns the heading of a setting, or "".
func GroupOf(name string) string {
	for _, g := range table(&Server{}) {
		for _, row := range g.rows {
			if row.name == name {
				return g.title
			}
		}
	}
	return ""
}
