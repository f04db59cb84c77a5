package vm

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// saysOnSerial is a boot sector that writes its text to the first serial port: cli; ds=0;
// si=0x7c16; dx=0x3f8; lodsb; until 0: out dx, al; hlt.
func saysOnSerial(text string) []byte {
	code := []byte{0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0xBE, 0x16, 0x7C, 0xBA, 0xF8, 0x03, 0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB, 0xF8, 0xF4, 0xEB, 0xFD}
	sector := make([]byte, 1<<20)
	copy(sector, append(code, text...))
	copy(sector[510:], []byte{0x55, 0xAA})
	return sector
}

// TestStarterMenu: the floppy of 1,440 KiB has a menu. It starts the hard disk through the
// BIOS; where there is no rescue it says so, looks again, restarts and switches off.
func TestStarterMenu(t *testing.T) {
	needQEMU(t)
	campaign(t)
	floppy := starterFloppy(t)
	disk := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(disk, saysOnSerial("The hard disk was started.\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const menu, none = "Start the first hard disk", "found on no disk that can be read here"
	for _, s := range []struct {
		name     string
		keyboard []string // arguments for one
		steps    [][]string
		ends     string // why the machine ends, as QEMU says it
	}{
		// Each step waits for a text and presses keys.
		{"hard disk", nil, [][]string{{menu, "down", "ret"}, {"The hard disk was started."}}, ""},
		{"switched off at once", nil, [][]string{{menu, "down", "down", "down", "ret"}}, "guest-shutdown"},
		{"restarts", nil, [][]string{{menu, "down", "down", "ret"}}, "guest-reset"},
		{"no rescue", nil, [][]string{{menu, "ret"}, {none}, {"Look again", "down", "down", "ret"}}, "guest-shutdown"},
		{"no rescue and a USB keyboard", []string{"-device", "piix3-usb-uhci,id=uhci", "-device", "usb-kbd,bus=uhci.0"},
			[][]string{{menu, "ret"}, {none}, {"Look again", "down", "down", "ret"}}, "guest-shutdown"},
	} {
		t.Run(s.name, func(t *testing.T) {
			h := start(t, Config{Machine: "pc", Firmware: BIOS, Memory: 64, Floppy: floppy, Disks: []Disk{{disk, IDE}}, Unlisted: true, More: append([]string{"-boot", "a"}, s.keyboard...)})
			defer func() { h.Kill(); _ = h.Wait() }()
			m, err := h.Monitor()
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			for _, step := range s.steps {
				if err := h.WaitFor(step[0]); err != nil {
					t.Fatal(err)
				}
				for _, key := range step[1:] {
					time.Sleep(300 * time.Millisecond)
					if err := m.Press(key); err != nil {
						t.Fatal(err)
					}
				}
			}
			if s.ends == "" {
				return
			}
			if err := h.Wait(); err != nil {
				t.Fatal(err)
			}
			if !m.Saw("SHUTDOWN", "reason="+s.ends) {
				t.Errorf("the machine ended otherwise than by %s: %v", s.ends, m.Events())
			}
		})
	}
}
