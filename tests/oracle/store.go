package oracle

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// storeReaders are the places of the program by which systemd tests the BCD reader of
// its boot loader, which looks for Windows on disks: Debian 12 and later ones.
var storeReaders = []string{"/usr/lib/systemd/tests/test-bcd", "/usr/lib/systemd/tests/unit-tests/test-bcd"}

// NeedStoreReader skips the test where that program is not installed.
func NeedStoreReader(tb testing.TB) {
	tb.Helper()
	if storeReader() == "" {
		tb.Skip("SKIP-TOOL test-bcd of systemd-tests: not installed")
	}
}

func storeReader() string {
	for _, path := range storeReaders {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// StoreTitle is what systemd's boot loader calls a BCD store in its menu: the description
// of the one entry of the boot menu. To find it the loader reads the header, the
// objects of boot manager and entry, their elements and the types of these. It
// refuses a hive that is not of version 1.3 or not closed, and a menu of several entries.
func StoreTitle(store string) (string, error) {
	out, err := exec.Command(storeReader(), store).CombinedOutput() // all of it is a log
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", storeReader(), store, err, out)
	}
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, store+": "); ok {
			title, err := strconv.Unquote(strings.TrimSpace(rest))
			if err != nil {
				return "", fmt.Errorf("systemd: %s", strings.TrimSpace(line))
			}
			return title, nil
		}
	}
	return "", fmt.Errorf("systemd says nothing of %s: %q", store, out)
}
