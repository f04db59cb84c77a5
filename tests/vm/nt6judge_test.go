package vm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

// starts is what every repaired disk of Vista and later has to fulfil, as foreign
// tools see it: partition table and file systems whole; the store on the partition
// that starts names the partitions by what they are now, and the loader that it
// names is there; the disk has the identity of the guest.
func starts(t *testing.T, image string, g *guests.Guest, system int) {
	t.Helper()
	table := oracle.MBR
	if g.GPT {
		table = oracle.GPT
	}
	if err := table(image); err != nil {
		t.Error(err)
	}
	if id := identity(t, image); !strings.EqualFold(id, g.ID) {
		t.Errorf("the disk is %s; want %s", id, g.ID)
	}
	for i := range g.Parts {
		if p := &g.Parts[i]; p.FS != "" {
			structure(t, p, oracle.Volume(t, image, p))
		}
	}
	s := readStore(t, image, g, system)
	windows, _ := g.SystemHive()
	boot, current := s.element(guests.BootManager, "11000001"), s.word(guests.BootManager, "23000003")
	if want := g.Device(system); boot != want {
		t.Errorf("the boot manager's device is %s; want %s", boot, want)
	}
	for _, number := range []string{"11000001", "21000001"} {
		if data, want := s.element(current, number), g.Device(windows); data != want {
			t.Errorf("element %s of the default entry is %s; want %s", number, data, want)
		}
	}
	volume := oracle.Volume(t, image, g.Partition(windows))
	loader, ext := s.word(current, "12000002"), ".exe"
	if g.GPT {
		ext = ".efi"
	}
	if !strings.EqualFold(loader, `\Windows\system32\winload`+ext) {
		t.Errorf("the default entry starts %s", loader)
	}
	if data, err := oracle.NTFSFile(volume, `\Windows\System32\winload`+ext); err != nil || !strings.HasPrefix(string(data), "MZ") {
		t.Errorf("winload%s: %d bytes, %v", ext, len(data), err)
	}
}

// structure judges a file system.
func structure(t *testing.T, p *guests.Partition, volume string) {
	t.Helper()
	check := oracle.FATStructure
	if p.FS == "ntfs" {
		check = oracle.NTFSStructure
	}
	if err := check(volume); err != nil {
		t.Errorf("partition %d: %v", p.Number, err)
	}
}

// identity is the disk signature or GUID, as sfdisk reads it.
func identity(t *testing.T, image string) string {
	t.Helper()
	out, err := tool.Run("sfdisk", "--disk-id", image)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "0x")
}

// reader is a foreign tool that reads a file of a volume.
type reader func(volume, path string) ([]byte, error)

func readerOf(p *guests.Partition) reader {
	if p.FS == "ntfs" {
		return oracle.NTFSFile
	}
	return oracle.FATFile
}

// copyOf fails unless the file on the system partition is the Windows' own copy of it.
func copyOf(t *testing.T, image string, g *guests.Guest, system int, path, own string) {
	t.Helper()
	n, _ := g.SystemHive()
	want, err := oracle.NTFSFile(oracle.Volume(t, image, g.Partition(n)), own)
	if err != nil || len(want) == 0 {
		t.Fatalf("%s: %d bytes, %v", own, len(want), err)
	}
	p := g.Partition(system)
	if data, err := readerOf(p)(oracle.Volume(t, image, p), path); err != nil || string(data) != string(want) {
		t.Errorf("%s: %d bytes, %v; want the %d of %s", path, len(data), err, len(want), own)
	}
}

// foreignStore is a BCD store as hivexregedit prints it: data by key and value.
type foreignStore map[string]string

func readStore(t *testing.T, image string, g *guests.Guest, system int) foreignStore {
	t.Helper()
	p := g.Partition(system)
	data, err := readerOf(p)(oracle.Volume(t, image, p), g.StorePath())
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	s := foreignStore{}
	for _, l := range lines {
		if key, data, ok := strings.Cut(l, `\"Element"=`); ok {
			s[strings.ToLower(key)] = data
		}
	}
	return s
}

// element is the data of an element as .reg text, "" for none.
func (s foreignStore) element(object, number string) string {
	return strings.Replace(s[strings.ToLower(fmt.Sprintf(`\Objects\%s\Elements\%s`, object, number))], "hex(3):", "hex:", 1)
}

// word is a string element.
func (s foreignStore) word(object, number string) string {
	data := s.element(object, number)
	if !strings.HasPrefix(data, "hex(1):") {
		return strings.ReplaceAll(strings.Trim(strings.TrimPrefix(data, "str(1):"), `"`), `\\`, `\`)
	}
	var b strings.Builder
	for i, h := range strings.Split(strings.TrimPrefix(data, "hex(1):"), ",") {
		var c byte
		if fmt.Sscanf(h, "%02x", &c); i%2 == 0 && c != 0 {
			b.WriteByte(c)
		}
	}
	return b.String()
}
