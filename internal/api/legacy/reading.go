package legacy

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/kahao/kahao/internal/api/legacy/encode"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/pan"
)

// Reader reads the card in a picture. It must be safe for concurrent use.
type Reader interface {
	// Read returns the card in the picture, given as the bytes of its file.
	// It returns one of the errors below from ErrEmpty to ErrOverloaded, the
	// context's error, or an error of its own, which is told as a fault of the
	// server.
	Read(ctx context.Context, picture []byte) (Reading, error)
}

// Reading is what a reply says of a card.
type Reading struct {
	Found            bool // there is a card; the rest is empty when not
	Number           pan.Number
	NumberBox        Box
	NumberConfidence float64 // from 0 to 1
	Type             string  // such as 贷记卡; empty where unknown
	CardName         string  // such as 中银万事达信用卡
	Bank             string  // such as 中国银行(01040000)
	Expiry           string  // MM/YYYY; empty where none was read
	ExpiryBox        Box
	ExpiryConfidence float64
}

// tellable reports whether a reply can say it: JSON has no NaN.
func (r Reading) tellable() bool {
	return !math.IsNaN(r.NumberConfidence) && !math.IsNaN(r.ExpiryConfidence)
}

// Box is a rectangle in the picture.
type Box = encode.Box

// Errors that a Reader tells pictures and cards apart with.
var (
	ErrEmpty        = errors.New("legacy: empty picture")
	ErrMalformed    = errors.New("legacy: malformed picture")
	ErrUnsupported  = errors.New("legacy: unsupported kind of picture")
	ErrTooLarge     = errors.New("legacy: picture with too many pixels or scans")
	ErrUnclassified = errors.New("legacy: cannot tell what the picture shows")
	ErrUnreadable   = errors.New("legacy: a card whose number cannot be read")
	ErrBlurred      = errors.New("legacy: a card that is too blurred")
	ErrIllegal      = errors.New("legacy: not a card number")
	ErrUnavailable  = errors.New("legacy: the recogniser cannot be reached")
	ErrOverloaded   = errors.New("legacy: no room for this picture now")
)

// Fetcher downloads images. It must be safe for concurrent use.
type Fetcher interface {
	// FetchFrom returns the image at the URL, of at most limit bytes, from the
	// given hosts alone; no hosts means all that the operator allows. It returns
	// a fetch.Kind, the context's error, or an error that is a fault of the
	// server.
	FetchFrom(ctx context.Context, hosts []string, url string, limit int64) ([]byte, error)
}

// Accounts knows the keys and what they may do.
type Accounts interface {
	signature.Keys
	// Access returns what the key may do for the app id. The error
	// account.ErrUnavailable says that it cannot be asked now.
	Access(ctx context.Context, appID, secretID string) (account.Access, error)
}

// Rate bounds how often a caller may ask. A quota.Rate does.
type Rate interface {
	// Take takes one request of the caller, or says when there will be one.
	Take(ctx context.Context, caller string) (wait time.Duration, ok bool)
}

// Results returns replies by session id.
type Results interface {
	// Get returns the reply that was kept for the app id under the id.
	Get(ctx context.Context, appID, id string) (reply []byte, found bool, err error)
}

// Gate bounds how much is in the server at once.
type Gate interface {
	// Enter takes a place without waiting for a request whose body has the
	// size, and reports false when there is none. A place that was taken must
	// be given back with leave.
	Enter(ctx context.Context, size int64) (leave func(), ok bool)
	// RetryAfter is when those who were turned away shall come back.
	RetryAfter() time.Duration
}
