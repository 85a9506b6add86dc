package legacy

import (
	"net/http"

	"github.com/kahao/kahao/internal/api/backend"
)

// Condition is the outcome of a request, or of one image of several: a closed
// set. Its row in the table says what the client gets.
type Condition int

// The conditions. Their order is that of the table; the zero Condition is
// success.
const (
	OK Condition = iota
	BadRequest
	MediaType
	BodyBroken
	NotFound
	ResultNotFound
	MethodNotAllowed
	IdempotencyMismatch
	IdempotencyInProgress
	Arrears
	SignatureEmpty
	SignatureMalformed
	TargetMismatch
	SecretFault
	SignatureFault
	SignatureExpired
	UnknownApp
	UnknownKey
	WrongApp
	Replayed
	SignatureMismatch
	TooFrequent
	UnknownBucket
	URLEmpty
	NoImage
	TooManyImages
	ImageTooLarge
	InvalidParameter
	BodyTooLarge
	NoPermission
	UsedUp
	AccountFault
	AccountsUnavailable
	PackFault
	UnpackFault
	LinkFault
	Timeout
	ServerFault
	ImageMalformed
	ImageEmpty
	ParameterEmpty
	ParameterTooLong
	DownloadFailed
	ImageUnsupported
	DownloadStatus
	Unclassified
	DownloadTooLarge
	BadURL
	DownloadTimeout
	Unreachable
	Internal
	Overloaded
	PreprocessFailed
	RecognitionFailed
	Blurred
	NotACard
	IllegalNumber
	conditions // how many there are
)

// Row is what a client gets for a condition.
type Row struct {
	Name      string    // identifies the condition in logs and metrics
	When      string    // in words, for docs/errors.md
	Code      int       // "code" of the reply
	Message   string    // "message" of the reply
	HTTP      int       // status by default
	HTTP2017  int       // status in the mode of the 2017 documentation
	Strict    Condition // what it becomes in strict mode; itself where OK
	Retryable bool      // the same request may succeed later
}

// table has a row for every condition; docs/errors.md is generated from it.
// Codes and the messages in capitals are the vendor's; the other messages and
// the statuses are ours. Never change or reuse a code: clients compare them.
var table = [conditions]Row{
	OK:                    {"ok", "the card was read; of several images each has its own code", 0, "OK", 200, 200, OK, false},
	BadRequest:            {"bad_request", "the body is not the JSON or multipart that its Content-Type says; detail says where it is broken", 3, "bad request", 200, 400, OK, false},
	MediaType:             {"media_type", "the Content-Type is neither application/json nor multipart/form-data, or missing", 3, "bad request", 415, 415, OK, false},
	BodyBroken:            {"body_broken", "the body broke off, came too slowly, or not in the chunks that its header says; the connection is closed", 3, "bad request", 400, 400, OK, true},
	NotFound:              {"not_found", "no such path; the vendor's other interfaces are not offered", 3, "path not found", 404, 404, OK, false},
	ResultNotFound:        {"result_not_found", "there is no result with the session id for this app id, or not any more, or the key may not see it", 3, "result not found", 404, 404, OK, false},
	MethodNotAllowed:      {"method_not_allowed", "a method other than POST, or other than GET for a result", 3, "method not allowed", 405, 424, OK, false},
	IdempotencyMismatch:   {"idempotency_mismatch", "the Idempotency-Key was used for another request, or with a key whose replies have another form, or is not 1 to 255 printable characters", 3, "idempotency key used for another request", 422, 422, OK, false},
	IdempotencyInProgress: {"idempotency_in_progress", "the first request with the Idempotency-Key is still being answered; Retry-After says when to come back", 3, "request in progress", 409, 409, OK, true},
	Arrears:               {"arrears", "the account owes money, and its service is stopped", 3, "account abnormal,errorno is:2", 200, 403, OK, true},
	SignatureEmpty:        {"signature_empty", "the Authorization header is absent or blank", 4, "signature is empty", 200, 401, OK, false},
	SignatureMalformed:    {"signature_malformed", "malformed signature: not base64(HMAC + text), missing a, k or e, invalid times, created more than 15 minutes ahead, valid for more than 92 days, or a single-use signature that is not accepted or has no file ID", 5, "invalid signature string", 200, 401, OK, false},
	TargetMismatch:        {"target_mismatch", "the signature is for another app id, bucket or file than the request is", 6, "appid/bucket/url not match", 200, 403, OK, false},
	SecretFault:           {"secret_fault", "the server has the key without its secret, and cannot compute the signature", 7, "sign encode failed", 200, 500, OK, true},
	SignatureFault:        {"signature_fault", "a fault of the server while it read the signature", 8, "sign decode failed", 200, 500, OK, true},
	SignatureExpired:      {"signature_expired", "the signature's time is over", 9, "signature expired", 200, 401, OK, false},
	UnknownApp:            {"unknown_app", "no account has the app id of the signature", 10, "appid not exist", 200, 401, OK, false},
	UnknownKey:            {"unknown_key", "no key has the SecretId of the signature, or it is disabled", 11, "secretid not exist", 200, 401, OK, false},
	WrongApp:              {"wrong_app", "the SecretId belongs to another app id", 12, "appid not match", 200, 401, OK, false},
	Replayed:              {"replayed", "a single-use signature was used before", 13, "replay attack", 200, 403, OK, false},
	SignatureMismatch:     {"signature_mismatch", "the HMAC is not that of the text and the SecretKey", 14, "signature check failed", 200, 401, OK, false},
	TooFrequent:           {"too_frequent", "the account, the key or the client's address asks more often than it may, or queries unknown session ids too often; Retry-After says when to come back", 15, "operation too frequent", 200, 429, OK, true},
	UnknownBucket:         {"unknown_bucket", "the app id has no such bucket", 16, "bucket not exist", 200, 404, OK, false},
	URLEmpty:              {"url_empty", "url is given and empty, and there is no image", 17, "url is empty", 200, 400, OK, false},
	NoImage:               {"no_picture", "neither image nor url is given", 18, "no image or url", 200, 400, OK, false},
	TooManyImages:         {"too_many_pictures", "more than 20 images in one request", 19, "too many images", 200, 400, OK, false},
	ImageTooLarge:         {"picture_too_large", "an image is over 1 MiB, counted without base64", 20, "image too large", 200, 413, OK, false},
	InvalidParameter:      {"invalid_parameter", "appid is missing or neither text nor a whole number, another field has the wrong type, or image is no base64", 21, "invalid parameter", 200, 400, OK, false},
	BodyTooLarge:          {"body_too_large", "the body is over 6 MiB", 23, "request body too large", 413, 413, ImageTooLarge, false},
	NoPermission:          {"no_permission", "the key is a sub-account's, not for this bucket or limited to buckets and none is named, or the account has not opened the service", 24, "no permission", 200, 403, UnknownKey, false},
	UsedUp:                {"used_up", "the account has no reading left: none this month, in no pack, and no post-pay", 25, "resource used up", 200, 403, Arrears, true},
	AccountFault:          {"account_fault", "the accounts answered with a fault", 107, "auth service unavailable", 200, 503, Internal, true},
	AccountsUnavailable:   {"accounts_unavailable", "the accounts cannot be asked at the moment, or did not answer in time", 108, "auth service unavailable", 200, 503, Internal, true},
	PackFault:             {"pack_fault", "what was read cannot be put into a reply", 200, "internal pack failed", 200, 500, OK, true},
	UnpackFault:           {"unpack_fault", "a fault of the server while it took the body apart", 201, "internal unpack failed", 200, 500, OK, true},
	LinkFault:             {"link_fault", "the recogniser cannot be reached, or fetching failed by the server's fault", 202, "internal link failed", 200, 502, OK, true},
	Timeout:               {"timeout", "reading the card took longer than allowed", 203, "internal timeout", 200, 504, OK, true},
	ServerFault:           {"server_fault", "a fault of the server elsewhere than in reading the card", 213, "internal error", 200, 500, Internal, true},
	ImageMalformed:        {"picture_malformed", "the image is damaged, or not an image", -1102, "SDK_IMAGE_DECODE_FAILED", 200, 200, OK, false},
	ImageEmpty:            {"picture_empty", "the image has no bytes", -1300, "ERROR_IMAGE_EMPTY", 200, 200, OK, false},
	ParameterEmpty:        {"parameter_empty", "appid is given and empty", -1301, "ERROR_PARAMETER_EMPTY", 200, 200, OK, false},
	ParameterTooLong:      {"parameter_too_long", "appid, bucket or url is over 2048 bytes", -1304, "ERROR_PARAMETER_TOO_LONG", 200, 200, OK, false},
	DownloadFailed:        {"download_failed", "the download broke off, was redirected too often or met a wrong certificate, or fetching is not enabled", -1308, "ERROR_DOWNLOAD_IMAGE_FAILED", 200, 200, InvalidParameter, false},
	ImageUnsupported:      {"picture_unsupported", "an image of an unsupported format, such as GIF, or with several frames", -1400, "ERROR_IMAGE_FORMAT_INVALID", 200, 200, ImageMalformed, false},
	DownloadStatus:        {"download_status", "the image's server answered with another status than 200", -1403, "ERROR_IMAGE_DOWNLOAD_FAILED", 200, 200, InvalidParameter, false},
	Unclassified:          {"unclassified", "the recogniser cannot tell what the image shows", -1404, "ERROR_IMAGE_CLASSIFY_FAILED", 200, 200, RecognitionFailed, false},
	DownloadTooLarge:      {"download_too_large", "the image at the url is over 1 MiB", -1408, "ERROR_DOWNLOAD_IMAGE_SIZE_EXCEED", 200, 200, InvalidParameter, false},
	BadURL:                {"bad_url", "url is not an http or https address that images are fetched from", -1505, "ERROR_IVADLID_URL_FROMAT", 200, 200, InvalidParameter, false},
	DownloadTimeout:       {"download_timeout", "the image's server was reached and did not deliver in time", -1506, "ERROR_DOWNLOAD_TIMEOUT", 200, 200, InvalidParameter, true},
	Unreachable:           {"unreachable", "the image's server cannot be connected to, or may not be", -1507, "ERROR_CONNECT_DOWNLOAD_SERVER", 200, 200, InvalidParameter, true},
	Internal:              {"internal", "a fault of the server while it read the card", -5208, "OCR_SERVER_INTERN_ERROR", 200, 500, OK, true},
	Overloaded:            {"overloaded", "the server has as many requests as it can take; Retry-After says when to come back", -5208, "OCR_SERVER_INTERN_ERROR", 503, 503, OK, true},
	PreprocessFailed:      {"preprocess_failed", "the image has more pixels or scans than are decoded", -9010, "CREDITCARD_OCR_PREPROCESS_ERROR", 200, 200, OK, false},
	RecognitionFailed:     {"recognition_failed", "there is a card, and its number cannot be read", -9011, "CREDITCARD_OCR_RECOG_FAILED", 200, 200, OK, false},
	Blurred:               {"blurred", "there is a card, and the recogniser says that it is too blurred to be read", -9012, "CREDITCARD_OCR_IMAGE_BLUR", 200, 200, RecognitionFailed, false},
	NotACard:              {"not_a_card", "the image shows no bank card", -9013, "ERROR_NOT_A_CREDITCARD", 200, 200, RecognitionFailed, false},
	IllegalNumber:         {"illegal_number", "what was read cannot be a card number", -9014, "ERROR_CREDITCARD_ILLEGAL", 200, 200, RecognitionFailed, false},
}

// Row returns the condition's row of the table.
func (c Condition) Row() Row { return table[c] }

// String is the condition's name.
func (c Condition) String() string { return table[c].Name }

// Conditions returns all conditions.
func Conditions() []Condition { return backend.All(conditions) }

// strict is what the condition becomes where only the published codes of this
// endpoint may be sent.
func (c Condition) strict() Condition {
	if to := table[c].Strict; to != OK {
		return to
	}
	return c
}

// status returns the HTTP status of the condition. Transport failures keep
// theirs in strict mode, whatever the code becomes.
func (c Condition) status(mode2017 bool) int {
	if mode2017 {
		return table[c].HTTP2017
	}
	return table[c].HTTP
}

// transport reports whether the condition has a status of its own by default.
func (c Condition) transport() bool { return table[c].HTTP != http.StatusOK }
