package builder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/media"
)

// floppyOf has size and label of a floppy of 1,440 KiB.
func floppyOf(label string) string {
	b := make([]byte, 1_474_560)
	copy(b[43:], fmt.Sprintf("%-11s", label))
	return string(b)
}

// TestCheckOutput: every place that will be written is looked at, those that nobody named,
// too.
func TestCheckOutput(t *testing.T) {
	list, sbom := "."+ManifestName, "."+SBOMName
	for name, tt := range map[string]struct {
		p    Product
		out  string
		is   map[string]string // what is there: a text, or "folder", "link", "pipe"
		says string
	}{
		"nothing there":       {p: ImageWithLists, out: "x.iso"},
		"older image":         {p: ImageWithLists, out: "x.iso", is: map[string]string{"x.iso": "i", "x.iso" + list: `{"files":[]}`, "x.iso" + sbom: `{"spdxVersion":"SPDX-2.3"}`}},
		"list of a person":    {p: ImageWithLists, out: "x.iso", is: map[string]string{"x.iso" + list: "my notes"}, says: "x.iso" + list + " would be written, and the file that is there is not a list"},
		"JSON of a person":    {p: ImageWithLists, out: "x.iso", is: map[string]string{"x.iso" + sbom: `{"a":1}`}, says: "is not a list"},
		"list is a folder":    {p: ImageWithLists, out: "x.iso", is: map[string]string{"x.iso" + list: "folder"}, says: "x.iso" + list + " would be written, and is no file but a folder"},
		"SBOM is a link":      {p: ImageWithLists, out: "x.iso", is: map[string]string{"x.iso" + sbom: "link"}, says: "but a symbolic link"},
		"list is a pipe":      {p: ImageWithLists, out: "x.iso", is: map[string]string{"x.iso" + list: "pipe"}, says: "but a device or pipe"},
		"no lists":            {p: ImageAlone, out: "x.img", is: map[string]string{"x.img" + list: "folder"}},
		"slash":               {p: ImageWithLists, out: "new/", says: "names a folder"},
		"slash, floppy":       {p: ImageAlone, out: "new/", says: "names a folder"},
		"netboot, slash":      {p: NetbootDir, out: "net/"},
		"netboot is there":    {p: NetbootDir, out: "net/", is: map[string]string{"net": "folder"}},
		"netboot, link":       {p: NetbootDir, out: "net", is: map[string]string{"net": "link"}, says: "symbolic link"},
		"netboot, link/":      {p: NetbootDir, out: "net/", is: map[string]string{"net": "link"}, says: "symbolic link"},
		"netboot, link/.":     {p: NetbootDir, out: "net/.", is: map[string]string{"net": "link"}, says: "symbolic link"},
		"set":                 {p: ImageSet, out: "x.img", is: map[string]string{"x-1.img": floppyOf(media.Label), "x-2.img": floppyOf(media.Label)}},
		"a driver floppy":     {p: ImageSet, out: "x.img", is: map[string]string{"x-1.img": floppyOf(driverLabel)}, says: "x-1.img would be written, and the file that is there is not a floppy of an older set"},
		"set, no extension":   {p: ImageSet, out: "x", is: map[string]string{"x-2": "folder"}, says: "x-2 would be written"},
		"first is a photo":    {p: ImageSet, out: "photo.img", is: map[string]string{"photo-1.img": "jpeg"}, says: "photo-1.img would be written, and the file that is there is not a floppy"},
		"second is a photo":   {p: ImageSet, out: "photo.img", is: map[string]string{"photo-2.img": strings.Repeat("f", 2_949_120)}, says: "photo-2.img"},
		"first is a link":     {p: ImageSet, out: "x.img", is: map[string]string{"x-1.img": "link"}, says: "symbolic link"},
		"second is a folder":  {p: ImageSet, out: "x.img", is: map[string]string{"x-2.img": "folder"}, says: "a folder"},
		"list of a set":       {p: ImageSet, out: "x.img", is: map[string]string{"x.img" + sbom: "folder"}, says: "a folder"},
		"other image's place": {p: ImageWithLists, out: "x.img", is: map[string]string{"x-1.img": "photo"}},
	} {
		t.Chdir(t.TempDir())
		for path, what := range tt.is {
			var err error
			switch what {
			case "folder":
				err = os.Mkdir(path, 0o755)
			case "link":
				err = errors.Join(os.Mkdir("elsewhere", 0o755), os.Symlink("elsewhere", path))
			case "pipe":
				err = unix.Mkfifo(path, 0o600)
			default:
				err = os.WriteFile(path, []byte(what), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		before, _ := os.ReadDir(".")
		if err := CheckOutput(tt.p, tt.out); (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want an error with %q", name, err, tt.says)
		}
		if after, _ := os.ReadDir("."); len(after) != len(before) {
			t.Errorf("%s: left lying about: %v", name, after)
		}
	}
}

// TestOutputsFirst: the builder looks at all places before it begins anything.
func TestOutputsFirst(t *testing.T) {
	driver := put(t, filepath.Join(t.TempDir(), "scsiport.sys"), []byte("driver"))
	for name, tt := range map[string]struct {
		taken string
		make  func(Options) error
	}{
		"iso":    {"x.img." + ManifestName, func(o Options) error { _, err := ISO(o); return err }},
		"lite":   {"x.img." + SBOMName, func(o Options) error { _, err := LiteISO(o); return err }},
		"usb":    {"x.img." + SBOMName, func(o Options) error { _, err := USB(o, Stick{DataSize: 34 << 20}); return err }},
		"floppy": {"x.img." + ManifestName, func(o Options) error { _, err := SelfContainedFloppy(o); return err }},
		"set":    {"x-2.img", func(o Options) error { _, err := FloppySet(o); return err }},
		"start":  {"x.img." + ManifestName, func(o Options) error { _, err := StarterFloppy(o); return err }},
		"drivers": {"x.img", func(o Options) error {
			_, err := DriverFloppy(FloppyOptions{Out: o.Out, Size: 1440 << 10, Paths: []string{driver}, Epoch: o.Epoch})
			return err
		}},
	} {
		dir, cache := t.TempDir(), filepath.Join(t.TempDir(), "cache")
		taken := filepath.Join(dir, tt.taken)
		if err := os.Mkdir(taken, 0o755); err != nil {
			t.Fatal(err)
		}
		err := tt.make(Options{Out: filepath.Join(dir, "x.img"), Source: t.TempDir(), Cache: cache, Offline: true, Epoch: time.Unix(1e9, 0)})
		if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), "a folder") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(cache); err == nil {
			t.Errorf("%s: something was begun", name)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%s: left lying about: %v", name, left)
		}
	}
}

// TestPublishedTogether: what takes a list's place while the image is made keeps the old
// image, too.
func TestPublishedTogether(t *testing.T) {
	out := put(t, filepath.Join(t.TempDir(), "x.img"), []byte("old"))
	err := publishFiles(nil, out, map[string]func(string) error{
		"": func(part string) error { return writeWhole(part, []byte("new")) },
		"." + SBOMName: func(part string) error {
			return errors.Join(writeWhole(part, nil), os.Mkdir(out+"."+SBOMName, 0o755))
		},
	})
	if err == nil || !strings.Contains(err.Error(), SBOMName) {
		t.Errorf("%v; want an error with %s", err, SBOMName)
	}
	if b, err := os.ReadFile(out); err != nil || string(b) != "old" {
		t.Errorf("%q, %v; want the old image", b, err)
	}
}
