package vm

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestAnswerPlaces: nothing on the kernel command line says what to do; the answer
// file says to look, to send the report, and to restart. It is found on a floppy, a
// CD and a USB stick by their labels, and on a server by its URL. A floppy, which
// cannot be ejected, is to be taken out.
func TestAnswerPlaces(t *testing.T) {
	needQEMU(t)
	tool.Need(t, "mcopy", "genisoimage")
	const text = "mode: scan\nafter: reboot\nreport: [serial]\n"
	fat := func(t *testing.T, size int64) string {
		image := volume.FAT(t, size, "-n", "BOOTMEND")
		tool.Env{tool.Mtools}.Must(t, "mcopy", "-i", image, answerFile(t, text), "::/bootmend.yaml")
		return image
	}
	rows := []struct {
		name     string
		args     string
		attach   func(t *testing.T, c *Config)
		ordinary bool
	}{
		{"floppy", "", func(t *testing.T, c *Config) { c.Floppy = fat(t, 1440<<10) }, true},
		{"stick", "", func(t *testing.T, c *Config) {
			c.More = append(c.More, "-device", "qemu-xhci", "-drive", "if=none,id=answers,format=raw,file="+fat(t, 64<<20), "-device", "usb-storage,drive=answers,removable=on")
		}, false},
		{"CD", "", func(t *testing.T, c *Config) {
			c.Drivers = filepath.Join(t.TempDir(), "answers.iso")
			tool.Must(t, "genisoimage", "-quiet", "-J", "-V", "BOOTMEND", "-o", c.Drivers, answerFile(t, text))
		}, false},
		{"server", "bootmend.answers=%s", func(t *testing.T, c *Config) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }))
			t.Cleanup(server.Close)
			c.Append = fmt.Sprintf(c.Append, strings.Replace(server.URL, "127.0.0.1", "10.0.2.2", 1)+"/a.yaml")
			c.More = append(c.More, "-nic", "user,model=virtio-net-pci")
		}, false},
	}
	n := 0
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if !row.ordinary {
				campaign(t)
			}
			n++
			c := direct(t, row.args)
			c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
			row.attach(t, &c)
			before := hash(t, c.Disks[0].Path)
			log := run(t, c)
			says(t, log, "3 options", "engine starts: scan", "bootmend: init: reboot")
			if row.name == "floppy" {
				says(t, log, "take out the floppy now: it cannot be ejected")
			}
			validReport(t, cutForeign(t, log), "scan", 10)
			if hash(t, c.Disks[0].Path) != before {
				t.Error("the disk was written to")
			}
		})
	}
	t.Logf("%d of %d places run", n, len(rows))
}

// answerFile is a file called bootmend.yaml.
func answerFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootmend.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
