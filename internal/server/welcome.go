package server

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/kahao/kahao/internal/api/legacy"
)

// withWelcome answers GET / with a small page for people who open the API in a
// browser. Whatever bears a mark of API 3.0, which has the same path, reaches its
// API.
func (a *Server) withWelcome(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		browser := r.Method == http.MethodGet && r.URL.Path == "/" && r.URL.RawQuery == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
		if !browser || r.Header.Get("Authorization") != "" || r.Header.Get("X-TC-Action") != "" || a.draining.Load() {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		url, _ := a.Console()
		_ = welcome.Execute(w, map[string]string{"Console": url, "Legacy": legacy.Path, "API3": "BankCardOCR"})
	})
}

var welcome = template.Must(template.New("welcome").Parse(`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>kahao</title></head>
<body><main>
<h1>kahao</h1>
<p>这里是银行卡识别接口，供程序调用：<code>POST {{.Legacy}}</code>，以及 API 3.0 的 <code>{{.API3}}</code>。</p>
{{if .Console}}<p>控制台：<a href="{{.Console}}">{{.Console}}</a></p>{{end}}
<p>文档：<a href="https://github.com/kahao/kahao/tree/main/docs" rel="noreferrer">github.com/kahao/kahao/docs</a></p>
<div lang="en"><p>This is an interface for programs that reads bank cards: <code>POST {{.Legacy}}</code>, and <code>{{.API3}}</code> of API 3.0.{{if .Console}} The console is at <a href="{{.Console}}">{{.Console}}</a>.{{end}}</p></div>
</main></body></html>
`))
