package login

import (
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Bounds of a password, in characters and in bytes. OWASP asks for 12
// characters; the bound in bytes limits the work of hashing.
const (
	MinPassword      = 12
	maxPasswordBytes = 1024
)

// Errors of CheckPassword.
var (
	ErrShort  = errors.New("login: the password has fewer than 12 characters")
	ErrLong   = errors.New("login: the password has more than 1024 bytes")
	ErrCommon = errors.New("login: the password is one of the commonest, repeats itself, or contains the name")
)

//go:embed common.txt
var commonText string

var common = func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(commonText) {
		all[strings.TrimSpace(line)] = true
	}
	return all
}()

// CheckPassword returns ErrShort, ErrLong or ErrCommon for a password that
// must not be used with a name.
func CheckPassword(name, password string) error {
	switch {
	case len(password) > maxPasswordBytes:
		return ErrLong
	case utf8.RuneCountInString(password) < MinPassword || !utf8.ValidString(password):
		return ErrShort
	}
	lower := strings.ToLower(password)
	if common[lower] || repeats(lower) || len(name) >= 4 && strings.Contains(lower, strings.ToLower(name)) {
		return ErrCommon
	}
	return nil
}

// repeats reports whether a text is a piece of at most four characters over
// and over, or each character follows the one before it.
func repeats(text string) bool {
	runes := []rune(text)
	for n := 1; n <= 4; n++ {
		same := true
		for i := n; i < len(runes); i++ {
			same = same && runes[i] == runes[i-n]
		}
		if same {
			return true
		}
	}
	up, down := true, true
	for i := 1; i < len(runes); i++ {
		up = up && (runes[i] == runes[i-1]+1 || runes[i] == '0' && runes[i-1] == '9')
		down = down && (runes[i] == runes[i-1]-1 || runes[i] == '9' && runes[i-1] == '0')
	}
	return up || down
}

// Cost is the work of hashing a password with argon2id on one thread.
type Cost struct {
	Passes uint32
	Memory uint32 // KiB
}

// standardCost is more than OWASP's least of 19 MiB with two passes, and takes
// about 70 ms on one core.
var standardCost = Cost{Passes: 3, Memory: 32 << 10}

const (
	hashThreads = 1
	hashLength  = 32
	saltLength  = 16
)

// hash returns the password's hash with its parameters and salt, in the PHC
// string format. It returns the errors of random.
func hash(random io.Reader, c Cost, password string) (string, error) {
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("login: %w", err)
	}
	sum := argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, hashThreads, hashLength)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, hashThreads, b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// matches reports whether a password has the hash. A hash that cannot be parsed
// matches nothing.
func matches(encoded, password string) bool {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false
	}
	var version int
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil || passes < 1 || threads < 1 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}
