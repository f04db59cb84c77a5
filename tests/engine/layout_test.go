package engine

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// smallWindows is a Windows 7 on a volume that is quick to fill.
const smallWindows = `
disk size=100M table=mbr signature=5ac9e1c0
partition 1 type=07 start=2048 size=64M active fs=ntfs label=Windows
tree nt6-bios arch=x64 version=6.1.7601.17514
tree nt6-windows arch=x64 version=6.1.7601.17514
tree nt60-ahci arch=x64 version=6.1.7601.17514
hive \Windows\System32\config\SYSTEM nt6-system HKEY_LOCAL_MACHINE\SYSTEM 1.5
hive \Windows\System32\config\SOFTWARE win7-software HKEY_LOCAL_MACHINE\SOFTWARE 1.5
`

// scatter writes the file $1 anew on a volume that is full but for single
// clusters, so that no two of its clusters are neighbours. What filled the
// volume goes away afterwards.
const scatter = `
	copy=$(mktemp); cp "$1" "$copy"; rm "$1"
	n=$(( ($(stat -c %s "$copy") + 4095) / 4096 ))
	mkdir filler
	i=0; while [ $i -lt $((3*n)) ]; do head -c 4096 "$copy" > filler/$i; i=$((i+1)); done
	cat /dev/zero > filler/rest 2> /dev/null || true
	i=0; while [ $i -lt $((3*n)) ]; do rm filler/$i; i=$((i+2)); done
	cp "$copy" "$1"; cmp "$copy" "$1"; rm -r "$copy" filler`

// TestScatteredHive: a hive in hundreds of pieces, whose list of runs does not
// fit into one MFT record. Hives of machines that have been used for years are
// like this.
func TestScatteredHive(t *testing.T) {
	t.Parallel()
	g, err := guests.Parse("small-windows", smallWindows)
	if err != nil {
		t.Fatal(err)
	}
	_, e := g.SystemHive()
	var bulk strings.Builder
	data := strings.TrimSuffix(strings.Repeat("5a,", 12_000), ",")
	for i := range 100 {
		fmt.Fprintf(&bulk, "[%s\\ControlSet001\\Enum\\Root\\Bulk%03d]\n\"Data\"=hex:%s\n\n", e.Prefix, i, data)
	}
	g = g.WithReg(e.Path, bulk.String())
	p := patient{image: g.Build(t), guest: g, machine: "qemu-q35", controller: "8086:2922",
		drivers: []string{"msahci"}, sets: []string{"ControlSet001", "ControlSet002"}}
	file := strings.ReplaceAll(e.Path[1:], `\`, "/")
	if err := damage.InNTFS(p.image, *g.Partition(1), scatter, file); err != nil {
		t.Fatal(err)
	}
	if runs := countRuns(t, p.volume(t), file); runs < 200 {
		t.Fatalf("the hive lies in %d pieces; want hundreds", runs)
	}
	treat(t, p)
}

// countRuns asks ntfsinfo in how many pieces the file lies.
func countRuns(t *testing.T, volume, file string) int {
	t.Helper()
	out, err := exec.Command("ntfsinfo", "-f", "-v", "-F", "/"+file, volume).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(out), "Total runs:")
	var runs int
	if _, err := fmt.Sscan(rest, &runs); err != nil {
		t.Fatalf("ntfsinfo says nothing of runs:\n%.2000s", out)
	}
	return runs
}
