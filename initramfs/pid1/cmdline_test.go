package pid1

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bootmend/bootmend/initramfs/pid1/answers"
	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

func TestParseCmdline(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Config
	}{
		{"nothing", "BOOT_IMAGE=/boot/vmlinuz console=tty0 quiet\n", Config{}},
		{"all", "bootmend.mode=auto bootmend.after=poweroff bootmend.machine=qemu-pc bootmend.only=hive-missing,hive-log-pending bootmend.except=ntfs-dirty",
			Config{Mode: ModeAuto, After: AfterPoweroff, Machine: "qemu-pc", Only: "hive-missing,hive-log-pending", Except: "ntfs-dirty"}},
		{"reports", "bootmend.report=disk,serial bootmend.report=usb bootmend.net=dhcp bootmend.exit=isa-debug:0x501",
			Config{Reports: []string{"disk", "serial", "usb"}, DHCP: true, Exit: Exit{exitISADebug, 0x501}}},
		{"lists", "bootmend.only=hive-missing bootmend.only=hive-log-pending bootmend.ssh=a bootmend.ssh=b bootmend.drivers=/dev/sr1 bootmend.answers=/a.yaml",
			Config{Only: "hive-missing,hive-log-pending", SSH: []string{"a", "b"}, Drivers: []string{"/dev/sr1"}, Answers: "/a.yaml"}},
		{"last counts", "bootmend.mode=scan bootmend.mode=shell", Config{Mode: ModeShell}},
		{"actions", "bootmend.action=safe-mode=on bootmend.action=last-known-good", Config{Actions: []string{"safe-mode=on", "last-known-good"}}},
		{"quotes", `bootmend.machine="pci:1000:0030" x="a b.c=d"`, Config{Machine: "pci:1000:0030"}},
		{"arguments of init", "bootmend.mode=ask -- bootmend.mode=auto", Config{Mode: ModeAsk}},
		{"modules", "usb-storage.delay_use=0 scsi_mod.scan=sync usb_storage.quirks=1:2:u nvme.flag",
			Config{Modules: map[kmod.Name]string{"usb_storage": "delay_use=0 quirks=1:2:u", "scsi_mod": "scan=sync", "nvme": "flag"}}},
		{"unknown", "bootmend.mode=Auto bootmend.after=halt bootmend.speed=11 bootmend.net=static bootmend.report=tape,serial bootmend.exit=now bootmend.answers=x bootmend.drivers=here", Config{
			Reports: []string{"serial"}, Hold: "mode=Auto: want auto, scan, ask or shell", Warnings: []string{
				"kernel command line: bootmend.mode=Auto: want auto, scan, ask or shell",
				"kernel command line: bootmend.after=halt: want result, menu, reboot or poweroff",
				"kernel command line: bootmend.speed: unknown, ignored",
				"kernel command line: bootmend.net=static: want dhcp",
				`kernel command line: bootmend.report: ignored: "tape" is no place for a report: want disk, serial, usb, http://... or https://...`,
				"kernel command line: bootmend.exit=now: want isa-debug or pvpanic, with :PORT where it is another",
				"kernel command line: bootmend.answers=x: want http://..., https://... or a path from the root",
				"kernel command line: bootmend.drivers=here: want a path from the root, such as /dev/sr1"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want.After == "" {
				tt.want.After = AfterResult
			}
			if tt.want.Modules == nil {
				tt.want.Modules = map[kmod.Name]string{}
			}
			if diff := cmp.Diff(tt.want, ParseCmdline(tt.text), cmpopts.IgnoreUnexported(Config{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEngineArgs(t *testing.T) {
	base := []string{"repair", "--yes", "--journal-on-disk", "--rounds", "3"}
	tail := []string{"--summary", "--report-dir", "/run/bootmend"}
	for _, tt := range []struct {
		config Config
		want   []string
	}{
		{Config{}, nil},
		{Config{Machine: "qemu-pc", Only: "a,b", Except: "c"}, []string{"--machine", "qemu-pc", "--only", "a,b", "--except", "c"}},
		// With actions there is nothing to choose among findings.
		{Config{Actions: []string{"safe-mode=on", "rebuild-bcd"}, Only: "a"}, []string{"--action", "safe-mode=on", "--action", "rebuild-bcd"}},
		{Config{Drivers: []string{"/dev/sr1", "/x"}, Reports: []string{"serial", "disk"}}, []string{"--drivers", "/dev/sr1", "--drivers", "/x", "--keep-report"}},
	} {
		if diff := cmp.Diff(slices.Concat(base, tt.want, tail), tt.config.RepairArgs()); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(slices.Concat([]string{"scan", "--machine", "qemu-pc"}, tail), Config{Machine: "qemu-pc"}.ScanArgs()); diff != "" {
		t.Error(diff)
	}
}

// TestHold: what narrows a repair and is not understood keeps the image from
// writing by itself; anything else is ignored.
func TestHold(t *testing.T) {
	for text, held := range map[string]bool{
		"bootmend.only=no-such": true, "bootmend.only=hive-missing,no-such": true, "bootmend.except=no-such": true,
		"bootmend.machine=no-such": true, "bootmend.action=no-such": true, "bootmend.action=safe-mode=perhaps": true,
		"bootmend.mode=scna": true, "bootmend.only=hive-missing": false,
		// The option itself is misspelt.
		"bootmend.mod=scan": true, "bootmend.onyl=hive-missing": true, "bootmend.Mode=scan": true, "bootmend.exept=hive-missing": true, "bootmend.actoin=x": true,
		"bootmed.mode=scan": true, "bootmned.mode=scan": true, "BootMend.mode=scan": true, "bootmend-mode=scan": true, "bootmend=scan": true,
		"bootmend.tea=1": false, "bootmend.repotr=serial": false, "boot.mode=1": false, "boot_delay=5 bootconfig": false, "bootmend.after=x bootmend.report=x bootmend.x=x": false,
	} {
		if c := ParseCmdline(text); (c.Hold != "") != held || (held && len(c.Warnings) != 1) || len(c.Modules) > 0 && held {
			t.Errorf("%s: held %q, warnings %q; want held %t", text, c.Hold, c.Warnings, held)
		}
	}
}

// TestMisspelt: what may have been meant is said.
func TestMisspelt(t *testing.T) {
	for text, want := range map[string]string{
		"bootmend.mod=scan":      "kernel command line: bootmend.mod: unknown, ignored; mode may be meant",
		"bootmend.repotr=serial": "kernel command line: bootmend.repotr: unknown, ignored; report may be meant",
		"bootmend.tea":           "kernel command line: bootmend.tea: unknown, ignored",
		"bootmed.mode=scan":      "kernel command line: bootmed.mode=scan: ignored; want bootmend.OPTION=VALUE",
	} {
		if c := ParseCmdline(text); len(c.Warnings) != 1 || c.Warnings[0] != want || c.Mode != ModeMenu {
			t.Errorf("%s: %q; want %q", text, c.Warnings, want)
		}
	}
	for _, name := range options { // the list is that of set
		c := Config{}
		if err := c.set(name, "\x00"); err != nil && strings.Contains(err.Error(), "unknown") && name != "machine" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, tt := range []struct {
		a, b string
		want int
	}{{"mode", "mode", 0}, {"mod", "mode", 1}, {"mdoe", "mode", 1}, {"", "mode", 4}, {"kitten", "sitting", 3}} {
		if got := typingErrors(tt.a, tt.b); got != tt.want || typingErrors(tt.b, tt.a) != got {
			t.Errorf("%q %q: %d; want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestAnswer: the kernel command line goes before the answer file, option by
// option; both have the same grammar.
func TestAnswer(t *testing.T) {
	c := ParseCmdline("bootmend.mode=scan bootmend.action=safe-mode=on bootmend.answers=/a")
	c.Answer("a.yaml", []answers.Setting{{Option: "mode", Value: "auto"}, {Option: "action", Value: "rebuild-bcd"}, {Option: "after", Value: "poweroff"},
		{Option: "only", Value: "hive-missing"}, {Option: "only", Value: "hive-log-pending"}, {Option: "net", Value: "wifi"}, {Option: "answers", Value: "/b"}, {Option: "tea", Value: "yes"}})
	want := Config{Mode: ModeScan, After: AfterPoweroff, Actions: []string{"safe-mode=on"}, Only: "hive-missing,hive-log-pending", Answers: "/a", Modules: map[kmod.Name]string{},
		Hold: "answers=/b: ignored: one answer file is read, and names no other", // that one may have narrowed the repair, as may whatever tea means
		Warnings: []string{"answer file a.yaml: net=wifi: want dhcp", "answer file a.yaml: answers=/b: ignored: one answer file is read, and names no other",
			"answer file a.yaml: tea: unknown, ignored"}}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Error(diff)
	}
	for _, option := range []string{"answers", "tea"} {
		c := ParseCmdline("")
		c.Answer("a.yaml", []answers.Setting{{Option: "mode", Value: "auto"}, {Option: option, Value: "/b"}})
		if c.Hold == "" || len(c.Warnings) != 1 {
			t.Errorf("%s: held %q, warnings %q", option, c.Hold, c.Warnings)
		}
	}
	if c := ParseCmdline("bootmend.mode=auto bootmend.answers=a.yaml"); c.Hold == "" || c.Answers != "" {
		t.Errorf("an answer file at a place that is none: held %q, answers %q", c.Hold, c.Answers)
	}
}

// FuzzParseCmdline: whatever the boot loader hands over, mode and after are
// known values.
func FuzzParseCmdline(f *testing.F) {
	f.Add(`bootmend.mode=auto a.b="c d" -- x`)
	f.Fuzz(func(t *testing.T, text string) {
		c := ParseCmdline(text)
		switch c.Mode {
		case ModeMenu, ModeAuto, ModeScan, ModeAsk, ModeShell:
		default:
			t.Errorf("mode %q", c.Mode)
		}
		switch c.After {
		case AfterResult, AfterMenu, AfterReboot, AfterPoweroff:
		default:
			t.Errorf("after %q", c.After)
		}
		for name := range c.Modules {
			if name == "bootmend" || strings.ContainsAny(string(name), "-") {
				t.Errorf("parameters for a module %q", name)
			}
		}
	})
}

// TestOtherSpellings: words by which people may have meant that nothing be written hold
// the repair; those that mean something else do not.
func TestOtherSpellings(t *testing.T) {
	for word, holds := range map[string]bool{
		"bootmend.MODE=scan": true, "bootmend.mode:scan": true, "bootmend.scan": true, "bootmend.readonly": true,
		"bootmend.exclude=hive-missing": true, "bootmend.Only=hive-missing": true, "bootmend.tea": false, "bootmend.AFTER=reboot": false,
	} {
		c := ParseCmdline(word)
		if got := c.Hold != ""; got != holds || len(c.Warnings) != 1 {
			t.Errorf("%s: hold %q, warnings %q", word, c.Hold, c.Warnings)
		}
	}
}
