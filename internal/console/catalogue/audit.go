package catalogue

// auditTexts are the texts of the audit log: its page, and its actions.
var auditTexts = map[string]text{
	"audit.title":   {"操作日志", "Audit log"},
	"audit.intro":   {"谁、何时、从哪里、改了什么。不含密钥、密码和卡号。", "Who changed what, when and from where. Without secrets, passwords and card numbers."},
	"audit.at":      {"时间", "Time"},
	"audit.who":     {"操作者", "Who"},
	"audit.from":    {"来源", "From"},
	"audit.account": {"账户", "Account"},
	"audit.action":  {"操作", "Action"},
	"audit.target":  {"对象", "Target"},
	"audit.changes": {"变更", "Change"},
	"audit.empty":   {"还没有操作记录。", "No changes yet."},

	"action.password.set":    {"设置密码", "password set"},
	"action.password.change": {"修改密码", "password changed"},
}
