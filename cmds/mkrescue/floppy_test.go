package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDriverFloppyProfile: the drivers of a profile are put onto the floppy, from where the
// profile lies, with what is named besides.
func TestDriverFloppyProfile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"p.yaml": "append: bootmend.mode=auto\ndrivers: [lib/scsiport.sys]\n", "none.yaml": "arch: i386\n", "bad.yaml": "arch: [1]\n",
		"lib/scsiport.sys": "one", "lib/atapi.sys": "two",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args  string
		files []string
		says  string
	}{
		{args: "", says: "name a PATH"},
		{args: "--profile none.yaml", says: "name a PATH"},
		{args: "--profile bad.yaml", says: "want amd64"},
		{args: "--profile absent.yaml", says: "absent.yaml"},
		{args: "--profile p.yaml", files: []string{"scsiport.sys"}},
		{args: "lib/atapi.sys --profile p.yaml", files: []string{"scsiport.sys", "atapi.sys"}},
		{args: "--profile none.yaml lib/atapi.sys", files: []string{"atapi.sys"}},
	} {
		t.Chdir(dir)
		c := driverFloppyCommand(nil)
		var out bytes.Buffer
		c.SetOut(&out)
		c.SetArgs(append(strings.Fields(tt.args), "-o", filepath.Join(t.TempDir(), "x.img")))
		c.SilenceErrors, c.SilenceUsage = true, true
		if err := c.Execute(); (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want an error with %q", tt.args, err, tt.says)
		}
		if n := strings.Count(out.String(), "  file "); n != len(tt.files) {
			t.Errorf("%s: %d files; want %q:\n%s", tt.args, n, tt.files, out.String())
		}
		for _, name := range tt.files {
			if !strings.Contains(out.String(), name) {
				t.Errorf("%s: no %s:\n%s", tt.args, name, out.String())
			}
		}
	}
}
