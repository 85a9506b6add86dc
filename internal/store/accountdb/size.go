package accountdb

import (
	"unsafe"

	"github.com/kahao/kahao/internal/service/policy"
)

// entrySize is what an entry of a cache takes beside its key and its value: its
// place in the map and in the list, and the roundings of the allocator.
const entrySize = 384

// size returns how many bytes a value takes. The texts are counted, and what was
// made of them is estimated.
func (a *access) size() int {
	if a == nil {
		return 0
	}
	n := int(unsafe.Sizeof(*a)) + len(a.secret) + shapeSize*len(a.key.Shape)
	for _, s := range []string{
		a.key.SecretID, a.key.Account, a.key.User, a.key.LastUsed,
		a.user.ID, a.user.Account, a.user.Name, a.account.ID, a.account.Name, a.account.Region,
	} {
		n += textSize(s)
	}
	for _, list := range [][]string{a.key.Buckets, a.account.FetchHosts, a.buckets} {
		n += listSize(list)
	}
	for _, p := range a.user.Policies {
		n += policySize(p)
	}
	return n
}

const (
	stringSize = int(unsafe.Sizeof(""))
	// rounding is the most by which the allocator rounds up a short text.
	rounding = 15
	// shapeSize is how many bytes a masking policy takes for each of its text: the
	// text, its parsed form, and the public key in it.
	shapeSize = 4
	// documentSize is the same of a policy document, whose every pattern becomes a
	// string of its own.
	documentSize = 4
	// presetSize is what a policy takes that is given by its name.
	presetSize = 512
)

func textSize(s string) int { return len(s) + rounding }

func listSize(list []string) int {
	n := cap(list) * stringSize
	for _, s := range list {
		n += textSize(s)
	}
	return n
}

func policySize(p policy.Attached) int {
	return int(unsafe.Sizeof(p)) + textSize(p.Name) + documentSize*len(p.Document) + presetSize
}

func (a *app) size() int {
	if a == nil {
		return 0
	}
	return int(unsafe.Sizeof(*a))
}
