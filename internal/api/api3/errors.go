package api3

import "github.com/kahao/kahao/internal/api/backend"

// Condition is the outcome of a request: a closed set. Its row in the table says
// what the client gets.
type Condition int

// The conditions. Their order is that of the table; the zero Condition is
// success.
const (
	OK Condition = iota
	NoAuthorization
	UnknownKey
	BucketKey
	SignatureMismatch
	FormTooLarge
	SignatureExpired
	TokenInvalid
	NotAuthorized
	TooFrequent
	AccountTooFrequent
	KeyTooFrequent
	ClientTooFrequent
	NoAction
	UnknownAction
	UnknownVersion
	NoParameter
	InvalidParameter
	InvalidMultipart
	UnknownParameter
	UnsupportedRegion
	UnsupportedMethod
	QueryTooLarge
	BodyBroken
	InvalidValue
	DownloadFailed
	ImageTooLarge
	ImageMalformed
	ImageUndecodable
	ImageEmpty
	NotACard
	IllegalNumber
	RecognitionFailed
	Timeout
	Blurred
	NotOpened
	Arrears
	UsedUp
	ChargeFault
	RecogniserFault
	ServerFault
	Overloaded
	IdempotencyMismatch
	IdempotencyInProgress
	conditions // how many there are
)

// Row is what a client gets for a condition.
type Row struct {
	Name   string // identifies the condition in logs and metrics
	When   string // in words, for docs/errors.md
	Code   string // "Code" of the reply
	Number int    // stands for Code in the ledger, where codes are numbers
	// Chinese and English are "Message" of the reply. %s stands for what the row's
	// condition adds: see call.message.
	Chinese, English string
	Billed           bool // costs one unit
	Retryable        bool // the same request may succeed later
}

// table has a row for every condition; docs/errors.md is generated from it. Codes
// are the vendor's. Never change or reuse a code or a number: clients compare the
// one, and the ledger keeps the other.
var table = [conditions]Row{
	OK: {"ok", "the request was answered", "", 0, "", "", true, false},
	NoAuthorization: {"no_authorization", "the Authorization header is absent or not of the TC3-HMAC-SHA256 form, and there is no Signature parameter",
		"AuthFailure.InvalidAuthorization", 3001, "请求头部的 Authorization 不符合规范。", "Authorization in the request header is invalid.", false, false},
	UnknownKey: {"unknown_key", "no key has the SecretId, or it is disabled or has expired",
		"AuthFailure.SecretIdNotFound", 3002, "SecretId不存在，请输入正确的密钥。", "The SecretId is not found, please ensure that your SecretId is correct.", false, false},
	BucketKey: {"bucket_key", "the key is limited to some buckets, which only the legacy endpoint knows",
		"AuthFailure.InvalidSecretId", 3003, "密钥非法，不是云 API 密钥类型。", "The SecretId is not that of a cloud API key.", false, false},
	SignatureMismatch: {"signature_mismatch", "the signature is not that of the request and the SecretKey, or the date of its scope is not that of the timestamp",
		"AuthFailure.SignatureFailure", 3004, "请求签名验证失败，请检查您的签名计算是否正确。", "The provided credentials could not be validated. Please check your signature is correct.", false, false},
	FormTooLarge: {"form_too_large", "the body of a request signed by HmacSHA1 or HmacSHA256 is over 1 MiB",
		"AuthFailure.SignatureFailure", 3004, "由于请求包大小超过限制，请求签名验证失败，请使用新的签名方法 `TC3-HMAC-SHA256`。",
		"The provided credentials could not be validated because of exceeding request size limit, please use new signature method `TC3-HMAC-SHA256`.", false, false},
	SignatureExpired: {"signature_expired", "the timestamp is more than five minutes from the server's time",
		"AuthFailure.SignatureExpire", 3005, "签名过期，Timestamp 与服务器时间相差不得超过五分钟。", "Signature expired. Timestamp and server time cannot differ by more than five minutes.", false, false},
	TokenInvalid: {"token_invalid", "the request has a token of a temporary key; kahao issues none",
		"AuthFailure.TokenFailure", 3006, "Token 无效。", "The token is invalid.", false, false},
	NotAuthorized: {"not_authorized", "no policy of the sub-account allows the action, or one denies it",
		"AuthFailure.UnauthorizedOperation", 3007, "操作未授权，请检查CAM策略。%s",
		"You are not authorized to perform this operation. Check your CAM policies, and ensure that you are using the correct access keys. %s", false, false},
	TooFrequent: {"too_frequent", "the account calls the action more often than it may; the figures are the actual ones",
		"RequestLimitExceeded", 3008, "您当前每秒请求 `%s` 次，超过了每秒频率上限 `%s`，请稍后重试。",
		"Your current request times equals to `%s` in a second, which exceeds the frequency limit `%s` for a second. Please reduce the frequency of calls.", false, true},
	AccountTooFrequent: {"account_too_frequent", "the account's limit over both APIs is exceeded",
		"RequestLimitExceeded.GlobalRegionUinLimitExceeded", 3009, "主账号请求频率超过上限，请稍后重试。", "The main account exceeds its frequency limit. Please reduce the frequency of calls.", false, true},
	KeyTooFrequent: {"key_too_frequent", "the key's own limit is exceeded",
		"RequestLimitExceeded.UinLimitExceeded", 3010, "该密钥的请求频率超过上限，请稍后重试。", "The key exceeds its frequency limit. Please reduce the frequency of calls.", false, true},
	ClientTooFrequent: {"client_too_frequent", "the client's address exceeds its limit",
		"RequestLimitExceeded.IPLimitExceeded", 3011, "该 IP 的请求频率超过上限，请稍后重试。", "The IP address exceeds its frequency limit. Please reduce the frequency of calls.", false, true},
	NoAction: {"no_action", "X-TC-Action or Action is missing",
		"MissingParameter", 3012, "缺少参数 `Action`。", "The parameter `Action` is missing.", false, false},
	UnknownAction: {"unknown_action", "the action is none that kahao offers",
		"InvalidAction", 3013, "接口不存在。", "The action is not found.", false, false},
	UnknownVersion: {"unknown_version", "the version is another one than 2018-11-19",
		"NoSuchVersion", 3014, "接口版本不存在。", "The version is not found.", false, false},
	NoParameter: {"no_parameter", "another parameter that every request has is missing, such as the version or the timestamp",
		"MissingParameter", 3012, "缺少参数 `%s`。", "The parameter `%s` is missing.", false, false},
	InvalidParameter: {"invalid_parameter", "the body is neither a JSON object nor a form, as its Content-Type says, or a parameter has the wrong type",
		"InvalidParameter", 3015, "参数格式或类型错误。", "A parameter has the wrong format or type.", false, false},
	InvalidMultipart: {"invalid_multipart", "the body is not the multipart form that its Content-Type says",
		"InvalidRequest", 3016, "请求 body 的 multipart 格式错误。", "The multipart format of the request body is wrong.", false, false},
	UnknownParameter: {"unknown_parameter", "the action has no such parameter",
		"UnknownParameter", 3017, "未知参数 `%s`。", "The parameter `%s` is not recognized.", false, false},
	UnsupportedRegion: {"unsupported_region", "the region is none of the five of the vendor's page; only with `--api3-strict`",
		"UnsupportedRegion", 3018, "接口不支持所传地域。", "The region is not supported.", false, false},
	UnsupportedMethod: {"unsupported_method", "a method other than POST and GET",
		"UnsupportedProtocol", 3019, "请求方法错误，只支持 GET 和 POST。", "Only the methods GET and POST are supported.", false, false},
	QueryTooLarge: {"query_too_large", "the query of a GET request is over 32 KiB",
		"RequestSizeLimitExceeded", 3020, "请求包超过限制大小。", "The request exceeds the size limit.", false, false},
	BodyBroken: {"body_broken", "the body broke off, came too slowly, or not in the chunks that its header says; the connection is closed",
		"InvalidRequest", 3016, "请求 body 不完整。", "The request body is incomplete.", false, true},
	InvalidValue: {"invalid_value", "neither image is given, ImageBase64 is not base64, or a value is not one of those allowed",
		"InvalidParameterValue.InvalidParameterValueLimit", 3021, "参数值错误。", "A parameter has an invalid value.", false, false},
	DownloadFailed: {"download_failed", "ImageUrl is no http or https URL, is over 2048 bytes or cannot be downloaded, or fetching is not enabled",
		"FailedOperation.DownLoadError", 3022, "文件下载失败。", "The file cannot be downloaded.", false, true},
	ImageTooLarge: {"image_too_large", "the body, or an image in base64, is over 10 MiB",
		"LimitExceeded.TooLargeFileError", 3023, "文件内容太大。", "The file is too large.", false, false},
	ImageMalformed: {"image_malformed", "the image is damaged, of an unsupported format such as GIF, or not an image",
		"FailedOperation.ImageDecodeFailed", 3024, "图片解码失败。", "The image cannot be decoded.", false, false},
	ImageUndecodable: {"image_undecodable", "the image has more pixels or scans than are decoded",
		"InvalidParameter.EngineImageDecodeFailed", 3025, "图片解码失败。", "The engine cannot decode the image.", false, false},
	ImageEmpty: {"image_empty", "the image has no bytes",
		"FailedOperation.EmptyImageError", 3026, "图片内容为空。", "The image is empty.", true, false},
	NotACard: {"not_a_card", "the image shows no bank card",
		"FailedOperation.NoBankCardError", 3027, "非银行卡。", "The image shows no bank card.", false, false},
	IllegalNumber: {"illegal_number", "what was read cannot be a card number",
		"FailedOperation.IllegalBankCardError", 3028, "银行卡信息非法。", "The bank card's number is not valid.", false, false},
	RecognitionFailed: {"recognition_failed", "there is a card, and its number cannot be read",
		"FailedOperation.OcrFailed", 3029, "OCR识别失败。", "Recognition failed.", false, false},
	Timeout: {"timeout", "reading the card took longer than allowed",
		"FailedOperation.EngineRecognizeTimeout", 3030, "引擎识别超时。", "Recognition timed out.", false, true},
	Blurred: {"blurred", "there is a card, and it is too blurred to be read",
		"FailedOperation.ImageBlur", 3031, "图片模糊。", "The image is blurred.", false, false},
	NotOpened: {"not_opened", "the account has not opened the service, or has closed it",
		"FailedOperation.UnOpenError", 3032, "服务未开通。", "The service is not opened.", false, true},
	Arrears: {"arrears", "the account owes money, and its service is stopped",
		"ResourceUnavailable.InArrears", 3033, "帐号已欠费。", "The account is in arrears.", false, true},
	UsedUp: {"used_up", "the account has no reading left: none this month, in no pack, and no post-pay",
		"ResourceUnavailable.ResourcePackageRunOut", 3034, "资源包余量已用尽，且未开通后付费。", "The resource packs are used up, and post-pay is off.", false, true},
	ChargeFault: {"charge_fault", "the account's billing is not in a state in which it can be charged",
		"ResourcesSoldOut.ChargeStatusException", 3035, "计费状态异常。", "The billing state is abnormal.", false, true},
	RecogniserFault: {"recogniser_fault", "a fault of the server while it read the image",
		"FailedOperation.UnKnowError", 3036, "未知错误。", "Unknown error.", false, true},
	ServerFault: {"server_fault", "a fault of the server elsewhere; the accounts cannot be asked",
		"InternalError", 3037, "内部错误。", "Internal error.", false, true},
	Overloaded: {"overloaded", "the server has as many requests as it can take, or is about to stop; Retry-After says when to come back",
		"ServiceUnavailable", 3038, "当前服务暂时不可用，请稍后重试。", "The service is temporarily unavailable. Please try again later.", false, true},
	IdempotencyMismatch: {"idempotency_mismatch", "the Idempotency-Key was used for another request, or with a key whose replies have another form, or is not 1 to 255 printable characters",
		"InvalidParameterValue.IdempotencyKeyMismatch", 3039, "该 Idempotency-Key 已用于其他请求。", "The Idempotency-Key was used for another request.", false, false},
	IdempotencyInProgress: {"idempotency_in_progress", "the first request with the Idempotency-Key is still being answered; Retry-After says when to come back",
		"ResourceInUse.IdempotencyKeyInProgress", 3040, "使用该 Idempotency-Key 的请求仍在处理中。", "The first request with this Idempotency-Key is in progress.", false, true},
}

// Row returns the condition's row of the table.
func (c Condition) Row() Row { return table[c] }

// String is the condition's name.
func (c Condition) String() string { return table[c].Name }

// Conditions returns all conditions.
func Conditions() []Condition { return backend.All(conditions) }

// CodeText returns the code that a number in the ledger stands for, and false if
// it stands for none. The number of success is 0, as in every API.
func CodeText(number int) (code string, ok bool) {
	for _, row := range table {
		if row.Number == number && number != 0 {
			return row.Code, true
		}
	}
	return "", false
}
