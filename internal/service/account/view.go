package account

// View identifies what a stored reply discloses: the form of its card numbers,
// and the bucket that it counts for. It is stored with the reply.
type View struct {
	Shape  string `json:"shape"` // of Access.shapeID; empty in no valid View
	Bucket string `json:"bucket"`
}

// wholeNumber is the Shape of replies with whole numbers in clear, and the
// Fingerprint of a Masker that makes such replies.
const wholeNumber = "full"

// maskedNumber is the Fingerprint of a Masker that makes replies with the first six
// and the last four digits in clear.
const maskedNumber = "bin_last4"

func (a Access) shapeID() string {
	if a.Shape == nil {
		return wholeNumber
	}
	return a.Shape.Fingerprint()
}

// View returns the view of a reply made for the key and a bucket.
func (a Access) View(bucket string) View { return View{Shape: a.shapeID(), Bucket: bucket} }

// MaySee reports whether a stored reply may be sent to the key: only if a reply
// made for the key would have the same form, and if the key is valid for the
// reply's bucket. Every API must ask it before it sends a stored reply.
func (a Access) MaySee(v View) bool {
	return v.Shape != "" && v.Shape == a.shapeID() && a.Allows(v.Bucket)
}

// In returns the access limited to a bucket that a signature names; an empty
// one does not limit it. The key must be valid for the bucket.
func (a Access) In(bucket string) Access {
	if bucket != "" && a.Allows(bucket) {
		a.Only = []string{bucket}
	}
	return a
}

// WholeNumber reports whether the key's replies contain whole numbers in clear.
// Otherwise they must not contain an image of one either.
func (a Access) WholeNumber() bool { return a.shapeID() == wholeNumber }

// MaskedNumber reports whether the key's replies contain the first six and the
// last four digits of numbers in clear.
func (a Access) MaskedNumber() bool { return a.shapeID() == maskedNumber }
