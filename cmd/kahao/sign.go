package main

import (
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

var signCommand = &command{
	name:  "sign",
	brief: "signs a request to kahao serve",
	help: `
Prints the value of an Authorization header for POST /ocr/bankcard: for the
demo account that "kahao serve" made in --data, for any key in --data or
--database-url that --secret-id names, or for what --appid, --bucket, --secret-id and
--secret-key-file say. With --print it prints a part of that account instead,
for use in a request's body.`,
	define: func(fs *flag.FlagSet) action {
		o := &signOptions{}
		o.loader.StoreFlags(fs)
		fs.StringVar(&o.account.AppID, "appid", "", "the account's app `id`")
		fs.StringVar(&o.account.Bucket, "bucket", "", "the account's bucket, `name`; may be left out")
		fs.StringVar(&o.account.SecretID, "secret-id", "", "the key's `id`")
		fs.StringVar(&o.keyFile, "secret-key-file", "", "`file` with the secret key; \"-\" is standard input")
		fs.DurationVar(&o.valid, "valid", 10*time.Minute, "`time` for which the signature holds")
		fs.StringVar(&o.show, "print", "header", "`what` to print: header, appid, bucket or secret-id")
		return o.run
	},
}

type signOptions struct {
	loader        config.Loader
	keyFile, show string
	account       account.Account
	valid         time.Duration
}

func (o *signOptions) run(c *call) error {
	if len(c.args) > 0 {
		return misuse("sign takes flags alone")
	}
	if o.valid < time.Second {
		return misuse("--valid must be a second or more")
	}
	a, err := o.which(c)
	if err != nil {
		return err
	}
	switch o.show {
	case "header":
		fmt.Fprintln(c.out, o.header(a, time.Now()))
	case "appid":
		fmt.Fprintln(c.out, a.AppID)
	case "bucket":
		fmt.Fprintln(c.out, a.Bucket)
	case "secret-id":
		fmt.Fprintln(c.out, a.SecretID)
	default:
		return misuse("--print must be header, appid, bucket or secret-id")
	}
	return nil
}

// which returns the account to sign for.
func (o *signOptions) which(c *call) (account.Account, error) {
	if o.keyFile == "" {
		return o.stored(c)
	}
	a := o.account
	if a.AppID == "" || a.SecretID == "" {
		return a, misuse("--secret-key-file goes with --appid and --secret-id")
	}
	key, err := source{name: o.keyFile}.load()
	if o.keyFile == "-" {
		key, err = source{name: "-", in: c.in}.load()
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", o.keyFile, err)
	}
	a.SecretKey = signature.Secret(strings.TrimSpace(string(key)))
	if a.SecretKey == "" {
		return a, fmt.Errorf("%s: %w: no key in it", o.keyFile, os.ErrInvalid)
	}
	return a, nil
}

// stored returns an account with a key out of the database.
func (o *signOptions) stored(c *call) (a account.Account, err error) {
	if o.account.AppID != "" && o.account.SecretID != "" {
		return a, misuse("either --data or --database-url, with or without --secret-id or --appid; or --appid, --secret-id and --secret-key-file")
	}
	s, err := openStores(c, &o.loader)
	if err != nil {
		return a, err
	}
	defer s.Close()
	switch {
	case o.account.SecretID != "":
		a, err = s.Registry.Secret(c.ctx, o.account.SecretID)
	case o.account.AppID != "":
		a, err = s.AnyKey(c.ctx, o.account.AppID)
	default:
		if a, err = s.DemoKey(c.ctx); err == nil && a == (account.Account{}) {
			err = misuse("there is no demo account here: name a key with --secret-id, or an account with --appid")
		}
	}
	if o.account.Bucket != "" {
		a.Bucket = o.account.Bucket
	}
	return a, err
}

func (o *signOptions) header(a account.Account, now time.Time) string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails, see crypto/rand
	return signature.Sign(a.SecretKey, signature.Params{
		AppID: a.AppID, Bucket: a.Bucket, SecretID: a.SecretID,
		Created: now.Unix(), Expires: now.Add(o.valid).Unix(),
		Random: binary.LittleEndian.Uint32(random[:]) >> 1,
	})
}
