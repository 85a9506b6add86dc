package console

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
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
	const batch = 5000
	for at := 0; at < charges; at += batch {
		err := s.Engine.Write(t.Context(), func(tx *db.Tx) error {
			for i := at; i < min(at+batch, charges); i++ {
				if err := seedCharge(tx, s, random, owners[int(float64(len(owners))*random.Float64()*random.Float64())]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("seeding: %v", err)
		}
	}
	r, err := s.Ledger.Verify(t.Context())
	if err != nil || r.Break != "" {
		t.Fatalf("the seeded ledger: %v %s", err, r.Break)
	}
	return dir
}

// seedCharge books one postpaid call of the last 365 days.
func seedCharge(tx *db.Tx, s *store.Store, random *rand.Rand, who account.CreatedKey) error {
	age := time.Duration(random.Float64() * float64(365*24*time.Hour))
	at := s.Now().Add(-age)
	day := string(s.Calendar.Day(at))
	id, err := ledger.NewID(at, s.Accounts.Random)
	if err != nil {
		return err
	}
	api, bucket := "legacy", "cards"
	if random.IntN(3) == 0 {
		api, bucket = "api3", ""
	}
	bin := usage.Bin(time.Duration(60+random.ExpFloat64()*60) * time.Millisecond)
	code, billed := 0, true
	if random.IntN(12) == 0 {
		code, billed = []int{-9011, -9012, -9013, -1102}[random.IntN(4)], false
	}
	state, units, calls := "posted", 1, fmt.Sprintf("%d:%db", code, bin)
	if !billed {
		state, units, calls = "void", 0, fmt.Sprintf("%d:%d", code, bin)
	}
	us := at.UnixMicro()
	if _, err := tx.Exec(`INSERT INTO charge (id, account_id, user_id, key_id, bucket, api, state, units_held, units_posted, code, calls, created_at, decided_at, day)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`, id, who.AppID, who.User, who.SecretID, bucket, api, state, units, code, calls, us, us, day); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO charge_part (charge_id, pack_id, units) VALUES (?, '', 1)`, id); err != nil {
		return err
	}
	if billed {
		if _, err := tx.Exec(`INSERT INTO entry (charge_id, account_id, pack_id, delta, reason, api, user_id, bucket, code, day, at) VALUES (?, ?, '', -1, 'post', ?, ?, ?, ?, ?, ?)`,
			id, who.AppID, api, who.User, bucket, code, day, us); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO usage_day (account_id, user_id, bucket, api, day, code, units) VALUES (?, ?, ?, ?, ?, ?, 1)
			ON CONFLICT (account_id, day, user_id, bucket, api, code) DO UPDATE SET units = usage_day.units + 1`, who.AppID, who.User, bucket, api, day, code); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO call_day (account_id, user_id, bucket, api, day, code, bin, n) VALUES (?, ?, ?, ?, ?, ?, ?, 1)
		ON CONFLICT (account_id, day, user_id, bucket, api, code, bin) DO UPDATE SET n = call_day.n + 1`, who.AppID, who.User, bucket, api, day, code, bin)
	return err
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
