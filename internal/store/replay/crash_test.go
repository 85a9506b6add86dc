package replay

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// childEnv names the journal of a process that uses signatures until it is
// killed.
const childEnv = "KAHAO_REPLAY_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child prints the number of each signature once it has been accepted.
func child(dir string) {
	from, _ := strconv.Atoi(os.Getenv(childEnv + "_FROM"))
	j, err := Open(dir, Options{Age: time.Hour})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	for c := range 4 {
		go func() {
			for n := from + c; ; n += 4 {
				first, err := j.Use(context.Background(), id(n), signature.Claims{Created: time.Now(), OneOff: true})
				out.Lock()
				fmt.Println("accepted", n, first, err)
				out.Unlock()
			}
		}()
	}
	select {}
}

// Killed at any moment, the server has forgotten nothing that it accepted.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	var accepted []int
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+dir, fmt.Sprintf("%s_FROM=%d", childEnv, round*1_000_000))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := 1 + rand.IntN(60)
		s := bufio.NewScanner(out)
		for lines := 1; s.Scan(); lines++ {
			f := strings.Fields(s.Text())
			if len(f) != 4 || f[0] != "accepted" || f[2] != "true" || f[3] != "<nil>" {
				t.Fatalf("the child says %q", s.Text())
			}
			n, _ := strconv.Atoi(f[1])
			accepted = append(accepted, n)
			if lines == kill {
				_ = cmd.Process.Kill() // what it still says is accepted too
			}
		}
		_ = cmd.Wait()
	}
	if len(accepted) < 6 {
		t.Fatalf("only %d signatures were accepted", len(accepted))
	}
	j := open(t, dir, Options{Age: time.Hour, Now: time.Now})
	for _, n := range accepted {
		if _, remembered := j.used[id(n)]; !remembered {
			t.Errorf("%d was accepted and is forgotten", n)
		}
	}
}
