package mediatest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder/manifest"
)

// allowed are where packages of a default medium may be from: the main component of
// Debian and Ubuntu, and Go modules. Nothing of Microsoft's, and nothing that a person
// added.
var allowed = map[manifest.Kind]*regexp.Regexp{
	manifest.Debian: regexp.MustCompile(`^https?://[^/]+/(debian|debian-security|ubuntu|ubuntu-ports)/pool/(updates/)?main/`),
	manifest.Module: regexp.MustCompile(`^https://(go\.dev$|(github\.com|golang\.org|gopkg\.in|go\.[a-z0-9]+\.[a-z]+|[a-z0-9.]+)/)`),
	manifest.Own:    regexp.MustCompile(`^https://github\.com/bootmend/bootmend$`),
}

// free are the licences that may be there; each lets us pass the file on.
var free = regexp.MustCompile(`^(Apache-2\.0|MIT|X11|ISC|Zlib|MPL-2\.0|CC0-1\.0|Unlicense|BSD-[234]-Clause|L?GPL-[123]\.[0-9]-(only|or-later)|GFDL-1\.[0-9]-(only|or-later)|LicenseRef-[A-Za-z0-9.-]+)$`)

// inOut are the media that may be in out/ beside the default image, by the names that
// mkrescue, make and README.md give them. Both floppies of a set have one list.
var inOut = []string{"bootmend-usb.img", "bootmend-usb.qcow2", "netboot", "i386.iso", "universal.iso", "lite.iso",
	"floppy.img", "floppy-amd64.img", "floppy-set.img", "floppy-set-amd64.img", "starter.img"}

// TestOrigins looks at every medium of the default kind that is there: the image, and
// what else was made into out/. Those that are not there are made and looked at by
// TestSameFromSource.
func TestOrigins(t *testing.T) {
	t.Run("default", func(t *testing.T) {
		kinds := origins(t, readManifest(t, image(t)))
		if kinds[manifest.Debian] < 8 || kinds[manifest.Module] < 20 {
			t.Errorf("packages: %v", kinds)
		}
	})
	for _, name := range inOut {
		t.Run(name, func(t *testing.T) {
			medium := filepath.Join(root(t), "out", name)
			if _, err := os.Stat(listName(medium)); errors.Is(err, fs.ErrNotExist) {
				t.Skip("SKIP-ISO: this medium is not in out/; TestSameFromSource makes one and looks at it")
			}
			m := listOf(t, medium)
			if slices.ContainsFunc(m.Packages(), func(p manifest.Package) bool { return p.Kind == manifest.Given }) {
				t.Skipf("SKIP-ISO: %s is not a default medium, somebody put files of their own onto it", medium)
			}
			origins(t, m)
		})
	}
}

// windowsFiles are names that only files for Windows have.
var windowsFiles = regexp.MustCompile(`(?i)\.(sys|cab|inf|cat|msi|wim|mui|[a-z]{2}_)$|(^|[/:])(bootmgr|ntldr|ntdetect\.com|bootmgfw\.efi|winload\.(exe|efi))$`)

// origins looks at where the files of a default medium are from, and counts packages.
func origins(t *testing.T, m *manifest.Manifest) map[manifest.Kind]int {
	t.Helper()
	kinds := map[manifest.Kind]int{}
	for _, p := range m.Packages() {
		kinds[p.Kind]++
		if p.Kind == manifest.Own && p.Name != "bootmend" && !strings.HasPrefix(p.Name, "kernel-") { // the configuration of a kernel
			t.Errorf("%s is none of ours", p.ID())
		}
		rule := allowed[p.Kind]
		if rule == nil || !rule.MatchString(p.URL) {
			t.Errorf("%s is from %q, which is not allowed on a default medium", p.ID(), p.URL)
		}
		if p.Kind == manifest.Debian && len(p.SHA256) != 64 || p.Kind == manifest.Module && p.Name != "std" && p.Sum == "" {
			t.Errorf("%s has no checksum", p.ID())
		}
		if strings.Contains(strings.ToLower(p.Name+p.URL), "microsoft") {
			t.Errorf("%s is Microsoft's", p.ID())
		}
		for word := range strings.FieldsSeq(p.Licence) {
			if word != "AND" && !free.MatchString(word) {
				t.Errorf("%s: licence %s", p.ID(), p.Licence)
			}
		}
	}
	for _, f := range m.Files() {
		if len(f.Packages) == 0 {
			t.Errorf("%s is from nowhere", f.Path)
		}
		if windowsFiles.MatchString(f.Path) {
			t.Errorf("%s looks like a file of Windows", f.Path)
		}
	}
	if kinds[manifest.Debian] == 0 || kinds[manifest.Own] == 0 || kinds[manifest.Own] > 2 {
		t.Errorf("packages: %v; want some of Debian's, ours, and the configuration of a kernel at most", kinds)
	}
	t.Logf("%d files of %v packages", len(m.Files()), kinds)
	return kinds
}

// TestOriginsRefuse: the rules can fail.
func TestOriginsRefuse(t *testing.T) {
	for kind, urls := range map[manifest.Kind][]string{
		manifest.Debian: {"", "https://download.microsoft.com/debian/pool/x.deb", "http://deb.debian.org/debian/pool/non-free/x.deb", "http://deb.debian.org/debian/pool/contrib/x.deb"},
		manifest.Module: {"", "http://github.com/x"}, manifest.Own: {"https://github.com/bootmend/other"},
	} {
		for _, url := range urls {
			if allowed[kind].MatchString(url) {
				t.Errorf("%s: %q is allowed", kind, url)
			}
		}
	}
	if allowed[manifest.Given] != nil {
		t.Error("what a person gave is allowed on a default medium")
	}
	for name, want := range map[string]bool{"drivers/x/viostor.SYS": true, "a/disk.sy_": true, "boot/initrd.img:x/ntldr": true, "EFI/Microsoft/Boot/bootmgfw.efi": true, "x.inf": true,
		"EFI/BOOT/BOOTX64.EFI": false, "isolinux/ldlinux.c32": false, "boot/initrd.img:bin/bootmgr-tool": false, "lib/modules/x/sys.ko": false} {
		if windowsFiles.MatchString(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}
