package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
)

// Each boot.ini of the collection is put onto a disk on which it is right, and
// then onto one with a partition more before that of Windows.

// arcPath reads what an ARC path says; tests read it by their own means.
var arcPath = regexp.MustCompile(`(?i)(multi|signature)\(([0-9a-f]+)\)disk\(\d+\)rdisk\(\d+\)partition\((\d+)\)\\(\S+)`)

// sampleDisk is a disk with Windows where the path says.
func sampleDisk(t *testing.T, ini []byte, path string, shift int) *guests.Guest {
	t.Helper()
	m := arcPath.FindStringSubmatch(path)
	if m == nil {
		t.Fatalf("no ARC path in %q", path)
	}
	number, _ := strconv.Atoi(m[3])
	number += shift
	root, id := `\`+strings.TrimSpace(m[4]), "5ac9e1d0"
	d := strings.Builder{}
	loader := func() {
		d.WriteString("tree nt5-loader version=5.1.2600.5512\ntext \\boot.ini\n| x\n")
		if strings.EqualFold(m[1], "signature") {
			d.WriteString("pe \\ntbootdd.sys x86 5.1.2600.0\n")
		}
	}
	if strings.EqualFold(m[1], "signature") {
		id = m[2]
	}
	fmt.Fprintf(&d, "disk size=600M table=mbr signature=%s\n", id)
	start := 63
	for n := 1; n < number; n++ {
		fmt.Fprintf(&d, "partition %d type=06 start=%d size=20M%s fs=fat16 label=P%d\n", n, start, map[bool]string{true: " active"}[n == 1], n)
		if n == 1 {
			loader()
		}
		start += 20 << 11
	}
	fmt.Fprintf(&d, "partition %d type=07 start=%d size=300M%s fs=ntfs label=XP\n", number, start, map[bool]string{true: " active"}[number == 1])
	if number == 1 {
		loader()
	}
	fmt.Fprintf(&d, "tree nt5-windows root=%s arch=x86 version=5.1.2600.5512\n", root)
	for _, file := range regexp.MustCompile(`(?i)/(?:kernel|hal)=(\S+)`).FindAllStringSubmatch(string(ini), -1) {
		fmt.Fprintf(&d, "pe %s\\system32\\%s x86 5.1.2600.5512\n", root, file[1])
	}
	fmt.Fprintf(&d, "hive %s\\system32\\config\\system nt5-system HKEY_LOCAL_MACHINE\\SYSTEM 1.5\n", root)
	fmt.Fprintf(&d, "hive %s\\system32\\config\\software winxp-software HKEY_LOCAL_MACHINE\\SOFTWARE 1.5\n", root)
	g, err := guests.Parse("sample", d.String())
	if err != nil {
		t.Fatal(err)
	}
	// The letter of the Windows volume, as its hive has it.
	n, hive := g.Find(0, root+`\system32\config\system`)
	at := uint64(g.Partition(n).Start)
	sig, _ := strconv.ParseUint(id, 16, 32)
	bytes := make([]string, 12)
	for i := range bytes {
		b := byte(sig >> (8 * i))
		if i >= 4 {
			b = byte(at >> (8 * (i - 4)))
		}
		bytes[i] = fmt.Sprintf("%02x", b)
	}
	g = g.WithReg(hive.Path, fmt.Sprintf("[HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices]\n\"\\\\DosDevices\\\\C:\"=hex:%s\n", strings.Join(bytes, ",")))
	return g.With(1, guests.Entry{Kind: guests.File, Path: `\boot.ini`, Data: ini})
}

func TestBootINISamples(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(realdata.Dir(t), "text", "bootini")
	list, _ := filepath.Glob(filepath.Join(dir, "*.ini"))
	if len(list) == 0 {
		t.Skip("SKIP-REALDATA text/bootini: collection of real data not present")
	}
	const machine = "pci:1095:0640"
	for i, path := range list {
		if i%3 != 0 && !strings.Contains(path, "13-broken") && !campaign() {
			continue
		}
		ini, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		chosen := regexp.MustCompile(`(?im)^default=(.*?)\s*$`).FindStringSubmatch(string(ini))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(name, "13-broken") {
				brokenSample(t, ini)
				return
			}
			staysHealthy(t, sampleDisk(t, ini, chosen[1], 0).Build(t), machine)
		})
		t.Run(name+", a partition before", func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(name, "13-broken") || strings.HasPrefix(chosen[1], "signature") {
				t.Skip("not a multi() path that was right")
			}
			g := sampleDisk(t, ini, chosen[1], 1)
			image := g.Build(t)
			d := want(t, command.ExitRepairable, "scan", "--machine", machine, image)
			if len(d.find("bootini-wrong-partition")) != 1 || len(d.Findings) != 1 {
				t.Fatalf("findings:\n%s", d.ids())
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
			got, err := readFile(t, image, g.Partition(1), `\boot.ini`)
			if err != nil {
				t.Fatal(err)
			}
			checkOnlyNumbers(t, string(ini), string(got), chosen[1])
			want(t, command.ExitOK, "scan", "--machine", machine, image)
		})
	}
	t.Logf("%d samples", len(list))
}

// checkOnlyNumbers: wherever the path stood the number of its partition is one
// more, and every other byte is what it was; another entry may have been the one
// that was meant.
func checkOnlyNumbers(t *testing.T, before, after, path string) {
	t.Helper()
	m := arcPath.FindStringSubmatch(path)
	n, _ := strconv.Atoi(m[3])
	moved := strings.Replace(path, fmt.Sprintf("partition(%d)", n), fmt.Sprintf("partition(%d)", n+1), 1)
	if after == strings.ReplaceAll(before, path, moved) {
		return
	}
	mask := regexp.MustCompile(`partition\(\d+\)`)
	if mask.ReplaceAllString(before, "") != mask.ReplaceAllString(after, "") || !strings.Contains(after, "default="+moved) {
		t.Errorf("before:\n%q\nafter:\n%q", before, after)
	}
}

// brokenSample names in default= a folder that no entry has. Whichever of the two
// is there, Windows starts by itself afterwards.
func brokenSample(t *testing.T, ini []byte) {
	for _, path := range arcPath.FindAllString(string(ini), -1) {
		path, _, _ = strings.Cut(path, "=")
		g := sampleDisk(t, ini, path, 0)
		image := g.Build(t)
		d := want(t, command.ExitRepairable, "scan", "--machine", "pci:1095:0640", image)
		if len(d.find("bootini-wrong-partition")) != 1 {
			t.Fatalf("%s: findings:\n%s", path, d.ids())
		}
		want(t, command.ExitOK, "repair", "--yes", "--machine", "pci:1095:0640", image)
		got, err := readFile(t, image, g.Partition(1), `\boot.ini`)
		if err != nil || !strings.Contains(string(got), "default="+path+"\r\n") || strings.Count(string(got), path) < 2 {
			t.Errorf("%s: boot.ini is %q, %v", path, got, err)
		}
		want(t, command.ExitOK, "scan", "--machine", "pci:1095:0640", image)
	}
}
