package catalogue

// bookTexts are the texts of the page that verifies the ledger.
var bookTexts = map[string]text{
	"books.title":    {"账本核对", "Ledger"},
	"books.intro":    {"核对账本的每一条规则：资源包、扣费、用量、余额。", "Verifies every invariant: packs, charges, usage, balances."},
	"books.last":     {"本服务器上次自动核对", "Last verified by this server"},
	"books.never":    {"尚未核对", "not yet"},
	"books.verify":   {"立即核对", "Verify now"},
	"books.now":      {"核对结果", "The result"},
	"books.whole":    {"一致", "consistent"},
	"books.broken":   {"不一致", "broken"},
	"books.accounts": {"账户", "Accounts"},
	"books.packs":    {"资源包", "Packs"},
	"books.charges":  {"扣费", "Charges"},
	"books.entries":  {"分录", "Entries"},
	"books.units":    {"计费次数", "Units billed"},
	"books.refunded": {"退还次数", "Units refunded"},
	"books.took":     {"用时", "Took"},
}
