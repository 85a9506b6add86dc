package words

import "fmt"

// Account is a text of usage or of a bill.
type Account int

// The texts of usage and of bills.
const (
	NoCalls Account = iota
	Nobody
	Day
	User
	Bucket
	Code
	Interface
	Calls
	Billed
	Good
	Rate
	Failed
	Chart
	OfFailed
	Month
	AppID
	Free
	Packs
	OnAccount
	Price
	Amount
	Line
	Units
	FreeUnits
	PackUnits
	OnAccountUnits
	PackBought
	SoFar
	MonthOver
)

var accountTerms = map[Account]text{
	NoCalls: {"no calls", "没有调用"}, Nobody: {"(none)", "（无）"},
	Day: {"DAY", "日期"}, User: {"USER", "用户"}, Bucket: {"BUCKET", "存储桶"}, Code: {"CODE", "返回码"}, Interface: {"INTERFACE", "接口"},
	Calls: {"CALLS", "调用"}, Billed: {"BILLED", "计费"}, Good: {"GOOD", "成功"}, Rate: {"RATE", "成功率"}, Failed: {"FAILED", "失败"},
	Chart: {"█ GOOD ░ FAILED", "█ 成功 ░ 失败"}, OfFailed: {"OF FAILED", "占失败"},
	Month: {"MONTH", "月份"}, AppID: {"APPID", "APPID"}, Free: {"FREE", "免费额度"}, Packs: {"PACKS", "资源包"}, OnAccount: {"ON ACCOUNT", "后付费"},
	Price: {"PRICE", "单价"}, Amount: {"AMOUNT", "金额"}, Line: {"LINE", "项目"}, Units: {"UNITS", "次数"},
	FreeUnits: {"units of the free pack", "免费额度抵扣"}, PackUnits: {"units of paid packs", "资源包抵扣"},
	OnAccountUnits: {"units on account", "后付费"}, PackBought: {"pack bought", "购买资源包"},
	SoFar: {"so far", "截至目前"}, MonthOver: {"the month is over", "当月已结束"},
}

// Account returns a text of usage or of a bill.
func (l Language) Account(w Account) string { return accountTerms[w][l] }

// CallsInAll returns the sums of usage.
func (l Language) CallsInAll(calls, billed, succeeded int64, rate string, failed int64) string {
	format := "%d calls, %d billed, %d succeeded (%s), %d failed"
	if l == Chinese {
		format = "共 %d 次调用：计费 %d，成功 %d（%s），失败 %d"
	}
	return fmt.Sprintf(format, calls, billed, succeeded, rate, failed)
}

// Latency returns how long successful calls took.
func (l Language) Latency(p50, p90, p99 string) string {
	format := "successful calls took p50 %s, p90 %s, p99 %s"
	if l == Chinese {
		format = "成功调用的耗时：p50 %s，p90 %s，p99 %s"
	}
	return fmt.Sprintf(format, p50, p90, p99)
}

// BillOf returns the heading of a bill.
func (l Language) BillOf(account, month, from, to, state string) string {
	format := "account %s, %s, %s to %s, %s"
	if l == Chinese {
		format = "账户 %s，%s（%s 至 %s），%s"
	}
	return fmt.Sprintf(format, account, month, from, to, state)
}

// BillSum returns the sums of a bill.
func (l Language) BillSum(units int64, charge, total, currency string) string {
	format := "%d units in all; to be charged: %s %s; with packs bought: %s %s"
	if l == Chinese {
		format = "共 %d 次；应付 %s %s；含购买资源包 %s %s"
	}
	return fmt.Sprintf(format, units, charge, currency, total, currency)
}
