package bootinitest

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/part"
)

const diskSectors = 4096

// disk is a layout in sectors.
type disk []byte

func (d disk) entry(record, slot int, typ byte, start, size uint32) {
	r := d[record*512:]
	e := r[0x1BE+16*slot:]
	e[4] = typ
	binary.LittleEndian.PutUint32(e[8:], start)
	binary.LittleEndian.PutUint32(e[12:], size)
}

func (d disk) sign(record int) { copy(d[record*512+0x1FE:], "\x55\xAA") }

func atoi(t *testing.T, s string, base int) int {
	t.Helper()
	n, err := strconv.ParseUint(s, base, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// build makes the disk of a layout.
func (l layout) build(t *testing.T) disk {
	t.Helper()
	d := make(disk, diskSectors*512)
	copy(d[0x1B8:], "\x01\x02\x03\x04")
	d.sign(0)
	var outer []int
	for i, s := range strings.Fields(l.slots) {
		if s == "-" {
			continue
		}
		typ, place, _ := strings.Cut(s, "@")
		start, size, ok := strings.Cut(place, "+")
		if !ok {
			size = "50"
		}
		kind := atoi(t, typ, 16)
		d.entry(0, i, byte(kind), uint32(atoi(t, start, 10)), uint32(atoi(t, size, 10)))
		// 85 gets a chain where nothing else does: Linux looks for one.
		if kind == 5 || kind == 0xF || kind == 0x85 && !strings.Contains(l.slots, "0F@") {
			outer = append(outer, atoi(t, start, 10))
		}
	}
	for i, chain := range [][]string{l.chain, l.second} {
		for n, record := range chain {
			at := outer[i] + 100*n
			d.sign(at)
			slot := 0
			for _, typ := range strings.Split(record, ",") {
				if typ != "-" {
					d.entry(at, slot, byte(atoi(t, typ, 16)), uint32(10*(slot+1)), 5)
				}
				slot++
			}
			if n+1 < len(chain) {
				d.entry(at, slot, 5, uint32(100*(n+1)), 100)
			}
		}
	}
	return d
}

// open writes the disk to a file and opens it as the engine does.
func (d disk) open(t *testing.T) (string, block.Device) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(path, d, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := block.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return path, f
}

// numbered lists the first sectors by the number of Windows.
func numbered(table *part.Table) string {
	at := map[int]string{}
	last := 0
	for _, p := range table.Partitions {
		if p.NTNumber > 0 {
			at[p.NTNumber] = fmt.Sprint(p.Range.Off / 512)
			last = max(last, p.NTNumber)
		}
	}
	var all []string
	for n := 1; n <= last; n++ {
		if at[n] == "" {
			at[n] = "none"
		}
		all = append(all, at[n])
	}
	return strings.Join(all, " ")
}

func TestNumbersOfWindows(t *testing.T) {
	if len(layouts) < 40 {
		t.Fatalf("%d layouts", len(layouts))
	}
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			_, dev := l.build(t).open(t)
			table, err := part.Read(dev)
			if err != nil {
				t.Fatal(err)
			}
			if got := numbered(table); got != l.windows {
				t.Errorf("%s: numbered %q, want %q (%s)", l.slots, got, l.windows, l.rule)
			}
		})
	}
	t.Logf("%d layouts", len(layouts))
}

// sfdisk lists what Linux finds: number and first sector.
func sfdisk(t *testing.T, path string) map[int]int {
	t.Helper()
	out, err := exec.Command("sfdisk", "--dump", path).Output()
	if err != nil {
		t.Fatalf("sfdisk: %v", err)
	}
	all := map[int]int{}
	for _, line := range strings.Split(string(out), "\n") {
		rest, ok := strings.CutPrefix(line, path)
		if !ok {
			continue
		}
		number, fields, _ := strings.Cut(rest, ":")
		var start int
		for _, f := range strings.Split(fields, ",") {
			if k, v, _ := strings.Cut(strings.TrimSpace(f), "="); k == "start" {
				start = atoi(t, strings.TrimSpace(v), 10)
			}
		}
		all[atoi(t, strings.TrimSpace(number), 10)] = start
	}
	return all
}

// linuxNumbers are the numbers of sfdisk for what Windows counts, in its order,
// and what only Linux counts: "5@1010". Containers, which Linux counts and lists
// as partitions, are left out.
func (l layout) linuxNumbers(found map[int]int) (numbers, extra string) {
	var same, more []string
	for _, start := range strings.Fields(l.windows) {
		n := "-"
		for number, at := range found {
			if fmt.Sprint(at) == start {
				n = fmt.Sprint(number)
				delete(found, number)
			}
		}
		same = append(same, n)
	}
	for i, slot := range strings.Fields(l.slots) {
		if strings.HasPrefix(slot, "05@") || strings.HasPrefix(slot, "0F@") {
			delete(found, i+1)
		}
	}
	for n := 1; n < 20; n++ {
		if at, ok := found[n]; ok {
			more = append(more, fmt.Sprintf("%d@%d", n, at))
		}
	}
	return strings.Join(same, " "), strings.Join(more, " ")
}

// TestNumbersOfLinux: where Linux numbers otherwise the layout says how, and
// Partition.Number is what sfdisk says.
func TestNumbersOfLinux(t *testing.T) {
	if _, err := exec.LookPath("sfdisk"); err != nil {
		t.Skip("SKIP-TOOL sfdisk: not installed")
	}
	differ := 0
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			path, dev := l.build(t).open(t)
			table, err := part.Read(dev)
			if err != nil {
				t.Fatal(err)
			}
			found := sfdisk(t, path)
			for _, p := range table.Partitions {
				if at := p.Range.Off / 512; p.NTNumber > 0 && !strings.Contains(l.linux, "-") && found[p.Number] != int(at) {
					t.Errorf("partition %d at %d; sfdisk %v", p.Number, at, found)
				}
			}
			want := l.linux
			if want == "" {
				for n := range strings.Fields(l.windows) {
					want += fmt.Sprintf(" %d", n+1)
				}
				want = strings.TrimSpace(want)
			}
			if l.linux != "" || l.extra != "" {
				differ++
			}
			if got, extra := l.linuxNumbers(found); got != want || extra != l.extra {
				t.Errorf("%s: Linux numbers %q and %q, want %q and %q", l.slots, got, extra, want, l.extra)
			}
		})
	}
	t.Logf("%d of %d layouts are numbered otherwise by Linux", differ, len(layouts))
}
