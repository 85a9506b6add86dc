package catalogue

// errorTexts are the texts of pages that say what went wrong.
var errorTexts = map[string]text{
	"error.title":     {"无法显示", "Not available"},
	"error.home":      {"回到首页", "Back to the first page"},
	"error.internal":  {"服务器出了问题，请稍后再试。详情见服务器日志。", "The server has a problem. Try again later; its log has the details."},
	"error.notfound":  {"没有这个页面，或者不属于您的账户。", "There is no such page, or it is not of your account."},
	"error.forbidden": {"您的策略不允许这样做，请联系主用户。", "Your policies do not permit this. Ask the main user."},
	"error.toolarge":  {"提交的内容过大。", "What was sent is too large."},
	"error.form":      {"提交的内容无法识别。", "What was sent is not a form."},
	"error.crosssite": {"请求来自其他网站，已拒绝。请从本控制台操作。", "The request came from another site and was refused. Use the console's own pages."},
	"error.session":   {"登录已失效，请重新登录后再提交。", "You are not signed in any more. Sign in and send it again."},
}
