package console

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/db"
)

// seededDir returns a data directory with many accounts and charges over twelve
// months, all postpaid, for which the ledger verifies. KAHAO_CONSOLE_SEED names
// a directory to keep it in; KAHAO_CONSOLE_ACCOUNTS and KAHAO_CONSOLE_CHARGES are
// its size.
func seededDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("KAHAO_CONSOLE_SEED")
	if dir == "" {
		dir = t.TempDir()
	}
	if _, err := os.Stat(dir + "/kahao.db"); err == nil {
		return dir
	}
	size := func(name string, standard int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return standard
	}
	o := store.Options{Store: config.Defaults().Store}
	o.Data = dir
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	defer func() { _ = s.Close() }()
	accounts, charges := size("KAHAO_CONSOLE_ACCOUNTS", 1000), size("KAHAO_CONSOLE_CHARGES", 1_000_000)
	random := rand.New(rand.NewPCG(14, 14))
	var owners []account.CreatedKey
	for i := range accounts {
		c, err := s.Accounts.CreateAccount(t.Context(), account.NewAccount{Name: fmt.Sprintf("示例客户 %04d", i+1), Bucket: "cards", PostPay: true})
		if err != nil {
			t.Fatalf("CreateAccount: %v", err)
		}
		owners = append(owners, c)
	}
	seed := seeder{s: s, random: rand.New(rand.NewPCG(14, 15)), usage: map[usageKey]int64{}, calls: map[callKey]int64{}}
	const batch = 20_000
	for at := 0; at < charges; at += batch {
		for i := at; i < min(at+batch, charges); i++ {
			who := owners[int(float64(len(owners))*random.Float64()*random.Float64())]
			if err := seed.charge(who); err != nil {
				t.Fatalf("seeding: %v", err)
			}
		}
		if err := s.Engine.Write(t.Context(), seed.flush); err != nil {
			t.Fatalf("seeding: %v", err)
		}
	}
	if err := s.Engine.Write(t.Context(), seed.counts); err != nil {
		t.Fatalf("seeding: %v", err)
	}
	r, err := s.Ledger.Verify(t.Context())
	if err != nil || r.Break != "" {
		t.Fatalf("the seeded ledger: %v %s", err, r.Break)
	}
	return dir
}

// seeder books postpaid calls of the last 365 days, as the ledger would: many rows
// in a statement, and the counts of days at the end.
type seeder struct {
	s      *store.Store
	random *rand.Rand

	charges, parts, entries [][]any
	usage                   map[usageKey]int64
	calls                   map[callKey]int64
}

type usageKey struct {
	account, user, bucket, api, day string
	code                            int
}

type callKey struct {
	usageKey
	bin int
}

// charge books one call.
func (d *seeder) charge(who account.CreatedKey) error {
	at := d.s.Now().Add(-time.Duration(d.random.Float64() * float64(365*24*time.Hour)))
	id, err := ledger.NewID(at, d.s.Accounts.Random)
	if err != nil {
		return err
	}
	key := callKey{usageKey{who.AppID, who.User, "cards", "legacy", string(d.s.Calendar.Day(at)), 0}, usage.Bin(time.Duration(60+d.random.ExpFloat64()*60) * time.Millisecond)}
	if d.random.IntN(3) == 0 {
		key.api, key.bucket = "api3", ""
	}
	state, units, calls := "posted", 1, fmt.Sprintf("0:%db", key.bin)
	if d.random.IntN(12) == 0 {
		key.code = []int{-9011, -9012, -9013, -1102}[d.random.IntN(4)]
		state, units, calls = "void", 0, fmt.Sprintf("%d:%d", key.code, key.bin)
	}
	us := at.UnixMicro()
	d.charges = append(d.charges, []any{id, who.AppID, who.User, who.SecretID, key.bucket, key.api, state, 1, units, key.code, calls, us, us, key.day})
	d.parts = append(d.parts, []any{id, "", 1})
	if units > 0 {
		d.entries = append(d.entries, []any{id, who.AppID, "", -1, "post", key.api, who.User, key.bucket, key.code, key.day, us})
		d.usage[key.usageKey]++
	}
	d.calls[key]++
	return nil
}

// flush writes the charges with their parts and entries.
func (d *seeder) flush(tx *db.Tx) error {
	// In the order of the primary key, which is that of the file.
	slices.SortFunc(d.charges, func(a, b []any) int { return cmp.Compare(a[0].(string), b[0].(string)) })
	for _, into := range []struct {
		head string
		rows *[][]any
	}{
		{`charge (id, account_id, user_id, key_id, bucket, api, state, units_held, units_posted, code, calls, created_at, decided_at, day)`, &d.charges},
		{`charge_part (charge_id, pack_id, units)`, &d.parts},
		{`entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at)`, &d.entries},
	} {
		if err := insertMany(tx, into.head, *into.rows); err != nil {
			return err
		}
		*into.rows = nil
	}
	return nil
}

// counts writes the counts of days.
func (d *seeder) counts(tx *db.Tx) error {
	var usages, calls [][]any
	for k, n := range d.usage {
		usages = append(usages, []any{k.account, k.user, k.bucket, k.api, k.day, k.code, n})
	}
	for k, n := range d.calls {
		calls = append(calls, []any{k.account, k.user, k.bucket, k.api, k.day, k.code, k.bin, n})
	}
	return errors.Join(insertMany(tx, `usage_day (account_id, user_id, bucket, api, day, code, units)`, usages),
		insertMany(tx, `call_day (account_id, user_id, bucket, api, day, code, bin, n)`, calls))
}

// insertMany inserts rows, fifty in a statement.
func insertMany(tx *db.Tx, head string, rows [][]any) error {
	for some := range slices.Chunk(rows, 50) {
		marks := "(" + db.Marks(len(some[0])) + ")"
		var args []any
		for _, row := range some {
			args = append(args, row...)
		}
		if _, err := tx.Exec("INSERT INTO "+head+" VALUES "+strings.Repeat(marks+", ", len(some)-1)+marks, args...); err != nil {
			return err
		}
	}
	return nil
}

// The seed itself is consistent, in a small form.
func TestSeed(t *testing.T) {
	t.Setenv("KAHAO_CONSOLE_SEED", "")
	t.Setenv("KAHAO_CONSOLE_ACCOUNTS", "5")
	t.Setenv("KAHAO_CONSOLE_CHARGES", "300")
	seededDir(t)
}

// TestMakeSeed makes the directory that KAHAO_CONSOLE_SEED names.
func TestMakeSeed(t *testing.T) {
	if os.Getenv("KAHAO_CONSOLE_SEED") == "" {
		t.Skip("KAHAO_CONSOLE_SEED is not set: nothing to make")
	}
	seededDir(t)
}
