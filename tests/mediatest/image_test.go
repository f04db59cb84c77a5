package mediatest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/tests/tool"
)

// largest is what the default image may have: it has to fit where space is dear.
const largest = 28_000_000

// image is the default image with its manifest.
func image(t *testing.T) string {
	t.Helper()
	name := os.Getenv("BOOTMEND_ISO")
	if name == "" {
		name = filepath.Join(root(t), "out", "bootmend.iso")
	}
	if _, err := os.Stat(name); err != nil {
		t.Skipf("SKIP-ISO: %v (make iso)", err)
	}
	return name
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSize(t *testing.T) {
	info, err := os.Stat(image(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of %d", info.Size(), largest)
	if info.Size() > largest {
		t.Errorf("the image has %d bytes; it may have %d", info.Size(), largest)
	}
}

// readManifest returns the manifest beside the image.
func readManifest(t *testing.T, iso string) *manifest.Manifest {
	t.Helper()
	if _, err := os.Stat(iso + ".manifest.json"); err != nil {
		t.Skipf("SKIP-ISO: %v (make iso)", err)
	}
	return listOf(t, iso)
}

// listName is where the manifest of a medium is: of an image beside it, of a directory in
// it.
func listName(medium string) string {
	if info, err := os.Stat(medium); err == nil && info.IsDir() {
		return filepath.Join(medium, "manifest.json")
	}
	return medium + ".manifest.json"
}

// listOf returns the manifest of a medium.
func listOf(t *testing.T, medium string) *manifest.Manifest {
	t.Helper()
	text, err := os.ReadFile(listName(medium))
	if err != nil {
		t.Skipf("SKIP-ISO: %v (made by an earlier mkrescue?)", err)
	}
	m, err := manifest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sums are the SHA-256 of all regular files below dir, by path.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(dir, name)
		sum := sha256.Sum256(b)
		all[filepath.ToSlash(below)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestManifestIsTrue: foreign programs unpack the image, its EFI system partition and
// its initramfs; each file is in the manifest with its checksum, and nothing is in the
// manifest that is not there.
func TestManifestIsTrue(t *testing.T) {
	tool.Need(t, "xorriso", "zstd", "cpio", "mcopy")
	iso := image(t)
	m := readManifest(t, iso)
	dir := t.TempDir()
	disc, esp, ram := filepath.Join(dir, "disc"), filepath.Join(dir, "esp"), filepath.Join(dir, "ram")
	tool.Must(t, "xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/", disc)
	for _, d := range []string{esp, ram} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tool.Env{tool.Mtools}.Must(t, "mcopy", "-s", "-i", filepath.Join(disc, "boot/efi.img"), "::/", esp)
	unpackInitramfs(t, filepath.Join(disc, "boot/initrd.img"), ram)

	there := map[string]string{}
	add := func(prefix string, from map[string]string) {
		for name, sum := range from {
			there[prefix+name] = sum
		}
	}
	add("", sums(t, disc))
	add("boot/efi.img/", sums(t, esp))
	add("boot/initrd.img:", sums(t, ram))
	// The catalog is made with the image; the manifest has its own checksum in its last line;
	// ISOLINUX is listed without the table in it, which says where it lies.
	for _, made := range []string{"isolinux/boot.cat", ".disk/manifest.json"} {
		delete(there, made)
	}
	isolinux, err := os.ReadFile(filepath.Join(disc, "isolinux/isolinux.bin"))
	if err != nil {
		t.Fatal(err)
	}
	clear(isolinux[8:64])
	there["isolinux/isolinux.bin"] = fmt.Sprintf("%x", sha256.Sum256(isolinux))
	listed := 0
	for _, f := range m.Files() {
		inBundle := strings.Contains(f.Path, ":lib/modules/") && strings.HasSuffix(f.Path, ".ko")
		if inBundle || f.Path == "(boot record)" {
			continue
		}
		listed++
		switch sum, ok := there[f.Path]; {
		case !ok:
			t.Errorf("%s is listed and not there", f.Path)
		case sum != f.SHA256:
			t.Errorf("%s has another checksum", f.Path)
		}
		delete(there, f.Path)
	}
	for name := range there {
		t.Errorf("%s is there and not listed", name)
	}
	if listed < 50 {
		t.Errorf("only %d files are listed", listed)
	}
	if onDisc, err := os.ReadFile(filepath.Join(disc, ".disk/manifest.json")); err != nil {
		t.Error(err)
	} else if beside, err := os.ReadFile(iso + ".manifest.json"); err != nil || !bytes.Equal(onDisc, beside) {
		t.Errorf("the manifest on the medium is another than that beside it (%v)", err)
	}
	t.Logf("%d files, %d packages", listed, len(m.Packages()))
}

// unpackInitramfs unpacks both archives of the stream: one with device nodes only, and
// one with the rest. (Files may hold the words that end an archive.)
func unpackInitramfs(t *testing.T, initrd, dir string) {
	t.Helper()
	plain := filepath.Join(t.TempDir(), "plain.cpio")
	tool.Must(t, "zstd", "-dq", initrd, "-o", plain)
	b, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(b, []byte("TRAILER!!!"))
	at := bytes.Index(rest, []byte("070701"))
	if !ok || at < 0 {
		t.Fatal("no second archive")
	}
	if err := os.WriteFile(plain, rest[at:], 0o600); err != nil {
		t.Fatal(err)
	}
	tool.Must(t, "sh", "-c", `cd "$1" && cpio -idmu --quiet --no-absolute-filenames <"$2"`, "sh", dir, plain)
}
