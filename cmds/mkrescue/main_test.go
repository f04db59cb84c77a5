package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/bootmend/bootmend/builder"
)

// TestCheckOutput: what an image would replace and must not is refused before anything is
// built, with what to do.
func TestCheckOutput(t *testing.T) {
	dir := t.TempDir()
	file, folder, link := filepath.Join(dir, "a.img"), filepath.Join(dir, "folder"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*cobra.Command{isoCommand(nil), usbCommand(nil), pxeCommand(nil), floppyCommand(nil), driverFloppyCommand(nil)} {
		for _, tt := range []struct{ out, says string }{
			{"/dev/null", "dd if="}, {link, "symbolic link"}, {file, ""}, {filepath.Join(dir, "new", "b.img"), ""}, {folder, "folder"},
			{"", "empty"}, {"/dev/no-such-disk", "not there"}, {"/proc/x.img", "--output"}, {filepath.Join(file, "x.img"), "--output"},
		} {
			if c.Name() == "pxe" { // which makes a folder
				switch tt.out {
				case file:
					tt.says = "is a file"
				case folder:
					tt.says = ""
				}
			}
			if err := c.Flags().Set("output", tt.out); err != nil {
				t.Fatal(err)
			}
			err := checkOutput(c, nil)
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s -o %s: %v; want an error with %q", c.Name(), tt.out, err, tt.says)
			}
			if left, _ := os.ReadDir(dir); len(left) != 3 {
				t.Fatalf("%s -o %s: left lying about: %v", c.Name(), tt.out, left)
			}
		}
	}
}

// TestDefaultOutputs: the place that a command takes by itself is looked at, too: what is in
// the way is told before anything is built, which these sources could not be.
func TestDefaultOutputs(t *testing.T) {
	source := t.TempDir()
	if err := os.WriteFile(filepath.Join(source, "go.mod"), []byte("module "+module+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	driver := filepath.Join(source, "scsiport.sys")
	if err := os.WriteFile(driver, []byte("driver"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		c    *cobra.Command
		args string
		out  string
	}{
		{isoCommand(nil), "", "out/bootmend.iso"}, {isoCommand(nil), "", "out/bootmend.iso.spdx.json"},
		{usbCommand(nil), "", "out/bootmend-usb.img"}, {usbCommand(nil), "--format qcow2", qcow2Out}, {usbCommand(nil), "--format qcow2", qcow2Out + ".manifest.json"},
		{floppyCommand(nil), "", "out/floppy.img"}, {floppyCommand(nil), "--arch amd64", "out/floppy-amd64.img"},
		{floppyCommand(nil), "--size 1440x2", "out/floppy-set-2.img"}, {floppyCommand(nil), "--size 1440", "out/starter.img"},
		{pxeCommand(nil), "", "out/netboot"}, {driverFloppyCommand(nil), driver, "out/drivers.img"},
	} {
		t.Run(tt.c.Name()+" "+tt.args, func(t *testing.T) {
			if _, err := exec.LookPath("qemu-img"); err != nil && strings.Contains(tt.args, "qcow2") {
				t.Skip("SKIP-TOOL qemu-img: not installed")
			}
			t.Chdir(t.TempDir())
			in := filepath.Join(tt.out, "a file of somebody")
			if err := os.MkdirAll(filepath.Dir(in), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(in, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			args := strings.Fields(tt.args)
			if tt.c.Name() != "driver-floppy" {
				args = append(args, "--source", source, "--cache", filepath.Join(t.TempDir(), "cache"), "--offline")
			}
			tt.c.SetArgs(args)
			tt.c.SilenceErrors, tt.c.SilenceUsage = true, true
			if err := tt.c.Execute(); err == nil || !strings.Contains(err.Error(), tt.out+" ") {
				t.Errorf("%s %s: %v; want an error with %s", tt.c.Name(), tt.args, err, tt.out)
			}
		})
	}
}

// TestSources: sources that are none are told of before anything is downloaded; an image
// that is there already (--from) needs none.
func TestSources(t *testing.T) {
	other, ours := t.TempDir(), t.TempDir()
	for dir, text := range map[string]string{other: "module example.org/other\n\ngo 1.26\n", ours: "module " + module + "\n\ngo 1.26\n"} {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	below := filepath.Join(ours, "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(other, "cache"))
	for _, tt := range []struct {
		dir, source, from string
		want, cache, says string
	}{
		{dir: other, says: "not in or above"},
		{dir: other, source: filepath.Join(other, "none"), says: "--source"},
		{dir: other, source: other, says: "--source"},
		{dir: other, source: other, from: "x.iso", says: "--source"},
		{dir: other, source: ours, want: ours, cache: filepath.Join(ours, ".cache")},
		{dir: below, want: ours, cache: filepath.Join(ours, ".cache")},
		{dir: other, from: "x.iso", cache: filepath.Join(other, "cache", "mkrescue")},
	} {
		t.Chdir(tt.dir)
		o := builder.Options{Source: tt.source, From: tt.from}
		err := fromEnvironment(&o)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v", tt, err)
		}
		if err == nil && (o.Source != tt.want || o.Cache != tt.cache) {
			t.Errorf("%+v: source %q, cache %q", tt, o.Source, o.Cache)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if err := fromEnvironment(&builder.Options{Source: ours}); err == nil || !strings.Contains(err.Error(), "SOURCE_DATE_EPOCH") {
		t.Errorf("a time that is none: %v", err)
	}
}

// TestStickSize: a size that is none is told in the unit in which it was given.
func TestStickSize(t *testing.T) {
	for _, size := range []string{"-1", "0", "33", "2049", "9999999999999"} {
		c := usbCommand(nil)
		c.SetArgs([]string{"--data-size", size, "--from", "none", "-o", filepath.Join(t.TempDir(), "x")})
		c.SilenceErrors, c.SilenceUsage = true, true
		if err := c.Execute(); err == nil || !strings.Contains(err.Error(), "--data-size "+size) {
			t.Errorf("%s: %v", size, err)
		}
	}
}
