package legacy

import (
	"context"
	"slices"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/service/account"
)

// authenticate verifies the signature and applies the rate limits, which need no
// body. The client's limit comes first, so that it also bounds bad signatures.
func (c *call) authenticate() Condition {
	if c.ClientRate != nil && !c.take(c.ClientRate, httpserver.ClientNetwork(c.ClientIP(c.r)).String()) {
		return TooFrequent
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), c.AuthTimeout)
	defer cancel()
	claims, err := c.verifier.Verify(ctx, c.r.Header.Get("Authorization"), c.start)
	if err != nil {
		return c.ofSignature(err)
	}
	c.claims = claims
	if !c.take(c.KeyRate, claims.SecretID) || !c.take(c.Rate, claims.AppID) {
		return TooFrequent
	}
	return OK
}

// take takes one request of a caller from its limit, or sets Retry-After.
func (c *call) take(rate Rate, caller string) bool {
	return backend.Take(c.r.Context(), c.w.Header(), rate, caller)
}

// learn reads what the key may do.
func (c *call) learn() (err error) {
	ctx, cancel := context.WithTimeout(c.r.Context(), c.AuthTimeout)
	defer cancel()
	c.access, err = c.Accounts.Access(ctx, c.claims.AppID, c.claims.SecretID)
	return err
}

// check checks the request against the signature, the account and the documented
// parameters, in the order of docs/legacy.md, What decides.
func (c *call) check(r *request.Request) Condition {
	if err := c.claims.MatchBody(r.AppID, r.Bucket); err != nil {
		return c.ofSignature(err)
	}
	if err := c.learn(); err != nil {
		return c.ofSignature(err)
	}
	buckets := []string{c.claims.Bucket, r.Bucket}
	for _, bucket := range buckets {
		if bucket != "" && !c.access.HasBucket(bucket) {
			return UnknownBucket
		}
	}
	for _, p := range r.Images {
		if !p.ByURL || p.Fault != request.None {
			continue
		}
		if err := c.claims.MatchURL(p.URL, r.Bucket); err != nil {
			return c.ofSignature(err)
		}
	}
	if condition := permission(c.access, named(buckets...)); condition != OK {
		if c.claims.OneOff { // a signature that was used before is reported first
			if used, err := c.Meter.Used(c.r.Context(), c.claims); err != nil {
				return c.ofHold(err)
			} else if used {
				return Replayed
			}
		}
		return condition
	}
	if condition := c.hold(r); condition != OK || c.charge.Earlier() != nil {
		return condition
	}
	return c.parameters(r)
}

// named returns the buckets that are named, or the empty one: a key that is
// limited to some buckets must name one.
func named(buckets ...string) []string {
	all := slices.DeleteFunc(buckets, func(bucket string) bool { return bucket == "" })
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

// permission checks what the key may do.
func permission(a account.Access, buckets []string) Condition {
	for _, bucket := range buckets {
		if !a.Allows(bucket) {
			return NoPermission
		}
	}
	if a.SubAccount {
		return NoPermission
	}
	return OK
}

// standing refuses accounts that are not served. For a reading the ledger does
// that, after it has checked whether a single-use signature was used.
func standing(a account.Access) Condition {
	switch {
	case a.Standing == account.Arrears:
		return Arrears
	case a.Standing != account.Active:
		return NoPermission
	}
	return OK
}

// parameters checks the parameters, in the order of the codes. A mistake in one
// image of several is reported in that image's entry.
func (c *call) parameters(r *request.Request) Condition {
	fault := request.None
	if len(r.Images) == 1 {
		fault = r.Images[0].Fault
	}
	wrong := r.BadParameter || !r.HasAppID || fault == request.Invalid
	long := r.TooLong || fault == request.LongURL
	switch {
	case r.Count == 0 && r.HasURL:
		return URLEmpty
	case r.Count == 0 && !r.BadParameter && !long:
		return NoImage
	case r.Count > c.MaxImages:
		return TooManyImages
	case fault == request.TooLarge:
		return ImageTooLarge
	case wrong:
		return InvalidParameter
	case long:
		return ParameterTooLong
	case r.AppID == "":
		return ParameterEmpty
	}
	return OK
}

// query checks a query by session id.
func (c *call) query() Condition {
	if c.claims.OneOff {
		return SignatureMalformed // it is for a file
	}
	if err := c.learn(); err != nil {
		return c.ofSignature(err)
	}
	if condition := permission(c.access, nil); condition != OK {
		return condition
	}
	if c.claims.Bucket != "" && !c.access.Allows(c.claims.Bucket) {
		return NoPermission
	}
	return standing(c.access)
}
