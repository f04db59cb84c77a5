package hivetest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/tool"
)

func hiveAt(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hive")
	ok(t, os.WriteFile(path, b, 0o600))
	return path
}

// TestForeignLimits shows where the tools that judge our hives end, so that a
// test which stays below knows why: hivex reads no data beyond 8,000,000 bytes,
// reglookup shows the first MiB, and hivex cannot add a key to a hive without
// security descriptors, as ReactOS has them, but reads one that we added.
// (Neither minds 60,000 values in a key; for subkeys see TestManySubkeys.)
func TestForeignLimits(t *testing.T) {
	tool.Need(t, "hivexsh", "hivexregedit", "reglookup")
	b := emptyOf(5)
	e := editorOf(t, b)
	const hivexMost, reglookupMost = 8_000_000, 1 << 20
	data := bytes.Repeat([]byte{'x'}, hivexMost+1)
	ok(t, e.SetValue("", "long", regf.RegBinary, data))
	path := hiveAt(t, finished(t, e, b))
	v, err := mustRoot(t, openHive(t, path)).Value("long")
	ok(t, err)
	if got, err := v.Data(); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := perl.Run("hivexregedit", "--export", path, `\`); !says(err, "Numerical result out of range") {
		t.Errorf("hivex reads %d bytes now: %v", len(data), err)
	}
	out, err := perl.Run("reglookup", path)
	if n := bytes.Count(out, []byte("x")); err != nil || n != reglookupMost {
		t.Errorf("reglookup shows %d bytes, %v", n, err)
	}

	b = regftest.Build(regftest.Key{Name: "root"}, regftest.Options{Minor: 3, List: "lf", NoSecurity: true})
	if _, err := perl.Feed("add x\ncommit\n", "hivexsh", "-w", hiveAt(t, b)); err == nil {
		t.Error("hivex adds keys without a security descriptor now")
	}
	e = editorOf(t, b)
	ok(t, e.CreateKey("x"))
	compareExport(t, openHive(t, hiveAt(t, finished(t, e, b))))
}

func mustRoot(t *testing.T, h hiveFile) *regf.Key {
	t.Helper()
	k, err := h.Root()
	ok(t, err)
	return k
}
