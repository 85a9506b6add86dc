package sqlite

import (
	"errors"

	"modernc.org/sqlite"

	"github.com/kahao/kahao/internal/store/db"
)

// SQLite's result codes; the low eight bits are the kind.
const (
	codeIO      = 10
	codeCorrupt = 11
	codeFull    = 13
	codeNotADB  = 26

	codeCheck      = 19 | 1<<8
	codePrimaryKey = 19 | 6<<8
	codeUnique     = 19 | 8<<8
	codeRowID      = 19 | 10<<8
)

var dialect = &db.Dialect{
	Name: "sqlite",
	HasTable: func(tx *db.Tx, name string) (found bool, err error) {
		err = tx.Row(`SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)`, name).Scan(&found)
		return found, err
	},
	IsUnique: func(err error) bool { return is(err, codePrimaryKey, codeUnique, codeRowID) },
	IsCheck:  func(err error) bool { return is(err, codeCheck) },
}

// is reports whether an error of SQLite has one of the codes, or one of the
// kinds.
func is(err error, codes ...int) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code() == c || e.Code()&0xff == c {
			return true
		}
	}
	return false
}
