package pid1

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var errTest = errors.New("refused for the test")

func TestCheckManifest(t *testing.T) {
	image := func() fstest.MapFS {
		m := fstest.MapFS{"bbin/bb": file("commands"), "lib/modules/x/a.ko": file("module")}
		text := ""
		for _, name := range []string{"bbin/bb", "lib/modules/x/a.ko"} {
			text += fmt.Sprintf("%08x %d %s\n", crc32.ChecksumIEEE(m[name].Data), len(m[name].Data), name)
		}
		m[ManifestPath] = file(text)
		return m
	}
	if n, err := CheckManifest(image()); err != nil || n != 2 {
		t.Errorf("CheckManifest of a whole image = %d, %v; want 2, nil", n, err)
	}
	for _, tt := range []struct {
		name, want string
		damage     func(fstest.MapFS)
	}{
		{"no manifest", ManifestPath, func(m fstest.MapFS) { delete(m, ManifestPath) }},
		{"cut manifest", "bad line", func(m fstest.MapFS) { m[ManifestPath].Data = m[ManifestPath].Data[:5] }},
		{"missing file", "a.ko", func(m fstest.MapFS) { delete(m, "lib/modules/x/a.ko") }},
		{"cut file", "3 bytes of 6", func(m fstest.MapFS) { m["lib/modules/x/a.ko"] = file("mod") }},
		{"changed file", "checksum", func(m fstest.MapFS) { m["lib/modules/x/a.ko"] = file("modulE") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := image()
			tt.damage(m)
			if _, err := CheckManifest(m); !errors.Is(err, ErrCut) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("CheckManifest = %v; want ErrCut with %q", err, tt.want)
			}
		})
	}
}

func TestParseUptime(t *testing.T) {
	if got, err := ParseUptime("12.34 56.78\n"); err != nil || got != 12.34 {
		t.Errorf("ParseUptime = %v, %v; want 12.34", got, err)
	}
	for _, bad := range []string{"", "x", "-1 0", "NaN 1", "Inf"} {
		if got, err := ParseUptime(bad); err == nil {
			t.Errorf("ParseUptime(%q) = %v; want an error", bad, got)
		}
	}
}

func TestDeviceMounts(t *testing.T) {
	const text = "rootfs / rootfs rw 0 0\nproc /proc proc rw 0 0\n/dev/sda1 /mnt/my\\040disk vfat rw 0 0\n/dev/sdb1 /mnt/b iso9660 ro 0 0\nbroken\n"
	if diff := cmp.Diff([]string{"/mnt/b", "/mnt/my disk"}, DeviceMounts(text)); diff != "" {
		t.Error(diff)
	}
}

func TestMountsTable(t *testing.T) {
	essential := map[string]bool{}
	for _, m := range append(mounts(), lateMounts()...) {
		if m.target == "" || m.fstype == "" {
			t.Errorf("incomplete entry %+v", m)
		}
		if m.essential {
			essential[m.target] = true
		}
	}
	for _, target := range []string{"/proc", "/sys", "/dev", "/run"} {
		if !essential[target] {
			t.Errorf("%s is not essential", target)
		}
	}
}

func TestEngineBroken(t *testing.T) {
	for code, want := range map[int]bool{0: false, 1: true, 2: true, 10: false, 11: false, 12: false, 13: false, 14: false, notStarted: true, 139: true} {
		if got := engineBroken(code); got != want {
			t.Errorf("engineBroken(%d) = %t; want %t", code, got, want)
		}
	}
}

// testReaper is the only one of the test process: a second would take the
// first one's children.
var testReaper = sync.OnceValue(newReaper)

// TestReaper: however a process ends, who started it gets to know.
func TestReaper(t *testing.T) {
	sh := "/bin/sh"
	if _, err := os.Stat(sh); err != nil {
		t.Fatal(err)
	}
	r := testReaper()
	for script, want := range map[string]int{"exit 0": 0, "exit 11": 11, "kill -9 $$": 128 + 9} {
		_, done, err := r.start([]string{sh, "-c", script}, &syscall.ProcAttr{Env: os.Environ()})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case status := <-done:
			if got := exitCode(status); got != want {
				t.Errorf("%q: exit code %d; want %d", script, got, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%q was not reaped", script)
		}
	}
	if _, _, err := r.start([]string{filepath.Join(t.TempDir(), "absent")}, &syscall.ProcAttr{}); err == nil {
		t.Error("starting a program that does not exist succeeded")
	}
}

// TestRunOnConsoles: output goes to every console, the exit code comes back,
// and a program that is not there is an error and not a panic.
func TestRunOnConsoles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"tty1", "ttyS0"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := openConsoles(dir, []string{"tty1", "ttyS0", "ttyS9"})
	if err != nil {
		t.Fatal(err)
	}
	s := &system{out: out, reaper: testReaper(), after: time.After}
	code, err := s.runOnConsoles([]string{"/bin/sh", "-c", "echo hello; echo oops >&2; exit 12"})
	if code != 12 || err != nil {
		t.Errorf("runOnConsoles = %d, %v; want 12", code, err)
	}
	for _, name := range []string{"tty1", "ttyS0"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != "hello\noops\n" {
			t.Errorf("%s shows %q, %v", name, got, err)
		}
	}
	if code, err := s.runOnConsoles([]string{filepath.Join(dir, "absent")}); code != notStarted || err == nil {
		t.Errorf("runOnConsoles of nothing = %d, %v; want %d and an error", code, err, notStarted)
	}
	// An incomplete image gives no verdict on a disk.
	s.incomplete = ErrCut
	if code := s.runEngine([]string{"repair"}); code != notStarted {
		t.Errorf("runEngine of an incomplete image = %d; want %d", code, notStarted)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "ttyS0")); !strings.Contains(string(got), "engine not started: image is incomplete\nbootmend: engine exit code 127\n") {
		t.Errorf("consoles show %q", got)
	}
	if _, err := openConsoles(filepath.Join(dir, "nowhere"), []string{"tty1"}); err == nil {
		t.Error("openConsoles without any terminal gave no error")
	}
}
