package main

import "github.com/spf13/cobra"

func newBucketCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "bucket", "create and remove buckets", `
Buckets are an account's image stores. OCR uses their names only: the bucket
that a signature is for must be the one that the request names.`,
		`  kahao bucket create --data demo 1000000001 avatars`)
	cmd.AddCommand(
		a.command("create APPID NAME", "create a bucket", 2, 2, func(s *session) error {
			return s.did(s.Accounts.CreateBucket(s.ctx, s.args[0], s.args[1]), "created bucket %s of account %s", s.args[1], s.args[0])
		}),
		a.command("list APPID", "list an account's buckets", 1, 1, listBuckets),
		a.command("remove APPID NAME", "remove a bucket that no key is limited to", 2, 2, func(s *session) error {
			return s.did(s.Accounts.RemoveBucket(s.ctx, s.args[0], s.args[1]), "removed bucket %s of account %s", s.args[1], s.args[0])
		}))
	return cmd
}

func listBuckets(s *session) error {
	names, err := s.Accounts.ListBuckets(s.ctx, s.args[0])
	if err != nil {
		return err
	}
	type bucket struct {
		Name string `json:"bucket"`
	}
	all := make([]bucket, len(names))
	for i, name := range names {
		all[i] = bucket{name}
	}
	return printAll(s, all, []string{"BUCKET"}, func(b bucket) []string { return []string{b.Name} })
}
