package pid1

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

func TestParseCmdline(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Config
	}{
		{"nothing", "BOOT_IMAGE=/boot/vmlinuz console=tty0 quiet\n", Config{}},
		{"all", "bootmend.mode=auto bootmend.after=poweroff bootmend.machine=qemu-pc bootmend.only=a,b bootmend.except=c",
			Config{Mode: ModeAuto, After: AfterPoweroff, Machine: "qemu-pc", Only: "a,b", Except: "c"}},
		{"last counts", "bootmend.mode=scan bootmend.mode=shell", Config{Mode: ModeShell}},
		{"actions", "bootmend.action=safe-mode=on bootmend.action=rebuild-bcd", Config{Actions: []string{"safe-mode=on", "rebuild-bcd"}}},
		{"quotes", `bootmend.machine="pci:1000:0030" x="a b.c=d"`, Config{Machine: "pci:1000:0030"}},
		{"arguments of init", "bootmend.mode=ask -- bootmend.mode=auto", Config{Mode: ModeAsk}},
		{"modules", "usb-storage.delay_use=0 scsi_mod.scan=sync usb_storage.quirks=1:2:u nvme.flag",
			Config{Modules: map[kmod.Name]string{"usb_storage": "delay_use=0 quirks=1:2:u", "scsi_mod": "scan=sync", "nvme": "flag"}}},
		{"unknown", "bootmend.mode=Auto bootmend.after=halt bootmend.speed=11", Config{Warnings: []string{
			"kernel command line: bootmend.mode=Auto: want auto, scan, ask or shell",
			"kernel command line: bootmend.after=halt: want menu, reboot or poweroff",
			"kernel command line: bootmend.speed: unknown, ignored"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want.After == "" {
				tt.want.After = AfterMenu
			}
			if tt.want.Modules == nil {
				tt.want.Modules = map[kmod.Name]string{}
			}
			if diff := cmp.Diff(tt.want, ParseCmdline(tt.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEngineArgs(t *testing.T) {
	c := Config{Machine: "qemu-pc", Only: "a,b", Except: "c"}
	if diff := cmp.Diff([]string{"repair", "--yes", "--journal-on-disk", "--machine", "qemu-pc", "--only", "a,b", "--except", "c"}, c.RepairArgs()); diff != "" {
		t.Error(diff)
	}
	a := Config{Actions: []string{"safe-mode=on", "rebuild-bcd"}}
	if diff := cmp.Diff([]string{"repair", "--yes", "--journal-on-disk", "--action", "safe-mode=on", "--action", "rebuild-bcd"}, a.RepairArgs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"scan", "--machine", "qemu-pc"}, c.ScanArgs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"scan"}, Config{}.ScanArgs()); diff != "" {
		t.Error(diff)
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
		case AfterMenu, AfterReboot, AfterPoweroff:
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
