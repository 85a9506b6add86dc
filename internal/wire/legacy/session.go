package legacy

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// mostDraws is how many session ids are drawn before one is told that Results
// has not kept: of ten digits, a second is drawn once in millions of replies.
const mostDraws = 4

// keep makes the reply with a session id, and keeps it under that where
// replies are kept and there is a result in it. A reply that cannot be kept is
// told all the same.
func (c *call) keep(answers []answer, text func(sessionID string) []byte) []byte {
	kept := c.Results != nil && slices.ContainsFunc(answers, func(a answer) bool { return a.condition == OK })
	for draw := 1; ; draw++ {
		id := c.sessionID()
		reply := text(id)
		if !kept {
			return reply
		}
		fresh, err := c.Results.Put(context.WithoutCancel(c.r.Context()), c.claims.AppID, id, reply)
		if err != nil {
			c.cause = err
		}
		if fresh || err != nil || draw == mostDraws {
			return reply
		}
	}
}

// sessionID makes the documented identifier of a request: the app id and ten
// digits (section 12).
func (c *call) sessionID() string {
	return c.claims.AppID + fmt.Sprintf("%010d", c.Random()%10_000_000_000)
}

func random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.LittleEndian.Uint64(b[:])
}

// session answers a query by session id: with the reply as it was sent, to the
// app id that it was sent to. Whatever there is for others is as if it were not
// there.
func (c *call) session() {
	c.watch.enter(stageVerify)
	condition := c.authenticate()
	c.watch.enter(stageNone)
	if condition == OK {
		condition = c.query()
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	id := strings.TrimPrefix(c.r.URL.Path, PathSession)
	reply, found, err := c.Results.Get(c.r.Context(), c.claims.AppID, id)
	switch {
	case err != nil:
		c.cause = err
		c.refuse(ServerFault)
	case !found:
		c.refuse(ResultNotFound)
	default:
		c.send(OK, http.StatusOK, reply)
	}
}
