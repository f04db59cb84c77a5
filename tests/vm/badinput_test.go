package vm

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// badInput is a start with something that is wrong about its options.
type badInput struct {
	name      string
	args      string
	answers   string // content of an answer file, "" for none
	network   bool
	says      []string
	untouched bool // the disk must be as it was
	ordinary  bool
}

func badInputs() []badInput {
	const auto = "bootmend.mode=auto bootmend.after=poweroff "
	return []badInput{
		{name: "unknown options and values", ordinary: true,
			args: auto + "bootmend.tea=1 bootmend.report=tape,serial bootmend.net=wifi bootmend.exit=now",
			says: []string{"bootmend.tea: unknown, ignored", `"tape" is no place for a report`, "bootmend.net=wifi: want dhcp", "bootmend.exit=now", "BEGIN BOOTMEND REPORT"}},
		{name: "misspelt option", args: auto + "bootmend.mod=scan bootmend.report=serial", untouched: true,
			says: []string{"bootmend.mod: unknown, ignored; mode may be meant", "nothing is written without a person", "BEGIN BOOTMEND REPORT"}},
		{name: "answer file with an unknown option", args: auto, answers: "tea: 1\n", untouched: true,
			says: []string{"tea: unknown, ignored", "nothing is written without a person"}},
		{name: "unknown condition", args: auto + "bootmend.only=no-such", untouched: true,
			says: []string{"there is no condition no-such", "nothing is written without a person"}},
		{name: "unknown machine", args: auto + "bootmend.machine=no-such", untouched: true, says: []string{"nothing is written without a person"}},
		{name: "answer file that is not there", args: auto + "bootmend.answers=/no/such", untouched: true,
			says: []string{"no such file", "the answer file cannot be used", "nothing is written without a person"}},
		{name: "answer file that is no YAML", args: auto, answers: "mode: [auto\n", untouched: true,
			says: []string{"the file is no YAML", "the answer file cannot be used"}},
		{name: "answer file with mistakes", args: auto, answers: "tea: 1\nmode: {a: b}\nexit: perhaps\nreport: serial\n", untouched: true,
			says: []string{"nothing is written without a person", "line 2: mode: want a text or a list of texts", "exit=perhaps: want", "tea: unknown, ignored", "BEGIN BOOTMEND REPORT"}},
		{name: "no network card", args: auto + "bootmend.report=http://10.0.2.2:9/x",
			says: []string{"there is no network card", "the report was not sent to http://10.0.2.2:9/x"}},
		{name: "nobody listens", args: auto + "bootmend.report=http://user:secret@10.0.2.2:9/x", network: true,
			says: []string{"there is an address", "the report was not sent to http://user:xxxxx@10.0.2.2:9/x", "tried 5 times"}},
		{name: "no stick", args: auto + "bootmend.report=usb", says: []string{"there is no USB stick or floppy with a FAT volume called BOOTMEND"}},
	}
}

// TestBadInput: the machine comes up, says what is wrong, and does what is safe.
func TestBadInput(t *testing.T) {
	needQEMU(t)
	rows := 0
	for _, b := range badInputs() {
		t.Run(b.name, func(t *testing.T) {
			if !b.ordinary {
				campaign(t)
			}
			rows++
			g := guests.MustLoad(t, "winxp-x86")
			c := direct(t, b.args)
			c.Disks = []Disk{{g.Build(t), IDE}}
			if b.answers != "" {
				file := filepath.Join(t.TempDir(), "answers.yaml")
				if err := os.WriteFile(file, []byte(b.answers), 0o600); err != nil {
					t.Fatal(err)
				}
				c.More = append(c.More, "-fw_cfg", "name=opt/bootmend/answers,file="+file)
			}
			if b.network {
				c.More = append(c.More, "-nic", "user,model=virtio-net-pci")
			}
			before := hash(t, c.Disks[0].Path)
			log := run(t, c)
			says(t, log, append(b.says, "SUMMARY", "bootmend: init: power off")...)
			if strings.Contains(log, "secret") && !strings.Contains(b.args, "BOOT_IMAGE") && strings.Contains(afterKernel(log), "secret") {
				t.Error("the log tells a password")
			}
			if b.untouched != (hash(t, c.Disks[0].Path) == before) {
				t.Errorf("untouched: %t; want %t", !b.untouched, b.untouched)
			}
		})
	}
	t.Logf("%d of %d rows run", rows, len(badInputs()))
}

// afterKernel is what was said after process 1 began; the kernel shows its command
// line before.
func afterKernel(log string) string {
	_, rest, _ := strings.Cut(log, "bootmend: init: started")
	return rest
}

// TestServerFails: a server that answers 500 is asked again, the repair stands, and
// the machine ends as it was told.
func TestServerFails(t *testing.T) {
	needQEMU(t)
	campaign(t)
	server := collect(t, http.StatusInternalServerError)
	c := direct(t, "bootmend.mode=auto bootmend.after=poweroff bootmend.report="+server.guestURL())
	c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
	c.More = []string{"-nic", "user,model=e1000"}
	log := run(t, c)
	says(t, log, "500 Internal Server Error", "tried 5 times", "RESULT repaired and verified")
	if n := server.requests(); n != 5 {
		t.Errorf("the server was asked %d times; want 5", n)
	}
}

// TestFullVolume: Windows' volume has no room for what was there before; nothing is
// written, and the person is told what to attach.
func TestFullVolume(t *testing.T) {
	needQEMU(t)
	campaign(t)
	g := guests.MustLoad(t, "winxp-x86")
	disk := g.Build(t)
	fill(t, disk, g.Partition(1))
	before := hash(t, disk)
	c := direct(t, "bootmend.mode=auto bootmend.after=poweroff bootmend.report=disk,serial")
	c.Disks = []Disk{{disk, IDE}}
	log := run(t, c)
	says(t, log, "there is no place to keep what was there before", "USB stick", "BEGIN BOOTMEND REPORT")
	if hash(t, disk) != before {
		t.Error("the disk was written to")
	}
}

// fill leaves two MiB on an NTFS volume of the image.
func fill(t *testing.T, image string, p *guests.Partition) {
	t.Helper()
	const script = `free=$(df --output=avail -B1 "$(dirname "$1")" | tail -1); head -c $((free - 2097152)) /dev/zero > "$1"`
	if err := damage.InNTFS(image, *p, script, "filler"); err != nil {
		t.Fatal(err)
	}
}

// TestConsoleGoesAway: the terminal on the serial port is cut off, or stops taking
// anything, in the middle of the repair.
func TestConsoleGoesAway(t *testing.T) {
	needQEMU(t)
	campaign(t)
	for _, name := range []string{"cut off", "stuck"} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "con")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			g := guests.MustLoad(t, "winxp-x86")
			c := direct(t, "bootmend.mode=auto bootmend.after=poweroff bootmend.report=serial")
			c.Disks = []Disk{{g.Build(t), IDE}}
			socket := filepath.Join(dir, "serial")
			c.Serial = "unix:" + socket + ",server=on,wait=on"
			c.Timeout = 8 * time.Minute
			h := start(t, c)
			conn := readUntil(t, socket, "bootmend: init: engine starts")
			if name == "cut off" {
				conn.Close()
			}
			if err := h.Wait(); err != nil {
				t.Error(err)
			}
			conn.Close()
			startsAtBoot(t, sound(t, c.Disks[0].Path, g), g, "IntelIde")
		})
	}
}

// readUntil connects to a machine's serial port and reads until it says text.
func readUntil(t *testing.T, socket, text string) net.Conn {
	t.Helper()
	var conn net.Conn
	for tries := 0; conn == nil; tries++ {
		var err error
		if conn, err = net.Dial("unix", socket); err != nil && tries == 100 {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	var said strings.Builder
	buf := make([]byte, 512)
	for !strings.Contains(said.String(), text) {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, said.String())
		}
		said.Write(buf[:n])
	}
	return conn
}
