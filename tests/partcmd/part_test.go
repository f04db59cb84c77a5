package partcmd

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

func run(t *testing.T, code int, args ...string) string {
	t.Helper()
	r := built.Run(t, args...)
	if r.Code != code {
		t.Fatalf("exit %d, want %d: %v", r.Code, code, r)
	}
	return r.Stdout + r.Stderr
}

func hash(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// table is what sfdisk says, without the name of the image.
func table(t *testing.T, image string) string {
	t.Helper()
	return strings.ReplaceAll(string(tool.Must(t, "sfdisk", "--dump", image)), image, "disk")
}

// TestChanges: sfdisk sees each change and nothing else; only the sectors of the
// table change; undo takes it back.
func TestChanges(t *testing.T) {
	for _, tt := range []struct {
		name, guest string
		args        []string // DISK goes behind the verb
		old, new    string   // in sfdisk's dump
		sectors     []int64  // that change; nil: not looked at
	}{
		{"active none", "win7-x64", []string{"active", "none", "--even-if", "active-missing"}, ", bootable", "", []int64{0}},
		{"active other", "win7-x64", []string{"active", "2", "--even-if", "active-wrong"}, "", "", []int64{0}},
		{"type", "data-disk", []string{"type", "2", "0b"}, "type=c", "type=b", []int64{0}},
		{"type of logical", "winxp-logical", []string{"type", "5", "0x27"}, "size=      204800, type=7\n", "size=      204800, type=27\n", nil},
		{"hide", "data-disk", []string{"hide", "1"}, "type=7", "type=17", []int64{0}},
		{"signature", "data-disk", []string{"signature", "CAFE0001"}, "0x5ac9e1b6", "0xcafe0001", []int64{0}},
		{"GPT type", "win10-x64", []string{"type", "2", "recovery"}, "E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, tt.guest)
			image, sound := g.Build(t), g.Build(t)
			before, was := table(t, image), hash(t, image)
			args := append([]string{"part", tt.args[0], image}, append(tt.args[1:], "--yes")...)
			run(t, command.ExitOK, args...)
			after := table(t, image)
			want := before
			switch {
			case tt.name == "type of logical":
				want = strings.Replace(before, "5 : start=      206911, "+tt.old, "5 : start=      206911, "+tt.new, 1)
			case tt.name == "active other":
				want = strings.ReplaceAll(strings.Replace(before, ", bootable", "", 1), "size=     3686400, type=7", "size=     3686400, type=7, bootable")
			default:
				want = strings.Replace(before, tt.old, tt.new, 1)
			}
			if after != want || after == before {
				t.Errorf("sfdisk sees\n%s\nwant\n%s", after, want)
			}
			verify := oracle.MBR
			if g.GPT {
				verify = oracle.GPT
			}
			if err := verify(image); err != nil {
				t.Error(err)
			}
			if diff, err := sparse.Diff(sound, image, 100); err != nil || tt.sectors != nil && !slices.Equal(diff, tt.sectors) {
				t.Errorf("changed sectors %v, %v", diff, err)
			}
			run(t, command.ExitOK, args...) // a second time: nothing to do
			if table(t, image) != after {
				t.Error("a second time it changed again")
			}
			run(t, command.ExitOK, "undo", "--yes", image)
			if hash(t, image) != was {
				t.Error("undo left another disk")
			}
		})
	}
}

// TestDiskGUID: sgdisk finds both copies sound, with the new GUID.
func TestDiskGUID(t *testing.T) {
	image := guests.MustLoad(t, "win10-x64").Build(t)
	const guid = "11223344-5566-4777-8888-99AABBCCDDEE"
	out := run(t, command.ExitOK, "part", "signature", image, guid, "--yes",
		"--even-if", "mounted-devices-stale,bcd-device-stale")
	if err := oracle.GPT(image); err != nil || !strings.Contains(string(tool.Must(t, "sgdisk", "-p", image)), guid) {
		t.Errorf("%v: %s", err, out)
	}
	if tool.Must(t, "sgdisk", "--backup="+t.TempDir()+"/b", image); oracle.GPT(image) != nil {
		t.Error("sgdisk does not like it")
	}
}

// TestBootCode: MBR and boot sectors, from nothing, from the copy, from a donor.
func TestBootCode(t *testing.T) {
	for _, tt := range []struct {
		damage string
		args   []string
		file   string // what file(1) says of the result
	}{
		{"mbr-code-missing", []string{"mbr"}, "DOS/MBR boot sector"},
		{"mbr-code-missing/rest-of-grub", []string{"mbr", "--replace-foreign"}, "DOS/MBR boot sector"},
		{"mbr-signature-missing", []string{"mbr"}, "DOS/MBR boot sector"},
		{"vbr-code-missing/donor", []string{"vbr", "1"}, ""},
		{"vbr-code-missing/donor", []string{"vbr", "1", "--from", "2"}, ""},
		{"vbr-wrong-generation", []string{"vbr", "1", "--from", "2"}, ""},
		{"vbr-damaged/fat32", []string{"vbr", "1"}, ""},
		{"vbr-code-missing/copy", []string{"vbr", "1"}, ""},
	} {
		t.Run(strings.Join(append([]string{tt.damage}, tt.args...), " "), func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(tt.damage)
			if !ok {
				t.Fatal("no such damage")
			}
			image, g := d.Build(t)
			was := hash(t, image)
			args := append([]string{"part", tt.args[0], image}, append(tt.args[1:], "--yes")...)
			run(t, command.ExitOK, args...)
			run(t, command.ExitOK, "part", "check", image)
			if table(t, image) != table(t, g.Build(t)) {
				t.Error("the table is another")
			}
			if out := string(tool.Must(t, "file", "-s", image)); !strings.Contains(out, tt.file) {
				t.Errorf("file: %s", out)
			}
			if p := g.Partition(1); p.FS == "ntfs" {
				if err := oracle.NTFSStructure(oracle.Volume(t, image, p)); err != nil {
					t.Error(err)
				}
			} else if err := oracle.FATStructure(oracle.Volume(t, image, p)); err != nil {
				t.Error(err)
			}
			run(t, command.ExitOK, "undo", "--yes", image)
			if hash(t, image) != was {
				t.Error("undo left another disk")
			}
		})
	}
}

// TestRefused: nothing is written, and the sentence says why.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		guest  string
		damage string
		code   int
		args   []string
		says   string
	}{
		{"win7-x64", "", command.ExitUsage, []string{"active", "1"}, "--yes"}, // without a terminal
		{"win7-x64", "", command.ExitUsage, []string{"active", "x", "--yes"}, "no number"},
		{"win7-x64", "", command.ExitUsage, []string{"active", "1", "--yes", "--even-if", "nonsense"}, "there is no condition"},
		{"win7-x64", "", command.ExitNotWritten, []string{"active", "none", "--yes"}, "--even-if"},
		{"win7-x64", "", command.ExitPerson, []string{"active", "7", "--yes"}, "no partition 7"},
		{"winxp-logical", "", command.ExitPerson, []string{"active", "5", "--yes"}, "logical"},
		{"win10-x64", "", command.ExitPerson, []string{"active", "1", "--yes"}, "GPT"},
		{"win10-x64", "", command.ExitPerson, []string{"mbr", "--yes"}, "UEFI"},
		{"win10-x64", "", command.ExitPerson, []string{"type", "1", "nonsense", "--yes"}, "GUID"},
		{"win7-x64", "", command.ExitPerson, []string{"type", "1", "05", "--yes"}, "extended"},
		{"win7-x64", "", command.ExitNotWritten, []string{"type", "2", "83", "--yes"}, "partition-hidden appeared"},
		{"win7-x64", "", command.ExitNotWritten, []string{"type", "1", "a5", "--yes"}, "partition-hidden appeared"},
		{"win7-x64", "", command.ExitNotWritten, []string{"type", "2", "12", "--yes"}, "partition-hidden appeared"},
		{"win7-x64", "partition-hidden/windows", command.ExitNotWritten, []string{"type", "2", "83", "--yes"}, "partition-hidden got worse"},
		{"win10-x64", "protective-mbr-wrong/hybrid", command.ExitPerson, []string{"type", "2", "recovery", "--yes"}, "hybrid"},
		{"two-windows", "", command.ExitNotWritten, []string{"type", "2", "83", "--yes"}, "partition-hidden appeared"},
		{"win7-x64", "", command.ExitPerson, []string{"type", "1", "42", "--yes"}, "managed"},
		{"win7-x64", "", command.ExitPerson, []string{"signature", "0", "--yes"}, "signature 0"},
		{"win7-x64", "", command.ExitPerson, []string{"unhide", "9", "--yes"}, "no partition 9"},
		{"win7-x64", "mbr-code-missing/grub", command.ExitPerson, []string{"mbr", "--yes"}, "GRUB"},
		{"win7-x64", "mbr-code-missing/truecrypt", command.ExitPerson, []string{"mbr", "--yes", "--replace-foreign"}, "decrypt"},
		{"win7-x64", "vbr-code-missing/grub", command.ExitPerson, []string{"vbr", "1", "--yes", "--from", "2"}, "GRUB"},
		{"win7-x64", "", command.ExitPerson, []string{"vbr", "2", "--yes"}, "no boot loader"},
		{"win2003-system-c", "", command.ExitPerson, []string{"vbr", "1", "--yes", "--from", "2"}, "does not read"},
		{"win7-x86", "vbr-code-missing/no-source", command.ExitPerson, []string{"vbr", "1", "--yes"}, "no volume"},
		{"win10-x64", "bitlocker-locked", command.ExitPerson, []string{"type", "2", "recovery", "--yes"}, "BitLocker"},
		{"win7-x64", "dynamic-disk", command.ExitPerson, []string{"active", "2", "--yes"}, "dynamic"},
	} {
		t.Run(tt.guest+" "+tt.damage+" "+strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			var all []damage.Damage
			if tt.damage != "" {
				d, ok := damage.Find(tt.damage)
				if !ok {
					t.Fatal("no such damage")
				}
				all = append(all, d)
			}
			image, _ := damage.Build(t, tt.guest, all...)
			was := hash(t, image)
			out := run(t, tt.code, append([]string{"part", tt.args[0], image}, tt.args[1:]...)...)
			if !strings.Contains(out, tt.says) {
				t.Errorf("says %q, want %q", out, tt.says)
			}
			if hash(t, image) != was {
				t.Error("the disk changed")
			}
		})
	}
}
