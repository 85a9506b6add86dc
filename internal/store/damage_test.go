package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/envelope"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// Environment of TestDamage. damagesEnv and damageSeedEnv set the number of
// damages and the seed; damageChildEnv names the data directory of a child.
const (
	damagesEnv     = "KAHAO_STORE_DAMAGES"
	damageSeedEnv  = "KAHAO_STORE_SEED"
	damageChildEnv = "KAHAO_STORE_CHILD"
)

// damageable are the files of a data directory that matter.
var damageable = []string{sqlite.FileName, sqlite.FileName + "-wal", sqlite.SequenceName, keysName}

// damage is one way to damage a file. other is another content of the file:
// earlier, or of another database.
type damage struct {
	name string
	do   func(random *rand.Rand, content, other []byte) []byte
}

// at returns a random offset; a fifth of them is near the start, which has the
// headers.
func at(random *rand.Rand, content []byte) int {
	if random.IntN(5) == 0 {
		return random.IntN(min(len(content), 200))
	}
	return random.IntN(len(content))
}

func flip(random *rand.Rand, content []byte, bits int) []byte {
	content = slices.Clone(content)
	for range bits {
		content[at(random, content)] ^= 1 << random.IntN(8)
	}
	return content
}

// damages have the contents of files that are not empty. A nil result deletes
// the file.
var damages = []damage{
	{"flip a bit", func(r *rand.Rand, c, _ []byte) []byte { return flip(r, c, 1) }},
	{"flip eight bits", func(r *rand.Rand, c, _ []byte) []byte { return flip(r, c, 8) }},
	{"zero a sector", func(r *rand.Rand, c, _ []byte) []byte {
		c = slices.Clone(c)
		start := at(r, c) &^ 511
		clear(c[start:min(start+512, len(c))])
		return c
	}},
	{"truncate", func(r *rand.Rand, c, _ []byte) []byte { return c[:at(r, c)] }},
	{"empty", func(*rand.Rand, []byte, []byte) []byte { return []byte{} }},
	{"delete", func(*rand.Rand, []byte, []byte) []byte { return nil }},
	{"replace", func(_ *rand.Rand, _, other []byte) []byte { return other }},
	{"replace a part", func(r *rand.Rand, c, other []byte) []byte {
		c = slices.Clone(c)
		start := r.IntN(len(c))
		copy(c[start:], other[min(start, len(other)):])
		return c
	}},
	{"exchange two pages", func(r *rand.Rand, c, _ []byte) []byte {
		c = slices.Clone(c)
		const page = 4096
		if len(c) >= 2*page {
			x, y := r.IntN(len(c)/page)*page, r.IntN(len(c)/page)*page
			first := slices.Clone(c[x : x+page])
			copy(c[x:x+page], c[y:y+page])
			copy(c[y:y+page], first)
		}
		return c
	}},
}

// TestDamage damages the files of a killed server at random: bits, lengths,
// swapped and old files. In no case does the database open and verify with
// acknowledged charges missing.
func TestDamage(t *testing.T) {
	if dir := os.Getenv(damageChildEnv); dir != "" {
		t.Fatalf("the child ended: %v", chargeUntilKilled(dir))
	}
	setting := func(name string, standard int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return standard
	}
	n, seed := setting(damagesEnv, 60), setting(damageSeedEnv, 1)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	var killedAt []killed
	for _, charges := range []int{170, 410, 650} {
		killedAt = append(killedAt, kill(t, charges))
	}
	outcomes := map[string]int{}
	for i := range n {
		k := killedAt[i%len(killedAt)]
		other := killedAt[(i+1)%len(killedAt)]
		damaged, what := k.damaged(random, other)
		outcome, err := judge(t, damaged, k, random.IntN(2) == 0)
		if err != nil {
			t.Errorf("%d, %s: %v", i, what, err)
		}
		if testing.Verbose() {
			t.Logf("%d, %s: %s", i, what, outcome)
		}
		outcome, _, _ = strings.Cut(outcome, ":")
		outcomes[outcome]++
	}
	t.Logf("%d damages, seed %d: %v", n, seed, outcomes)
	for _, k := range killedAt { // undamaged it opens
		if outcome, err := judge(t, k.files, k, false); err != nil || outcome != complete {
			t.Errorf("without damage: %s, %v; want %s", outcome, err, complete)
		}
	}
}

// damaged returns the files with one damage, or with two of different files.
func (k killed) damaged(random *rand.Rand, other killed) (files, string) {
	all := files{}
	for name, content := range k.files {
		all[name] = content
	}
	var what []string
	number := 1 + random.IntN(4)/3
	for _, i := range random.Perm(len(damageable))[:number] {
		name := damageable[i]
		if len(what) > 0 && name == sqlite.SequenceName {
			continue // together with an old log or database nothing could tell
		}
		d := damages[random.IntN(len(damages))]
		source, from := other.files, "another database"
		if random.IntN(2) == 0 {
			source, from = k.earlier[random.IntN(len(k.earlier))], "an earlier time"
		}
		if strings.HasPrefix(d.name, "replace") {
			what = append(what, d.name+" of "+name+" from "+from)
		} else {
			what = append(what, d.name+" of "+name)
		}
		if all[name] = d.do(random, k.files[name], source[name]); all[name] == nil {
			delete(all, name)
		}
		if name == sqlite.SequenceName {
			break
		}
	}
	return all, strings.Join(what, ", ")
}

// complete is the outcome of a database that opens with everything.
const complete = "complete"

// judge opens damaged files, as a server or as a command does, and returns what
// came of it. It returns an error if nothing is said about a missing charge.
func judge(t *testing.T, f files, k killed, command bool) (string, error) {
	t.Helper()
	dir := t.TempDir()
	f.write(t, dir)
	s, err := Open(t.Context(), Options{Store: settings(dir), ShareData: command, MustExist: command})
	if err != nil {
		return refusal(err)
	}
	defer func() { _ = s.Close() }()
	if _, created, err := s.EnsureDemo(t.Context()); err == nil && created {
		return "", errors.New("a new demo account was created")
	}
	report, err := s.Ledger.Verify(t.Context())
	if err == nil && report.Break != "" {
		err = errors.New(report.Break)
	}
	if err == nil {
		err = s.Engine.(*sqlite.DB).Check(t.Context())
	}
	if err != nil {
		return "found by verification: " + err.Error(), nil
	}
	posted := map[string]bool{}
	err = s.Engine.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			posted[id] = true
			return err
		}, `SELECT id FROM charge WHERE state = 'posted'`)
	})
	if err != nil {
		return "", err
	}
	missing := 0
	for _, id := range k.acknowledged {
		if !posted[id] {
			missing++
		}
	}
	if missing > 0 {
		return "", fmt.Errorf("it opens and verifies, but %d of %d acknowledged charges are missing", missing, len(k.acknowledged))
	}
	return complete, nil
}

// refusal names the reason of an error of Open.
func refusal(err error) (string, error) {
	for name, reason := range map[string]error{
		"loss": sqlite.ErrLoss, "corrupt": sqlite.ErrDamaged, "keys": envelope.ErrOpen, "no database": ErrNoDatabase,
	} {
		if errors.Is(err, reason) {
			return "refused, " + name + ": " + err.Error(), nil
		}
	}
	for _, reason := range []string{"do not open the signing secrets", "keyring", "is empty", "put a copy of it back"} { // of key files
		if strings.Contains(err.Error(), reason) {
			return "refused, keys: " + err.Error(), nil
		}
	}
	return "", fmt.Errorf("refused without a known reason: %w", err)
}

// The examples of TestDamage that were found by hand: each loses acknowledged
// charges, and each is refused with its reason.
func TestDamageIsNamed(t *testing.T) {
	k := kill(t, 250)
	old := k.earlier[len(k.earlier)-1]
	const log = sqlite.FileName + "-wal"
	for _, c := range []struct {
		name   string
		damage func(f files)
		want   string
	}{
		{"a bit in the log's first frame", func(f files) { f[log] = flipAt(f[log], firstPage) }, "the write-ahead log is damaged at byte 32, and "},
		{"a bit in the log's header", func(f files) { f[log] = flipAt(f[log], 17) }, "the header of the write-ahead log is damaged"},
		{"a log that was cut", func(f files) { f[log] = f[log][:firstPage] }, "commits were acknowledged, but the database has"},
		{"no log", func(f files) { delete(f, log) }, "commits were acknowledged, but the database has"},
		{"an old log", func(f files) { f[log] = old[log] }, "acknowledged data may be missing"},
		{"no count", func(f files) { delete(f, sqlite.SequenceName) }, "kahao.seq is missing"},
		{"a damaged count", func(f files) { f[sqlite.SequenceName] = flipAt(f[sqlite.SequenceName], 20) }, "kahao.seq is damaged"},
		{"no database", func(f files) { delete(f, sqlite.FileName) }, "the database is empty, but its write-ahead log has"},
		{"no database and no log", func(f files) { delete(f, sqlite.FileName); delete(f, log) }, "the database is empty, but "},
		{"an empty database and no log", func(f files) { f[sqlite.FileName] = nil; delete(f, log) }, "the database is empty, but "},
		{"only the keys", func(f files) { delete(f, sqlite.FileName); delete(f, log); delete(f, sqlite.SequenceName) }, "it has the file keys, but no database"},
	} {
		f := files{}
		for name, content := range k.files {
			f[name] = content
		}
		c.damage(f)
		for _, command := range []bool{false, true} {
			dir := t.TempDir()
			f.write(t, dir)
			_, err := Open(t.Context(), Options{Store: settings(dir), ShareData: command})
			if !errors.Is(err, sqlite.ErrLoss) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "estore a backup") {
				t.Errorf("%s, for a command %v: %v, want ErrLoss with %q and what to do", c.name, command, err, c.want)
			}
			for name, content := range f { // nothing was changed
				if got := readDir(t, dir)[name]; slices.Contains(damageable, name) && !slices.Equal(got, content) {
					t.Errorf("%s: %s was changed", c.name, name)
				}
			}
		}
	}
}

func flipAt(content []byte, at int) []byte {
	content = slices.Clone(content)
	content[at] ^= 1
	return content
}

// An accepted loss lets the database open again, without what is missing.
func TestRecover(t *testing.T) {
	k := kill(t, 900)
	old := slices.IndexFunc(k.earlier, func(f files) bool { return len(f[sqlite.FileName]) > 4096 }) // after a checkpoint
	if old < 0 || slices.Equal(k.earlier[old][sqlite.FileName], k.files[sqlite.FileName]) {
		t.Fatalf("of %d copies none is of an earlier checkpoint", len(k.earlier))
	}
	const log = sqlite.FileName + "-wal"
	for name, spoil := range map[string]func(f files){
		"a damaged log":   func(f files) { f[log] = flipAt(f[log], firstPage) },
		"no log":          func(f files) { delete(f, log) },
		"an old database": func(f files) { f[sqlite.FileName] = k.earlier[old][sqlite.FileName] },
		"another log":     func(f files) { f[log] = kill(t, 250).files[log] },
		"a damaged count": func(f files) { f[sqlite.SequenceName] = []byte("?") },
	} {
		f := files{}
		for name, content := range k.files {
			f[name] = content
		}
		spoil(f)
		dir := t.TempDir()
		f.write(t, dir)
		if _, err := sqlite.Recover(t.Context(), dir, false); !errors.Is(err, sqlite.ErrLoss) {
			t.Errorf("%s: Recover without consent = %v, want ErrLoss", name, err)
		}
		r, err := sqlite.Recover(t.Context(), dir, true)
		if err != nil || !errors.Is(r.Loss, sqlite.ErrLoss) {
			t.Errorf("%s: Recover = %+v, %v; want what was lost", name, r, err)
			continue
		}
		if r.Log != "" {
			if kept, err := os.ReadFile(r.Log); err != nil || !slices.Equal(kept, f[log]) {
				t.Errorf("%s: the log was not kept: %v", name, err)
			}
		}
		if r, err := sqlite.Recover(t.Context(), dir, true); err != nil || r.Loss != nil {
			t.Errorf("%s: a second Recover = %+v, %v; want nothing lost", name, r, err)
		}
		s := open(t, Options{Store: settings(dir)})
		if report, err := s.Ledger.Verify(t.Context()); err != nil || report.Break != "" {
			t.Errorf("%s: Verify after the recovery = %q, %v", name, report.Break, err)
		}
		if _, created, err := s.EnsureDemo(t.Context()); err != nil || created {
			t.Errorf("%s: EnsureDemo = created %v, %v", name, created, err)
		}
		if _, err := s.Ledger.SweepHeld(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Errorf("%s: writing after the recovery: %v", name, err)
		}
	}
}
