package actiontest

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// notes asks for the action and gives what the person is told beforehand.
func (p patient) notes(t *testing.T) string {
	t.Helper()
	d := want(t, command.ExitOK, "repair", "--yes", p.image, "--action", consolidate)
	if len(d.Actions) != 1 || d.Actions[0].State != "done" {
		t.Fatalf("%+v", d.Actions)
	}
	return strings.Join(d.Actions[0].Notes, "\n")
}

// TestConsolidateBootCode: a partition of Windows whose boot sector has no code and
// wrong hidden sectors gets the code of the system partition and its own place; what
// belongs to the volume stays, and the copy of the boot sector is alike. Undo brings back the
// sectors as they were.
func TestConsolidateBootCode(t *testing.T) {
	t.Parallel()
	g := guests.MustLoad(t, "win7-x64")
	p := patient{g, g.Build(t)}
	p.clearCode(t, 2)
	part, system := g.Partition(2), g.Partition(1)
	last := part.Start + part.Size - guests.SectorSize
	for _, off := range []int64{part.Start, last} {
		p.put(t, off+0x1C, []byte{63, 0, 0, 0})
	}
	read := func(off int64, n int) []byte {
		b := make([]byte, n)
		p.readAt(t, b, off)
		return b
	}
	before := read(part.Start, 8192)
	p.notes(t)
	after, donor := read(part.Start, 8192), read(system.Start, 8192)
	if !bytes.Equal(after[0x54:0x1FE], donor[0x54:0x1FE]) || !bytes.Equal(after[0x200:0x1E00], donor[0x200:0x1E00]) {
		t.Error("the code is not that of the system partition")
	}
	if hidden := binary.LittleEndian.Uint32(after[0x1C:]); int64(hidden) != part.Start/guests.SectorSize {
		t.Errorf("%d hidden sectors, want %d", hidden, part.Start/guests.SectorSize)
	}
	if !bytes.Equal(after[0x20:0x54], before[0x20:0x54]) || !bytes.Equal(after[3:0x1C], before[3:0x1C]) {
		t.Error("the BPB is not what it was")
	}
	if !bytes.Equal(read(last, 512), after[:512]) {
		t.Error("the copy of the boot sector is another")
	}
	if got := p.findings(t); slices.ContainsFunc(got, func(id string) bool { return strings.HasPrefix(id, "vbr-") }) {
		t.Error(got)
	}
	p.undo(t)
	if !bytes.Equal(read(part.Start, 8192), before) {
		t.Error("taken back, the boot sector is not what it was")
	}
}

// TestConsolidateFromFAT: what a FAT16 partition holds goes to NTFS, whose boot sector
// loads it already.
func TestConsolidateFromFAT(t *testing.T) {
	t.Parallel()
	tool.Need(t, "mattrib")
	g := guests.MustLoad(t, "win2003-system-c")
	p := patient{g, g.Build(t)}
	p.notes(t)
	var names []string
	for _, l := range p.tree(t, 2, bootPaths...) {
		names = append(names, strings.Fields(l)[0])
	}
	if want := []string{"./NTDETECT.COM", "./boot.ini", "./bootfont.bin", "./ntldr"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if active := p.active(t); !slices.Equal(active, []int{2}) {
		t.Errorf("active: %v", active)
	}
	p.undo(t)
	if active := p.active(t); !slices.Equal(active, []int{1}) {
		t.Errorf("taken back, active: %v", active)
	}
}

// TestConsolidateLost: where the system partition is gone, the boot files are those that
// Windows keeps, and the store is a new one.
func TestConsolidateLost(t *testing.T) {
	t.Parallel()
	g := guests.MustLoad(t, "win2008r2-system")
	p := patient{g, g.Build(t)}
	tool.Must(t, "sfdisk", "--quiet", "--delete", p.image, "1")
	if notes := p.notes(t); !strings.Contains(notes, "no system partition to copy from") {
		t.Error(notes)
	}
	got := p.tree(t, 2, bootPaths...)
	for _, want := range []string{"./bootmgr 00000027", "./Boot 00000016 dir", "./Boot/BCD 00000020", "./Boot/memtest.exe 00000020", "./Boot/en-US/bootmgr.exe.mui", "./Boot/Fonts/wgl4_boot.ttf"} {
		if !slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, want) }) {
			t.Errorf("no %s in %q", want, got)
		}
	}
	device := strings.TrimPrefix(g.Device(2), "hex:")
	n := 0
	for _, l := range p.storeOn(t, 2) {
		if strings.HasSuffix(l, device) {
			n++
		}
	}
	if n < 6 { // boot manager, memory tester, two each of loader and resume object
		t.Errorf("%d devices name the partition", n)
	}
	if got := p.findings(t); slices.Contains(got, "boot-chain-broken present") || slices.Contains(got, "system-partition-missing present") {
		t.Error(got)
	}
}

const (
	ntldr           = "{466f5a88-0af2-4f76-9038-095b170dc21c}"
	recovery        = "{b7000000-0000-4000-8000-0000000000e1}"
	recoveryOptions = "{b7000000-0000-4000-8000-0000000000e2}"
	otherSystem     = "{b7000000-0000-4000-8000-0000000000e3}"
)

// TestConsolidateReferences: what an entry names on the system partition decides whether it
// follows: files that are copied do, in ramdisks, too; a recovery environment that
// stays is found where it stays; boot sectors in files are copied.
func TestConsolidateReferences(t *testing.T) {
	t.Parallel()
	set, image := guests.StoreElement, `\Recovery\WindowsRE\Winre.wim`
	g := guests.MustLoad(t, "dual-boot")
	for path, data := range map[string]string{image: "MSWIM\x00\x00\x00", `\Boot\boot.sdi`: "$SDI0001", `\linux.bin`: "boot sector of another system",
		`\bootsect.lnx`: "another boot sector", `\large.wim`: "MSWIM\x00\x00\x00"} {
		g = g.With(1, guests.Entry{Kind: guests.File, Path: path, Data: []byte(data)})
	}
	_, ini := g.Find(1, `\boot.ini`)
	g = g.With(1, guests.Entry{Kind: guests.File, Path: ini.Path, Data: []byte(string(ini.Data) + "C:\\bootsect.lnx=\"Linux\"\r\n")})
	ramdisk := guests.StoreRamdisk(g.Device(1), image)
	g = g.WithReg(`\Boot\BCD`, strings.Join([]string{
		guests.StoreObject(recovery, "10200003"), set(recovery, "11000001", ramdisk), set(recovery, "21000001", ramdisk), set(recovery, "12000002", `"\\windows\\system32\\winload.exe"`),
		set(recovery, "22000002", `"\\windows"`), set(recovery, "26000022", "hex:01"), set(recovery, "12000004", `"Recovery"`),
		guests.StoreObject(recoveryOptions, "30000000"), set(recoveryOptions, "31000003", g.Device(1)), set(recoveryOptions, "32000004", `"\\boot\\boot.sdi"`),
		guests.StoreObject(otherSystem, "10400008"), set(otherSystem, "11000001", g.Device(1)), set(otherSystem, "12000002", `"\\linux.bin"`), set(otherSystem, "12000004", `"Linux"`),
	}, "\n"))
	p := patient{g, g.Build(t)}
	d := want(t, command.ExitOK, "repair", "--yes", p.image, "--action", consolidate, "--windows", "w2")
	notes := strings.Join(d.Actions[0].Notes, "\n")
	for _, says := range []string{`"Recovery"`, image, `\linux.bin`, `\bootsect.lnx`, "Nothing is deleted"} {
		if !strings.Contains(notes, says) {
			t.Errorf("no word of %s in %s", says, notes)
		}
	}
	gone, added := oracle.RegChanges(p.storeOn(t, 1), p.storeOn(t, 3))
	for _, want := range []string{guests.BootManager + `\Elements\11000001`, guests.MemoryTester + `\Elements\11000001`, recoveryOptions + `\Elements\31000003`, otherSystem + `\Elements\11000001`, ntldr + `\Elements\11000001`} {
		if !slices.ContainsFunc(added, func(l string) bool { return strings.Contains(l, want) }) {
			t.Errorf("%s did not follow: %q", want, added)
		}
	}
	if len(gone) != 5 || len(added) != 5 {
		t.Errorf("%d references became %d others, want 5: %q %q", len(gone), len(added), gone, added)
	}
	got := strings.Join(p.tree(t, 3, `\linux.bin`, `\bootsect.lnx`, `\Boot\boot.sdi`, `\Recovery`, `\large.wim`), "\n")
	for path, there := range map[string]bool{"linux.bin": true, "bootsect.lnx": true, "boot.sdi": true, "Winre.wim": false, "large.wim": false} {
		if strings.Contains(got, path) != there {
			t.Errorf("%s: %v, want %v: %s", path, !there, there, got)
		}
	}
}

// TestConsolidateRealStore: in a store of a real machine, whose boot manager names the
// partition that was started from, exactly the references to what was copied follow.
func TestConsolidateRealStore(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(realdata.File(t, "bcd/win7-bios-mbr-vm.BCD.xz"))
	if err != nil {
		t.Fatal(err)
	}
	g := guests.MustLoad(t, "win7-x64")
	g.ID = "36234da4" // of the real disk; the partition begins where its did
	const image = `\Recovery\efd09c93-55fb-11e2-aa98-9d073f340da7\Winre.wim`
	sdi := strings.Replace(image, "Winre.wim", "boot.sdi", 1)
	for path, content := range map[string][]byte{`\Boot\BCD`: data, `\Boot\boot.wim`: []byte("MSWIM"), `\Boot\boot.sdi`: []byte("$SDI"), image: []byte("MSWIM"), sdi: []byte("$SDI")} {
		g = g.With(1, guests.Entry{Kind: guests.File, Path: path, Data: content})
	}
	p := patient{g, g.Build(t)}
	notes := p.notes(t)
	if !strings.Contains(notes, image) {
		t.Errorf("no word of the recovery environment: %s", notes)
	}
	gone, added := oracle.RegChanges(p.storeOn(t, 1), p.storeOn(t, 2))
	const rescue = "{572bcd55-ffa7-11d9-aae0-0007e994107d}" // a ramdisk in \Boot
	want := []string{guests.MemoryTester + `\Elements\11000001`, rescue + `\Elements\11000001`, rescue + `\Elements\21000001`, "{ae5534e0-a924-466c-b836-758539a3ee3a}" + `\Elements\31000003`}
	if len(gone) != len(want) || len(added) != len(want) {
		t.Fatalf("%d references became %d others, want %d: %q %q", len(gone), len(added), len(want), gone, added)
	}
	same(t, "what follows", added, want)
}

// TestConsolidateTakenBackLater: after Windows was started from its own partition the store
// is another and has logs beside it. Undo says so; with --partial the active flag goes back, what
// Windows wrote stays, and the old system partition starts Windows.
func TestConsolidateTakenBackLater(t *testing.T) {
	t.Parallel()
	g := guests.MustLoad(t, "win7-x64")
	p := patient{g, g.Build(t)}
	found := p.findings(t)
	p.notes(t)
	p.inNTFS(t, 2, "echo log > Boot/BCD.LOG; echo > Boot/BCD.LOG1")
	if r := built.Run(t, "undo", "--yes", p.image); r.Code != command.ExitPerson || !strings.Contains(r.Stdout, "partly taken back") || !strings.Contains(r.Stdout, "BCD.LOG") {
		t.Errorf("with a log beside the store: %v", r)
	}
	if got := p.tree(t, 2, bootPaths...); len(got) != 3 { // \Boot and the logs
		t.Errorf("%q", got)
	}
	if active := p.active(t); !slices.Equal(active, []int{1}) {
		t.Errorf("active: %v", active)
	}
	p.notes(t)
	p.inNTFS(t, 2, "printf x >> Boot/BCD")
	if r := built.Run(t, "undo", "--yes", p.image); r.Code != command.ExitPerson || !strings.Contains(r.Stdout, `\Boot\BCD`) {
		t.Fatalf("with another store: %v", r)
	}
	if r := built.Run(t, "undo", "--yes", "--partial", p.image); r.Code != command.ExitPerson && r.Code != command.ExitOK {
		t.Fatal(r)
	}
	if active := p.active(t); !slices.Equal(active, []int{1}) {
		t.Errorf("active: %v", active)
	}
	if got := p.findings(t); !slices.Equal(got, found) {
		t.Errorf("findings %q, were %q", got, found)
	}
}

// TestConsolidateEmpty: a system partition that was formatted holds nothing to copy; what is
// on a newer Windows' one (BOOTNXT) is copied.
func TestConsolidateEmpty(t *testing.T) {
	t.Parallel()
	g := guests.MustLoad(t, "win7-x64")
	p := patient{g, g.Build(t)}
	p.inNTFS(t, 1, "rm -rf bootmgr Boot")
	if notes := p.notes(t); !strings.Contains(notes, "no system partition to copy from") {
		t.Error(notes)
	}
	if got := p.tree(t, 2, `\bootmgr`); len(got) != 1 || !strings.HasPrefix(got[0], "./bootmgr 00000027") {
		t.Errorf("%q", got)
	}
	if active := p.active(t); !slices.Equal(active, []int{2}) {
		t.Errorf("active: %v", active)
	}
}
