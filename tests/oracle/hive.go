package oracle

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/tool"
)

// HiveFile writes a hive that was read from a volume to a file, for the tools
// below.
func HiveFile(tb testing.TB, data []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "hive")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// RegExport is the whole hive as text, by "hivexregedit --export", one line
// for each value: "key\value=data". Keys without values are lines that end in
// a backslash. The root is "".
func RegExport(hive string) ([]string, error) {
	out, err := tool.Run("hivexregedit", "--export", "--prefix", "", hive, `\`)
	if err != nil {
		return nil, err
	}
	var all []string
	key := ""
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "["):
			key = strings.TrimSuffix(line[1:], "]")
			all = append(all, key+`\`)
		case line == "", strings.HasPrefix(line, "Windows Registry"):
		default:
			all = append(all, key+`\`+line)
		}
	}
	return all, lines.Err()
}

// RegChanges compares two exports: lines only in before, lines only in after.
func RegChanges(before, after []string) (gone, added []string) {
	count := map[string]int{}
	for _, l := range before {
		count[l]++
	}
	for _, l := range after {
		if count[l] == 0 {
			added = append(added, l)
			continue
		}
		count[l]--
	}
	for _, l := range before {
		if count[l] > 0 {
			gone = append(gone, l)
			count[l]--
		}
	}
	return gone, added
}

// RegDWORD reads a REG_DWORD by hivexsh. key starts with a backslash.
func RegDWORD(hive, key, value string) (uint32, error) {
	out, err := tool.Env(nil).Feed(fmt.Sprintf("cd %s\nlsval %s\n", key, value), "hivexsh", hive)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", key, value, err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(out)), 0, 32)
	return uint32(n), err
}

// RegDump reads the whole hive by reglookup, which knows nothing of hivex, and
// returns its lines.
func RegDump(hive string) ([]string, error) {
	out, err := tool.Run("reglookup", "-s", hive)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 2 {
		return nil, fmt.Errorf("reglookup %s: nothing but %q", hive, out)
	}
	return lines, nil
}
