package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// seedEnv sets the seed of RunModel, to try other operations or to repeat a
// failure.
const seedEnv = "KAHAO_STORETEST_SEED"

// RunModel runs random operations on the database and on a ledger in memory.
// Every answer must be equal, and from time to time the whole content. After a
// difference it removes the operations that are not needed for it and prints
// the rest.
func RunModel(t *testing.T, e Engine, operations int) {
	seed := uint64(1)
	if text := os.Getenv(seedEnv); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedEnv, err)
		}
	}
	// Each run has a database of its own, so that no damage carries over.
	run := func(steps []step) (int, error) {
		d, err := e.Open(context.Background(), e.Fresh(t))
		if err != nil {
			t.Fatalf("Open failed: %v", err)
		}
		defer func() { _ = d.Close() }()
		return play(d, steps)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	steps := make([]step, operations)
	for i := range steps {
		steps[i] = draw(random)
	}
	n, failure := run(steps)
	if failure == nil {
		return
	}
	t.Errorf("seed %d, operation %d: %v", seed, n, failure)
	steps, failure = shrink(run, steps[:n+1], failure)
	for i, s := range steps {
		t.Logf("%4d %+v", i, s)
	}
	t.Fatalf("these %d operations reproduce it: %v", len(steps), failure)
}

// shrink removes halves, quarters, … of the operations as long as the rest
// still fails.
func shrink(run func([]step) (int, error), steps []step, failure error) ([]step, error) {
	tries := 300
	for size := len(steps) / 2; size > 0 && tries > 0; {
		shorter := false
		for from := 0; from+size <= len(steps) && tries > 0; tries-- {
			without := slices.Delete(slices.Clone(steps), from, from+size)
			if n, err := run(without); err != nil {
				steps, failure, shorter = without[:min(n+1, len(without))], err, true
			} else {
				from += size
			}
		}
		if !shorter || size > len(steps)/2 {
			size /= 2
		}
	}
	return steps, failure
}

// step is one operation. It names accounts and charges by numbers that are
// valid after any steps, so that any step can be removed.
type step struct {
	Do         string
	Account    int
	Charge     int // counted from the last started
	Units      int64
	Nonce, Key int // 0 is none
	Body       byte
	Codes      []int // negative ones are not billed
	Wait       time.Duration
}

const accounts = 3

func draw(r *rand.Rand) step {
	s := step{Account: r.IntN(accounts), Charge: r.IntN(8), Units: 1 + r.Int64N(4), Body: byte(r.IntN(2)), Wait: time.Duration(r.Int64N(int64(time.Minute)))}
	if r.IntN(3) == 0 {
		s.Nonce = 1 + r.IntN(400)
	}
	if r.IntN(3) == 0 {
		s.Key = 1 + r.IntN(40)
	}
	for range r.IntN(6) {
		s.Codes = append(s.Codes, []int{0, 0, 0, -1, -1100}[r.IntN(5)])
	}
	s.Do = pick(r)
	return s
}

// weights are the relative frequencies of operations.
var weights = []struct {
	do     string
	weight int
}{
	{"hold", 40}, {"hold again", 4}, {"post", 28}, {"void", 8}, {"refund", 4}, {"sweep", 2}, {"sweep held", 1},
	{"pack", 3}, {"postpay", 2}, {"close", 2}, {"debt", 2}, {"wait", 3}, {"month", 1},
}

func pick(r *rand.Rand) string {
	n := r.IntN(100)
	for _, w := range weights {
		if n -= w.weight; n < 0 {
			return w.do
		}
	}
	return "wait"
}

// player runs steps on the database and in memory.
type player struct {
	ctx    context.Context
	engine db.Engine
	ledger *ledgerdb.Store
	memory *memory
	prefix string // of everything that this run stores
	at     time.Time
	holds  []ledger.Hold // that started a charge
	n      int
}

// play returns the first step that shows a difference, and the difference.
func play(d db.Engine, steps []step) (n int, err error) {
	p := &player{ctx: context.Background(), engine: d, ledger: ledgerdb.New(d, options()), memory: newMemory(options().Free),
		prefix: fmt.Sprintf("m%d", fixtures.Add(1)), at: noon}
	for i := range accounts {
		p.memory.accounts[p.account(i)] = &memoryAccount{}
		if err := p.exec(`INSERT INTO account (id, created_at) VALUES (?, ?)`, p.account(i), noon.AddDate(-1, 0, 0).UnixMicro()); err != nil {
			return 0, err
		}
	}
	for i, s := range steps {
		p.n = i
		p.at = p.at.Add(s.Wait).Truncate(time.Microsecond)
		if err := p.do(s); err != nil {
			return i, fmt.Errorf("%s: %w", s.Do, err)
		}
		if i%250 == 249 || i == len(steps)-1 {
			if err := p.compare(); err != nil {
				return i, err
			}
		}
	}
	return len(steps), nil
}

func (p *player) account(i int) string { return fmt.Sprintf("%s-%d", p.prefix, i) }

func (p *player) exec(query string, args ...any) error {
	return p.engine.Write(p.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}

// charge returns the ID of one of the last charges.
func (p *player) charge(s step) string {
	if len(p.holds) == 0 {
		return p.prefix + "-none"
	}
	return p.holds[len(p.holds)-1-s.Charge%len(p.holds)].ID
}

func (p *player) do(s step) error {
	id, a := p.account(s.Account), p.memory.accounts[p.account(s.Account)]
	switch s.Do {
	case "hold":
		return p.hold(p.request(s))
	case "hold again":
		if len(p.holds) == 0 {
			return nil
		}
		h := p.holds[len(p.holds)-1-s.Charge%len(p.holds)]
		h.At, h.Nonce = p.at, p.request(s).Nonce
		if s.Body == 1 {
			h.Units = s.Units
		}
		return p.hold(h)
	case "post", "void":
		return p.settle(s)
	case "refund":
		n, err := p.ledger.Refund(p.ctx, p.charge(s), "", p.at)
		want, wantErr := p.memory.refund(p.charge(s))
		if n != want {
			return fmt.Errorf("%d, want %d", n, want)
		}
		return agree(err, wantErr)
	case "sweep":
		p.memory.sweep(p.at)
		_, err := p.ledger.Sweep(p.ctx, p.at)
		return err
	case "sweep held":
		p.memory.sweepHeld(p.at.Add(-time.Minute))
		_, err := p.ledger.SweepHeld(p.ctx, p.at.Add(-time.Minute))
		return err
	case "pack":
		pack := &memoryPack{id: fmt.Sprintf("%s-p%d", id, p.n), paid: true, total: 5 * s.Units, left: 5 * s.Units,
			from: p.at.Add(time.Duration(s.Charge-4) * 10 * day), to: p.at.Add(time.Duration(s.Charge) * 20 * day).Add(time.Microsecond)}
		if !pack.from.Before(pack.to) {
			return nil
		}
		a.packs = append(a.packs, pack)
		return p.exec(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, created_at) VALUES (?, ?, 'paid', ?, ?, ?, ?, ?)`,
			pack.id, id, pack.total, pack.left, pack.from.UnixMicro(), pack.to.UnixMicro(), p.at.UnixMicro())
	case "postpay":
		a.postpay = s.Units > 3
		return p.exec(`UPDATE account SET postpay = ? WHERE id = ?`, flag(a.postpay), id)
	case "close":
		a.closed = s.Units > 3
		return p.exec(`UPDATE account SET state = ? WHERE id = ?`, map[bool]string{true: "closed", false: "active"}[a.closed], id)
	case "debt":
		return p.debt(id, a, s)
	case "wait":
		p.at = p.at.Add(6 * time.Hour)
	case "month":
		p.at = p.at.Add(20 * day)
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// debt adds a payment, positive or negative, so that the balance stays
// explained.
func (p *player) debt(id string, a *memoryAccount, s step) error {
	amount := 150 - 100*s.Units
	a.balance += amount
	var since any
	switch {
	case a.balance >= 0:
		a.since = time.Time{}
	case a.since.IsZero():
		a.since = p.at
	}
	if a.balance < 0 {
		since = a.since.UnixMicro()
	}
	return errors.Join(
		p.exec(`INSERT INTO payment (id, account_id, amount, at) VALUES (?, ?, ?, ?)`, fmt.Sprintf("%s-pay%d", id, p.n), id, amount, p.at.UnixMicro()),
		p.exec(`UPDATE account SET balance = ?, negative_since = ? WHERE id = ?`, a.balance, since, id))
}

func (p *player) request(s step) ledger.Hold {
	h := ledger.Hold{ID: fmt.Sprintf("%s-c%05d", p.prefix, p.n), At: p.at, Units: s.Units,
		Caller: ledger.Caller{Account: p.account(s.Account), User: "u", Key: "k", Bucket: "b", API: "legacy"}}
	if s.Nonce > 0 {
		h.Nonce = &ledger.Nonce{Key: h.Account, Value: fmt.Sprint(s.Nonce), Expires: p.at.Add(time.Hour)}
	}
	if s.Key > 0 {
		h.Idempotency = &ledger.Idempotency{Key: fmt.Sprint(s.Key), Request: [32]byte{s.Body}, Expires: p.at.Add(day)}
	}
	return h
}

func (p *player) hold(h ledger.Hold) error {
	got, err := p.ledger.Hold(p.ctx, h)
	want, wantErr := p.memory.hold(h)
	if err := agree(err, wantErr); err != nil {
		return err
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		return fmt.Errorf("%+v, want %+v", got, want)
	}
	if err == nil && !want.Replayed {
		p.holds = append(p.holds, h)
	}
	return nil
}

func (p *player) settle(s step) error {
	id := p.charge(s)
	o := ledger.Outcome{At: p.at}
	for _, code := range s.Codes {
		o.Calls = append(o.Calls, ledger.Call{Code: code, Billed: code != -1, Took: s.Wait})
	}
	if c := p.memory.charges[id]; c != nil && s.Body == 0 && c.hold.Idempotency != nil {
		if p.memory.keys[[2]string{c.hold.Account, c.hold.Idempotency.Key}].charge == id {
			o.Reply = []byte("reply to " + id)
		}
	}
	settle := p.ledger.Post
	if s.Do == "void" {
		settle = p.ledger.Void
	}
	return agree(settle(p.ctx, id, o), p.memory.settle(id, o, s.Do == "void"))
}

func agree(got, want error) error {
	if want == nil && got == nil || want != nil && errors.Is(got, want) {
		return nil
	}
	return fmt.Errorf("error %w, want %w", got, want)
}

// dumps are queries for the lines of memory.lines, with the prefix as their
// parameter.
var dumps = []struct{ format, query string }{
	{"pack %s %s %s %s", `SELECT id, CAST(units_total AS TEXT), CAST(units_left AS TEXT), CAST(units_held AS TEXT) FROM pack WHERE account_id LIKE ?`},
	{"charge %s %s %s %q", `SELECT id, state, CAST(units_posted AS TEXT), reply_ct FROM charge WHERE account_id LIKE ?`},
	{"entries %s %s %s %s", `SELECT charge_id, pack_id, CAST(-SUM(CASE reason WHEN 'post' THEN delta ELSE 0 END) AS TEXT),
		CAST(SUM(CASE reason WHEN 'refund' THEN delta ELSE 0 END) AS TEXT) FROM entry WHERE account_id LIKE ? GROUP BY charge_id, pack_id`},
	{"usage %s %s %s", `SELECT account_id, day, CAST(SUM(units) AS TEXT) FROM usage_day WHERE account_id LIKE ? GROUP BY account_id, day`},
	{"calls %s %s %s %s", `SELECT account_id, day, CAST(code AS TEXT), CAST(SUM(n) AS TEXT) FROM call_day WHERE account_id LIKE ? GROUP BY account_id, day, code`},
	{"nonce %s %s", `SELECT key_id, nonce FROM nonce WHERE key_id LIKE ?`},
	{"key %s %s %s", `SELECT account_id, key, charge_id FROM idem WHERE account_id LIKE ?`},
}

// compare compares the whole content.
func (p *player) compare() error {
	var got []string
	err := p.engine.Read(p.ctx, func(tx *db.Tx) error {
		got = got[:0]
		for _, d := range dumps {
			n := strings.Count(d.format, "%")
			err := tx.Each(func(scan func(...any) error) error {
				texts, into, values := make([][]byte, n), make([]any, n), make([]any, n)
				for i := range texts {
					into[i] = &texts[i]
				}
				err := scan(into...)
				for i := range texts {
					values[i] = string(texts[i])
				}
				got = append(got, fmt.Sprintf(d.format, values...))
				return err
			}, d.query, p.prefix+"-%")
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(got)
	want := p.memory.lines()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Errorf("the ledgers differ: %.200q, want %.200q", got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
	r, err := p.ledger.Verify(p.ctx)
	if err == nil && r.Break != "" {
		err = errors.New(r.Break)
	}
	return err
}
