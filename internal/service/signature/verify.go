package signature

import (
	"context"
	"crypto/hmac"
	"net/url"
	"strings"
	"time"
)

// Verifier checks legacy signatures. Its fields must not change while it is in
// use; it is safe for concurrent use if Keys is.
type Verifier struct {
	Keys Keys
	// Conceal returns ErrMismatch instead of ErrUnknownKey and ErrWrongApp, after
	// the same work, so that replies do not disclose which keys exist. It is less
	// compatible.
	Conceal bool
}

// dummy is HMACed when the key is unknown, so that timing does not reveal which
// keys exist.
const dummy Secret = "no key has this secret: it only takes its time"

// Verify checks the value of an Authorization header at the given time. It
// returns ErrEmpty, ErrMalformed, ErrUnknownApp, ErrUnknownKey, ErrWrongApp,
// ErrSecret, ErrMismatch, ErrExpired, or an error of Keys.
func (v *Verifier) Verify(ctx context.Context, header string, now time.Time) (Claims, error) {
	c, err := Parse(header)
	if err != nil {
		return Claims{}, err
	}
	if err := c.bounds(now); err != nil {
		return Claims{}, err
	}
	if err := v.checkKey(ctx, c); err != nil {
		return Claims{}, err
	}
	if !c.OneOff && !c.Expires.After(now) {
		return Claims{}, ErrExpired
	}
	return c, nil
}

// checkKey looks up the key and verifies the HMAC with it. It looks up app ID and
// key first, because they have their own error codes.
func (v *Verifier) checkKey(ctx context.Context, c Claims) error {
	known, err := v.Keys.App(ctx, c.AppID)
	if err != nil {
		return err
	}
	if !known {
		return ErrUnknownApp
	}
	key, found, err := v.Keys.Key(ctx, c.SecretID)
	if err != nil {
		return err
	}
	var refused error
	switch {
	case !found || key.Disabled:
		refused = ErrUnknownKey
	case key.AppID != c.AppID:
		refused = ErrWrongApp
	}
	if refused != nil && !v.Conceal {
		return refused
	}
	secret := key.Secret
	if refused != nil {
		secret = dummy
	}
	if secret == "" { // anyone can compute its HMAC
		return ErrSecret
	}
	if !hmac.Equal(mac(secret, c.text), c.mac) || refused != nil {
		return ErrMismatch
	}
	return nil
}

// MatchBody checks that the signature is for the app id and the bucket that
// the request names; empty means that it names none. It returns ErrTarget.
func (c Claims) MatchBody(appID, bucket string) error {
	if appID != "" && appID != c.AppID || bucket != "" && c.Bucket != "" && bucket != c.Bucket {
		return ErrTarget
	}
	return nil
}

// imageHost is the domain of URLs in the vendor's image storage. The bucket and
// the app ID precede it.
const imageHost = ".image.myqcloud.com"

// MatchURL checks that the signature is for the image at the URL: if it names a
// file ID, for that file, and if the URL is in the vendor's image storage, for
// its bucket and app ID. The body's bucket may be empty. It returns ErrTarget.
func (c Claims) MatchURL(address, bodyBucket string) error {
	u, err := url.Parse(address)
	if err != nil {
		return nil // the fetcher reports it
	}
	buckets := []string{c.Bucket, bodyBucket}
	if space, ok := strings.CutSuffix(strings.ToLower(u.Hostname()), imageHost); ok {
		if i := strings.LastIndexByte(space, '-'); i > 0 && decimal(space[i+1:]) {
			bucket, appID := space[:i], space[i+1:]
			if appID != c.AppID || c.Bucket != "" && !strings.EqualFold(bucket, c.Bucket) {
				return ErrTarget
			}
			buckets = append(buckets, bucket)
		}
	}
	if c.FileID == "" {
		return nil
	}
	path := strings.TrimPrefix(u.Path, "/")
	escaped := strings.TrimPrefix(u.EscapedPath(), "/")
	for _, id := range fileIDs(c, buckets) {
		if id == path || id == escaped {
			return nil
		}
	}
	return ErrTarget
}

// fileIDs returns the IDs that f may mean: clients write it with or without a
// leading slash, and with or without app ID and bucket.
func fileIDs(c Claims, buckets []string) []string {
	bare := strings.TrimPrefix(c.FileID, "/")
	ids := []string{bare}
	for _, bucket := range buckets {
		if id, ok := strings.CutPrefix(bare, c.AppID+"/"+bucket+"/"); ok && bucket != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
