package sandbox

import (
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestHardened: a process that may not make memory executable, as under systemd's
// MemoryDenyWriteExecute, knows that it interprets, and decodes all the same.
func TestHardened(t *testing.T) {
	const variable, refused = "KAHAO_TEST_HARDENED", 77
	if os.Getenv(variable) == "" {
		if Interpreted() {
			t.Log("decoders are interpreted here without hardening, too")
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestHardened$", "-test.v")
		cmd.Env = append(os.Environ(), variable+"=1")
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == refused && os.Getenv("CI") == "" {
			t.Skip("the kernel has no PR_SET_MDWE: Linux 6.3 has")
		}
		if err != nil {
			t.Errorf("the hardened process: %v, want none\n%s", err, out)
		}
		return
	}
	const prSetMDWE, refuseExecGain = 65, 1 // prctl(2)
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetMDWE, refuseExecGain, 0, 0, 0, 0); e != 0 {
		os.Exit(refused)
	}
	if !Interpreted() {
		t.Error("Interpreted() = false in a process that may not make memory executable, want true")
	}
	file, err := os.ReadFile(filepath.Join("..", "testdata", "heif", "quarters.avif"))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	if m, err := AVIF(t.Context(), time.Minute, file, image.Pt(64, 48)); err != nil || m.Bounds().Dx() != 64 {
		t.Errorf("AVIF = %T, %v; want an image of 64x48 pixels", m, err)
	}
}
