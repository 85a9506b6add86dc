package native

import (
	"net/http"

	"github.com/kahao/kahao/internal/api/backend"
)

// Condition is the outcome of a request, or of one image of several: a closed set.
// Its row in the table says what the client gets.
type Condition int

// The conditions. Their order is that of the table; the zero Condition is success.
const (
	OK Condition = iota
	MissingKey
	InvalidKey
	NotAuthorized
	BucketNotAllowed
	UnknownBucket
	TooFrequent
	NotFound
	ResultNotFound
	MethodNotAllowed
	InvalidParameter
	InvalidPeriod
	MediaType
	InvalidBody
	BodyBroken
	BodyTooLarge
	NoImage
	TooManyImages
	ImageTooLarge
	ImageEmpty
	ImageMalformed
	ImageUnsupported
	ImageTooManyPixels
	BadURL
	DownloadFailed
	DownloadTooLarge
	NothingFound
	TooManyMismatches
	IdempotencyMismatch
	IdempotencyInProgress
	Arrears
	UsedUp
	NotOpened
	Timeout
	Overloaded
	AccountsUnavailable
	ServerFault
	NoCard
	Unreadable
	Blurred
	NotANumber
	UnsureRedaction
	EntityNotCovered
	conditions // how many there are
)

// Row is what a client gets for a condition.
type Row struct {
	Code      string // "code" of the problem document; identifies the condition in logs and metrics
	Number    int    // stands for Code in the ledger, where codes are numbers
	Status    int    // of HTTP
	Title     string // "title" of the problem document
	When      string // in words, for docs/errors.md
	Retryable bool   // the same request may succeed later
}

// table has a row for every condition; docs/errors.md and the OpenAPI document are
// generated from it. Never change or reuse a code or a number: clients compare the
// one, and the ledger keeps the other.
var table = [conditions]Row{
	OK: {"ok", 0, http.StatusOK, "OK", "the request was answered", false},
	MissingKey: {"missing_key", 4001, http.StatusUnauthorized, "No bearer key was sent.",
		"the Authorization header is absent or of another scheme than Bearer", false},
	InvalidKey: {"invalid_key", 4002, http.StatusUnauthorized, "The key is not valid.",
		"the bearer key is malformed, unknown, disabled or expired; which of them is not told", false},
	NotAuthorized: {"not_authorized", 4003, http.StatusForbidden, "The key's user may not do this.",
		"no policy of the sub-account allows the action, or one denies it", false},
	BucketNotAllowed: {"bucket_not_allowed", 4004, http.StatusForbidden, "The key is not valid for the bucket.",
		"the key is limited to other buckets, or to several and none is named", false},
	UnknownBucket: {"unknown_bucket", 4005, http.StatusNotFound, "There is no such bucket.",
		"the account has no bucket with the name", false},
	TooFrequent: {"too_frequent", 4006, http.StatusTooManyRequests, "Too many requests.",
		"the account, the key or the client's address asks more often than it may, or asks for too many unknown results; Retry-After says when to come back", true},
	NotFound: {"not_found", 4007, http.StatusNotFound, "There is no such path.", "the path is none of the API's", false},
	ResultNotFound: {"result_not_found", 4008, http.StatusNotFound, "There is no such result.",
		"there is no result with the id, or not any more, or the key may not see it", false},
	MethodNotAllowed: {"method_not_allowed", 4009, http.StatusMethodNotAllowed, "The path has another method.",
		"the method is not the one that Allow names", false},
	InvalidParameter: {"invalid_parameter", 4010, http.StatusBadRequest, "A parameter is not valid.",
		"a query parameter, a field or a header is unknown, given twice or has a value that is not allowed; detail names it", false},
	InvalidPeriod: {"invalid_period", 4040, http.StatusUnprocessableEntity, "The period is not valid.",
		"the first day of the usage is after the last, or more than 366 days before it", false},
	MediaType: {"media_type", 4011, http.StatusUnsupportedMediaType, "The content type is not accepted.",
		"the Content-Type is neither of an image, nor application/json, nor multipart/form-data", false},
	InvalidBody: {"invalid_body", 4012, http.StatusBadRequest, "The body is not what its content type says.",
		"the body is not the JSON object or the multipart form that its Content-Type says", false},
	BodyBroken: {"body_broken", 4013, http.StatusBadRequest, "The body is incomplete.",
		"the body broke off, came too slowly, or not in the chunks that its header says; the connection is closed", true},
	BodyTooLarge: {"body_too_large", 4014, http.StatusRequestEntityTooLarge, "The body is too large.",
		"the body is over 10 MiB", false},
	NoImage:       {"no_image", 4015, http.StatusBadRequest, "There is no image.", "the body has no image and no URL of one", false},
	TooManyImages: {"too_many_images", 4016, http.StatusBadRequest, "There are too many images.", "more than 20 images in one request", false},
	ImageTooLarge: {"image_too_large", 4017, http.StatusRequestEntityTooLarge, "The image is too large.",
		"an image is over 10 MiB, counted without base64", false},
	ImageEmpty: {"image_empty", 4018, http.StatusUnprocessableEntity, "The image is empty.", "the image has no bytes", false},
	ImageMalformed: {"image_malformed", 4019, http.StatusUnprocessableEntity, "The image cannot be decoded.",
		"the image is damaged", false},
	ImageUnsupported: {"image_unsupported", 4020, http.StatusUnprocessableEntity, "The image's format is not read.",
		"the file is of another format, such as GIF, or no image", false},
	ImageTooManyPixels: {"image_too_many_pixels", 4021, http.StatusUnprocessableEntity, "The image is too large to decode.",
		"the image has more pixels or scans than are decoded", false},
	BadURL: {"bad_url", 4022, http.StatusUnprocessableEntity, "The URL is not fetched.",
		"url is no http or https URL, or one that the server must not fetch", false},
	DownloadFailed: {"download_failed", 4023, http.StatusUnprocessableEntity, "The image cannot be downloaded.",
		"the URL's server cannot be reached, is too slow or answers with another status than 200, or fetching is not enabled", true},
	DownloadTooLarge: {"download_too_large", 4024, http.StatusUnprocessableEntity, "The downloaded file is too large.",
		"the file at the URL is over the largest image", false},
	NothingFound: {"nothing_found", 4025, http.StatusUnprocessableEntity, "No card number was found.",
		"nothing in the image may be a card number, and allow_empty is not set; the image is not sent back, so that no unredacted image passes for a redacted one", false},
	TooManyMismatches: {"too_many_mismatches", 4026, http.StatusTooManyRequests, "Too many claims did not match.",
		"the account's or the key's verifications did not match too often; Retry-After says when to come back", true},
	IdempotencyMismatch: {"idempotency_mismatch", 4027, http.StatusUnprocessableEntity, "The Idempotency-Key was used for another request.",
		"the Idempotency-Key was used for another request, or with a key whose replies have another form, or is not 1 to 255 printable characters", false},
	IdempotencyInProgress: {"idempotency_in_progress", 4028, http.StatusConflict, "The first request with the Idempotency-Key is in progress.",
		"the first request with the Idempotency-Key is still being answered; Retry-After says when to come back", true},
	Arrears: {"arrears", 4029, http.StatusPaymentRequired, "The account is in arrears.", "the account owes money, and its service is stopped", true},
	UsedUp: {"used_up", 4030, http.StatusPaymentRequired, "No reading is left.",
		"the account has no reading left: none this month, in no pack, and no post-pay", true},
	NotOpened: {"not_opened", 4031, http.StatusForbidden, "The service is closed for the account.", "the operator has closed the account", true},
	Timeout: {"timeout", 4032, http.StatusGatewayTimeout, "Reading took too long.",
		"reading the image took longer than allowed, or than deadline_ms", true},
	Overloaded: {"overloaded", 4033, http.StatusServiceUnavailable, "The server is overloaded.",
		"the server has as many requests as it can take, or is about to stop; Retry-After says when to come back", true},
	AccountsUnavailable: {"accounts_unavailable", 4034, http.StatusServiceUnavailable, "The accounts cannot be read.",
		"the accounts cannot be asked at the moment, or did not answer in time", true},
	ServerFault: {"server_fault", 4035, http.StatusInternalServerError, "A fault of the server.", "a fault of the server", true},

	NoCard: {"no_card", 4036, http.StatusOK, "The image shows no card.",
		"in the usage only: the reply has status 200 and no card", false},
	Unreadable: {"unreadable", 4037, http.StatusOK, "The number cannot be read.",
		"in the usage only: the reply has status 200 and no card whose number may be used", false},
	Blurred: {"blurred", 4038, http.StatusOK, "The card is blurred.",
		"in the usage only: the same, because the card is blurred", false},
	NotANumber: {"not_a_number", 4039, http.StatusOK, "What was read cannot be a card number.",
		"in the usage only: the same, because what was read cannot be a card number", false},
	UnsureRedaction: {"unsure", 4041, http.StatusUnprocessableEntity, "The image may still show a card number.",
		"of /redact only: a card was found without its number, digits were still found after covering, or a part of the file is missing, and allow_unsure is not set; Kahao-Redaction has the reasons", false},
	EntityNotCovered: {"entity_not_covered", 4042, http.StatusUnprocessableEntity, "An entity is asked for that is not covered.",
		"of /redact only: analyzer_entities has another entity than CREDIT_CARD, and lenient is not set", false},
}

// Row returns the condition's row of the table.
func (c Condition) Row() Row { return table[c] }

// String is the condition's code.
func (c Condition) String() string { return table[c].Code }

// Conditions returns all conditions.
func Conditions() []Condition { return backend.All(conditions) }

// CodeText returns the code that a number in the ledger stands for, and false if
// it stands for none.
func CodeText(number int) (code string, ok bool) {
	for _, row := range table {
		if row.Number == number && number != 0 {
			return row.Code, true
		}
	}
	return "", false
}
