package actiontest

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

const consolidate = "consolidate-system-partition"

// shared are the boot files of a system partition, with the attributes that Windows
// gives them as ntfs-3g takes them.
var attributes = map[string]string{`\bootmgr`: "0x00000027", `\Boot`: "0x00000006", `\Boot\BCD`: "0x00000026", `\ntldr`: "0x00000007", `\boot.ini`: "0x00000006"}

// withAttributes gives the boot files on a partition those attributes.
func (p patient) withAttributes(t *testing.T, number int) {
	t.Helper()
	part := p.guest.Partition(number)
	volume := oracle.Volume(t, p.image, part)
	defer os.Remove(volume)
	var script strings.Builder
	for path, value := range attributes {
		fmt.Fprintf(&script, "if [ -e .%[1]s ]; then setfattr -n system.ntfs_attrib_be -v %[2]s .%[1]s; fi\n", strings.ReplaceAll(path, `\`, "/"), value)
	}
	if err := guests.WithNTFS(volume, script.String()); err != nil {
		t.Fatal(err)
	}
	if err := sparse.Replace(p.image, part.Start, volume); err != nil {
		t.Fatal(err)
	}
}

// tree lists the files of an NTFS partition below the paths with attributes and hashes, by
// ntfs-3g; the structure of the volume is judged first.
func (p patient) tree(t *testing.T, number int, paths ...string) []string {
	t.Helper()
	volume := oracle.Volume(t, p.image, p.guest.Partition(number))
	defer os.Remove(volume)
	if err := oracle.NTFSStructure(volume); err != nil {
		t.Error(err)
	}
	out := t.TempDir() + "/list"
	script := `for p in ` + strings.ReplaceAll(strings.Join(paths, " "), `\`, "/") + `; do
	find ".$p" 2>/dev/null | while read -r f; do
		a=$(getfattr --only-values -n system.ntfs_attrib_be "$f" | od -An -tx1 | tr -d ' \n')
		s=dir; if [ -f "$f" ]; then s=$(sha256sum < "$f" | cut -c1-16); fi
		echo "$f $a $s"
	done
done > "$1"`
	if err := guests.WithNTFS(volume, script, out); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	slices.Sort(all)
	return all
}

// active is the number of the active partition, as sfdisk reads the table.
func (p patient) active(t *testing.T) (all []int) {
	t.Helper()
	if err := oracle.MBR(p.image); err != nil {
		t.Error(err)
	}
	lines, err := oracle.Partitions(p.image)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if strings.Contains(l, "bootable") {
			var n int
			fmt.Sscanf(l, "%d", &n)
			all = append(all, n)
		}
	}
	return all
}

// storeOn exports the store of a partition, as hivexregedit reads it.
func (p patient) storeOn(t *testing.T, number int) []string {
	t.Helper()
	volume := oracle.Volume(t, p.image, p.guest.Partition(number))
	defer os.Remove(volume)
	data, err := oracle.NTFSFile(volume, `\Boot\BCD`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

var bootPaths = []string{`\bootmgr`, `\BOOTNXT`, `\Boot`, `\ntldr`, `\NTDETECT.COM`, `\boot.ini`, `\bootfont.bin`}

// TestConsolidate: the boot files are on the partition of Windows with their attributes, as
// ntfs-3g shows them, and still where they were; the store has the new partition
// wherever it had the old one, and nothing else changed in it, as hivexregedit
// reads it; the flag is where sfdisk sees it; asked for again nothing is written; undo gives the
// disk back.
func TestConsolidate(t *testing.T) {
	for _, tt := range []struct {
		guest    string
		windows  string // for --windows
		from, to int
		refer    int // references that follow
		change   func(*guests.Guest) *guests.Guest
		loads    string
	}{
		{guest: "win7-x64", from: 1, to: 2, refer: 2, loads: "BOOTMGR"},
		{guest: "win2008r2-system", from: 1, to: 2, refer: 2, loads: "BOOTMGR"},
		{guest: "dual-boot", windows: "w2", from: 1, to: 3, refer: 3, loads: "BOOTMGR", change: withLegacyEntry},
		{guest: "dual-boot", windows: "w1", from: 1, to: 2, refer: 3, loads: "BOOTMGR", change: withLegacyEntry},
		{guest: "win2003-lsi-ntfs", from: 1, to: 2, loads: "NTLDR"},
	} {
		t.Run(tt.guest+tt.windows, func(t *testing.T) {
			t.Parallel()
			tool.Need(t, "setfattr", "getfattr")
			g := guests.MustLoad(t, tt.guest)
			if tt.change != nil {
				g = tt.change(g)
			}
			p := patient{g, g.Build(t)}
			p.withAttributes(t, tt.from)
			found, old := p.findings(t), p.tree(t, tt.from, bootPaths...)
			ask := []string{"repair", "--yes", p.image, "--action", consolidate}
			if tt.windows != "" {
				ask = append(ask, "--windows", tt.windows)
			}
			want(t, command.ExitOK, ask...)

			if now := p.tree(t, tt.from, bootPaths...); !slices.Equal(now, old) {
				t.Errorf("the old files are %q, were %q", now, old)
			}
			noStore := func(l string) bool { return strings.HasPrefix(l, "./Boot/BCD ") }
			got := slices.DeleteFunc(p.tree(t, tt.to, bootPaths...), noStore)
			if expected := slices.DeleteFunc(slices.Clone(old), noStore); !slices.Equal(got, expected) {
				t.Errorf("the new files are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"))
			}
			if active := p.active(t); !slices.Equal(active, []int{tt.to}) {
				t.Errorf("active: %v, want %d", active, tt.to)
			}
			start := make([]byte, 1024)
			p.readAt(t, start, g.Partition(tt.to).Start)
			wide := []byte(strings.Join(strings.Split(tt.loads, ""), "\x00"))
			if !bytes.HasPrefix(start[0x202:], wide) {
				t.Errorf("the boot sector loads % X, want %s", start[0x200:0x210], tt.loads)
			}
			if tt.refer > 0 {
				p.checkStore(t, tt.from, tt.to, tt.refer)
			}
			if now := p.findings(t); !slices.Equal(now, found) {
				t.Errorf("findings afterwards: %q, were %q", now, found)
			}
			after := p.hash(t)
			want(t, command.ExitOK, ask...)
			if p.hash(t) != after {
				t.Error("asked for again it wrote")
			}
			p.undo(t)
			if now := p.tree(t, tt.to, bootPaths...); len(now) != 1 || now[0] != "" {
				t.Errorf("taken back, the partition of Windows still has %q", now)
			}
			if active := p.active(t); !slices.Equal(active, []int{tt.from}) {
				t.Errorf("taken back, active: %v, want %d", active, tt.from)
			}
			if now := p.findings(t); !slices.Equal(now, found) {
				t.Errorf("findings after undo: %q, were %q", now, found)
			}
		})
	}
}

// findings are the IDs of what a scan finds.
func (p patient) findings(t *testing.T) (all []string) {
	t.Helper()
	r := built.Run(t, "scan", "--json", p.image)
	var d document
	r.Decode(t, &d)
	for _, f := range d.Findings {
		all = append(all, f.ID+" "+f.Result)
	}
	slices.Sort(all)
	return all
}

// checkStore compares the stores of both partitions.
func (p patient) checkStore(t *testing.T, from, to, refer int) {
	t.Helper()
	device := func(n int) string { return strings.TrimPrefix(p.guest.Device(n), "hex:") }
	gone, added := oracle.RegChanges(p.storeOn(t, from), p.storeOn(t, to))
	if len(gone) != refer || len(added) != refer {
		t.Errorf("%d references became %d others, want %d:\n%s\n%s", len(gone), len(added), refer, strings.Join(gone, "\n"), strings.Join(added, "\n"))
	}
	for _, l := range gone {
		if !strings.HasSuffix(l, device(from)) {
			t.Errorf("no reference to the old partition: %s", l)
		}
	}
	for _, l := range added {
		if !strings.HasSuffix(l, device(to)) {
			t.Errorf("no reference to the new partition: %s", l)
		}
	}
}

// withLegacyEntry gives the store the entry for ntldr that setup puts there.
func withLegacyEntry(g *guests.Guest) *guests.Guest {
	return g.WithReg(`\Boot\BCD`, guests.StoreObject(ntldr, "10300006")+
		guests.StoreElement(ntldr, "11000001", g.Device(1))+guests.StoreElement(ntldr, "12000002", `"\\ntldr"`)+
		guests.StoreElement(ntldr, "12000004", `"Earlier Version of Windows"`)+
		guests.StoreElement(guests.BootManager, "24000001", guests.StoreList(ntldr, guests.Loader)))
}

// readAt reads bytes of the disk.
func (p patient) readAt(t *testing.T, b []byte, off int64) {
	t.Helper()
	f, err := os.Open(p.image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.ReadAt(b, off); err != nil {
		t.Fatal(err)
	}
}
