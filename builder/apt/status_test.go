package apt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseStatus(t *testing.T) {
	for _, tt := range []struct {
		line string
		part int64
		ok   bool
	}{
		{"dlstatus:1:9.4824:Retrieving file 1 of 1", 948, true},
		{"dlstatus:2:0.0000:Retrieving file 1 of 1: it has: colons", 0, true},
		{"dlstatus:1:100.0000:Retrieving file 1 of 1", wholeDownload, true},
		{"dlstatus:1:100:", wholeDownload, true},
		{"pmstatus:x:50.0:Installing", 0, false},
		{"dlstatus:1:50.0", 0, false},
		{"dlstatus:1:nan:x", 0, false},
		{"dlstatus:1:-1:x", 0, false},
		{"dlstatus:1:101:x", 0, false},
		{"dlstatus:1:5,5:x", 0, false},
		{"", 0, false},
	} {
		if part, ok := parseStatus(tt.line); part != tt.part || ok != tt.ok {
			t.Errorf("%q: %d, %t; want %d, %t", tt.line, part, ok, tt.part, tt.ok)
		}
	}
}

// TestFetchTells: what apt-get says of how far it is, on the file that it was told, is
// passed on; one that leaves a program behind, which has that file open, does not hang the
// build, and one that fails says why.
func TestFetchTells(t *testing.T) {
	path := os.Getenv("PATH")
	for _, tt := range []struct {
		name, script, says string
		want               []int64
	}{
		{"whole", "echo dlstatus:1:0.0:x >&3; echo dlstatus:1:50.5:x >&3; echo dlstatus:1:100.0:x >&3; : >tiny_1_all.deb", "", []int64{0, 5050, 10000}},
		{"silent", ": >tiny_1_all.deb", "", nil},
		{"broken", "printf 'dlstatus:1:20.0:x\\ndlsta' >&3; echo 'no such host' >&2; exit 100", "no such host", []int64{2000}},
		{"left behind", "echo dlstatus:1:30.0:x >&3; : >tiny_1_all.deb; sleep 5 >/dev/null 2>&1 &", "", []int64{3000}},
	} {
		bin := t.TempDir()
		text := "#!/bin/sh\n[ \"$1 $2 $3\" = '-o APT::Status-Fd=3 download' ] || { echo \"what is $*?\" >&2; exit 1; }\n" + tt.script + "\n"
		if err := os.WriteFile(filepath.Join(bin, "apt-get"), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+path)
		var told []int64
		l := Lists{Progress: func(done, total int64) {
			if told = append(told, done); total != wholeDownload {
				t.Errorf("%s: of %d", tt.name, total)
			}
		}}
		_, err := l.Download(Package{Name: "tiny", Version: "1", Architecture: "all"}, t.TempDir())
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want an error with %q", tt.name, err, tt.says)
		}
		if !slices.Equal(told, tt.want) {
			t.Errorf("%s: told %v; want %v", tt.name, told, tt.want)
		}
	}
}
