package native

import "net/http"

// resultID is the name of a kept reply in the store. The prefix separates it from
// the session ids of the legacy API, whose replies have another form.
func resultID(id string) string { return "v1:" + id }

// result answers GET /v1/results/{id} with the reply as it was sent. Failed
// queries are limited, so that ids cannot be guessed.
func (c *call) result() {
	if condition := c.standing(); condition != OK {
		c.refuse(condition)
		return
	}
	callers := []string{"app:" + c.key.AppID, "key:" + c.key.ID}
	if c.ClientIP != nil {
		callers = append(callers, "client:"+c.network())
	}
	for _, caller := range callers {
		if !c.take(c.lookups, caller) {
			c.refuse(TooFrequent)
			return
		}
	}
	reply, found, err := c.Results.Get(c.r.Context(), c.key.AppID, resultID(c.r.URL.Path[len(PathResults):]), c.access)
	switch {
	case err != nil:
		c.refuse(c.fault(err, ServerFault))
	case !found:
		c.refuse(ResultNotFound)
	default:
		for _, caller := range callers {
			c.lookups.Return(caller)
		}
		c.send(OK, http.StatusOK, jsonType, reply)
	}
}
