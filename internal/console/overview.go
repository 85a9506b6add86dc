package console

import "net/http"

func (p *page) overview() error { return p.render(http.StatusOK, "overview", nil) }
