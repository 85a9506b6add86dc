package catalogue

// signing are the texts of signing in, of links and of passwords.
var signing = map[string]text{
	"signin.title":    {"登录", "Sign in"},
	"signin.name":     {"登录名", "Name"},
	"signin.namehint": {"APPID，子账号为 APPID/用户名，运营者为 operator", "APPID, APPID/user for a sub-account, or operator"},
	"signin.password": {"密码", "Password"},
	"signin.submit":   {"登录", "Sign in"},
	"signin.forgot":   {"忘记密码？请主用户或运营者重新发一个邀请链接。", "Forgotten the password? Ask the main user or the operator for a new invitation."},
	"signin.denied":   {"登录名或密码不正确。", "The name or the password is wrong."},
	"signin.busy":     {"同时登录的尝试过多，请稍候再试。", "Too many attempts at once. Try again in a moment."},
	"done.signedout":  {"已退出登录。", "You are signed out."},

	"setup.title":  {"设置密码", "Set a password"},
	"setup.for":    {"登录名", "Name to sign in with"},
	"setup.submit": {"设置并登录", "Set it and sign in"},
	"setup.gone":   {"链接已使用、已过期或不存在，请索取新的链接。运营者可运行 kahao console link 得到新链接。", "This link was used, has expired or never existed. Ask for a new one; the operator gets one with kahao console link."},

	"password.title":  {"修改密码", "Change the password"},
	"password.old":    {"当前密码", "Current password"},
	"password.new":    {"新密码", "New password"},
	"password.again":  {"再输入一次", "Repeat it"},
	"password.rule":   {"至少 12 个字符。一句好记的话比一串符号更安全。", "At least 12 characters. A sentence is easier to remember and harder to guess than symbols."},
	"password.submit": {"修改密码", "Change the password"},
	"password.ends":   {"修改后，其他浏览器上的登录随即失效。", "Every other browser is signed out when it changes."},
	"password.short":  {"密码少于 12 个字符。", "The password has fewer than 12 characters."},
	"password.long":   {"密码过长。", "The password is too long."},
	"password.common": {"这个密码太常见，或有重复、含有登录名，请换一个。", "This password is too common, repeats itself or contains the name. Choose another."},
	"password.differ": {"两次输入的密码不一致。", "The two passwords differ."},
	"password.wrong":  {"当前密码不正确。", "The current password is wrong."},
	"done.password":   {"密码已修改。", "The password is changed."},
}
