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

// problemTexts are what a form says about its mistake.
var problemTexts = map[string]text{
	"problem.exists":     {"名称已存在，请换一个。", "This name is taken. Choose another."},
	"problem.toomany":    {"每个用户最多两个可用密钥，请先停用一个。", "A user has at most two usable keys. Disable one first."},
	"problem.remainder":  {"付费资源包还有余量，不能关闭。", "A paid pack has units left, so the service cannot be closed."},
	"problem.refund":     {"资源包不能退还。", "The pack cannot be returned."},
	"problem.amount":     {"金额无法识别，例如 120 或 0.15。", "This is not an amount, such as 120 or 0.15."},
	"problem.date":       {"日期无法识别，例如 2026-11-30。", "This is not a date, such as 2026-11-30."},
	"problem.negotiated": {"此用量档位没有标价，需先议定。", "This tier has no list price: agree on one first."},
	"problem.publickey":  {"公钥无法使用。", "The public key cannot be used."},
	"problem.document":   {"策略文档有误：", "The document is wrong:"},
	"problem.preset":     {"没有这个预设策略。", "There is no such preset."},
	"problem.attach":     {"这是预设策略的名称，请换一个。", "This is the name of a preset. Choose another."},
	"problem.refused":    {"操作被拒绝：", "Refused:"},
	"problem.incomplete": {"填写有误：", "Something is not right:"},
	"problem.input":      {"有一项填写的格式不对。", "One of the fields has a wrong format."},
}
