package legacy

import (
	"context"
	"errors"

	"github.com/kahao/kahao/internal/card/pan"
	"github.com/kahao/kahao/internal/service/signature"
)

// Reader reads the card in a picture. It must be safe for concurrent use.
type Reader interface {
	// Read returns the card in the picture, given as the bytes of its file.
	// It returns ErrEmpty, ErrMalformed, ErrUnsupported, ErrTooLarge,
	// ErrUnreadable, ErrIllegal, the context's error, or an error of its own,
	// which is told as a fault of the server.
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

// Box is a rectangle in pixels of the uploaded picture: its top-left corner
// and size.
type Box struct {
	X      int `json:"x"`
	Y      int `json:"y"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Errors that a Reader tells pictures and cards apart with.
var (
	ErrEmpty       = errors.New("legacy: empty picture")
	ErrMalformed   = errors.New("legacy: malformed picture")
	ErrUnsupported = errors.New("legacy: unsupported kind of picture")
	ErrTooLarge    = errors.New("legacy: picture with too many pixels or scans")
	ErrUnreadable  = errors.New("legacy: a card whose number cannot be read")
	ErrIllegal     = errors.New("legacy: not a card number")
)

// Fetcher brings the picture at an address.
type Fetcher interface {
	// Fetch returns the picture, of at most limit bytes, at an http or https
	// address. Any error is told as a failed download.
	Fetch(ctx context.Context, address string, limit int64) ([]byte, error)
}

// Accounts knows who may call.
type Accounts interface {
	signature.Keys
	// Bucket reports whether the app id has the bucket.
	Bucket(ctx context.Context, appID, bucket string) (bool, error)
}

// Gate bounds how many requests are in the server at once.
type Gate interface {
	// Enter takes a place without waiting, and reports false when there is
	// none. A place that was taken must be given back with leave.
	Enter() (leave func(), ok bool)
}
