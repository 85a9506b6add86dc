package account

import (
	"context"
	"slices"
)

// NewStatic returns a directory of accounts without bounds. It returns the
// errors of NewDirectory.
func NewStatic(accounts ...Account) (*Directory, error) {
	var customers []Customer
	for _, a := range accounts {
		customers = append(customers, a.Customer())
	}
	return NewDirectory(customers...)
}

// Bucket reports whether the app id has the bucket. It never fails.
func (d *Directory) Bucket(_ context.Context, appID, bucket string) (bool, error) {
	return slices.Contains(d.index.Load().customers[appID].Buckets, bucket), nil
}
