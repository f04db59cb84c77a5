package builder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDownloadedAgain: a package that lies damaged in the cache is fetched again; what the
// server then gives must be what apt's lists promise, or it is not used and not kept.
func TestDownloadedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		server func(good []byte) []byte
		says   string // "" where it is used
	}{
		"sound":          {func(good []byte) []byte { return good }, ""},
		"wrong checksum": {func(good []byte) []byte { return append(good[:len(good):len(good)], 0) }, "is not what apt's lists promise"},
		"gone":           {func([]byte) []byte { return nil }, `"apt-get update" tells apt`},
	} {
		t.Run(name, func(t *testing.T) {
			c, deb, _, logged := cached(t, tinyFiles)
			c.offline = false
			good, err := os.ReadFile(deb)
			if err != nil {
				t.Fatal(err)
			}
			if err := oneBit(deb, ""); err != nil {
				t.Fatal(err)
			}
			server, bin := filepath.Join(t.TempDir(), "pool"), t.TempDir()
			if b := tt.server(good); b != nil {
				put(t, server, b)
			}
			// What "apt-get download" does, to this server.
			script := "#!/bin/sh\nexec cp '" + server + "' '" + filepath.Base(deb) + "'\n"
			if err := os.WriteFile(filepath.Join(bin, "apt-get"), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
			p, err := readNote(filepath.Join(c.dir, "packages/amd64/tiny.json"), "tiny")
			if err != nil {
				t.Fatal(err)
			}
			file, err := c.fetch(p.Package)
			if tt.says == "" && (err != nil || file != deb || !strings.Contains(logged.String(), "downloading tiny again")) {
				t.Errorf("%q, %v; said: %s", file, err, logged)
			}
			if tt.says == "" {
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q, %v; want an error with %q", file, err, tt.says)
			}
			if b, err := os.ReadFile(deb); err == nil {
				t.Errorf("%d bytes are kept", len(b))
			}
		})
	}
}
