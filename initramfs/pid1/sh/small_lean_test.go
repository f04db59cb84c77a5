//go:build lean

package sh

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestLines(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("V", "a b*")
	for _, name := range []string{"x1", "x2", "y*"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		line, out string
		code      int
	}{
		{"echo a  'b  c' \"d $V\" e\\ f", "a b  c d a b* e f\n", 0},
		{"echo x* y\\* 'y*' z*", "x1 x2 y* y* z*\n", 0},
		{"cat x1 x2 | grep 2 | wc -c", "3\n", 0},
		{"echo one > f; echo two >> f; cat < f", "one\ntwo\n", 0},
		{"false && echo no; false || echo yes # note", "yes\n", 0},
		{"sh -c 'exit 3'; echo $?", "3\n", 0},
		{"exit 4; echo no", "", 4},
		{"echo 2> f3 two; cat f3", "two\n", 0},
		{"echo a$UNSET.b $", "a.b $\n", 0},
		{"nosuchcommand", "", 127},
		{"echo `ls`", "", 2}, {"for a in b; do", "", 127}, {"echo 'a", "", 2}, {"| x", "", 2}, {"echo >", "", 2}, {"sleep 9 &", "", 2},
	} {
		var out, errOut bytes.Buffer
		code := Main([]string{"-c", tt.line}, os.Stdin, &out, &errOut)
		if out.String() != tt.out || code != tt.code || (code == 2 || code == 127) != (errOut.Len() > 0) {
			t.Errorf("%s: %q, %d, %q; want %q, %d", tt.line, out.String(), code, errOut.String(), tt.out, tt.code)
		}
	}
}
