package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestBootFileFromMedium: the file of a boot driver of which the disk has no copy
// comes from a folder with the set-up files of the same Windows, and not from one
// of another version.
func TestBootFileFromMedium(t *testing.T) {
	t.Parallel()
	const file = `\WINDOWS\system32\drivers\mup.sys`
	sound := guests.MustLoad(t, "winxp-x86")
	g := sound.Without(file)
	machine := g.Healthy[0].Machine
	driver := func(of *guests.Guest) []byte {
		n, e := of.Find(0, file)
		volume := oracle.Volume(t, of.Build(t), of.Partition(n))
		data, err := oracle.NTFSFile(volume, e.Path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	medium := func(content []byte) string {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "i386"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "i386", "mup.sys"), content, 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	image := g.Build(t)
	before := hash(t, image)
	n, e := sound.Find(0, file)
	other := *e
	other.Version = "5.2.3790.3959"
	for _, drivers := range [][]string{nil, {"--drivers", medium(driver(sound.With(n, other)))}} {
		d := want(t, command.ExitPerson, append([]string{"repair", "--yes", "--machine", machine, image}, drivers...)...)
		untouched(t, image, before, "repair")
		if f := d.find("boot-driver-file-missing"); len(f) != 1 || f[0].Fixable || f[0].Advice == "" {
			t.Errorf("want boot-driver-file-missing, with advice:\n%s", d.ids())
		}
	}
	content := driver(sound)
	want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image, "--drivers", medium(content))
	volume := oracle.Volume(t, image, g.Partition(n))
	data, err := oracle.NTFSFile(volume, "/WINDOWS/system32/drivers/Mup.sys") // as the service is called
	if err != nil || string(data) != string(content) {
		t.Errorf("mup.sys has %d bytes, %v", len(data), err)
	}
	want(t, command.ExitOK, "scan", "--machine", machine, image)
	want(t, command.ExitOK, "undo", "--yes", image)
	if len(changedFiles(treeOf(t, g, g.Build(t)), treeOf(t, g, image))) > 0 {
		t.Error("taken back, the volume is another")
	}
}

// TestFastfatIsLoaded: NTLDR loads fastfat.sys where Windows lies on FAT, though its
// service has Start 4; and not ntfs.sys.
func TestFastfatIsLoaded(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	p := g.Partition(1)
	p.FS, p.Type = "vfat", "0c"
	machine := g.Healthy[0].Machine
	const root = `\WINDOWS`
	for driver, code := range map[string]int{"fastfat.sys": command.ExitPerson, "ntfs.sys": command.ExitOK} {
		image := g.Without(root + `\system32\drivers\` + driver).Build(t)
		d := want(t, code, "scan", "--machine", machine, image)
		if f := d.find("boot-driver-file-missing"); len(f) > 0 != (code != command.ExitOK) {
			t.Errorf("without %s: %s", driver, d.ids())
		}
	}
}
