package fstest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/tool"
)

// TestNTFSWriteShortNames looks at the 8.3 names that ntfs-3g finds.
func TestNTFSWriteShortNames(t *testing.T) {
	w := newWritten(t, geometry{16 << 20, 4096, 512}, 41)
	for _, n := range []string{"Long name 1.text", "Long name 2.text", "Long name 3.text", "Long name 4.text", "Long name 5.text",
		"Long name 6.text", "short.txt", "UPPER.TXT", ".hidden", "ä ö ü", "a.b.c", "plus+sign", "日本語"} {
		w.put(t, n, 10)
	}
	w.check(t)
	for long, want := range map[string]string{
		"Long name 1.text": "LONGNA~1.TEX", "Long name 4.text": "LONGNA~4.TEX", "short.txt": "", "UPPER.TXT": "",
		".hidden": "HIDDEN~1", "ä ö ü": "___~1", "a.b.c": "AB~1.C", "plus+sign": "PLUS_S~1", "日本語": "___~2",
	} {
		if got := dosName(t, w, long); got != want {
			t.Errorf("%s has the alias %q, want %q", long, got, want)
		}
	}
	five, six := dosName(t, w, "Long name 5.text"), dosName(t, w, "Long name 6.text")
	for _, n := range []string{five, six} {
		if !regexp.MustCompile(`^LO[0-9A-F]{4}~1\.TEX$`).MatchString(n) || five == six {
			t.Errorf("hashed aliases %q and %q", five, six)
		}
	}
	if _, err := w.v.Stat("longna~3.tex"); err != nil {
		t.Error(err)
	}
	w.put(t, "Long name 3.text", 20)
	if err := w.v.Rename("LONGNA~3.TEX", "x.y"); err != nil {
		t.Fatal(err)
	}
	w.c.files["x.y"] = w.c.files["Long name 3.text"]
	delete(w.c.files, "Long name 3.text")
	w.put(t, "Long name 7.text", 5)
	if got := dosName(t, w, "Long name 7.text"); got != "LONGNA~3.TEX" {
		t.Errorf("the alias that became free is not used: %q", got)
	}
	w.check(t)
}

// dosName is the name in the DOS namespace that ntfsinfo shows.
func dosName(t *testing.T, w *written, path string) string {
	t.Helper()
	info := string(tool.Must(t, "ntfsinfo", "-f", "-F", "/"+path, w.image))
	for _, part := range strings.Split(info, "Dumping attribute ") {
		if m := regexp.MustCompile(`Namespace:\s+DOS\s+Filename:\s+'(.*)'`).FindStringSubmatch(part); m != nil {
			return m[1]
		}
	}
	return ""
}
