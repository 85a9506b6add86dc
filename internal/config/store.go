package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/secret"
)

// Store are the settings of the database with accounts and ledger. The commands
// that administrate it take only these.
type Store struct {
	Data         string
	InsecureData bool
	URL          DatabaseURL // or the content of URLFile
	URLFile      string
	KeyFile      string
	Keys         secret.Bytes // from KeysVariable; no setting is a secret itself
	TimeZone     string
	FreeUnits    int64
	PriceFile    string
	AutoMigrate  bool
}

// KeysVariable may hold the key-encryption keys instead of --key-file.
const KeysVariable = prefix + "KEYS"

// storeSettings are the names of the settings in Store.
var storeSettings = []string{"data", "insecure-data", "database-url", "database-url-file", "key-file", "time-zone", "free-units", "price-file", "auto-migrate"}

// DatabaseURL is the URL of a database. It prints without its password.
type DatabaseURL string

// String is the URL without its password.
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

// readURL reads the URL from its file. It returns a problem if it cannot.
func (s *Store) readURL() []problem {
	if s.URLFile == "" {
		return nil
	}
	if s.URL != "" {
		return []problem{{"database-url-file", "--database-url is set, too: give one of the two"}}
	}
	content, err := ReadSecret(s.URLFile)
	if err != nil {
		return []problem{{"database-url-file", err.Error()}}
	}
	s.URL = DatabaseURL(content)
	return nil
}

func (s Server) checkStore(v *validator) {
	if s.InsecureData && s.Data == "" {
		v.add("insecure-data", "it has no effect without --data")
	}
	if s.URL != "" {
		if !strings.HasPrefix(string(s.URL), "postgres://") && !strings.HasPrefix(string(s.URL), "postgresql://") {
			v.add("database-url", "it must begin with postgres:// or postgresql://")
		}
		if s.Data != "" {
			v.add("database-url", "--data names another database: give one of the two")
		}
	} else if s.AutoMigrate {
		v.add("auto-migrate", "it has no effect without --database-url; a database in --data is always migrated")
	}
	if s.KeyFile != "" && len(s.Keys) > 0 {
		v.add("key-file", "%s is set, too: give one of the two", KeysVariable)
	}
	if s.KeyFile != "" && s.Data == "" && s.URL == "" {
		v.add("key-file", "it has no effect without --data or --database-url")
	}
	checkRange(v, "free-units", s.FreeUnits, 0, 1_000_000_000)
}

func storeSetting(name string) bool { return slices.Contains(storeSettings, name) }
