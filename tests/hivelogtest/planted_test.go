package hivelogtest

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
)

// patient is a copy of a sound hive to plant damage in.
type patient struct {
	tb testing.TB
	b  []byte
	h  *regf.Hive
}

func newPatient(tb testing.TB, hive []byte) patient {
	h, err := regf.Open(bytes.NewReader(hive), int64(len(hive)))
	if err != nil {
		tb.Fatal(err)
	}
	return patient{tb, bytes.Clone(hive), h}
}

func (p patient) u32(off int) int         { return int(le.Uint32(p.b[off:])) }
func (p patient) put(off int, v int)      { le.PutUint32(p.b[off:], uint32(v)) }
func (p patient) content(cell int) int    { return 4096 + cell + 4 }
func (p patient) at(field int) (file int) { return p.content(p.u32(field)) }

// key is the file offset of a key's content.
func (p patient) key(path string) int {
	k, err := p.h.Key(path)
	if err != nil {
		p.tb.Fatal(err)
	}
	return int(k.Offset()) + 4
}

// list is the file offset of the content of a key's subkey list.
func (p patient) list(path string) int { return p.at(p.key(path) + 28) }

// value is the file offset of the content of a value.
func (p patient) value(path, name string) int {
	k, err := p.h.Key(path)
	if err != nil {
		p.tb.Fatal(err)
	}
	v, err := k.Value(name)
	if err != nil {
		p.tb.Fatal(err)
	}
	return int(v.Offset()) + 4
}

// swap exchanges n bytes.
func (p patient) swap(a, b, n int) {
	for i := range n {
		p.b[a+i], p.b[b+i] = p.b[b+i], p.b[a+i]
	}
}

// outcome is what a repair can do for a kind of damage.
type outcome int

const (
	exact outcome = iota // the hive becomes what it was, byte for byte
	whole                // no damage is left and no key or value missing
	cut                  // no damage is left, something is cut off
	left                 // it is reported and not mended
)

type planted struct {
	name   string
	kind   regfcheck.Kind
	want   outcome
	damage func(p patient)
}

const (
	services = `ControlSet001\Services`
	disk     = services + `\Disk`
)

// plants is one row for each kind of damage, on the SYSTEM hive of XP.
func plants() []planted {
	return []planted{
		{"signature", regfcheck.BaseSignature, exact, func(p patient) { p.put(0, 0) }},
		{"checksum", regfcheck.BaseChecksum, exact, func(p patient) { p.put(0x1fc, 7) }},
		{"major version", regfcheck.BaseField, exact, func(p patient) { p.put(0x14, 9); checksum(p.b) }},
		{"minor version", regfcheck.BaseField, exact, func(p patient) { p.put(0x18, 77); checksum(p.b) }},
		{"file type", regfcheck.BaseField, exact, func(p patient) { p.put(0x1c, 1); checksum(p.b) }},
		{"root", regfcheck.BaseRoot, exact, func(p patient) { p.put(0x24, 0x88); checksum(p.b) }},
		{"root and checksum", regfcheck.BaseRoot, exact, func(p patient) { p.put(0x24, 0) }},
		{"hbins size small", regfcheck.BaseBins, whole, func(p patient) { p.put(0x28, 0x1000) }},
		{"hbins size small, checksum fits", regfcheck.BaseBins, whole, func(p patient) { p.put(0x28, 0x1000); checksum(p.b) }},
		{"hbins size odd", regfcheck.BaseBins, whole, func(p patient) { p.put(0x28, 0x3f8001); checksum(p.b) }},
		{"base block gone", regfcheck.BaseSignature, whole, func(p patient) { clear(p.b[:4096]) }},
		{"hbin signature", regfcheck.BinSignature, exact, func(p patient) { p.put(0x5000, 0) }},
		{"hbin offset", regfcheck.BinOffset, exact, func(p patient) { p.put(0x5004, 0x777000) }},
		{"hbin size zero", regfcheck.BinSize, exact, func(p patient) { p.put(0x5008, 0) }},
		{"hbin size large", regfcheck.BinSize, exact, func(p patient) { p.put(0x5008, 0x3000) }},
		{"hbin size past the end", regfcheck.BinSize, exact, func(p patient) { p.put(0x5008, 0x7fff000) }},
		{"hbin header gone", regfcheck.BinSignature, whole, func(p patient) { clear(p.b[0x5000:0x5020]) }},
		{"cell size zero", regfcheck.CellSize, exact, func(p patient) { p.put(p.value(disk, "ErrorControl")-4, 0) }},
		{"cell size odd", regfcheck.CellSize, exact, func(p patient) { o := p.value(disk, "ErrorControl") - 4; p.put(o, p.u32(o)+1) }},
		{"cell size past the bin", regfcheck.CellSize, exact, func(p patient) { p.put(p.value(disk, "ErrorControl")-4, -0x7ff8) }},
		{"cell marked free", regfcheck.RefFree, exact, func(p patient) { o := p.key(disk) - 4; p.put(o, -int(int32(p.u32(o)))) }},
		{"data cell marked free", regfcheck.RefFree, exact, func(p patient) { o := p.at(p.value(disk, "Group")+8) - 4; p.put(o, -int(int32(p.u32(o)))) }},
		{"key signature", regfcheck.KeySignature, cut, func(p patient) { p.b[p.key(disk)] = 'x' }},
		{"key name longer than the cell", regfcheck.KeyName, cut, func(p patient) { p.b[p.key(disk)+72] = 250 }},
		{"key name empty", regfcheck.KeyName, cut, func(p patient) { p.b[p.key(disk)+72] = 0 }},
		{"key name in UTF-16", regfcheck.KeyName, exact, func(p patient) { p.b[p.key(services+`\atapi`)+2] &^= 0x20 }},
		{"value name in UTF-16", regfcheck.ValueName, exact, func(p patient) { p.b[p.value(disk, "Group")+16] = 0 }},
		{"value name in UTF-16 and gone", regfcheck.ValueName, cut, func(p patient) { o := p.value(disk, "Group"); p.b[o+16] = 0; clear(p.b[o+20 : o+25]) }},
		{"key name with a backslash", regfcheck.KeyName, left, func(p patient) { p.b[p.key(disk)+76] = '\\' }},
		{"parent", regfcheck.KeyParent, exact, func(p patient) { p.put(p.key(disk)+16, 0x20) }},
		{"parent nowhere", regfcheck.KeyParent, exact, func(p patient) { p.put(p.key(disk)+16, 0x12345) }},
		{"root flag gone", regfcheck.KeyFlags, exact, func(p patient) { p.b[p.key("")+2] &^= 4 }},
		{"root flag elsewhere", regfcheck.KeyFlags, exact, func(p patient) { p.b[p.key(disk)+2] |= 4 }},
		{"list reference", regfcheck.RefBad, whole, func(p patient) { p.put(p.key(`ControlSet001\Control`)+28, 0x7654321) }},
		{"list reference odd", regfcheck.RefBad, whole, func(p patient) { o := p.key(`ControlSet001\Control`) + 28; p.put(o, p.u32(o)+4) }},
		{"list reference inside a cell", regfcheck.RefBad, whole, func(p patient) { o := p.key(`ControlSet001\Control`) + 28; p.put(o, p.u32(o)+16) }},
		{"list signature", regfcheck.ListSignature, exact, func(p patient) { p.b[p.list(`ControlSet001\Control`)] = 'x' }},
		{"list of another key", regfcheck.RefShared, whole, func(p patient) { p.put(p.key(services)+28, p.u32(p.key(`ControlSet001\Control`)+28)) }},
		{"list has too many entries", regfcheck.ListCount, exact, func(p patient) { p.b[p.list(`ControlSet001\Control`)+3] = 0x7f }},
		{"list has fewer entries", regfcheck.ListCount, exact, func(p patient) { p.b[p.list(`ControlSet001\Control`)+2] -= 3 }},
		{"list is empty", regfcheck.ListCount, exact, func(p patient) { p.b[p.list(`ControlSet001\Control`)+2] = 0 }},
		{"subkey count high", regfcheck.ListCount, exact, func(p patient) { p.b[p.key(`ControlSet001\Control`)+20]++ }},
		{"subkey count low", regfcheck.ListCount, exact, func(p patient) { p.b[p.key(`ControlSet001\Control`)+20]-- }},
		{"subkey count zero", regfcheck.ListCount, exact, func(p patient) { p.put(p.key(`ControlSet001\Control`)+20, 0) }},
		{"entry nowhere", regfcheck.RefBad, whole, func(p patient) { p.put(p.list(services)+4+8*5, 0x7654320) }},
		{"entry twice", regfcheck.KeyLoop, whole, func(p patient) { p.put(p.list(services)+4+8*5, p.u32(p.list(services)+4+8*4)) }},
		{"entry leads to its parent", regfcheck.KeyLoop, whole, func(p patient) { p.put(p.list(services)+4+8*5, p.key(services)-4-4096) }},
		{"entry leads to the root", regfcheck.KeyLoop, whole, func(p patient) { p.put(p.list(services)+4+8*5, 0x20) }},
		{"entry leads to a value", regfcheck.KeySignature, whole, func(p patient) { p.put(p.list(services)+4+8*5, p.value(disk, "Type")-4-4096) }},
		{"order", regfcheck.ListOrder, exact, func(p patient) { l := p.list(services) + 4; p.swap(l+8*7, l+8*90, 8) }},
		{"hash", regfcheck.ListHash, exact, func(p patient) { p.b[p.list(services)+4+8*9+5]++ }},
		{"name twice", regfcheck.ListDuplicate, left, func(p patient) {
			copy(p.b[p.key(services+`\Dnscache`):][76:], "LanmanServer"[:8])
			a, b := p.key(disk), p.key(services+`\Dhcp`)
			copy(p.b[b+76:], p.b[a+76:a+80])
		}},
		{"value list nowhere", regfcheck.RefBad, cut, func(p patient) { p.put(p.key(disk)+40, 0x7654320) }},
		{"value count high", regfcheck.ValueCount, cut, func(p patient) { p.put(p.key(disk)+36, 5000) }},
		{"value nowhere", regfcheck.RefBad, cut, func(p patient) { p.put(p.at(p.key(disk)+40)+4, 0x7654320) }},
		{"value twice", regfcheck.RefShared, cut, func(p patient) { o := p.at(p.key(disk) + 40); p.put(o+4, p.u32(o)) }},
		{"value signature", regfcheck.ValueSignature, cut, func(p patient) { p.b[p.value(disk, "Group")] = 'x' }},
		{"value name longer than the cell", regfcheck.ValueName, cut, func(p patient) { p.b[p.value(disk, "Group")+2] = 250 }},
		{"value data nowhere", regfcheck.RefBad, cut, func(p patient) { p.put(p.value(disk, "Group")+8, 0x7654320) }},
		{"value data longer than its cell", regfcheck.CellShort, cut, func(p patient) { p.put(p.value(disk, "Group")+4, 3000) }},
		{"value data longer than the hive", regfcheck.ValueData, cut, func(p patient) { p.put(p.value(disk, "Group")+4, 0x7fffff0) }},
		{"value data resident and long", regfcheck.ValueData, cut, func(p patient) { p.put(p.value(disk, "Type")+4, -0x7ffffffb) }},
		{"value data without segments", regfcheck.DataSegments, cut, func(p patient) { p.put(p.value(disk, "Group")+4, 16345) }},
		{"class nowhere", regfcheck.RefBad, cut, func(p patient) { p.put(p.key(`ControlSet001\Control\Lsa\JD`)+48, 0x7654320) }},
		{"security of a key", regfcheck.SecurityRing, whole, func(p patient) { p.put(p.key(services+`\Tcpip\Parameters\Adapters`)+44, 0x7654320) }},
		{"security of the root", regfcheck.RefBad, left, func(p patient) { p.put(p.key("")+44, 0x7654320) }},
		{"security count", regfcheck.SecurityCount, exact, func(p patient) { p.b[p.at(p.key("")+44)+12]++ }},
		{"security back link", regfcheck.SecurityRing, exact, func(p patient) { p.put(p.at(p.key("")+44)+8, 0x20) }},
		{"security link nowhere", regfcheck.RefBad, whole, func(p patient) { p.put(p.at(p.key("")+44)+4, 0x7654320) }},
		{"security ring is short", regfcheck.SecurityRing, cut, func(p patient) { o := p.at(p.key("") + 44); p.put(o+4, o-4-4096); p.put(o+8, o-4-4096) }},
		{"security signature", regfcheck.SecuritySignature, cut, func(p patient) { p.b[p.at(p.at(p.key("")+44)+4)] = 'x' }},
		{"security length", regfcheck.SecurityData, left, func(p patient) { p.put(p.at(p.key("")+44)+16, 0xffff) }},
		{"page of zeros", regfcheck.BinSignature, cut, func(p patient) { o := p.key(disk) &^ 4095; clear(p.b[o : o+4096]) }},
		{"page of text", regfcheck.BinSignature, cut, func(p patient) { o := p.key(disk) &^ 4095; copy(p.b[o:o+4096], strings.Repeat("overwritten ", 400)) }},
		{"file cut", regfcheck.FileShort, left, func(p patient) { clear(p.b[0x3f0000:]); p.put(0x28, 0x800000); checksum(p.b) }},
		{"sequence numbers", regfcheck.BaseSequence, left, func(p patient) { p.b[8]++; checksum(p.b) }},
	}
}

func TestPlanted(t *testing.T) {
	hive := real(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz")
	before := check(t, hive)
	kinds := map[regfcheck.Kind]bool{}
	t.Log("other tools read every fifth repaired hive; all with BOOTMEND_CAMPAIGN=1")
	for i, c := range plants() {
		t.Run(c.name, func(t *testing.T) {
			p := newPatient(t, hive)
			c.damage(p)
			rep := check(t, p.b)
			if rep.Counts[c.kind] == 0 || rep.Damaged == 0 {
				t.Fatalf("not found: %v", rep.Damage())
			}
			kinds[c.kind] = true
			if c.want == left {
				stays(t, p.b, rep, c.kind)
				return
			}
			fixed := mended(t, p.b, rep)
			if c.want == exact && fixed.cut != 0 {
				t.Errorf("%d mends say that they cut something off", fixed.cut)
			}
			if c.want == exact && !bytes.Equal(fixed.b, hive) {
				t.Errorf("not the same as before: %s", firstDifference(fixed.b, hive))
			}
			if c.want == whole && (fixed.rest.Keys != before.Keys || fixed.rest.Values != before.Values) {
				t.Errorf("%d keys, %d values, before %d, %d", fixed.rest.Keys, fixed.rest.Values, before.Keys, before.Values)
			}
			if c.want != exact && (i%5 == 0 || campaign()) {
				judge(t, fixed)
			}
		})
	}
	t.Logf("%d kinds of damage in %d ways", len(kinds), len(plants()))
}

func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }

// stays: the damage is still reported after a repair, or the repair refuses.
func stays(t *testing.T, hive []byte, rep *regfcheck.Report, kind regfcheck.Kind) {
	t.Helper()
	fixed, err := regfcheck.Repair(rep, bytes.NewReader(hive))
	if err == nil && fixed.Rest.Damaged == 0 {
		t.Errorf("mended by a guess: %v", fixed.Mended)
	}
	if (err != nil) != (kind == regfcheck.BaseSequence) {
		t.Error(err)
	}
}

func firstDifference(a, b []byte) string {
	for i := range a {
		if a[i] != b[i] {
			return strings.Join([]string{"at", hex(i), hex(int(le.Uint32(a[i&^3:]))), hex(int(le.Uint32(b[i&^3:])))}, " ")
		}
	}
	return "lengths"
}

func hex(n int) string { return fmt.Sprintf("%#x", n) }

// TestDeletedStay: Windows 10 left keys in allocated cells that are in no list
// any more. Where a list has to be made anew they must not come back.
func TestDeletedStay(t *testing.T) {
	hive := yarpSet(t)["RecoveredHive_Windows10"]
	before := check(t, hive)
	n := 0
	h := newPatient(t, hive)
	var paths []string
	if err := h.h.Walk(func(path string, k *regf.Key, err error) error {
		if k.SubkeyCount() > 0 {
			paths = append(paths, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		p := newPatient(t, hive)
		p.put(p.key(path)+28, 0x7654320)
		fixed, err := regfcheck.Repair(check(t, p.b), bytes.NewReader(p.b))
		if err != nil {
			t.Fatal(err)
		}
		if whole := fixed.Rest.Damaged == 0; whole != (fixed.Rest.Keys == before.Keys) {
			t.Errorf("list of %q: %d keys, before %d; %v", path, fixed.Rest.Keys, before.Keys, fixed.Rest.Damage())
		}
		n++
		t.Logf("list of %q: %d keys of %d, %d damaged", path, fixed.Rest.Keys, before.Keys, fixed.Rest.Damaged)
	}
	if n == 0 || before.Counts[regfcheck.Orphan] == 0 {
		t.Error("nothing was tried")
	}
}
