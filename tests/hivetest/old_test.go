package hivetest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestOldVersion reads a hive of version 1.2 as the others do. None of them
// reads 1.1, whose cells have another header: hivex says that it does not,
// reglookup and libregf look in the wrong place and fail.
func TestOldVersion(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup")
	root := regftest.Key{Name: "root", Keys: []regftest.Key{{Name: "sub", Class: "class", Values: []regftest.Value{
		regftest.DWORD("d", 7), regftest.SZ("text", "some text"), regftest.Binary("large", make([]byte, 40_000)...)}},
		{Name: "ключ"}}}
	path := filepath.Join(t.TempDir(), "hive")
	ok(t, os.WriteFile(path, regftest.Build(root, regftest.Options{Minor: 2, List: "li"}), 0o600))
	h := openHive(t, path)
	compareCounts(t, h)
	compareExport(t, h)
	ok(t, os.WriteFile(path, regftest.Build(root, regftest.Options{Minor: 1, List: "li"}), 0o600))
	if n, err := openHive(t, path).Check(); err != nil || n.Keys != 3 || n.Values != 3 {
		t.Errorf("1.1: %+v, %v", n, err)
	}
	for _, args := range [][]string{{"hivexregedit", "--export", path, `\`}, {"reglookup", path}} {
		if _, err := perl.Run(args[0], args[1:]...); err == nil {
			t.Errorf("%s reads 1.1 now: let it judge", args[0])
		}
	}
}
