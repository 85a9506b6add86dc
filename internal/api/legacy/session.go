package legacy

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/httpserver"
)

// maxSessionIDAttempts bounds retries on a session-id collision. IDs have ten
// random digits, so even one retry is rare.
const maxSessionIDAttempts = 4

// keeps returns for how long the reply can be queried.
func (c *call) keeps() time.Duration {
	if c.Results == nil || !c.readAny() {
		return 0
	}
	return c.access.Retention
}

// readAny reports whether there is a result that could be asked for again.
func (c *call) readAny() bool {
	return slices.ContainsFunc(c.answers, func(a answer) bool { return a.condition == OK })
}

// newSession generates an id under which no other reply is kept.
func (c *call) newSession() string {
	kept := c.keeps() > 0
	for draw := 1; ; draw++ {
		id := c.sessionID()
		if !kept || draw == maxSessionIDAttempts {
			return id
		}
		taken, err := c.Results.Has(context.WithoutCancel(c.r.Context()), c.claims.AppID, id)
		if err != nil {
			c.cause = err
		}
		if !taken || err != nil {
			return id
		}
	}
}

// sessionID returns the documented identifier of a request: the app id and ten
// digits.
func (c *call) sessionID() string {
	return c.claims.AppID + fmt.Sprintf("%010d", c.Random()%10_000_000_000)
}

func random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.LittleEndian.Uint64(b[:])
}

// session answers a query by session id with the reply as it was sent, only to
// the app id that it was sent to.
func (c *call) session() {
	c.watch.Enter(stopwatch.Verify)
	condition := c.authenticate()
	c.watch.Enter(stopwatch.None)
	if condition == OK {
		condition = c.query()
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	callers := []string{"app:" + c.claims.AppID, "key:" + c.claims.SecretID}
	if c.ClientIP != nil {
		callers = append(callers, "client:"+httpserver.ClientNetwork(c.ClientIP(c.r)).String())
	}
	for _, caller := range callers {
		if !c.take(c.lookups, caller) {
			c.refuse(TooFrequent)
			return
		}
	}
	id := strings.TrimPrefix(c.r.URL.Path, PathSession)
	reply, found, err := c.Results.Get(c.r.Context(), c.claims.AppID, id, c.access.In(c.claims.Bucket))
	switch {
	case err != nil:
		c.cause = err
		c.refuse(ServerFault)
	case !found:
		c.refuse(ResultNotFound)
	default:
		for _, caller := range callers {
			c.lookups.Return(caller)
		}
		c.send(OK, http.StatusOK, reply)
	}
}
