package sourcetest

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestCollect: what the builder takes out of a path is what is in it, in every form.
func TestCollect(t *testing.T) {
	dir, files := vmscsi(t)
	for name, make := range makers(t) {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			if err := os.MkdirAll(filepath.Join(filepath.Dir(out), "cd"), 0o777); err != nil {
				t.Fatal(err)
			}
			set, err := drivers.Collect([]string{make(t, dir, out)})
			if err != nil {
				t.Fatal(err)
			}
			for want, b := range files {
				found := ""
				for path := range set.Files {
					if strings.EqualFold(filepath.Base(path), want) {
						found = path
					}
				}
				if found == "" || string(set.Files[found]) != string(b) || strings.Count(found, "/") > 7 {
					t.Errorf("%s: %q", want, found)
				}
			}
		})
	}
}

// TestCollectVirtio: the set, written to a folder, serves the same devices by the same
// packages as what it was made of.
func TestCollectVirtio(t *testing.T) {
	dir := untar(t, "virtio-win-0.1.240-storage-shared")
	set, err := drivers.Collect([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	again, err := drivers.Collect([]string{dir})
	if err != nil || !slices.Equal(sortedKeys(set.Files), sortedKeys(again.Files)) {
		t.Error("the same twice is not the same", err)
	}
	if len(set.Files) != 66 || set.Bytes < 1<<20 {
		t.Errorf("%d files, %d bytes", len(set.Files), set.Bytes)
	}
	to := t.TempDir()
	write(t, to, set.Files)
	before, after := source.Packages(media.Folder(dir), source.Options{}), source.Packages(media.Folder(to), source.Options{})
	ids := []string{`PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00`, `PCI\VEN_1AF4&DEV_1001`}
	for _, w := range windows() {
		a, _ := source.Best(before.Packages, ids, w)
		b, _ := source.Best(after.Packages, ids, w)
		if len(a) != len(b) {
			t.Errorf("%v: %d packages, were %d", w, len(b), len(a))
			continue
		}
		for i := range a {
			if !strings.HasSuffix(b[i].Package.Where, tail(a[i].Package.Where, 4)) || a[i].Rank != b[i].Rank {
				t.Errorf("%v: %s, was %s", w, b[i].Package.Where, a[i].Package.Where)
			}
		}
	}
}

func sortedKeys(m map[string][]byte) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// tail is the last n names of a path.
func tail(path string, n int) string {
	names := strings.Split(path, `\`)
	return strings.Join(names[max(0, len(names)-n):], `\`)
}

// TestCollectLeavesOut: packages of other devices, and such as lack their driver.
func TestCollectLeavesOut(t *testing.T) {
	dir, files := vmscsi(t)
	network := strings.NewReplacer("StartType=0", "StartType=3").Replace("[Version]\r\nSignature=\"$WINDOWS NT$\"\r\nClass=Net\r\nClassGUID={4d36e972-e325-11ce-bfc1-08002be10318}\r\nProvider=x\r\n" +
		"[Manufacturer]\r\nx=x\r\n[x]\r\nx=x.install,PCI\\VEN_1234&DEV_5678\r\n[x.install.NT]\r\nCopyFiles=@net.sys\r\n[x.install.NT.Services]\r\nAddService=net,2,svc\r\n" +
		"[svc]\r\nServiceType=1\r\nStartType=0\r\nErrorControl=1\r\nServiceBinary=%12%\\net.sys\r\n[SourceDisksNames]\r\n1=x\r\n[SourceDisksFiles]\r\nnet.sys=1\r\n[DestinationDirs]\r\nDefaultDestDir=12\r\n")
	all := map[string][]byte{"net/net.inf": []byte(network), "net/net.sys": driver(0x14c, xp(1)), "broken/vmscsi.inf": files["vmscsi.inf"], "autorun.inf": []byte("[autorun]\r\nopen=x.exe\r\n")}
	both := t.TempDir()
	write(t, both, all)
	if _, err := drivers.Collect([]string{both}); !errors.Is(err, drivers.ErrNoPackage) || !strings.Contains(err.Error(), both) {
		t.Errorf("without a package: %v", err)
	}
	for name, b := range files {
		write(t, both, map[string][]byte{"good/" + name: b})
	}
	set, err := drivers.Collect([]string{both, dir})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]string{}
	for _, p := range set.Packages {
		if p.LeftOut != "" {
			left[p.Where] = p.LeftOut
		}
	}
	if !strings.Contains(left[`\net\net.inf`], "no driver that Windows needs") || !strings.Contains(left[`\broken\vmscsi.inf`], "vmscsi.sys") || len(left) != 2 {
		t.Errorf("left out: %q", left)
	}
	for name := range set.Files {
		if strings.Contains(name, "net.") || strings.Contains(name, "broken") {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := drivers.Collect([]string{filepath.Join(both, "nothing")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
	big := t.TempDir()
	write(t, big, files)
	if err := os.Truncate(filepath.Join(big, "vmscsi.sys"), drivers.MaxBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := drivers.Collect([]string{big}); !errors.Is(err, drivers.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// rescueDisk is the start of a disk with the rescue image, and nothing of its files.
func rescueDisk() []byte {
	b := make([]byte, 1<<20)
	b[0x1BE], b[0x1BE+12] = 0x80, 1
	copy(b[16*2048:], "\x01CD001\x01")
	copy(b[16*2048+40:], media.Label)
	return b
}

// TestAttached: floppy, CD, stick and USB disk are looked into, other disks are not unless
// they hold the rescue image, and drives without medium are empty.
func TestAttached(t *testing.T) {
	tool.Need(t, "genisoimage", "mcopy")
	dir, _ := vmscsi(t)
	root := t.TempDir()
	sys, dev := filepath.Join(root, "sys"), filepath.Join(root, "dev")
	write(t, root, map[string][]byte{
		"sys/block/sr0/size": []byte("1\n"), "sys/block/fd0/size": []byte("8\n"), "sys/block/sr1/size": []byte("2097151\n"),
		"sys/block/sda/size": []byte("100\n"), "sys/block/sda/removable": []byte("0\n"),
		"sys/block/sdb/size": []byte("100\n"), "sys/block/sdb/removable": []byte("1\n"),
		"sys/block/sdd/size": []byte("0\n"), "sys/block/sdd/removable": []byte("1\n"),
		"sys/block/loop0/size": []byte("9\n"), "sys/block/vda/size": []byte("100\n"), "sys/block/vdb/size": []byte("100\n"), "sys/devices/pci0/usb1/1-1/sdc/size": []byte("100\n"), "sys/devices/pci0/usb1/1-1/sdc/removable": []byte("0\n"),
		"dev/sr1": nil, "dev/sdb": make([]byte, 1<<20), "dev/vda": make([]byte, 1<<20), "dev/vdb": rescueDisk(),
	})
	if err := os.Symlink("../devices/pci0/usb1/1-1/sdc", filepath.Join(sys, "block", "sdc")); err != nil {
		t.Fatal(err)
	}
	tool.Must(t, "genisoimage", "-quiet", "-J", "-o", filepath.Join(dev, "sr0"), filepath.Dir(dir))
	for _, name := range []string{"fd0", "sdc"} {
		b, err := os.ReadFile(makers(t)["floppy"](t, dir, ""))
		if err != nil {
			t.Fatal(err)
		}
		write(t, dev, map[string][]byte{name: b})
	}
	var got []string
	for _, tree := range media.Attached(sys, dev) {
		list := source.Packages(tree, source.Options{})
		got = append(got, filepath.Base(tree.Name())+" "+strings.Repeat("p", len(list.Packages))+strings.Repeat("!", len(list.Problems)))
	}
	// The one without a file behind it cannot be opened, the last has no directory.
	if want := []string{"fd0 ppp", "sr0 ppp", "sr1 !", "sdb ", "sdc ppp", "vdb !"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
