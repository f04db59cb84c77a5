package bitlockertest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

var bootmend command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &bootmend)) }

const windowsPartition = WindowsPartition

func encrypted(t *testing.T) (image string, g *guests.Guest) {
	t.Helper()
	return Disk(t, Encrypt)
}

// decrypted is the volume as dislocker reads it.
func decrypted(t *testing.T, image string, g *guests.Guest) string {
	t.Helper()
	tool.Need(t, "dislocker-file")
	volume := oracle.Volume(t, image, g.Partition(windowsPartition))
	out := filepath.Join(t.TempDir(), "plain")
	tool.Must(t, "dislocker-file", "-V", volume, "-p"+Password, "--", out)
	if err := os.Truncate(out, g.Partition(windowsPartition).Size-Tail); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMadeVolume: foreign tools take what Encrypt makes for a volume of BitLocker.
func TestMadeVolume(t *testing.T) {
	image, g := encrypted(t)
	volume := oracle.Volume(t, image, g.Partition(windowsPartition))
	tool.Need(t, "cryptsetup")
	out := string(tool.Must(t, "cryptsetup", "bitlkDump", volume))
	for _, want := range []string{PasswordID, "VMK protected with recovery passphrase", "aes-cbc", "128 bits"} {
		if !strings.Contains(out, want) {
			t.Errorf("cryptsetup does not say %q:\n%s", want, out)
		}
	}
	if err := oracle.NTFSStructure(decrypted(t, image, g)); err != nil {
		t.Error(err)
	}
}

// TestRepairInside: without the key everything outside is diagnosed and nothing
// written; with it the driver inside is repaired, and the disk gets no clear text.
func TestRepairInside(t *testing.T) {
	image, g := encrypted(t)
	plain := decrypted(t, image, g)
	untouched := image + ".before"
	if err := sparse.CopyFile(untouched, image); err != nil {
		t.Fatal(err)
	}
	machine := g.Broken[0].Machine
	args := []string{"--machine", machine, image}
	key := append([]string{"--bitlocker-key", PasswordID[:8] + ":" + Password}, args...)

	r := bootmend.Run(t, append([]string{"repair", "--yes"}, args...)...)
	if r.Code != command.ExitPerson || !strings.Contains(r.Stdout, "FINDING bitlocker-locked") || !strings.Contains(r.Stdout, strings.ToUpper(PasswordID[:8])) {
		t.Errorf("without the key: %v", r)
	}
	same(t, image, untouched, "without the key")
	if r := bootmend.Run(t, append([]string{"scan", "--bitlocker-key", "000011-000022-000033-000044-000055-000066-000077-000088"}, args...)...); r.Code != command.ExitUsage {
		t.Errorf("with another key: %v", r)
	}

	r = bootmend.Run(t, append([]string{"scan"}, key...)...)
	if r.Code != command.ExitRepairable || !strings.Contains(r.Stdout, "FINDING storage-driver-disabled") || !strings.Contains(r.Stdout, "FINDING bitlocker-unlocked") {
		t.Fatalf("with the key: %v", r)
	}
	same(t, image, untouched, "scan")
	t.Setenv("BOOTMEND_BITLOCKER_KEY", "000011-000022-000033-000044-000055-000066-000077-000088,"+Password)
	if r := bootmend.Run(t, "fs", "ls", image+`:3:\Windows\System32`); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "config") {
		t.Errorf("with the key in the environment: %v", r)
	}
	t.Setenv("BOOTMEND_BITLOCKER_KEY", "")
	r = bootmend.Run(t, append([]string{"repair", "--yes"}, key...)...)
	if r.Code != command.ExitOK || !strings.Contains(r.Stdout, "RESULT repaired and verified") {
		t.Fatalf("repair: %v", r)
	}
	now := decrypted(t, image, g)
	if err := oracle.NTFSStructure(now); err != nil {
		t.Error(err)
	}
	startsAHCI(t, now, g)
	onlyInside(t, image, untouched, g)
	if leftovers, _ := filepath.Glob(image + ".bootmend*"); len(leftovers) > 0 {
		t.Errorf("beside the image: %v", leftovers)
	}
	if r := bootmend.Run(t, append([]string{"scan"}, key...)...); r.Code != command.ExitOK {
		t.Errorf("scan after it: %v", r)
	}
	if r := bootmend.Run(t, "undo", "--yes", "--bitlocker-key", Password, image); r.Code != command.ExitOK {
		t.Errorf("undo: %v", r)
	}
	if was, is := hiveOf(t, plain, g), hiveOf(t, decrypted(t, image, g), g); !bytes.Equal(exported(t, was), exported(t, is)) {
		t.Error("taken back, the registry is another")
	}
	onlyInside(t, image, untouched, g)
}

// TestSuspended: where the protection is suspended no key is wanted; dislocker reads
// the volume by the key that lies open, too.
func TestSuspended(t *testing.T) {
	image, g := Disk(t, Suspended)
	tool.Need(t, "dislocker-file")
	plain := filepath.Join(t.TempDir(), "plain")
	tool.Must(t, "dislocker-file", "-V", oracle.Volume(t, image, g.Partition(windowsPartition)), "-c", "--", plain)
	if err := os.Truncate(plain, g.Partition(windowsPartition).Size-Tail); err != nil {
		t.Fatal(err)
	}
	if err := oracle.NTFSStructure(plain); err != nil {
		t.Error(err)
	}
	r := bootmend.Run(t, "repair", "--yes", "--machine", g.Broken[0].Machine, image)
	if r.Code != command.ExitOK || !strings.Contains(r.Stdout, "protection suspended") {
		t.Fatalf("%v", r)
	}
	startsAHCI(t, decrypted(t, image, g), g)
}

func same(t *testing.T, a, b, when string) {
	t.Helper()
	x, err := oracle.HashDisk(a)
	if err != nil {
		t.Fatal(err)
	}
	if y, err := oracle.HashDisk(b); err != nil || x != y {
		t.Errorf("%s: the disk was written to (%v)", when, err)
	}
}

func hiveOf(t *testing.T, volume string, g *guests.Guest) string {
	t.Helper()
	_, e := g.SystemHive()
	data, err := oracle.NTFSFile(volume, e.Path)
	if err != nil {
		t.Fatal(err)
	}
	return oracle.HiveFile(t, data)
}

func exported(t *testing.T, hive string) []byte {
	t.Helper()
	lines, err := oracle.RegExport(hive)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Join(lines, "\n"))
}

func startsAHCI(t *testing.T, volume string, g *guests.Guest) {
	t.Helper()
	for _, set := range g.Broken[0].ControlSets {
		if n, err := oracle.RegDWORD(hiveOf(t, volume, g), `\`+set+`\Services\storahci`, "Start"); err != nil || n != 0 {
			t.Errorf("%s: Start of storahci is %d, %v", set, n, err)
		}
	}
}

// onlyInside: nothing outside of the partition changed, and no sector inside became
// readable: all that is new has as many bits set as encrypted sectors have.
func onlyInside(t *testing.T, image, before string, g *guests.Guest) {
	t.Helper()
	a, err := os.ReadFile(before)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	p := g.Partition(windowsPartition)
	changed, clear := 0, 0
	for off := int64(0); off < int64(len(a)); off += sector {
		x, y := a[off:off+sector], b[off:off+sector]
		if bytes.Equal(x, y) {
			continue
		}
		if off < p.Start || off >= p.Start+p.Size {
			t.Fatalf("sector at %#x, outside of the volume, changed", off)
		}
		changed++
		if distinctBytes(y) < 150 {
			clear++
		}
	}
	t.Logf("%d sectors changed", changed)
	if changed == 0 || clear > 0 {
		t.Errorf("%d of %d changed sectors look like clear text", clear, changed)
	}
}

// distinctBytes: 512 random bytes have about 221 different ones, never under 150; clear
// text and structures have fewer.
func distinctBytes(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}
