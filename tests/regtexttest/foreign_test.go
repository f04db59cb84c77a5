package regtexttest

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bootmend/bootmend/tests/tool"
)

// hivexregedit runs the tool with UTF-8 input and output.
func hivexregedit(stdin string, args ...string) ([]byte, error) {
	return tool.Env{tool.Perl, tool.UTF8}.Feed(stdin, "hivexregedit", args...)
}

// foreignExport is the hive as hivexregedit sees it, in the form of canonical.
func foreignExport(tb testing.TB, hive string) []string {
	tb.Helper()
	out, err := hivexregedit("", "--export", "--prefix", "", hive, `\`)
	if err != nil {
		tb.Fatal(err)
	}
	return canonical(tb, string(out))
}

// canonical brings an export into a form that does not depend on the tool: one
// line for each key and value, sorted, folded lines joined, strings and numbers
// as hex(n). The text has the names of keys from the hive's root.
func canonical(tb testing.TB, text string) []string {
	tb.Helper()
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, ",\\\n  ", ",")
	var all []string
	key := ""
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "Windows Registry Editor"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			key = strings.TrimRight(line[1:len(line)-1], `\`)
			all = append(all, key+`\`)
		default:
			name, data := cutName(line)
			all = append(all, key+`\ `+name+" = "+canonicalData(tb, data))
		}
	}
	sort.Strings(all)
	return all
}

// cutName splits "name"=data at the quote that closes the name.
func cutName(line string) (name, data string) {
	if rest, ok := strings.CutPrefix(line, "@="); ok {
		return "@", rest
	}
	for i := 1; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		} else if line[i] == '"' {
			return line[:i+1], strings.TrimPrefix(line[i+1:], "=")
		}
	}
	return line, ""
}

func canonicalData(tb testing.TB, data string) string {
	if digits, ok := strings.CutPrefix(data, "dword:"); ok {
		var n uint32
		if _, err := fmt.Sscanf(digits, "%08x", &n); err != nil {
			tb.Fatalf("%q: %v", data, err)
		}
		return "hex(4):" + commas(binary.LittleEndian.AppendUint32(nil, n))
	}
	if digits, ok := strings.CutPrefix(data, "hex:"); ok {
		return "hex(3):" + digits
	}
	if !strings.HasPrefix(data, `"`) {
		return data
	}
	s := strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(strings.TrimSuffix(data[1:], `"`))
	var b []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return "hex(1):" + commas(b)
}

func commas(b []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% x", b), " ", ",")
}

// same compares two lists and shows the first differences.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	count := map[string]int{}
	for _, l := range want {
		count[l]++
	}
	shown := 0
	for _, l := range got {
		if count[l]--; count[l] < 0 && shown < 5 {
			t.Errorf("%s: only ours has %.300q", what, l)
			shown++
		}
	}
	for l, n := range count {
		if n > 0 && shown < 10 {
			t.Errorf("%s: only hivexregedit's has %.300q", what, l)
			shown++
		}
	}
}
