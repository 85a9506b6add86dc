package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

type signOptions struct {
	*admin
	keyFile, show string
	account       account.Credentials
	valid         time.Duration
}

func newSignCommand(e *env) *cobra.Command {
	o := &signOptions{admin: &admin{env: e}}
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "sign a request to kahao serve",
		Example: `  curl http://127.0.0.1:8080/ocr/bankcard -F image=@card.jpg \
    -H "Authorization: $(kahao sign --data demo)" \
    -F appid="$(kahao sign --data demo --print appid)"`,
		Long: `
Prints the value of an Authorization header for POST /ocr/bankcard: for the
demo account that "kahao serve" created in --data, for any key in the database
that --secret-id names, or for the key that --appid, --bucket, --secret-id and
--secret-key-file describe. --print prints a part of that account instead, for
the body of a request.`,
		Args: takes(0, 0),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.account.AppID, "appid", "", "the account's app `ID`")
	fs.StringVar(&o.account.Bucket, "bucket", "", "`name` of the account's bucket; may be left out")
	fs.StringVar(&o.account.SecretID, "secret-id", "", "the key's `ID`")
	fs.StringVar(&o.keyFile, "secret-key-file", "", "`file` with the secret key; \"-\" is standard input")
	fs.DurationVar(&o.valid, "valid", 10*time.Minute, "`time` for which the signature is valid")
	fs.StringVar(&o.show, "print", "header", "`part` to print: header, appid, bucket or secret-id")
	complete(cmd, "print", "header", "appid", "bucket", "secret-id")
	addSettings(fs, o.loader.StoreFlags, func(string) string { return "Database" })
	return cmd
}

func (o *signOptions) run(ctx context.Context, _ []string) error {
	if o.valid < time.Second {
		return misuse("--valid must be a second or more")
	}
	a, err := o.signer(ctx)
	if err != nil {
		return err
	}
	switch o.show {
	case "header":
		fmt.Fprintln(o.out, o.header(a, time.Now()))
	case "appid":
		fmt.Fprintln(o.out, a.AppID)
	case "bucket":
		fmt.Fprintln(o.out, a.Bucket)
	case "secret-id":
		fmt.Fprintln(o.out, a.SecretID)
	default:
		return misuse("--print must be header, appid, bucket or secret-id")
	}
	return nil
}

// signer returns the account to sign for.
func (o *signOptions) signer(ctx context.Context) (account.Credentials, error) {
	if o.keyFile == "" {
		return o.stored(ctx)
	}
	a := o.account
	if a.AppID == "" || a.SecretID == "" {
		return a, misuse("--secret-key-file goes with --appid and --secret-id")
	}
	key, err := input.Source{Name: o.keyFile}.Load()
	if o.keyFile == "-" {
		key, err = input.Source{Name: "-", In: o.in}.Load()
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", o.keyFile, err)
	}
	a.SecretKey = signature.Secret(strings.TrimSpace(string(key)))
	if a.SecretKey == "" {
		return a, fmt.Errorf("%s: %w: it holds no key", o.keyFile, os.ErrInvalid)
	}
	return a, nil
}

// stored returns an account with a key out of the database.
func (o *signOptions) stored(ctx context.Context) (a account.Credentials, err error) {
	if o.account.AppID != "" && o.account.SecretID != "" {
		return a, misuse("give either --data or --database-url, with --secret-id or --appid if needed, or --appid, --secret-id and --secret-key-file")
	}
	s, err := o.openStore(ctx)
	if err != nil {
		return a, err
	}
	defer s.Close()
	switch {
	case o.account.SecretID != "":
		a, err = s.Accounts.Secret(ctx, o.account.SecretID)
	case o.account.AppID != "":
		a, err = s.UsableKey(ctx, o.account.AppID)
	default:
		if a, err = s.DemoKey(ctx); err == nil && a == (account.Credentials{}) {
			err = misuse("there is no demo account: name a key with --secret-id, or an account with --appid")
		}
	}
	if o.account.Bucket != "" {
		a.Bucket = o.account.Bucket
	}
	return a, err
}

func (o *signOptions) header(a account.Credentials, now time.Time) string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return signature.Sign(a.SecretKey, signature.Params{
		AppID: a.AppID, Bucket: a.Bucket, SecretID: a.SecretID,
		Created: now.Unix(), Expires: now.Add(o.valid).Unix(),
		Random: binary.LittleEndian.Uint32(random[:]) >> 1,
	})
}
