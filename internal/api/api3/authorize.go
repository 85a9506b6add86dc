package api3

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/service/policy"
)

// authorize checks what the key may do, and how often.
func (c *call) authorize() Condition {
	ctx, cancel := context.WithTimeout(c.r.Context(), c.AuthTimeout)
	defer cancel()
	var err error
	if c.access, err = c.Accounts.Access(ctx, c.appID, c.secretID); err != nil {
		c.cause = err
		return ServerFault
	}
	if !c.access.Allows("") {
		return BucketKey
	}
	if c.common.token != "" {
		return TokenInvalid
	}
	if condition := c.checkAction(); condition != OK {
		return condition
	}
	if operation := "ocr:" + c.action; !c.access.Policies.Allows(operation, policy.All) {
		c.arguments = []any{fmt.Sprintf("[[request id:%s]you are not authorized to perform operation (%s)\nresource (*) has no permission\n]", c.id, operation)}
		return NotAuthorized
	}
	return c.checkRates()
}

// checkAction checks which action is asked for.
func (c *call) checkAction() Condition {
	if c.common.action == "" {
		return NoAction
	}
	if _, ok := actions[c.common.action]; !ok {
		return UnknownAction
	}
	c.action = c.common.action
	if c.common.version == "" {
		c.arguments = []any{"Version"}
		return NoParameter
	}
	if c.common.version != version {
		return UnknownVersion
	}
	if c.Strict && c.common.region != "" && !slices.Contains(regions, c.common.region) {
		return UnsupportedRegion
	}
	return OK
}

// checkRates applies the limits of the account for this action, of the key, and
// of the account over all APIs. That of the action comes first: its code is the one
// on which clients try again.
func (c *call) checkRates() Condition {
	caller := c.appID + ":" + c.action
	count := c.window.Count(caller)
	if !c.take(c.rates[c.action], caller) {
		limit := actions[c.action].limit(c.PerSecond)
		// A limit that several servers share may be reached with fewer requests
		// to this one.
		count = max(count, limit.Burst+1)
		c.arguments = []any{strconv.Itoa(count), strconv.FormatFloat(limit.PerSecond, 'f', -1, 64)}
		return TooFrequent
	}
	switch {
	case !c.take(c.KeyRate, c.secretID):
		return KeyTooFrequent
	case !c.take(c.Rate, c.appID):
		return AccountTooFrequent
	}
	return OK
}

// take takes one request of a caller from its limit, or sets Retry-After.
func (c *call) take(rate Rate, caller string) bool {
	return backend.Take(c.r.Context(), c.w.Header(), rate, caller)
}
