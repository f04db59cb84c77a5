package builder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
)

// remaker makes a medium of an image with these bytes.
func remaker(t *testing.T) func(image []byte) ([]byte, error) {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.iso"), filepath.Join(dir, "out.iso")
	return func(image []byte) ([]byte, error) {
		t.Helper()
		if err := errors.Join(os.WriteFile(in, image, 0o600), os.RemoveAll(out)); err != nil {
			t.Fatal(err)
		}
		if _, err := ISO(Options{From: in, Out: out, Cache: dir}); err != nil {
			if _, e := os.Stat(out); e == nil {
				t.Errorf("an image in spite of %v", err)
			}
			return nil, err
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return got, nil
	}
}

// region is a part of an image, from and up to a byte. Of a proved one any other byte is
// named, the rest is made anew.
type region struct {
	name     string
	from, to int
	proved   bool
}

// regions are the parts of an image, as the README tells them.
func regions(t *testing.T, name string, image []byte) []region {
	t.Helper()
	const sector = 2048
	m, err := iso.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{iso.ESPFile: m.ESPImage}
	maps.Copy(files, m.Files)
	var all []region
	for path, content := range files {
		head := 0
		if path == "isolinux/isolinux.bin" {
			head = 64 // with the table, which is made anew
		}
		for at := 16 * sector; at < len(image); at += sector {
			if bytes.HasPrefix(image[at+head:], content[head:]) {
				all = append(all, region{path, at + head, at + len(content), true})
				break
			}
		}
	}
	if len(all) != len(files) {
		t.Fatalf("%d of %d files were found in the image", len(all), len(files))
	}
	slices.SortFunc(all, func(a, b region) int { return a.from - b.from })
	first, last, esp := all[0].from, all[len(all)-1].to, m.ESPImage
	start := bytes.Index(image, esp)
	fat := start + int(binary.LittleEndian.Uint16(esp[14:]))*512 // behind the reserved sectors
	length := int(binary.LittleEndian.Uint16(esp[22:])) * 512
	return append(all, region{"boot record", 0, 432, true}, region{"first FAT of the ESP", fat, fat + length, true},
		region{"second FAT of the ESP", fat + length, fat + 2*length, true}, region{"end of the ESP", start + len(esp) - 4096, start + len(esp), true},
		region{"partition table", 432, 512, false}, region{"rest of the first sector", 512, sector, false}, region{"chooser", sector, 2 * sector, false},
		region{"empty sectors", 2 * sector, 16 * sector, false}, region{"volume descriptor", 16 * sector, 17 * sector, false},
		region{"other descriptors", 17 * sector, 19 * sector, false}, region{"tables, directories", 19 * sector, first, false},
		region{"between files", first, last, false}, region{"end of the image", last, len(image), false})
}

// pick returns a byte of the region; of what is made anew one that is not proved for
// another reason, and for the most part one that is used.
func (r region) pick(random *rand.Rand, all []region, image []byte) int {
	for try := 0; ; try++ {
		at := r.from + random.IntN(r.to-r.from)
		proved := slices.ContainsFunc(all, func(r region) bool { return r.proved && r.from <= at && at < r.to })
		if r.proved || !proved && (image[at] != 0 || try > 3000) {
			return at
		}
	}
}

// TestFromDamaged: of an image in which a byte is another, or that was cut, either no
// medium is made, or the same as of the sound one; where the byte is of a file, of the
// partition that UEFI starts, of the boot record or of the manifest, the damage is named.
func TestFromDamaged(t *testing.T) {
	from := smallImage(t)
	sound, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	remake := remaker(t)
	want, err := remake(sound)
	if err != nil {
		t.Fatal(err)
	}
	const seed = 20261127
	random := rand.New(rand.NewPCG(seed, 0))
	all := regions(t, from, sound)
	total := 0
	for _, r := range all {
		flips := 5
		if !r.proved {
			flips = 20
		}
		if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
			flips *= 20
		}
		named, refused, same := 0, 0, 0
		for range flips {
			at := r.pick(random, all, sound)
			b := bytes.Clone(sound)
			b[at] ^= byte(1 + random.IntN(255))
			got, err := remake(b)
			switch {
			case errors.Is(err, ErrImageDamaged):
				named++
			case err != nil && !r.proved:
				refused++
			case err == nil && !r.proved && bytes.Equal(got, want):
				same++
			default:
				t.Errorf("seed %d: %s, byte %d: error %v, the same medium: %t", seed, r.name, at, err, bytes.Equal(got, want))
			}
		}
		total += flips
		t.Logf("%-25s %8d bytes: %2d named, %2d refused otherwise, %2d without effect", r.name, r.to-r.from, named, refused, same)
	}
	for range 12 {
		cut := random.IntN(len(sound))
		if got, err := remake(sound[:cut]); err == nil && !bytes.Equal(got, want) {
			t.Errorf("cut at %d: another medium, and no word", cut)
		}
	}
	t.Logf("seed %d: %d flips in %d regions", seed, total, len(all))
}

// TestFromProvesAll: what is taken over is in the manifest, and what is in the manifest is
// there: with files that the one does not know, or the other has not, no medium is made.
func TestFromProvesAll(t *testing.T) {
	from := smallImage(t)
	for what, change := range map[string]func(m *iso.Medium){
		"":                                func(*iso.Medium) {},
		"more.sys is not in the manifest": func(m *iso.Medium) { m.Files["drivers/a/more.sys"] = []byte("x") },
		"viostor.sys is missing":          func(m *iso.Medium) { delete(m.Files, "drivers/a/viostor.sys") },
		"was made at":                     func(m *iso.Medium) { m.Epoch = m.Epoch.AddDate(1, 0, 0) },
		"boot/efi.img has":                func(m *iso.Medium) { m.ESPImage = m.ESPImage[:len(m.ESPImage)-1] },
		bootRecord + " has 432":           func(m *iso.Medium) { m.MBRCode[431]++ },
	} {
		m, err := iso.Read(from)
		if err != nil {
			t.Fatal(err)
		}
		made, err := manifest.Parse(m.Files[iso.ManifestFile])
		if err != nil {
			t.Fatal(err)
		}
		change(m)
		if err := checkImage(m, made); what == "" && err != nil || what != "" && (!errors.Is(err, ErrImageDamaged) || !strings.Contains(err.Error(), what)) {
			t.Errorf("%q: %v", what, err)
		}
	}
}

// TestFromShortBootRecord: code that is shorter than its place is proved, and so is that
// nothing follows it.
func TestFromShortBootRecord(t *testing.T) {
	made := &manifest.Manifest{Created: time.Unix(1e9, 0)}
	m := &iso.Medium{Files: map[string][]byte{}, ESPImage: []byte("ESP"), MBRCode: make([]byte, 432), Epoch: made.Created}
	made.Add(iso.ESPFile, m.ESPImage, own())
	made.Add(bootRecord, []byte("code"), own())
	copy(m.MBRCode, "code")
	if err := checkImage(m, made); err != nil {
		t.Error(err)
	}
	for _, at := range []int{0, 4, 431} {
		m.MBRCode[at]++
		if err := checkImage(m, made); !errors.Is(err, ErrImageDamaged) {
			t.Errorf("byte %d: %v", at, err)
		}
		m.MBRCode[at]--
	}
}

// TestFromOlder: an image of an earlier mkrescue, whose manifest has no seal, is not
// called damaged.
func TestFromOlder(t *testing.T) {
	m, err := iso.Read(smallImage(t))
	if err != nil {
		t.Fatal(err)
	}
	m.Files[iso.ManifestFile] = []byte("{\"format\":1,\"created\":\"2026-01-01T00:00:00Z\",\n\"packages\":[],\n\"files\":[]}\n")
	old := filepath.Join(t.TempDir(), "old.iso")
	if err := iso.Write(old, *m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	_, err = ISO(Options{From: old, Out: old + ".2", Cache: t.TempDir()})
	if err == nil || errors.Is(err, ErrImageDamaged) || !strings.Contains(err.Error(), "build the image anew") {
		t.Errorf("an older image: %v", err)
	}
}

// TestFromStick: of the image of a stick the same medium is made as of the ISO that is on
// it; the partition that people write to is not taken over.
func TestFromStick(t *testing.T) {
	from := smallImage(t)
	remake := remaker(t)
	sound, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	want, err := remake(sound)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []Table{GPT, MBR} {
		out := filepath.Join(t.TempDir(), "stick.img")
		if _, err := USB(Options{From: from, Out: out, Cache: t.TempDir()}, Stick{DataSize: 34 << 20, Table: table}); err != nil {
			t.Fatal(err)
		}
		stick, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		stick[len(stick)-(8<<20)] ^= 1 // somebody's file
		if got, err := remake(stick); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v; want the same %d as of the ISO", table, len(got), err, len(want))
		}
	}
}
