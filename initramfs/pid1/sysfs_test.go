package pid1

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestModaliases(t *testing.T) {
	sys := fstest.MapFS{
		"devices/pci0000:00/0000:00:01.1/modalias":        file("pci:v00008086d00007010\n"),
		"devices/pci0000:00/0000:00:02.0/modalias":        file("pci:v00001234d00001111\n"),
		"devices/pci0000:00/0000:00:03.0/modalias":        file("pci:v00001234d00001111\n"),
		"devices/pci0000:00/0000:00:03.0/vendor":          file("0x1234"),
		"devices/platform/empty/modalias":                 file("\n"),
		"class/tty/tty0/modalias":                         file("not a device"),
		"devices/pci0000:00/0000:00:01.1/ata1/x/modalias": file("scsi:t-0x00\n"),
	}
	want := []string{"pci:v00001234d00001111", "pci:v00008086d00007010", "scsi:t-0x00"}
	if diff := cmp.Diff(want, Modaliases(sys)); diff != "" {
		t.Error(diff)
	}
	if got := Modaliases(fstest.MapFS{}); len(got) != 0 {
		t.Errorf("Modaliases of nothing = %q", got)
	}
}

func TestDisks(t *testing.T) {
	sys := fstest.MapFS{
		"block/sda/size": file("976773168\n"), "block/sr0/size": file("2097151\n"), "block/fd0/size": file("8\n"),
		"block/loop0/size": file("0\n"), "block/ram0/size": file("8192\n"), "block/dm-0/size": file("1\n"),
		"block/nvme0n1/size": file("500\n"), "block/nbd0/size": file("0\n"),
	}
	want := []string{"fd0 8", "nvme0n1 500", "sda 976773168", "sr0 2097151"}
	if diff := cmp.Diff(want, Disks(sys)); diff != "" {
		t.Error(diff)
	}
}

func TestPending(t *testing.T) {
	const usb = "bus/usb/drivers/"
	sys := fstest.MapFS{
		usb + "usb-storage/1-1:1.0/host2/target2:0:0/x": file(""), // has found its disk
		usb + "usb-storage/1-2:1.0/host3/scsi_host":     file(""),
		usb + "usb-storage/module/x":                    file(""), // not an interface
		usb + "uas/2-1:1.0/bInterfaceClass":             file("08"),
		"class/nvme/nvme0/state":                        file("live\n"),
		"class/nvme/nvme1/state":                        file("connecting\n"),
	}
	want := []string{"usb-storage 1-2:1.0", "uas 2-1:1.0", "nvme1 connecting"}
	if diff := cmp.Diff(want, Pending(sys)); diff != "" {
		t.Error(diff)
	}
	if got := Pending(fstest.MapFS{}); len(got) != 0 {
		t.Errorf("Pending of nothing = %q", got)
	}
}

func TestHasUSB(t *testing.T) {
	if !HasUSB(fstest.MapFS{"bus/usb/devices/usb1/x": file("")}) || HasUSB(fstest.MapFS{"bus/usb/drivers/hub/x": file("")}) {
		t.Error("HasUSB does not look for root hubs")
	}
}

func TestConsoleNames(t *testing.T) {
	for _, tt := range []struct {
		name string
		sys  fstest.MapFS
		want []string
	}{
		{"both", fstest.MapFS{"class/tty/tty1/dev": file("4:1"), "class/tty/ttyS0/type": file("4\n")}, []string{"tty1", "ttyS0"}},
		{"no port behind ttyS0", fstest.MapFS{"class/tty/tty1/dev": file("4:1"), "class/tty/ttyS0/type": file("0\n")}, []string{"tty1"}},
		{"no screen", fstest.MapFS{"class/tty/ttyS0/type": file("4\n")}, []string{"ttyS0"}},
		{"none", fstest.MapFS{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, ConsoleNames(tt.sys)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestColdplug: a controller's module makes a disk appear, whose module is
// loaded in the next round; nothing is tried twice.
func TestColdplug(t *testing.T) {
	index, err := kmod.ReadIndex(fstest.MapFS{
		"modules.dep":   file("k/ahci.ko:\nk/sd_mod.ko:\nk/bad.ko:\n"),
		"modules.alias": file("alias pci:a* ahci\nalias scsi:t-0x00* sd_mod\nalias pci:b* bad\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	sys := fstest.MapFS{"devices/1/modalias": file("pci:a1"), "devices/2/modalias": file("pci:b1")}
	var inserted, reported []string
	plug := &coldplug{sys: sys, report: func(alias string, err error) { reported = append(reported, alias) },
		loader: &kmod.Loader{Index: index, Insert: func(f string) error {
			inserted = append(inserted, f)
			switch f {
			case "k/ahci.ko":
				sys["devices/1/host0/modalias"] = file("scsi:t-0x00")
			case "k/bad.ko":
				return errTest
			}
			return nil
		}}}
	var counts []int
	for range 3 {
		counts = append(counts, plug.round())
	}
	if diff := cmp.Diff([]int{1, 1, 0}, counts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"k/ahci.ko", "k/bad.ko", "k/sd_mod.ko"}, inserted); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pci:b1"}, reported); diff != "" {
		t.Error(diff)
	}
}

// TestSettle runs the wait against a machine whose disks appear at given times.
func TestSettle(t *testing.T) {
	const sec = time.Second
	for _, tt := range []struct {
		name        string
		disks       map[string]time.Duration // name: when it appears
		pending     [2]time.Duration         // from, to
		wantDisks   []string
		min, max    time.Duration
		wantPending bool
	}{
		{"at once", map[string]time.Duration{"sda 1": 0}, [2]time.Duration{}, []string{"sda 1"}, settleQuiet, settleQuiet + sec, false},
		{"one after another", map[string]time.Duration{"sda 1": 0, "sdb 1": sec, "sdc 1": 2 * sec}, [2]time.Duration{},
			[]string{"sda 1", "sdb 1", "sdc 1"}, 2*sec + settleQuiet, 4 * sec, false},
		{"slow SAS, CD there", map[string]time.Duration{"sr0 1": 0, "sda 1": 6 * sec}, [2]time.Duration{}, []string{"sda 1", "sr0 1"}, 7 * sec, 9 * sec, false},
		{"slow SAS, our stick there", map[string]time.Duration{"sdm 1": 0, "sda 1": 6 * sec}, [2]time.Duration{}, []string{"sda 1", "sdm 1"}, 7 * sec, 9 * sec, false},
		{"no disk", map[string]time.Duration{}, [2]time.Duration{}, nil, settleNoDisk, settleNoDisk + sec, false},
		{"slow USB stick", map[string]time.Duration{"sda 1": 0, "sdb 1": 9 * sec}, [2]time.Duration{0, 9 * sec}, []string{"sda 1", "sdb 1"}, 10 * sec, 12 * sec, false},
		{"stick that USB has not seen yet", map[string]time.Duration{"sda 1": 0, "sdb 1": 2 * sec}, [2]time.Duration{}, []string{"sda 1", "sdb 1"}, 2*sec + settleUSB, 6 * sec, false},
		{"USB device that never answers", map[string]time.Duration{"sda 1": 0}, [2]time.Duration{0, time.Hour}, []string{"sda 1"}, settlePending, settlePending + sec, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var clock time.Duration
			start := time.Unix(0, 0)
			disks, late := settler{
				load: func() int { return 0 },
				disks: func() (list []string) {
					for _, d := range []string{"sda 1", "sdb 1", "sdc 1", "sdm 1", "sr0 1"} {
						if at, ok := tt.disks[d]; ok && clock >= at {
							list = append(list, d)
						}
					}
					return list
				},
				pending: func() []string {
					if clock >= tt.pending[0] && clock < tt.pending[1] {
						return []string{"usb-storage 1-1:1.0"}
					}
					return nil
				},
				usb:    func() bool { return strings.Contains(tt.name, "USB") },
				medium: func(name string) bool { return name == "sdm" },
				now:    func() time.Time { return start.Add(clock) },
				sleep:  func(d time.Duration) { clock += d },
			}.run()
			if diff := cmp.Diff(tt.wantDisks, disks); diff != "" {
				t.Error(diff)
			}
			if clock < tt.min || clock > tt.max {
				t.Errorf("waited %s; want %s … %s", clock, tt.min, tt.max)
			}
			if (len(late) > 0) != tt.wantPending {
				t.Errorf("late = %q", late)
			}
		})
	}
}

// TestSettleEnds: hardware that changes for ever does not keep the menu away.
func TestSettleEnds(t *testing.T) {
	var clock time.Duration
	n := 0
	settler{load: func() int { n++; return 1 }, disks: func() []string { return nil }, pending: func() []string { return nil },
		usb: func() bool { return false }, medium: func(string) bool { return false },
		now: func() time.Time { return time.Unix(0, 0).Add(clock) }, sleep: func(d time.Duration) { clock += d }}.run()
	if clock < settleMax || clock > settleMax+time.Second {
		t.Errorf("gave up after %s; want %s", clock, settleMax)
	}
}
