package console

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// onDisk starts the console on an image.
func onDisk(t *testing.T, machine, image string, env ...string) (*Screen, string) {
	return Start(t, fmt.Sprintf("'%s' console --machine %s '%s'", built, machine, image), env...)
}

func hash(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

// looked logs a screen: what the tests are about is what a person sees.
func looked(t *testing.T, screen string) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	if len(lines) > Lines {
		t.Errorf("%d lines on the screen", len(lines))
	}
	t.Logf("\n%s", screen)
}

// TestWalk goes along every page of a damaged guest, repairs it, and takes the
// repair back: the disk is as it was then.
func TestWalk(t *testing.T) {
	image := guests.MustLoad(t, "winxp-x86").Build(t)
	before := hash(t, image)
	reports := t.TempDir()
	s, dir := Start(t, fmt.Sprintf("'%s' console --machine virtualbox-ide --report-dir '%s' '%s'", built, reports, image), "LANG=C.UTF-8")
	looked(t, s.Wait("Machine", "can repair", "Repair"))

	s.Choose("What did you see?")
	s.Wait("Type what stood on the screen")
	s.Type("stop 7b")
	s.Keys("Enter")
	looked(t, s.Wait("is really there", "✗ The driver for the disk controller is there but not started (there)"))
	s.Keys("Escape", "Escape")
	s.Wait("Why does Windows not start?")
	s.Choose("Windows and their boot chains")
	looked(t, s.Wait("Windows on these disks", "broken at", "C:"))
	s.Keys("Enter")
	looked(t, s.Wait("what happens when it is started", "the person sees", "firmware"))
	s.Keys("Enter")
	looked(t, s.Wait("It is broken", "STOP 0x0000007B"))
	s.Keys("Enter", "f")
	looked(t, s.Wait("Evidence", "bootmend  Findings"))
	s.Keys("Enter")
	looked(t, s.Wait("Seen as", "Means"))
	s.Keys("Escape", "Escape", "Escape", "Escape")
	s.Wait("Why does Windows not start?")
	s.Choose("Machine and disks")
	looked(t, s.Wait("type 0x07", "active"))
	s.Keys("Escape")
	s.Wait("Why does Windows not start?")
	s.Choose("Repair")
	looked(t, s.Wait("What is to be repaired?", "[x]"))
	s.Keys("Enter")
	looked(t, s.Wait("The plan", "Undo", "Proof"))
	s.Keys("b")
	looked(t, s.Wait("to the key and byte", "from 4 to 0"))
	if hash(t, image) != before {
		t.Fatal("the disk was written before anybody said so")
	}
	s.Keys("Enter")
	looked(t, s.Wait("Write to the disk?", "Y: Write"))
	s.Keys("Enter") // is no yes
	s.Wait("Write to the disk?")
	s.Keys("y")
	looked(t, s.Wait("Result", "Repaired and verified", "bootmend undo"))
	if hash(t, image) == before {
		t.Fatal("the disk was not written")
	}
	if said := fileSoon(t, filepath.Join(reports, "report.txt")); !strings.Contains(said, "RESULT repaired and verified") {
		t.Errorf("the report says %s", said)
	}
	s.Keys("Enter")
	looked(t, s.Wait("Nothing wrong was found"))

	s.Choose("Take a repair back")
	looked(t, s.Wait("Take a repair back", "storage-driver-disabled"))
	s.Keys("Enter")
	looked(t, s.Wait("The plan"))
	s.Keys("Enter")
	looked(t, s.Wait("comes back"))
	s.Keys("y")
	looked(t, s.Wait("Taken back and verified"))
	s.Keys("Enter", "q")
	if code := s.Ended(dir); code != "0" {
		t.Errorf("exit code %s", code)
	}
	if r := built.Run(t, "scan", "--machine", "virtualbox-ide", image); r.Code != command.ExitRepairable {
		t.Errorf("after the undo: %v", r)
	}
}
