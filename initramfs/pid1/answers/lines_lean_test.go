//go:build lean

package answers

import (
	"reflect"
	"strings"
	"testing"
)

// TestParseSmall: what the small parser takes it takes as YAML does; what it does not
// understand is an error or a warning, because either makes the start a scan.
func TestParseSmall(t *testing.T) {
	got, warnings, err := Parse([]byte("---\r\n# note\nmode: auto\nonly: [a, 'b c', \"d\"] # why\nreport:\n- disk\n  - \"serial\"\nx: 5 # n\nmode: scan\nempty:\nnone: []\n"))
	want := []Setting{{"mode", "auto", 3}, {"only", "a", 4}, {"only", "b c", 4}, {"only", "d", 4}, {"report", "disk", 6}, {"report", "serial", 7}, {"x", "5", 8}}
	if err != nil || !reflect.DeepEqual(got, want) || len(warnings) != 3 {
		t.Errorf("%v, %q, %v", got, warnings, err)
	}
	for _, bad := range []string{"mode: [auto\n", "- mode\n", "mode\n", "\x00\x01", "a: {b: c}\n", "a: &x b\n", "a: |\n  one\n", "a: \"b\\n\"\n",
		"a: b: c\n", " a: b\n", "a:b\n", "a: [b] c\n", "---\nx: y\n---\n", strings.Repeat("a: b\n", MaxSize)} {
		if got, _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("Parse(%.20q) = %v; want an error", bad, got)
		}
	}
	if _, warnings, err := Parse(nil); err != nil || len(warnings) != 1 {
		t.Errorf("empty: %q, %v", warnings, err)
	}
}
