package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

// memory is a simple ledger: maps, loops and no SQL. The model test compares
// the database with it, so it shares no rule with package ledgerdb. It only
// knows accounts in Beijing's time zone.
type memory struct {
	free     int64
	accounts map[string]*memoryAccount
	charges  map[string]*memoryCharge
	nonces   map[string]time.Time // by key and nonce: expiry
	keys     map[[2]string]memoryKey
	usage    map[string]int64 // by account and day
	calls    map[string]int64 // by account, day and code
}

type memoryAccount struct {
	postpay, closed bool
	balance         int64
	since           time.Time
	packs           []*memoryPack
}

type memoryPack struct {
	id                string
	paid              bool
	total, left, held int64
	from, to          time.Time
}

type memoryPart struct {
	pack             *memoryPack // nil is postpaid
	units            int64
	posted, refunded int64
}

type memoryCharge struct {
	hold   ledger.Hold
	state  ledger.State
	parts  []*memoryPart
	posted int64
	codes  []ledger.Call
	reply  string
	day    string
}

type memoryKey struct {
	request [32]byte
	charge  string
	expires time.Time
}

func newMemory(free int64) *memory {
	return &memory{free: free, accounts: map[string]*memoryAccount{}, charges: map[string]*memoryCharge{}, nonces: map[string]time.Time{},
		keys: map[[2]string]memoryKey{}, usage: map[string]int64{}, calls: map[string]int64{}}
}

// beijing returns the local time there.
func beijing(at time.Time) time.Time { return at.UTC().Add(8 * time.Hour) }

func (m *memory) hold(h ledger.Hold) (ledger.Charge, error) {
	if h.Nonce != nil {
		if _, used := m.nonces[h.Nonce.Key+" "+h.Nonce.Value]; used {
			return ledger.Charge{}, ledger.ErrReplay
		}
	}
	replayed := func(c *memoryCharge) (ledger.Charge, error) {
		m.spend(h)
		again := ledger.Charge{ID: c.hold.ID, State: c.state, Units: c.posted, Replayed: true}
		if c.reply != "" {
			again.Reply = []byte(c.reply)
		}
		return again, nil
	}
	if i := h.Idempotency; i != nil {
		k, found := m.keys[[2]string{h.Account, i.Key}]
		if found && h.At.Before(k.expires) {
			c := m.charges[k.charge]
			switch {
			case k.request != i.Request:
				return ledger.Charge{}, ledger.ErrMismatch
			case c.state == ledger.Held:
				return ledger.Charge{}, ledger.ErrInProgress
			case c.state == ledger.Posted || c.reply != "":
				return replayed(c)
			}
		}
	}
	a := m.accounts[h.Account]
	if a == nil {
		return ledger.Charge{}, ledger.ErrUnknown
	}
	if c := m.charges[h.ID]; c != nil {
		switch {
		case c.hold.Account != h.Account || c.hold.Units != h.Units || c.hold.API != h.API:
			return ledger.Charge{}, ledger.ErrMismatch
		case c.state == ledger.Held:
			return ledger.Charge{}, ledger.ErrInProgress
		}
		return replayed(c)
	}
	if a.closed {
		return ledger.Charge{}, ledger.ErrClosed
	}
	if a.balance < 0 && !h.At.Before(a.since.Add(24*time.Hour)) {
		return ledger.Charge{}, ledger.ErrArrears
	}
	parts, fresh := m.take(a, h)
	if parts == nil {
		return ledger.Charge{}, ledger.ErrUsedUp
	}
	if fresh != nil {
		a.packs = append(a.packs, fresh)
	}
	for _, p := range parts {
		if p.pack != nil {
			p.pack.left -= p.units
			p.pack.held += p.units
		}
	}
	m.charges[h.ID] = &memoryCharge{hold: h, state: ledger.Held, parts: parts, day: beijing(h.At).Format(time.DateOnly)}
	m.spend(h)
	if i := h.Idempotency; i != nil {
		if old, found := m.keys[[2]string{h.Account, i.Key}]; found {
			m.charges[old.charge].reply = ""
		}
		m.keys[[2]string{h.Account, i.Key}] = memoryKey{i.Request, h.ID, i.Expires}
	}
	return ledger.Charge{ID: h.ID, State: ledger.Held, Units: h.Units}, nil
}

func (m *memory) spend(h ledger.Hold) {
	if h.Nonce != nil {
		m.nonces[h.Nonce.Key+" "+h.Nonce.Value] = h.Nonce.Expires
	}
}

// take returns what would hold a charge, without holding it; nil if there are
// too few units. It also returns the month's free pack if that is new.
func (m *memory) take(a *memoryAccount, h ledger.Hold) (parts []*memoryPart, fresh *memoryPack) {
	there := beijing(h.At)
	id := "free:" + h.Account + ":" + there.Format("2006-01")
	packs := slices.Clone(a.packs)
	if !slices.ContainsFunc(packs, func(p *memoryPack) bool { return p.id == id }) {
		begin := time.Date(there.Year(), there.Month(), 1, -8, 0, 0, 0, time.UTC)
		end := time.Date(there.Year(), there.Month()+1, 1, -8, 0, 0, 0, time.UTC)
		fresh = &memoryPack{id: id, total: m.free, left: m.free, from: begin, to: end}
		packs = append(packs, fresh)
	}
	slices.SortFunc(packs, func(p, q *memoryPack) int {
		switch {
		case p.paid != q.paid && q.paid:
			return -1
		case p.paid != q.paid:
			return 1
		}
		return cmp.Or(p.from.Compare(q.from), p.to.Compare(q.to), cmp.Compare(p.id, q.id))
	})
	need := h.Units
	for _, p := range packs {
		if n := min(need, p.left); n > 0 && !h.At.Before(p.from) && h.At.Before(p.to) {
			parts = append(parts, &memoryPart{pack: p, units: n})
			need -= n
		}
	}
	if need > 0 && a.postpay {
		parts = append(parts, &memoryPart{units: need})
		need = 0
	}
	if need > 0 {
		return nil, nil
	}
	return parts, fresh
}

func (m *memory) settle(id string, o ledger.Outcome, void bool) error {
	c := m.charges[id]
	if c == nil {
		return ledger.ErrUnknown
	}
	calls := slices.Clone(o.Calls)
	var billed int64
	for i := range calls {
		calls[i].Billed = calls[i].Billed && !void
		if calls[i].Billed {
			billed++
		}
	}
	state := ledger.Void
	if billed > 0 {
		state = ledger.Posted
	}
	if c.state != ledger.Held {
		same := slices.EqualFunc(c.codes, calls, func(a, b ledger.Call) bool { return a.Code == b.Code && a.Billed == b.Billed })
		if c.state == ledger.Void && state == ledger.Void || c.state == state && same {
			return nil
		}
		return ledger.ErrState
	}
	if billed > c.hold.Units {
		return ledger.ErrState
	}
	c.state, c.posted, c.codes, c.reply = state, billed, calls, string(o.Reply)
	for _, p := range c.parts {
		p.posted = min(p.units, billed)
		billed -= p.posted
		if p.pack != nil {
			p.pack.held -= p.units
			p.pack.left += p.units - p.posted
		}
	}
	for _, call := range calls {
		m.calls[fmt.Sprintf("%s %s %d", c.hold.Account, c.day, call.Code)]++
	}
	if c.posted > 0 {
		m.usage[c.hold.Account+" "+c.day] += c.posted
	}
	return nil
}

func (m *memory) sweepHeld(before time.Time) {
	for id, c := range m.charges {
		if c.state == ledger.Held && c.hold.At.Before(before) {
			_ = m.settle(id, ledger.Outcome{}, true)
		}
	}
}

func (m *memory) sweep(at time.Time) {
	for n, until := range m.nonces {
		if !at.Before(until) {
			delete(m.nonces, n)
		}
	}
	for k, v := range m.keys {
		if !at.Before(v.expires) {
			m.charges[v.charge].reply = ""
			delete(m.keys, k)
		}
	}
}

func (m *memory) refund(id string) (units int64, err error) {
	c := m.charges[id]
	switch {
	case c == nil:
		return 0, ledger.ErrUnknown
	case c.state != ledger.Posted:
		return 0, ledger.ErrState
	}
	for _, p := range c.parts {
		n := p.posted - p.refunded
		p.refunded += n
		if p.pack != nil {
			p.pack.left += n
		}
		units += n
	}
	return units, nil
}

// lines returns the ledger as text, to compare with the database.
func (m *memory) lines() (lines []string) {
	for _, a := range m.accounts {
		for _, p := range a.packs {
			lines = append(lines, fmt.Sprintf("pack %s %d %d %d", p.id, p.total, p.left, p.held))
		}
	}
	for id, c := range m.charges {
		lines = append(lines, fmt.Sprintf("charge %s %s %d %q", id, c.state, c.posted, c.reply))
		for _, p := range c.parts {
			pack := ""
			if p.pack != nil {
				pack = p.pack.id
			}
			if p.posted > 0 {
				lines = append(lines, fmt.Sprintf("entries %s %s %d %d", id, pack, p.posted, p.refunded))
			}
		}
	}
	for k, n := range m.usage {
		lines = append(lines, fmt.Sprintf("usage %s %d", k, n))
	}
	for k, n := range m.calls {
		lines = append(lines, fmt.Sprintf("calls %s %d", k, n))
	}
	for n := range m.nonces {
		lines = append(lines, "nonce "+n)
	}
	for k, v := range m.keys {
		lines = append(lines, fmt.Sprintf("key %s %s %s", k[0], k[1], v.charge))
	}
	slices.Sort(lines)
	return lines
}
