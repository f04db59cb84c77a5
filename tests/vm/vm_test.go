package vm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bootmend/bootmend/tests/sparse"
)

// image builds the unattended ISO once per run; BOOTMEND_ISO names one that is
// built already, with Unattended as its kernel arguments.
var image = sync.OnceValues(func() (string, error) {
	if iso := os.Getenv("BOOTMEND_ISO"); iso != "" {
		return iso, nil
	}
	iso := filepath.Join(imageDir, "bootmend.iso")
	return iso, BuildISO(iso, Unattended)
})

// imageDir lives as long as the tests.
var imageDir string

func TestMain(m *testing.M) { os.Exit(runIn(m)) }

func runIn(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bootmend-vm")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	imageDir = dir
	return m.Run()
}

// needQEMU skips where there is no QEMU, unless somebody insists on it.
func needQEMU(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(Emulator); err == nil {
		return
	}
	if os.Getenv("BOOTMEND_REQUIRE_VM") == "1" {
		t.Fatalf("%s is not installed, and BOOTMEND_REQUIRE_VM is 1", Emulator)
	}
	t.Skipf("SKIP-VM: %s is not installed", Emulator)
}

// campaign skips what "make test" leaves to "make campaign".
func campaign(t *testing.T) {
	t.Helper()
	if os.Getenv("BOOTMEND_CAMPAIGN") != "1" {
		t.Skip("SKIP-CAMPAIGN: only with BOOTMEND_CAMPAIGN=1")
	}
}

// rescueImage gives the test a copy of the ISO of its own, so that a write to
// it would be noticed and would hurt nobody else.
func rescueImage(t *testing.T) string {
	t.Helper()
	iso, err := image()
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "bootmend.iso")
	if err := sparse.CopyFile(own, iso); err != nil {
		t.Fatal(err)
	}
	return own
}

// start runs the machine. The test fails when nobody waits for it; its log is
// shown when the test fails.
func start(t *testing.T, c Config) *Handle {
	t.Helper()
	dir, err := os.MkdirTemp("", "vm") // short: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	h, err := Start(c, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("reproduce: %s", h.Reproduce)
	t.Cleanup(func() {
		defer os.RemoveAll(dir)
		if !h.waited {
			h.Kill()
			<-h.done
			t.Error("the test did not wait for its machine")
		}
		if t.Failed() {
			t.Logf("serial log:\n%s", h.Serial())
		}
	})
	return h
}

// run starts the machine, waits until it has powered off and returns what it
// said.
func run(t *testing.T, c Config) string {
	t.Helper()
	h := start(t, c)
	if err := h.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("powered off after %.0f s", h.Elapsed().Seconds())
	return h.Serial()
}

// says fails for every text that the log lacks.
func says(t *testing.T, log string, texts ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(log), " ") // wrapped lines are one
	for _, s := range texts {
		if !strings.Contains(flat, s) {
			t.Errorf("the serial log lacks %q", s)
		}
	}
}

func pid(h *Handle) string { return fmt.Sprint(h.cmd.Process.Pid) }
