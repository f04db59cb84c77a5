package regtexttest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// campaign is set for the long form of the tests.
var campaign = os.Getenv("BOOTMEND_CAMPAIGN") != ""

// hives are the ones given, and in a campaign more of them: hivexregedit takes
// seconds for each of the large ones.
func hives(always []string, more ...string) []string {
	if campaign {
		return append(always, more...)
	}
	return always
}

// generated is a hive that needs no real data.
const generated = "generated"

// hiveFile is a private copy of a real hive, or the generated one.
func hiveFile(tb testing.TB, name string) string {
	tb.Helper()
	if name != generated {
		return realdata.File(tb, name)
	}
	root := regftest.Key{Name: "root"}
	for i := range 200 {
		k := regftest.Key{Name: fmt.Sprintf("Key %d", i), Values: []regftest.Value{regftest.SZ("", "default"), regftest.SZ(`"quoted" \`, "ü 漢"),
			regftest.MultiSZ("m", "a", "b"), regftest.DWORD("d", uint32(i)), regftest.Binary("long", make([]byte, i*10)...), regftest.SZ("lines", "a\r\nb")}}
		for j := range i % 7 {
			k.Keys = append(k.Keys, regftest.Key{Name: fmt.Sprintf("ключ %d", j), Values: []regftest.Value{regftest.ExpandSZ("x", "%y%")},
				Keys: []regftest.Key{{Name: "deep", Keys: []regftest.Key{{Name: "deeper"}}}}})
		}
		root.Keys = append(root.Keys, k)
	}
	path := filepath.Join(tb.TempDir(), "generated")
	if err := os.WriteFile(path, regftest.Build(root, regftest.Options{}), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func openHive(tb testing.TB, path string) *regf.Hive {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	h, err := regf.Open(f, st.Size())
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// ourExport writes the whole hive.
func ourExport(tb testing.TB, h *regf.Hive, enc regtext.Encoding, prefix string) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := regtext.NewWriter(&out, regtext.WriteOptions{Encoding: enc})
	done, err := regtext.Export(w, h, "", prefix)
	if err != nil || len(done.Missing) > 0 {
		tb.Fatalf("%v, %v", err, done.Missing)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// TestExport: every real hive gives the keys, names, types and bytes that
// hivexregedit gives. Its form differs and is brought to a common one: it
// writes all but DWORDs in hex and folds no lines, sorts keys and values by
// name where regedit keeps the order of the hive. It replays no logs, so that
// dirty hives are read here as they lie there.
func TestExport(t *testing.T) {
	tool.Need(t, "hivexregedit")
	lines := 0
	for _, name := range hives([]string{generated, "hives/xp-sp3-x86-vmware.SYSTEM.xz", "hives/amcache-win10.hve.xz", "hives/qthivex-rigorous.xz", "hives/rlenvalue_test_hive.xz", "bcd/win10-uefi.BCD.xz"},
		"hives/win7-sp1-x86-vmware.SYSTEM.xz", "hives/win81-x64-dirty-nolog.SYSTEM.xz", "hives/win10-1709-x64-dirty.SYSTEM.xz", "hives/xp-sp3-x86-vmware.SOFTWARE.xz",
		"bcd/win7-bios-mbr-vm.BCD.xz", "bcd/BCD-Template-win10.xz", "bcd/win7-setup-media-bios.bcd.xz") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path := hiveFile(t, name)
			h := openHive(t, path)
			want := foreignExport(t, path)
			got := canonical(t, string(ourExport(t, h, regtext.UTF8, "")))
			same(t, name, got, want)
			lines += len(want)
			if a, b := ourExport(t, h, regtext.UTF16LE, "HKEY_LOCAL_MACHINE\\X"), ourExport(t, h, regtext.UTF16LE, "HKEY_LOCAL_MACHINE\\X"); !bytes.Equal(a, b) {
				t.Error("two exports differ")
			}
		})
	}
	t.Logf("%d keys and values agree", lines)
}

// TestExportIsFolded: no line of hex is longer than regedit's, and those of
// continuations are as long as its.
func TestExportIsFolded(t *testing.T) {
	h := openHive(t, realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz"))
	text := string(ourExport(t, h, regtext.UTF8, "x"))
	folded := 0
	for line := range strings.SplitSeq(text, "\r\n") {
		if !strings.HasPrefix(line, "  ") {
			continue
		}
		folded++
		if n := len(line); n > 78 || strings.HasSuffix(line, `\`) && n != 78 {
			t.Fatalf("%d columns: %q", n, line)
		}
	}
	if folded < 1000 {
		t.Errorf("%d folded lines; want thousands", folded)
	}
}

// TestForeignImportOfOurExport: hivexregedit merges what we export into an empty
// hive, and reads the same out of it as out of the original.
func TestForeignImportOfOurExport(t *testing.T) {
	tool.Need(t, "hivexregedit")
	for _, name := range hives([]string{generated, "hives/qthivex-rigorous.xz", "hives/amcache-win10.hve.xz", "bcd/win10-uefi.BCD.xz"}, "hives/xp-sp3-x86-vmware.SYSTEM.xz") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path := hiveFile(t, name)
			text := strings.TrimPrefix(string(ourExport(t, openHive(t, path), regtext.UTF8, "P")), "\ufeff")
			empty := filepath.Join(t.TempDir(), "empty")
			makeEmpty(t, empty)
			if _, err := hivexregedit(text, "--merge", "--prefix", "P", empty); err != nil {
				t.Fatal(err)
			}
			want := foreignExport(t, path)
			same(t, name, foreignExport(t, empty), want)
			t.Logf("%d keys and values survive", len(want))
		})
	}
}
