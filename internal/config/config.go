// Package config holds the settings of the server: one struct, one table that
// names and explains each, and one way to fill it from flags, the environment
// and a file. What is dangerous or senseless is refused at the start, all of
// it at once, each by the name that the operator knows.
package config

import (
	"net/netip"
	"runtime"
	"time"
)

// Server is what an operator can set. Begin with Defaults; what each field
// means is said once, in the table of settings.
type Server struct {
	Listen              string
	Insecure            bool
	TLSCertFile         string
	TLSKeyFile          string
	TrustedProxies      []netip.Prefix
	MaxConnections      int
	MaxConnectionsPerIP int

	Store
	AccountsFile string
	ConcealKeys  bool
	OneOffAge    time.Duration
	Rate         float64
	Burst        int
	RatePerIP    float64
	BurstPerIP   int

	HTTPStatus  string
	Strict      bool
	Luhn        string
	MaxBody     int64
	MaxPicture  int64
	MaxPictures int
	MaxPixels   int64
	KeepResults time.Duration

	Workers       int
	Queue         int
	ReadTimeout   time.Duration
	MemoryLimit   int64
	PictureMemory int64
	BodyMemory    int64

	Fetch          bool
	FetchHosts     []string
	FetchPermit    []netip.AddrPort
	FetchTimeout   time.Duration
	FetchRedirects int

	MetricsListen    string
	MetricsTokenFile string
	MetricsAppID     bool
	LogFormat        string
	LogLevel         string
	Drain            time.Duration
	Stop             time.Duration
}

// Sizes in bytes.
const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// Defaults are the settings of a server that only its own machine can reach.
// The limits of the interface are those of its documentation
// (spec/legacy-api.md, section 11), the others those of spec/reliability.md.
func Defaults() Server {
	return Server{
		Listen:              "127.0.0.1:8080",
		MaxConnections:      2048,
		MaxConnectionsPerIP: 64,
		OneOffAge:           24 * time.Hour,
		Store:               Store{TimeZone: "Asia/Shanghai", FreeUnits: 1000},
		HTTPStatus:          "200",
		Luhn:                "prior",
		MaxBody:             6 * mib,
		MaxPicture:          1 * mib,
		MaxPictures:         20,
		MaxPixels:           50_000_000,
		ReadTimeout:         20 * time.Second,
		FetchTimeout:        10 * time.Second,
		FetchRedirects:      3,
		LogFormat:           "text",
		LogLevel:            "info",
		Drain:               500 * time.Millisecond,
		Stop:                20 * time.Second,
	}
}

// Resolved fills in the settings that depend on the machine. memoryLimit is
// what the process may use in all, in bytes, and 0 where that is not known.
func (s Server) Resolved(memoryLimit int64) Server {
	if s.Workers == 0 {
		s.Workers = runtime.GOMAXPROCS(0)
	}
	if s.Queue == 0 {
		s.Queue = 8 * s.Workers
	}
	if memoryLimit == 0 {
		memoryLimit = 1 * gib
	}
	if s.PictureMemory == 0 {
		s.PictureMemory = max(memoryLimit/2, leastPictureMemory)
	}
	if s.BodyMemory == 0 {
		s.BodyMemory = max(memoryLimit/8, s.MaxBody)
	}
	return s
}

// leastPictureMemory lets a 12-megapixel photograph be read.
const leastPictureMemory = 64 * mib
