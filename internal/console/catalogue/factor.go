package catalogue

// factorTexts are the texts of two-step sign-in.
var factorTexts = map[string]text{
	"code.title":    {"两步验证", "One-time code"},
	"code.for":      {"登录名：%s", "Signing in as %s"},
	"code.submit":   {"继续", "Continue"},
	"code.lost":     {"无法使用验证器？", "The authenticator is not at hand?"},
	"code.losthint": {"开启两步验证时显示过的恢复码，每个只能用一次。恢复码也不在手边时，请联系主用户或运营者重置。", "One of the codes that were shown when two-step sign-in was switched on; each works once. Without them, ask the main user or the operator for a reset."},

	"factor.title":        {"两步验证", "Two-step sign-in"},
	"factor.intro":        {"登录时，除密码外还需输入手机验证器生成的一次性验证码。", "Signing in takes the password and a one-time code from an authenticator app."},
	"factor.required":     {"本服务器要求开启两步验证，开启后才能继续。", "This server requires two-step sign-in. Switch it on to continue."},
	"factor.scan":         {"1. 用验证器扫描", "1. Scan with an authenticator app"},
	"factor.qr":           {"二维码，内容为下方的密钥", "QR code of the secret that is written next to it"},
	"factor.scanhint":     {"任何支持 TOTP（RFC 6238）的验证器均可。不便扫码时，请手动输入密钥。", "Any app for TOTP (RFC 6238) will do. If it cannot scan, type the secret."},
	"factor.secret":       {"密钥", "Secret"},
	"factor.confirm":      {"2. 输入密码和验证码", "2. Confirm with the password and a code"},
	"factor.code":         {"验证码", "One-time code"},
	"factor.codehint":     {"验证器显示的 6 位数字，每个只能用一次。", "Six digits from the authenticator app. Each code works once."},
	"factor.recoverycode": {"恢复码", "Recovery code"},
	"factor.enable":       {"开启两步验证", "Switch it on"},
	"factor.remove":       {"关闭两步验证", "Switch it off"},
	"factor.renew":        {"重新生成恢复码", "Make new recovery codes"},
	"factor.left":         {"剩余 %d 个恢复码。", "%d recovery codes are left."},
	"factor.recovery":     {"恢复码", "Recovery codes"},
	"factor.recoveryonce": {"只显示这一次，请妥善保存。手机不在身边时，每个恢复码可代替一次验证码。先前的恢复码已失效。", "They are shown this once: keep them safe. Each replaces one code when the phone is not at hand. Earlier ones are not valid any more."},
	"factor.wrong":        {"验证码不正确、已过期或已使用过。", "The code is wrong, expired, or was used before."},
	"factor.toomany":      {"错误次数过多，15 分钟内不再接受验证码；恢复码仍可使用。", "Too many wrong codes. No code is accepted for 15 minutes; recovery codes are."},
	"factor.changed":      {"两步验证的状态已经改变，请查看下方的当前状态。", "Two-step sign-in was changed in the meantime. This is its state now."},
	"factor.state":        {"两步验证", "Two-step sign-in"},
	"factor.reset":        {"重置两步验证", "Reset two-step sign-in"},
	"factor.resetconfirm": {"确定重置？此后仅凭密码即可登录，现有登录随即失效。", "Reset two-step sign-in? The password alone lets this user in afterwards, and its sessions end."},

	"done.factoroff":   {"两步验证已关闭。", "Two-step sign-in is off."},
	"done.factorreset": {"两步验证已重置，该用户的登录已失效。", "Two-step sign-in is reset, and the user's sessions have ended."},

	"action.factor.on":                   {"开启两步验证", "two-step sign-in switched on"},
	"action.factor.off":                  {"关闭两步验证", "two-step sign-in switched off"},
	"action.factor.renew":                {"重新生成恢复码", "new recovery codes made"},
	"action.factor.recovery":             {"使用恢复码登录", "recovery code used to sign in"},
	"action.factor.reset":                {"重置两步验证", "two-step sign-in reset"},
	"action.console.reset-second-factor": {"重置两步验证", "two-step sign-in reset"},
}
