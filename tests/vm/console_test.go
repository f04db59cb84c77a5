package vm

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/console"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// pictures is where what the screen showed is kept, for people to look at.
func pictures(t *testing.T) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "out", "console")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// picture keeps the screen. It must show something, and something else than the
// picture before.
func picture(t *testing.T, h *Handle, path string, before []byte) []byte {
	t.Helper()
	time.Sleep(500 * time.Millisecond) // the serial line is not the screen
	if err := h.Screendump(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	if bytes.Equal(data, before) {
		t.Errorf("%s: the screen shows the same as before", path)
	}
	return data
}

// TestConsole goes along the pages of the full-screen interface, by the keys of the
// serial line and of the keyboard, repairs, takes back and repairs once more.
func TestConsole(t *testing.T) {
	needQEMU(t)
	c := direct(t, "bootmend.mode=ask quiet")
	c.Typed, c.Timeout = true, 8*time.Minute
	c.Memory = 192 // the smallest machine that is promised to do
	c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
	h := start(t, c)
	tty, err := h.SerialTerminal()
	if err != nil {
		t.Fatal(err)
	}
	// A serial terminal: what comes is shown, what is typed is sent.
	serial, _ := console.StartLines(t, 24, fmt.Sprintf("stty raw -echo; stty raw -echo <'%s'; cat '%s' & cat >'%s'", tty, tty, tty), "LANG=C")
	if err := h.WaitFor("Why does Windows not start?"); err != nil {
		t.Fatal(err)
	}
	dir := pictures(t)
	var last []byte
	shot := func(name string) { last = picture(t, h, filepath.Join(dir, name+".png"), last) }

	serial.Keys("C-l")
	logged(t, serial.Wait("can repair", ">  Repair", "F10 Shell"))
	shot("1-start")
	// Nothing flickers: a page that stays the same sends nothing.
	before := len(h.Serial())
	time.Sleep(3 * time.Second)
	if after := len(h.Serial()); after != before {
		t.Errorf("%d bytes came over the serial line while nothing happened", after-before)
	}
	serial.Keys("Down", "Enter")
	logged(t, serial.Wait("broken at: boot drivers", "C: sda partition 1"))
	shot("2-windows")
	serial.Keys("Enter")
	logged(t, serial.Wait("the person sees: STOP 0x0000007B", "[x] boot drivers"))
	shot("3-chain")

	if err := h.PressKeys("esc"); err != nil { // the keyboard follows
		t.Fatal(err)
	}
	logged(t, serial.Wait("The serial line drives; T at the screen takes over.", "the person sees"))
	shot("4-follows")
	if err := h.PressKeys("t", "f"); err != nil {
		t.Fatal(err)
	}
	serial.Wait("bootmend  Findings")
	if err := h.PressKeys("ret"); err != nil {
		t.Fatal(err)
	}
	logged(t, serial.Wait("Seen as", "Evidence"))
	shot("5-evidence")
	if err := h.PressKeys("ret", "ret"); err != nil {
		t.Fatal(err)
	}
	logged(t, serial.Wait("bootmend  The plan", "Enter Write"))
	shot("6-plan")
	if err := h.PressKeys("b", "ret"); err != nil {
		t.Fatal(err)
	}
	serial.Wait("Y: Write")
	shot("7-confirm")
	if err := h.PressKeys("y"); err != nil {
		t.Fatal(err)
	}
	logged(t, serial.Wait("Repaired and verified", "bootmend undo"))
	shot("8-result")

	if err := h.PressKeys("ret", "f10"); err != nil { // to the shell
		t.Fatal(err)
	}
	if err := h.WaitFor("bootmend scan"); err != nil {
		t.Fatal(err)
	}
	leaveShell(t, h, serial)
	serial.Wait("Nothing wrong was found", ">  Repair")
	shot("9-after")

	// A stick that is attached only now is found without leaving the page.
	if err := h.PlugStick(stick(t)); err != nil {
		t.Fatal(err)
	}
	serial.Choose("Actions")
	serial.Wait("Start Windows in safe mode")
	for range 12 {
		serial.Choose("Apply a .reg file")
		serial.Wait("to be typed")
		if _, missing := serial.Soon(time.Second, `fix.reg`); missing == "" {
			break
		}
		serial.Keys("Escape")
		serial.Wait("Start Windows in safe mode")
	}
	logged(t, serial.Wait(`fix.reg`))
	shot("10-stick")
	serial.Keys("C-c", "End", "Enter") // power off
	if err := h.Wait(); err != nil {
		t.Fatal(err)
	}
	if log := h.Serial(); strings.Contains(log, "text menu") || strings.Contains(log, "Kernel panic") {
		t.Error("the text menu had to do, or the kernel panicked")
	}
}

func logged(t *testing.T, screen string) {
	t.Helper()
	t.Logf("\n%s", screen)
}

// stick is the image of a USB stick with a .reg file.
func stick(t *testing.T) string {
	t.Helper()
	tool.Need(t, "mkfs.vfat", "mcopy")
	dir := t.TempDir()
	image, reg := filepath.Join(dir, "stick.img"), filepath.Join(dir, "fix.reg")
	if err := os.WriteFile(reg, []byte("REGEDIT4\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tool.Must(t, "mkfs.vfat", "-C", image, "4096")
	tool.Must(t, "mcopy", "-i", image, reg, "::/")
	return image
}

// leaveShell types exit until the full-screen interface is back: a shell takes a
// moment before it listens.
func leaveShell(t *testing.T, h *Handle, serial *console.Screen) {
	t.Helper()
	for range 12 {
		if err := h.PressKeys("e", "x", "i", "t", "ret"); err != nil {
			t.Fatal(err)
		}
		if _, missing := serial.Soon(10*time.Second, "Why does Windows not start?"); missing == "" {
			return
		}
	}
	t.Fatalf("the shell does not end:\n%s", serial.Text())
}
