package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder"
)

// TestFloppyNames: what is made without --output takes the place of no other kind.
func TestFloppyNames(t *testing.T) {
	of := map[string]string{}
	for _, arch := range []builder.Arch{"", builder.AMD64} {
		for _, size := range []string{"2880", "1440x2", "1440"} {
			if size == "1440" && arch != "" {
				continue // it is for no architecture
			}
			names := []string{floppyOut(size, arch)}
			if size == "1440x2" {
				set := builder.FloppySetNames(names[0])
				names = append(names, set[:]...)
			}
			for _, name := range names {
				for _, end := range []string{"", "." + builder.ManifestName, "." + builder.SBOMName} {
					if was, ok := of[name+end]; ok {
						t.Errorf("%s is of %s and of %s, %s", name+end, was, size, arch)
					}
					of[name+end] = size + " " + string(arch)
				}
			}
		}
	}
	if floppyOut("2880", "") != "out/floppy.img" || floppyOut("2880", builder.I386) != "out/floppy.img" {
		t.Error("the floppy is not where README.md says")
	}
	t.Logf("%d names", len(of))
}

// runFloppy runs the command where nothing can be built and returns what it prints.
func runFloppy(t *testing.T, args ...string) (string, error) {
	t.Helper()
	source := t.TempDir()
	if err := os.WriteFile(filepath.Join(source, "go.mod"), []byte("module "+module+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := floppyCommand(nil)
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetArgs(append(args, "--source", source, "--cache", filepath.Join(t.TempDir(), "cache"), "--offline"))
	c.SilenceErrors, c.SilenceUsage = true, true
	err := c.Execute()
	return out.String(), err
}

// TestFloppyExplain: what the floppy lacks is told of a floppy that there is.
func TestFloppyExplain(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(profile, []byte("arch: amd64\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]struct{ has, says string }{
		"":                              {has: "BitLocker"},
		"--arch i386":                   {has: "BitLocker"},
		"--size 1440x2":                 {has: "BitLocker"},
		"--arch amd64":                  {has: "for 64 bits"},
		"--profile " + profile:          {has: "for 64 bits"},
		"--arch nonsense":               {says: `"nonsense"`},
		"--arch universal":              {says: "room for one kernel"},
		"--size 1440":                   {says: "--size 1440"},
		"--size 720":                    {says: "--size 720"},
		"--profile " + profile + "none": {says: "profile"},
	} {
		t.Chdir(t.TempDir()) // it needs no sources
		got, err := runFloppy(t, append(strings.Fields(args), "--explain")...)
		if (err == nil) != (want.says == "") || err != nil && !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: %v; want an error with %q", args, err, want.says)
		}
		if !strings.Contains(got, want.has) || err != nil && got != "" {
			t.Errorf("%s: printed %q; want %q in it", args, got, want.has)
		}
	}
}

// TestFloppyProfile: the floppy takes arguments and architecture of a profile, and refuses
// the rest of it as it refuses it otherwise.
func TestFloppyProfile(t *testing.T) {
	dir := t.TempDir()
	profile := filepath.Join(dir, "p.yaml")
	for text, says := range map[string]struct{ floppy, starter string }{
		"append: bootmend.net=dhcp":       {"no network", "takes nothing"},
		"arch: universal":                 {"room for one kernel", "no --arch"},
		"arch: amd64":                     {"out/floppy-amd64.img ", "no --arch"},
		"arch: i386":                      {"out/floppy.img ", "no --arch"},
		"drivers: [x]":                    {"--append only", "takes nothing"},
		"drivers-in-memory: true":         {"--append only", "takes nothing"},
		"answers: a.yaml":                 {"--append only", "takes nothing"},
		"ssh-keys: [id.pub]":              {"--append only", "takes nothing"},
		"bitlocker-keys: [1-2]":           {"--append only", "takes nothing"},
		"files: [{from: a, to: /root/a}]": {"--append only", "takes nothing"},
		"modules: [ext4]":                 {"--append only", "takes nothing"},
		"leave-out: [nano]":               {"--append only", "takes nothing"},
		"append: bootmend.mode=atuo":      {"bootmend.mode=atuo", "bootmend.mode=atuo"},
		"append: " + strings.Repeat("loglevel=4 ", 60) + "x=1": {"this medium has room for", "takes nothing"},
	} {
		t.Chdir(t.TempDir())
		for _, taken := range []string{"out/floppy.img", "out/floppy-amd64.img"} { // what it goes to is told by what is in the way
			if err := os.MkdirAll(taken, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(profile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out := []string{"-o", filepath.Join(dir, "x.img")}
		if strings.HasPrefix(says.floppy, "out/") {
			out = nil
		}
		if _, err := runFloppy(t, append(out, "--profile", profile)...); err == nil || !strings.Contains(err.Error(), says.floppy) {
			t.Errorf("%s: %v; want an error with %q", text, err, says.floppy)
		}
		if _, err := runFloppy(t, "--size", "1440", "--profile", profile); err == nil || !strings.Contains(err.Error(), says.starter) {
			t.Errorf("%s, starter: %v; want an error with %q", text, err, says.starter)
		}
	}
}
