package modules

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// module returns an ELF file that has only what a module index needs: a section
// .modinfo with these entries.
func module(t *testing.T, entries ...string) []byte {
	t.Helper()
	info := strings.Join(entries, "\x00") + "\x00"
	names := "\x00.modinfo\x00.shstrtab\x00"
	const header, section = 64, 64
	h := elf.Header64{Ident: [16]byte{0x7F, 'E', 'L', 'F', 2, 1, 1}, Type: 1, Machine: 62, Version: 1,
		Shoff: uint64(header + len(info) + len(names)), Ehsize: header, Shentsize: section, Shnum: 3, Shstrndx: 2}
	var b bytes.Buffer
	for _, part := range []any{h, []byte(info), []byte(names), elf.Section64{},
		elf.Section64{Name: 1, Type: 1, Off: header, Size: uint64(len(info))},
		elf.Section64{Name: 10, Type: 3, Off: header + uint64(len(info)), Size: uint64(len(names))}} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func testTree(t *testing.T) fstest.MapFS {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	file := func(entries ...string) *fstest.MapFile { return &fstest.MapFile{Data: module(t, entries...)} }
	compressed := file("depends=", "alias=fs-x", "name=x")
	compressed.Data = z.EncodeAll(compressed.Data, nil)
	return fstest.MapFS{
		"modules.builtin":                           {Data: []byte("kernel/drivers/input/keyboard/atkbd.ko\n")},
		"kernel/drivers/ata/ahci.ko":                file("alias=pci:v*d*bc01sc06i01*", "depends=libahci,libata", "name=ahci"),
		"kernel/drivers/ata/libahci.ko":             file("depends=libata"),
		"kernel/drivers/ata/libata.ko":              file("depends=scsi-mod"),
		"kernel/drivers/scsi/scsi_mod.ko":           file("depends=", "softdep=pre: x"),
		"kernel/drivers/ata/pata_pcmcia.ko":         file("depends=pcmcia"),
		"kernel/drivers/net/e1000.ko":               file("depends="),
		"kernel/drivers/usb/storage/usb-storage.ko": file("depends=scsi_mod"),
		"kernel/fs/x/x.ko.zst":                      compressed,
	}
}

func TestChoose(t *testing.T) {
	l, err := ParseList("# comment\ndrivers/ata/*\n-pata_pcmcia # not this\nusb-storage\natkbd\nnothere?\n")
	if err != nil {
		t.Fatal(err)
	}
	// One tree, and the same split over two packages.
	whole := testTree(t)
	extra := fstest.MapFS{}
	split := testTree(t)
	for name := range whole {
		if strings.Contains(name, "/usb/") || strings.Contains(name, "/fs/") {
			extra[name] = whole[name]
			delete(split, name)
		}
	}
	for _, trees := range [][]fs.FS{{whole}, {split, extra}} {
		s, err := Choose(trees, l)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"kernel/drivers/ata/ahci.ko", "kernel/drivers/ata/libahci.ko", "kernel/drivers/ata/libata.ko",
			"kernel/drivers/scsi/scsi_mod.ko", "kernel/drivers/usb/storage/usb-storage.ko", "kernel/fs/x/x.ko"}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(s.Files))); diff != "" {
			t.Error(diff)
		}
		if !bytes.Equal(s.Files["kernel/fs/x/x.ko"], module(t, "depends=", "alias=fs-x", "name=x")) {
			t.Error("the compressed module was not unpacked")
		}
		var order []string
		loader := &kmod.Loader{Index: s.Index, Insert: func(f string) error { order = append(order, string(kmod.NameOf(f))); return nil }}
		for _, name := range s.Index.Match("pci:v00008086d00002922bc01sc06i01") {
			if err := loader.Load(name); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff([]string{"x", "scsi_mod", "libata", "libahci", "ahci"}, order); diff != "" {
			t.Error(diff)
		}
		if s.Size() == 0 {
			t.Error("Size = 0")
		}
	}
}

func TestChooseErrors(t *testing.T) {
	for _, tt := range []struct {
		name, list, want string
		damage           func(fstest.MapFS)
	}{
		{"missing", "ahci\nnothere\ndrivers/nosuch/*", "drivers/nosuch/*, nothere", func(fstest.MapFS) {}},
		{"not ELF", "ahci", "ahci.ko", func(m fstest.MapFS) { m["kernel/drivers/ata/ahci.ko"].Data = []byte("text") }},
		{"no tree", "ahci", "module tree", func(m fstest.MapFS) { clear(m) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := ParseList(tt.list)
			if err != nil {
				t.Fatal(err)
			}
			m := testTree(t)
			tt.damage(m)
			_, err = Choose([]fs.FS{m}, l)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Choose = %v; want an error with %q", err, tt.want)
			}
			if tt.name == "missing" && !errors.Is(err, ErrMissing) {
				t.Errorf("Choose = %v; want ErrMissing", err)
			}
		})
	}
}

// TestChooseAsked: what a person asks for must have an effect, or be told; what the
// default list leaves out need not be there.
func TestChooseAsked(t *testing.T) {
	base, err := ParseList("ahci\n-nothere")
	if err != nil {
		t.Fatal(err)
	}
	for line, says := range map[string]string{
		"e1000": "", "-ahci": "", "e1000e?": "", "-floppy?": "", "drivers/net/*": "", "atkbd": "",
		"e1000e": "e1000e (there are e1000)", "-libata": "ahci, libahci need it", "-usb_storag": "-usb_storag (there are usb_storage)", "-nosuch": "-nosuch", "drivers/nett/*": "drivers/nett/*",
		"-drivers/nett/*": "-drivers/nett/*", "-atkbd": "a part of the kernel itself",
	} {
		l, err := base.With(line)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Choose([]fs.FS{testTree(t)}, l)
		if says == "" && err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if line == "-libata" {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v; want an error with %q", line, err, says)
			}
			continue
		}
		if says != "" && (!errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v; want %v with %q", line, err, ErrMissing, says)
		}
	}
}

func TestDefaultList(t *testing.T) {
	l, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	names := map[kmod.Name]bool{}
	for _, e := range l.wanted {
		names[e.name] = true
	}
	// What the machine profiles need.
	for _, name := range []kmod.Name{"ata_piix", "ahci", "nvme", "virtio_blk", "virtio_scsi", "BusLogic", "mptspi", "mptsas",
		"vmw_pvscsi", "hv_storvsc", "xen_blkfront", "usb_storage", "uas", "usbhid", "isofs", "vfat", "fuse"} {
		if !names[name] {
			t.Errorf("%s is not in the list", name)
		}
	}
	for _, bad := range []string{"two words", "-", "drivers/[", "?"} {
		if _, err := ParseList(bad); err == nil {
			t.Errorf("ParseList(%q) gave no error", bad)
		}
	}
}

func FuzzParseList(f *testing.F) {
	f.Add("a\n-b?\nc/*/[d]\n# e")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseList(text)
		if err == nil && len(l.wanted) > strings.Count(text, "\n")+1 {
			t.Errorf("%d entries from %q", len(l.wanted), text)
		}
	})
}

func FuzzModinfo(f *testing.F) {
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, ko []byte) {
		_ = addModinfo(kmod.NewIndex(), "m", "m.ko", ko)
	})
}
