package bootsecttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// greets starts the disk by SeaBIOS and waits until a boot sector says at port E9
// that it runs, or until the time is over. It returns what was said.
func greets(t *testing.T, disk string, limit time.Duration) string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "e9")
	cmd := exec.Command("qemu-system-x86_64", "-machine", "pc,accel=tcg", "-m", "32", "-display", "none", "-net", "none",
		"-debugcon", "file:"+log, "-global", "isa-debugcon.iobase=0xe9", "-drive", "file="+disk+",format=raw,if=ide,snapshot=on")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Kill() // ours, by its handle; it may have ended
		<-done
	}()
	var said []byte
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		said, _ = os.ReadFile(log) // not there yet: empty
		if strings.HasSuffix(string(said), "\n") {
			break
		}
	}
	return string(said)
}

// TestRepairedDiskStarts: after the repair a BIOS gets through the MBR to the
// boot sector of the right partition, and before it does not. The boot sectors are
// those of the guests, which say who they are.
func TestRepairedDiskStarts(t *testing.T) {
	need(t, "qemu-system-x86_64")
	for _, tt := range []struct {
		guest, machine string
		damages        []string
		partition      int // whose code runs; code of a donor keeps its name
	}{
		{"win7-x64", "qemu-pc", []string{"mbr-code-missing"}, 1},
		{"win7-x64", "qemu-pc", []string{"mbr-code-missing", "active-missing"}, 1},
		{"win7-x64", "qemu-pc", []string{"mbr-code-missing", "mbr-signature-missing"}, 1},
		{"winxp-x86", "pci:1095:0640", []string{"mbr-code-missing", "active-multiple/unused-slot"}, 1},
		{"win2003-system-c", "pci:1095:0640", []string{"mbr-code-missing", "active-wrong"}, 1},
		{"win2003-system-c", "pci:1095:0640", []string{"mbr-code-missing", "vbr-damaged/fat32"}, 1},
		{"winxp-logical", "pci:1095:0640", []string{"mbr-code-missing", "active-wrong/extended"}, 1},
		{"win7-x86", "qemu-pc", []string{"mbr-code-missing", "vbr-code-missing/copy"}, 1},
		{"win81-x64", "qemu-pc", []string{"mbr-code-missing", "vbr-code-missing/donor"}, 2},
	} {
		t.Run(tt.guest+" "+strings.Join(tt.damages, " "), func(t *testing.T) {
			var all []damage.Damage
			for _, name := range tt.damages {
				d, ok := damage.Find(name)
				if !ok || !d.Fits(tt.guest) {
					t.Fatalf("no damage %s for %s", name, tt.guest)
				}
				all = append(all, d)
			}
			image, _ := damage.Build(t, tt.guest, all...)
			if len(tt.damages) == 1 {
				if said := greets(t, image, 8*time.Second); said != "" {
					t.Errorf("before the repair: %q", said)
				}
			}
			for range 2 { // a table that was not seen is looked into the second time
				if r := built.Run(t, "repair", "--yes", "--machine", tt.machine, image); r.Code == command.ExitOK {
					break
				} else if r.Code != command.ExitRepairable {
					t.Fatalf("%v", r)
				}
			}
			if said, want := greets(t, image, 2*time.Minute), guests.GreetingOf(tt.partition); said != want {
				t.Errorf("the disk says %q, want %q", said, want)
			}
		})
	}
}
