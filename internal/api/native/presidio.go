package native

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/native/body"
	"github.com/kahao/kahao/internal/api/native/presidio"
	"github.com/kahao/kahao/internal/redaction"
)

// Headers of replies in Presidio's dialect, besides Kahao-Redaction.
const (
	entitiesHeader = "Kahao-Entities"     // what is looked for
	formatHeader   = "Kahao-Image-Format" // of the reply
)

// expiryEntity is what fields=number,expiry adds to the entities. Presidio has no
// name for it.
const expiryEntity = "EXPIRY"

// presidio answers POST /redact, as docs/presidio.md describes it. Numbers are
// covered whole, as Presidio covers them. An image without a number comes back as
// it is; one that may still show a number does not.
func (c *call) presidio() {
	if c.query.covers.NoNumber {
		c.detail = "fields: want number or number,expiry"
		c.refuse(InvalidParameter)
		return
	}
	var request *presidio.Request
	condition := c.admit(func(contentType string, r io.Reader) (err error) {
		request, err = presidio.Parse(contentType, r, c.MaxImage)
		return err
	})
	if condition == OK && request.Others() && !c.query.lenient {
		c.detail = "only " + presidio.CreditCard + " is covered; lenient=true in the URL leaves the others uncovered"
		condition = EntityNotCovered
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	result, ok := c.cover(covering{
		image:   &body.Image{Content: request.Image},
		options: redaction.Options{Style: redaction.Fill, Colour: request.Colour, Expiry: c.query.covers.Expiry},
		digest:  func() [32]byte { return c.presidioDigest(request) },
		check:   c.refuseUnsure,
	})
	if !ok {
		return
	}
	entities := presidio.CreditCard
	if c.query.covers.Expiry {
		entities += ", " + expiryEntity
	}
	c.w.Header().Set(entitiesHeader, entities)
	c.w.Header().Set(formatHeader, strings.ToLower(result.Format.String()))
	file := result.File
	if request.Base64 {
		file = base64.StdEncoding.AppendEncode(nil, file)
	}
	c.send(OK, http.StatusOK, "application/octet-stream", file)
}

// refuseUnsure refuses an image that may still show a number: clients of Presidio
// look at no header. Presidio takes images only.
func (c *call) refuseUnsure(result *redaction.Result) Condition {
	if result.PDF {
		return ImageUnsupported
	}
	if result.Verdict != redaction.Unsure || c.query.allowUnsure {
		return OK
	}
	c.w.Header().Set(redactionHeader, c.report(result))
	return UnsureRedaction
}

// presidioDigest identifies the content of a request.
func (c *call) presidioDigest(q *presidio.Request) [32]byte {
	d := metering.NewDigest(c.route.api, c.key.AppID)
	d.Add([]byte(c.bucket), []byte(c.r.URL.Query().Get("fields")), []byte(c.r.URL.Query().Get("allow_unsure")))
	d.Add(q.Colour[:], q.Image)
	return d.Sum()
}

// authorization returns the request's credentials. Clients of Presidio send none,
// but their address may have them: the key is then the password of Basic.
func (c *call) authorization() string {
	if c.route.dialect {
		if user, password, ok := c.r.BasicAuth(); ok {
			if password == "" {
				password = user
			}
			return "Bearer " + password
		}
	}
	return c.r.Header.Get("Authorization")
}

// presidioProblem is an error in Presidio's form, with the code besides.
type presidioProblem struct {
	Error     string `json:"error"`
	Code      string `json:"code"`
	RequestID string `json:"request_id,omitempty"`
}

// presidioError returns the reply of a refusal. What is wrong with the request has
// status 422 in Presidio.
func (c *call) presidioError(condition Condition) (status int, text []byte) {
	row := condition.Row()
	p := presidioProblem{row.Title, row.Code, c.id}
	if condition == ServerFault {
		p.Error = "Internal server error"
	}
	if c.detail != "" {
		p.Error = strings.TrimSuffix(p.Error, ".") + ": " + c.detail
	}
	return presidioStatus(row, condition), encode(p)
}

// presidioStatus returns the status of a refusal in Presidio's dialect.
func presidioStatus(row Row, condition Condition) int {
	if row.Status == http.StatusBadRequest && condition != BodyBroken || row.Status == http.StatusUnsupportedMediaType {
		return http.StatusUnprocessableEntity
	}
	return row.Status
}

// problemType returns the content type of refusals.
func (c *call) problemType() string {
	if c.route.dialect {
		return jsonType
	}
	return problemType
}
