package config

import "github.com/spf13/pflag"

// setting is one row of the table. Its name is that of the flag, of the key in
// the file and, in capitals after KAHAO_, of the environment variable.
type setting struct {
	name  string
	text  string // help; the `placeholder` of the value is in back quotes
	value pflag.Value
}

// group is a section of the table.
type group struct {
	title string
	intro string // shown on the page only
	rows  []setting
}

// table declares every setting. Flags, help, environment, file, the page and
// "kahao config" are all derived from it.
func table(s *Server) []group {
	return []group{
		{"Listening", "", []setting{
			{"listen", "listen on this `address`; port 0 chooses a free port", text(&s.Listen)},
			{"tls-cert-file", "serve HTTPS with the PEM certificate chain in this `file`, the server's certificate first; reloaded when it changes", text(&s.TLSCertFile)},
			{"tls-key-file", "PEM `file` with the private key of the certificate; other users must not be able to read it", text(&s.TLSKeyFile)},
			{"insecure", "allow plain HTTP on an address that other machines can reach", boolean(&s.Insecure)},
			{"trusted-proxies", "`networks` of proxies, such as 10.0.0.0/8, whose X-Forwarded-For, X-Forwarded-Proto and X-Request-Id are honoured", prefixes(&s.TrustedProxies)},
			{"cors-origins", "let web pages of these `origins`, such as https://app.example.com, call the API from browsers; * means every origin", list(&s.CORSOrigins)},
			{"max-connections", "maximum `n` of open connections", integer(&s.MaxConnections)},
			{"max-connections-per-ip", "maximum `n` of open connections per client address (per /64 for IPv6); loopback and trusted proxies are exempt", integer(&s.MaxConnectionsPerIP)},
		}},
		{"Console", "The pages for customers and the operator: [console.md](console.md).", []setting{
			{"console", "serve the console on this `address`, or off; by default only with --data or --database-url, and not if the default address is in use", text(&s.Console)},
			{"console-behind-proxy", "a proxy serves the console over HTTPS; allows an address that other machines can reach", boolean(&s.ConsoleBehindProxy)},
			{"console-two-step", "nobody uses the console without two-step sign-in: who has not switched it on must do so first", boolean(&s.ConsoleTwoStep)},
		}},
		{"Accounts", "", []setting{
			{"data", "keep accounts and ledger in an SQLite file in this `directory`; without --data and --database-url they are lost when the process ends", text(&s.Data)},
			{"insecure-data", "accept a data directory that other users can write, and files in it that they can read", boolean(&s.InsecureData)},
			{"database-url", "keep accounts and ledger in the PostgreSQL database at this `url`, postgres://...; several servers may share it; other users see it in the list of processes, so keep a password out of it", database(&s.URL)},
			{"database-url-file", "`file` with the URL of the PostgreSQL database, instead of --database-url; other users must not be able to read it", text(&s.URLFile)},
			{"key-file", "`file` with the key-encryption keys for the secrets in the database; other users must not be able to read it; with --data the default is the file keys in that directory, created at the first start", text(&s.KeyFile)},
			{"accounts-file", "JSON `file` whose accounts are provisioned into the database at the start and at SIGHUP; keys that leave the file are disabled; other users must not be able to read it", text(&s.AccountsFile)},
			{"conceal-keys", "answer unknown keys and wrong signatures alike, so that clients cannot find out which keys exist", boolean(&s.ConcealKeys)},
			{"single-use-age", "accept single-use signatures (e=0) for this `duration` after their t; 0 rejects them", duration(&s.SingleUseAge)},
			{"rate", "default limit of an account, `n` requests per second; 0 means no limit", decimal(&s.Rate)},
			{"burst", "allow `n` requests at once within --rate; 0 means the requests of one second", integer(&s.Burst)},
			{"rate-per-ip", "limit of a client address (of a /64 for IPv6), `n` requests per second; 0 means no limit", decimal(&s.RatePerIP)},
			{"burst-per-ip", "allow `n` requests at once within --rate-per-ip; 0 means the requests of one second", integer(&s.BurstPerIP)},
		}},
		{"Ledger", "", []setting{
			{"time-zone", "time `zone` of billing days and months, such as Europe/Berlin", text(&s.TimeZone)},
			{"free-units", "free readings `n` per account and month", integer64(&s.FreeUnits)},
			{"price-file", "JSON `file` with prices (docs/accounts.md), used instead of the vendor's list prices; its free_units are ignored", text(&s.PriceFile)},
			{"auto-migrate", "migrate the schema of --database-url at start, instead of requiring a migration by command", boolean(&s.AutoMigrate)},
		}},
		{"API", "", []setting{
			{"http-status", "HTTP statuses by `version`: 200 sends status 200 with every code, 2017 those of the 2017 documentation", text(&s.HTTPStatus)},
			{"strict", "send only codes that the vendor documents", boolean(&s.Strict)},
			{"luhn", "how to treat a failing Luhn check, `mode`: prior (weigh), strict (reject) or off (ignore)", luhn(&s.Luhn)},
			{"max-body", "maximum `size` of a request body", size(&s.MaxBody)},
			{"max-image", "maximum `size` of an image, before base64 encoding", size(&s.MaxImage)},
			{"max-images", "maximum `n` of images in a request", integer(&s.MaxImages)},
			{"max-pixels", "maximum `n` of pixels of an image, width times height", integer64(&s.MaxPixels)},
			{"keep-results", "keep results for this `duration`, encrypted, for GET /ocr/session/{id} and GET /v1/results/{id}; an account may have its own; 0 keeps none", duration(&s.KeepResults)},
			{"issuers", "`file` with issuers of your own, which come before the embedded table (kahao issuer lookup --help); read again at SIGHUP", text(&s.IssuersFile)},
			{"api3-rate", "limit of an account's calls of BankCardOCR in API 3.0, `n` requests per second; RecognizeGeneralCardWarn has half of it, ClassifyDetectOCR twice; 0 means no limit", decimal(&s.API3Rate)},
			{"api3-max-body", "maximum `size` of a request body in API 3.0, and of an image in base64", size(&s.API3MaxBody)},
			{"api3-strict", "refuse API 3.0 signatures for another service than ocr, and regions that the vendor does not list", boolean(&s.API3Strict)},
			{"api3-checks", "`when` BankCardOCR looks for copies, screens and screenshots: always, or asked, only for requests with EnableCopyCheck or EnableReshootCheck; faster, and CardCategory of other requests is always that of a physical card", text(&s.API3Checks)},
			{"v1-max-body", "maximum `size` of a request body in the native API, and of an image", size(&s.V1MaxBody)},
			{"presidio", "answer POST /redact and GET /health as the image redactor of Presidio does, for card numbers alone and with a bearer key (docs/presidio.md)", boolean(&s.Presidio)},
		}},
		{"Load", "", []setting{
			{"workers", "read `n` images at once; 0 means the number of CPUs", integer(&s.Workers)},
			{"queue", "queue up to `n` images; large images count for several; 0 means eight per worker", integer(&s.Queue)},
			{"read-timeout", "maximum `duration` of queueing and reading an image", duration(&s.ReadTimeout)},
			{"memory-limit", "soft memory limit of the Go runtime, a `size`; 0 means nine tenths of what the control group's limit leaves beside the program file; GOMEMLIMIT takes precedence", size(&s.MemoryLimit)},
			{"image-memory", "maximum `size` of the memory for decoding, over all images being read; an image that needs more is rejected; 0 means half of the memory limit, or 512MiB", size(&s.ImageMemory)},
			{"body-memory", "maximum `size` of all request bodies; 0 means an eighth of the memory limit, or 128MiB", size(&s.BodyMemory)},
		}},
		{"Fetching", "Images given by URL. Without `--fetch` such a request is answered as a failed download.", []setting{
			{"fetch", "fetch images given by URL from public addresses over http and https, ports 80 and 443", boolean(&s.Fetch)},
			{"fetch-hosts", "fetch only from these `hosts`, such as img.example.com,*.example.org", list(&s.FetchHosts)},
			{"fetch-permit", "fetch also from these non-public `addresses` with ports, such as 10.1.2.3:9000", addresses(&s.FetchPermit)},
			{"fetch-refuse", "fetch from no address in these `networks`, such as your own 6RD or NAT64 prefix, 2001:db8:64::/96", prefixes(&s.FetchRefuse)},
			{"fetch-timeout", "maximum `duration` of fetching an image, redirects included", duration(&s.FetchTimeout)},
			{"fetch-redirects", "follow up to `n` redirects", integer(&s.FetchRedirects)},
		}},
		{"Operation", "", []setting{
			{"metrics-listen", "serve Prometheus metrics at /metrics on this `address`; without it they are not served", text(&s.MetricsListen)},
			{"metrics-token-file", "`file` with the bearer token that /metrics requires; other users must not be able to read it", text(&s.MetricsTokenFile)},
			{"metrics-appid", "count requests by app ID, too", boolean(&s.MetricsAppID)},
			{"log-format", "log `format`: text or json", text(&s.LogFormat)},
			{"log-level", "minimum log `level`: debug, info, warn or error", text(&s.LogLevel)},
			{"drain", "report not ready on /readyz for this `duration` before connections are refused", duration(&s.Drain)},
			{"stop", "maximum `duration` of a shutdown, --drain included", duration(&s.Stop)},
		}},
	}
}

// rows is the table without its sections.
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
