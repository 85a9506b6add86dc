package config

import (
	"net/url"
	"slices"
	"strings"
)

// Store says where accounts and books are kept, and how they are counted. The
// commands that work on them take these settings alone.
type Store struct {
	Data        string
	URL         DatabaseURL
	KeyFile     string
	Keys        Secret // from KeysVariable; settings are never secrets themselves
	TimeZone    string
	FreeUnits   int64
	PriceFile   string
	AutoMigrate bool
}

// KeysVariable holds the key-encryption keys where no file does.
const KeysVariable = prefix + "KEYS"

// storeSettings are the names of the settings that Store has.
var storeSettings = []string{"data", "store", "key-file", "time-zone", "free-units", "price-file", "auto-migrate"}

// DatabaseURL is the address of a database. It prints without its password.
type DatabaseURL string

// String is the address without a password and without what may hold one.
func (u DatabaseURL) String() string {
	if u == "" {
		return ""
	}
	parsed, err := url.Parse(string(u))
	if err != nil {
		scheme, _, _ := strings.Cut(string(u), "://")
		return scheme + "://..."
	}
	if q := parsed.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		parsed.RawQuery = q.Encode()
	}
	return parsed.Redacted()
}

// judgeStore notes what cannot be meant.
func (s Server) judgeStore(j *judge) {
	if s.URL != "" {
		if !strings.HasPrefix(string(s.URL), "postgres://") && !strings.HasPrefix(string(s.URL), "postgresql://") {
			j.bad("store", "it must begin with postgres:// or postgresql://")
		}
		if s.Data != "" {
			j.bad("store", "--data keeps accounts and books in a folder: give one of the two")
		}
		if s.AccountsFile != "" {
			j.bad("store", "--accounts-file names the accounts: give one of the two")
		}
	} else if s.AutoMigrate {
		j.bad("auto-migrate", "it is for --store; a data folder is always brought up to date")
	}
	if s.KeyFile != "" && len(s.Keys) > 0 {
		j.bad("key-file", "%s is set, too: give one of the two", KeysVariable)
	}
	if s.KeyFile != "" && s.Data == "" && s.URL == "" {
		j.bad("key-file", "there is neither --data nor --store whose secrets it could seal")
	}
	between(j, "free-units", s.FreeUnits, 0, 1_000_000_000)
}

func storeSetting(name string) bool { return slices.Contains(storeSettings, name) }
