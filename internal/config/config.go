// Package config holds the settings of the server: one struct, one table that
// names and explains each setting, and one loader for flags, environment and
// file. Dangerous or contradictory values are refused at start: all at once,
// each by the name under which it was given.
package config

import (
	"net/netip"
	"runtime"
	"time"

	"github.com/kahao/kahao"
)

// Server are the settings of a server. Start with Defaults. The table of
// settings explains each field.
type Server struct {
	Listen              string
	Insecure            bool
	TLSCertFile         string
	TLSKeyFile          string
	TrustedProxies      []netip.Prefix
	CORSOrigins         []string
	MaxConnections      int
	MaxConnectionsPerIP int

	Console            string
	ConsoleBehindProxy bool
	ConsoleTwoStep     bool

	Store
	AccountsFile string
	ConcealKeys  bool
	SingleUseAge time.Duration
	Rate         float64
	Burst        int
	RatePerIP    float64
	BurstPerIP   int

	HTTPStatus  string
	Strict      bool
	Luhn        kahao.LuhnMode
	MaxBody     int64
	MaxImage    int64
	MaxImages   int
	MaxPixels   int64
	KeepResults time.Duration
	IssuersFile string

	API3Rate    float64
	API3MaxBody int64
	API3Strict  bool
	API3Checks  string

	V1MaxBody int64
	Presidio  bool

	Workers     int
	Queue       int
	ReadTimeout time.Duration
	MemoryLimit int64
	ImageMemory int64
	BodyMemory  int64

	Fetch          bool
	FetchHosts     []string
	FetchPermit    []netip.AddrPort
	FetchRefuse    []netip.Prefix
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
// The limits of the API are those of the vendor's documentation
// (docs/legacy.md).
func Defaults() Server {
	return Server{
		Listen:              "127.0.0.1:8080",
		MaxConnections:      2048,
		MaxConnectionsPerIP: 64,
		Console:             DefaultConsole,
		SingleUseAge:        24 * time.Hour,
		Store:               Store{TimeZone: "Asia/Shanghai", FreeUnits: 1000},
		HTTPStatus:          "200",
		MaxBody:             6 * mib,
		MaxImage:            1 * mib,
		MaxImages:           20,
		MaxPixels:           50_000_000,
		API3Rate:            10,
		API3MaxBody:         10 * mib,
		API3Checks:          "always",
		V1MaxBody:           10 * mib,
		ReadTimeout:         20 * time.Second,
		FetchTimeout:        10 * time.Second,
		FetchRedirects:      3,
		LogFormat:           "text",
		LogLevel:            "info",
		Drain:               500 * time.Millisecond,
		Stop:                20 * time.Second,
	}
}

// DefaultConsole is the address of the console if there is a database that
// outlives the process. ConsoleOff disables it.
const (
	DefaultConsole = "127.0.0.1:8081"
	ConsoleOff     = "off"
)

// ConsoleAddress returns the address of the console, or "" if it is disabled.
func (s Server) ConsoleAddress() string {
	if s.Console == ConsoleOff || s.Console == DefaultConsole && s.Data == "" && s.URL == "" {
		return ""
	}
	return s.Console
}

// Resolved replaces the zero settings that depend on the machine. memoryLimit is
// the memory that the process may use, in bytes, or 0 if it is unknown.
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
	if s.ImageMemory == 0 {
		s.ImageMemory = max(memoryLimit/2, minImageMemory)
	}
	if s.BodyMemory == 0 {
		s.BodyMemory = max(memoryLimit/8, s.MaxBody, s.API3MaxBody, s.V1MaxBody)
	}
	return s
}

// minImageMemory is enough for a photo of 12 megapixels.
const minImageMemory = 64 * mib
