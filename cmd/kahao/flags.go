package main

import (
	"flag"
	"time"
)

// flags are what the verbs of all families take besides the settings of the
// database; each family declares its own.
type flags struct {
	name, bucket, region, reason, user, document string
	buckets, hosts, number, encrypt              string
	price, from, to, month, by, as, api          string
	rate                                         float64
	burst, days, last                            int
	retention, overlap, expires                  time.Duration
	postPay, paid, csv, rebuild                  bool
}

func accountFlags(fs *flag.FlagSet, f *flags) {
	fs.StringVar(&f.name, "name", "", "what the account is called, `text`")
	fs.StringVar(&f.bucket, "bucket", "", "`name` of its first bucket (default kahao)")
	fs.BoolVar(&f.postPay, "post-pay", false, "charge calls without a pack by the month; without it they are refused")
	fs.StringVar(&f.region, "region", "", "`name` of the account's region")
	fs.DurationVar(&f.retention, "retention", 0, "`time` for which results may be asked for again; 0 leaves it to --keep-results of the server")
	fs.StringVar(&f.hosts, "fetch-hosts", "", "fetch its pictures from these `hosts` alone")
	rateFlags(fs, f)
	fs.StringVar(&f.reason, "reason", "", "what a payment is for, `text`")
}

func rateFlags(fs *flag.FlagSet, f *flags) {
	fs.Float64Var(&f.rate, "rate", 0, "`n` requests a second; 0 means none of its own")
	fs.IntVar(&f.burst, "burst", 0, "`n` requests at once within --rate; 0 means a second's worth")
}

func keyFlags(fs *flag.FlagSet, f *flags) {
	fs.StringVar(&f.user, "user", "", "whose key it is, `name` or uin; the main user's by default")
	fs.StringVar(&f.buckets, "buckets", "", "use it for these `buckets` alone")
	fs.StringVar(&f.number, "number", "", "`what` its replies carry of a number: full, bin_last4 or token")
	fs.StringVar(&f.encrypt, "encrypt", "", "encrypt that to the public key in this `file` (PEM or JWK); - is no encryption any more")
	rateFlags(fs, f)
	fs.DurationVar(&f.expires, "expires", 0, "end the key after this `time`")
	fs.DurationVar(&f.overlap, "overlap", 24*time.Hour, "`time` for which an old key lives beside its successor")
}

func policyFlags(fs *flag.FlagSet, f *flags) {
	fs.StringVar(&f.document, "document", "", "the policy's document is in this JSON `file`; without it the name is that of a preset policy")
}

func packFlags(fs *flag.FlagSet, f *flags) {
	fs.StringVar(&f.price, "price", "", "`amount` that the pack costs (default: the price list's)")
	fs.BoolVar(&f.paid, "paid", false, "it was paid elsewhere: the balance stays as it is")
	fs.StringVar(&f.from, "from", "", "`day` on which it takes effect, 2006-01-02 (default: now)")
}

func usageFlags(fs *flag.FlagSet, f *flags) {
	fs.StringVar(&f.from, "from", "", "the first `day`, 2006-01-02")
	fs.StringVar(&f.to, "to", "", "the last `day`")
	fs.IntVar(&f.days, "days", 30, "the last `n` days, where --from is not given")
	fs.StringVar(&f.by, "by", "day", "`what` the table has a row for: day, user, bucket, code or interface")
	fs.StringVar(&f.user, "user", "", "calls of these `users` alone, by name or uin")
	fs.StringVar(&f.bucket, "bucket", "", "calls for this `bucket` alone")
	fs.StringVar(&f.api, "interface", "", "calls of this `interface` alone: legacy or api3")
	fs.StringVar(&f.as, "as", "", "show what this `user` may see")
	fs.BoolVar(&f.csv, "csv", false, "print every row as comma-separated values")
	fs.BoolVar(&f.rebuild, "rebuild", false, "first make the counts anew from the books")
}

func ledgerFlags(fs *flag.FlagSet, f *flags) {
	fs.StringVar(&f.month, "month", "", "the `month` to bill, 2006-01; without it every month that is due")
	fs.IntVar(&f.last, "last", 20, "the last `n` charges")
}
