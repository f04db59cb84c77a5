package isotest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/volume"
)

const driver = "a driver that somebody needs\n"

// setup is the tree of a disc that looks like Windows: set-up media and live
// systems hold such folders.
func setup(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cd")
	addFile(t, dir, "I386/DISK1.SYS", []byte(driver))
	for _, name := range []string{"config/SYSTEM", "config/SOFTWARE", "ntoskrnl.exe", "drivers/disk.sys"} {
		addFile(t, dir, "Windows/System32/"+name, []byte("MZ, and little else"))
	}
	return dir
}

// hybrid gives an image an MBR with an entry for the whole of it.
func hybrid(t *testing.T, image string, start uint32, typ byte) string {
	t.Helper()
	b, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	e := b[0x1BE:]
	e[0], e[4] = 0x80, typ
	binary.LittleEndian.PutUint32(e[8:], start)
	binary.LittleEndian.PutUint32(e[12:], uint32(len(b)/512)-start)
	b[510], b[511] = 0x55, 0xAA
	dst := filepath.Join(t.TempDir(), "hybrid.iso")
	if err := os.WriteFile(dst, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return dst
}

// TestMedia: discs are read as partition 0 whatever is in their first sector,
// and never written.
func TestMedia(t *testing.T) {
	plain := makeDisc(t, setup(t), "xorriso", "-as", "mkisofs", "-quiet", "-J", "-R")
	for name, image := range map[string]string{
		"plain": plain, "hybrid": hybrid(t, plain, 0, 0x17), "hybrid of type 0": hybrid(t, plain, 0, 0), "hybrid from the descriptors on": hybrid(t, plain, 64, 0x83),
	} {
		t.Run(name, func(t *testing.T) {
			readable(t, image+":0:", `\i386`, `\I386\DISK1.SYS`, []byte(driver))
			refused(t, image, `\`, `\I386\DISK1.SYS`)
			if got, want := findings(t, command.ExitPerson, image), []string{"windows-not-found present "}; !slices.Equal(got, want) {
				t.Errorf("scan finds %q; want %q", got, want)
			}
		})
	}
}

// TestRescueImage: the builder's own medium.
func TestRescueImage(t *testing.T) {
	image := filepath.Join(t.TempDir(), "rescue.iso")
	err := iso.Write(image, iso.Medium{
		Files:   map[string][]byte{"isolinux/isolinux.bin": make([]byte, 4096), "boot/vmlinuz": []byte("a kernel"), "drivers/disk.sys": []byte(driver)},
		ESP:     map[string][]byte{"/EFI/BOOT/BOOTX64.EFI": []byte("a loader")},
		MBRCode: bytes.Repeat([]byte{0x90}, 432), Epoch: time.Unix(1e9, 0),
	}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	readable(t, image+":0:", `\drivers`, `\drivers\disk.sys`, []byte(driver))
	refused(t, image, `\`, `\drivers\disk.sys`)
	if d := diff(ours(t, image), theirs(t, extract(t, image, "!joliet"))); len(d) > 0 {
		t.Errorf("ours and bsdtar's: %q", d)
	}
	out := bootmend(t, command.ExitPerson, "scan", image).Stdout
	if !strings.Contains(out, "the medium that bootmend was started from") {
		t.Errorf("scan does not know its own medium:\n%s", out)
	}
}

// TestBesidePatient: a disc, sound or damaged, changes nothing of what is found
// on a patient.
func TestBesidePatient(t *testing.T) {
	disk := guests.MustLoad(t, "win7-x64").Build(t)
	want := findings(t, command.ExitPerson, disk)
	if len(want) < 2 || want[0] != `Windows in \Windows` {
		t.Fatalf("the patient alone: %q", want)
	}
	plain := makeDisc(t, setup(t), "genisoimage", "-quiet", "-J", "-R")
	b, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.iso")
	clear(b[18*2048 : 40*2048]) // everything behind the descriptors
	both(b[16*2048+128:], 512)
	if err := os.WriteFile(broken, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{plain, hybrid(t, plain, 0, 0x17), broken} {
		before := hash(t, image)
		if got := findings(t, command.ExitPerson, disk, image); !slices.Equal(got, want) {
			t.Errorf("beside %s: %q; want %q", filepath.Base(image), got, want)
		}
		if hash(t, image) != before {
			t.Errorf("%s changed", image)
		}
	}
	if errOut := bootmend(t, command.ExitError, "fs", "ls", broken+`:0:\`).Stderr; !strings.Contains(errOut, "logical blocks of 512 bytes") {
		t.Errorf("damaged disc: %s", errOut)
	}
}

func both(b []byte, v uint16) {
	binary.LittleEndian.PutUint16(b, v)
	binary.BigEndian.PutUint16(b[2:], v)
}

// TestLeftOverDescriptors: a disk that held an image before it was partitioned
// is no disc.
func TestLeftOverDescriptors(t *testing.T) {
	disk := guests.MustLoad(t, "win7-x64").Build(t)
	want := findings(t, command.ExitPerson, disk)
	cd, err := os.ReadFile(makeDisc(t, setup(t), "genisoimage", "-quiet", "-R"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(disk, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(cd[16*2048:40*2048], 16*2048); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got := findings(t, command.ExitPerson, disk); !slices.Equal(got, want) {
		t.Errorf("scan: %q; want %q", got, want)
	}
	if errOut := bootmend(t, command.ExitError, "fs", "ls", disk+`:0:\`).Stderr; !strings.Contains(errOut, "there is no partition 0") {
		t.Errorf("%s", errOut)
	}
}

// TestUDF: a disc with both is read, and where a file is missed the other half
// is named; one with UDF only is refused with what to do.
func TestUDF(t *testing.T) {
	bridge := makeDisc(t, setup(t), "genisoimage", "-quiet", "-udf", "-J")
	readable(t, bridge+":0:", `\i386`, `\I386\DISK1.SYS`, []byte(driver))
	if errOut := bootmend(t, command.ExitError, "fs", "cat", bridge+`:0:\none`).Stderr; !strings.Contains(errOut, "holds UDF as well") {
		t.Errorf("%s", errOut)
	}
	b, err := os.ReadFile(bridge)
	if err != nil {
		t.Fatal(err)
	}
	// The descriptors of UDF move to the front, those of ISO 9660 go.
	at := bytes.Index(b, []byte("BEA01")) - 1
	copy(b[16*2048:], b[at:at+3*2048])
	clear(b[19*2048 : at+3*2048])
	only := filepath.Join(t.TempDir(), "udf.iso")
	if err := os.WriteFile(only, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(t, "7z", "l", only); !strings.Contains(out, "Type = Udf") || !strings.Contains(out, "DISK1.SYS") {
		t.Errorf("7z sees no sound UDF:\n%s", out)
	}
	if errOut := bootmend(t, command.ExitError, "fs", "ls", only+`:0:\`).Stderr; !strings.Contains(errOut, "does not read UDF") || !strings.Contains(errOut, "USB stick") {
		t.Errorf("%s", errOut)
	}
	refused(t, only, `\`, `\I386\DISK1.SYS`)
}

// TestDrive: a block device with sectors of 2048 bytes, as drives for CDs are;
// a hybrid image there is no disk with partitions.
func TestDrive(t *testing.T) {
	plain := makeDisc(t, setup(t), "xorriso", "-as", "mkisofs", "-quiet", "-J", "-R")
	for _, image := range []string{plain, hybrid(t, plain, 0, 0x17), hybrid(t, plain, 64, 0x83)} {
		loop := volume.Loop(t, image, "--read-only", "--sector-size", "2048")
		readable(t, loop+":0:", `\i386`, `\I386\DISK1.SYS`, []byte(driver))
		if got, want := findings(t, command.ExitPerson, loop), []string{"windows-not-found present "}; !slices.Equal(got, want) {
			t.Errorf("scan finds %q; want %q", got, want)
		}
		out2 := bootmend(t, command.ExitPerson, "fs", "mkdir", "--yes", loop+`:0:\new`).Stdout
		if !strings.Contains(out2, "cannot be changed") {
			t.Errorf("%s", out2)
		}
	}
}

// TestTruncated: of a disc that was copied in part, what is there is read.
func TestTruncated(t *testing.T) {
	image := makeDisc(t, newTree(t), "genisoimage", "-quiet", "-J", "-R", "-D")
	f, err := openDisc(t, image).Open(`\one`)
	if err != nil {
		t.Fatal(err)
	}
	extents, err := f.Extents()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, extents[0].Vol.End()); err != nil {
		t.Fatal(err)
	}
	readable(t, image+":0:", `\`, `\one`, []byte("1"))
	read, refused := 0, 0
	v := openDisc(t, image)
	for _, dir := range []string{`\`, `\i386`} {
		list, err := v.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			if _, err := v.Open(fs.JoinPath(dir, i.Name)); err == nil {
				read++
			} else if errors.Is(err, fs.ErrDamaged) {
				refused++
			}
		}
	}
	if errOut := bootmend(t, command.ExitError, "fs", "cat", image+`:0:\two.dots.in it.tar.gz`).Stderr; !strings.Contains(errOut, "the medium ends at") {
		t.Errorf("%s", errOut)
	}
	t.Logf("%d files can be read, %d cannot", read, refused)
	if read < 2 || refused < 100 {
		t.Error("too few")
	}
}
