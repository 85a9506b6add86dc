package catalogue

// common are texts of the frame around every page, and words that many use.
var common = map[string]text{
	"brand":           {"kahao 控制台", "kahao console"},
	"skip":            {"跳到正文", "Skip to content"},
	"menu":            {"菜单", "Menu"},
	"language.switch": {"English", "中文"},
	"user.menu":       {"账户", "Account"},
	"zone.note":       {"时间均为 %s 时区", "Times are in the zone %s"},

	"role.operator": {"运营者", "operator"},
	"role.command":  {"命令行", "command line"},
	"role.main":     {"主用户", "main user"},
	"role.sub":      {"子账号", "sub-account"},

	"nav.label":      {"导航", "Navigation"},
	"overview.title": {"概览", "Overview"},
	"nav.overview":   {"概览", "Overview"},
	"nav.audit":      {"操作日志", "Audit log"},
	"nav.password":   {"修改密码", "Password"},
	"nav.signout":    {"退出", "Sign out"},

	"none":   {"无", "none"},
	"all":    {"全部", "all"},
	"yes":    {"是", "yes"},
	"no":     {"否", "no"},
	"save":   {"保存", "Save"},
	"cancel": {"取消", "Cancel"},
	"older":  {"更早的记录", "Older entries"},
	"newest": {"回到最新", "Newest entries"},
	"copy":   {"复制", "Copy"},
	"copied": {"已复制", "Copied"},
}
