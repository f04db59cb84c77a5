package pid1

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecide(t *testing.T) {
	never := -time.Second
	repaired := Outcome{ExitCode: 0, Repaired: true, SinceRepair: never}
	healthy := Outcome{ExitCode: 0, Healthy: true, SinceRepair: never}
	started := Outcome{ExitCode: 0, Healthy: true, SinceRepair: 12 * time.Minute}
	for _, tt := range []struct {
		name    string
		after   After
		o       Outcome
		want    Choice
		seconds int
		says    string
	}{
		{"untouched, repaired", AfterResult, repaired, ChooseReboot, readSeconds, "restarts"},
		{"untouched, healthy", AfterResult, healthy, 0, 0, "note what it shows"},
		{"untouched, started again", AfterResult, started, 0, 0, "12 minutes ago"},
		{"untouched, long ago", AfterResult, Outcome{Healthy: true, SinceRepair: 2 * time.Hour}, 0, 0, "note what it shows"},
		{"untouched, clock went back", AfterResult, Outcome{Healthy: true, SinceRepair: -time.Minute}, 0, 0, "note what it shows"},
		{"untouched, a person", AfterResult, Outcome{ExitCode: 11, SinceRepair: never}, 0, 0, "left for you"},
		{"untouched, partly", AfterResult, Outcome{ExitCode: 11, Repaired: true, SinceRepair: never}, 0, 0, "left for you"},
		{"untouched, failed", AfterResult, Outcome{ExitCode: 139, SinceRepair: never}, 0, 0, "menu"},
		{"reboot, repaired", AfterReboot, repaired, ChooseReboot, saidSeconds, "restarts"},
		{"reboot, healthy", AfterReboot, healthy, ChooseReboot, saidSeconds, "restarts"},
		// What cannot be repaired must not restart for ever.
		{"reboot, failed, nothing keeps it", AfterReboot, Outcome{ExitCode: 1, SinceRepair: never}, ChoosePoweroff, readSeconds, "might restart for ever"},
		{"reboot, a person, nothing keeps it", AfterReboot, Outcome{ExitCode: 11, SinceRepair: never}, ChoosePoweroff, readSeconds, "switched off instead"},
		{"reboot, a person, first", AfterReboot, Outcome{ExitCode: 11, SinceRepair: never, Trail: TrailFirst}, ChooseReboot, saidSeconds, "restarts"},
		{"reboot, a person, again", AfterReboot, Outcome{ExitCode: 11, SinceRepair: never, Trail: TrailAgain}, ChoosePoweroff, readSeconds, "within the last hour already"},
		{"reboot, healthy, again", AfterReboot, Outcome{Healthy: true, SinceRepair: never, Trail: TrailAgain}, ChoosePoweroff, readSeconds, "within the last hour already"},
		{"reboot, repaired, again", AfterReboot, Outcome{Repaired: true, SinceRepair: never, Trail: TrailAgain}, ChooseReboot, saidSeconds, "restarts"},
		// The undo bundle tells the next start of it.
		{"reboot, partly", AfterReboot, Outcome{ExitCode: 11, Repaired: true, SinceRepair: never}, ChooseReboot, saidSeconds, "restarts"},
		{"reboot, partly before", AfterReboot, Outcome{ExitCode: 11, SinceRepair: 5 * time.Minute, Trail: TrailFirst}, ChoosePoweroff, readSeconds, "repaired 5 minutes ago"},
		{"reboot, partly long before", AfterReboot, Outcome{ExitCode: 11, SinceRepair: 2 * time.Hour, Trail: TrailFirst}, ChooseReboot, saidSeconds, "restarts"},
		{"reboot, a scan", AfterReboot, Outcome{ExitCode: 10, SinceRepair: never, Ordered: ModeScan}, ChooseReboot, saidSeconds, "restarts"},
		{"reboot, a scan instead of a repair", AfterReboot, Outcome{ExitCode: 10, SinceRepair: never, Ordered: ModeAuto}, ChoosePoweroff, readSeconds, "switched off"},
		{"reboot, a scan again", AfterReboot, Outcome{ExitCode: 10, SinceRepair: never, Ordered: ModeScan, Trail: TrailAgain}, ChoosePoweroff, readSeconds, "within the last hour already"},
		{"poweroff, a person", AfterPoweroff, Outcome{ExitCode: 11, SinceRepair: never}, ChoosePoweroff, saidSeconds, "switched off"},
		{"reboot, started again", AfterReboot, started, ChoosePoweroff, readSeconds, "switched off instead"},
		{"poweroff", AfterPoweroff, started, ChoosePoweroff, saidSeconds, "switched off"},
		{"menu", AfterMenu, repaired, 0, 0, "menu"},
	} {
		got := Decide(tt.after, tt.o)
		if got.Choice != tt.want || got.Seconds != tt.seconds || !strings.Contains(got.Sentence, tt.says) {
			t.Errorf("%s: %+v; want %v in %d s, saying %q", tt.name, got, tt.want, tt.seconds, tt.says)
		}
	}
}

func TestReadOutcome(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		name, doc string
		code      int
		want      Outcome
	}{
		{"none", "", 139, Outcome{ExitCode: 139, SinceRepair: -1}},
		{"damaged", "{", 0, Outcome{SinceRepair: -1}},
		{"repaired", `{"healthy":false,"result":{"committed":true}}`, 0, Outcome{Repaired: true, SinceRepair: -1}},
		{"two rounds", `{"earlier":[{}],"result":{"committed":false}}`, 11, Outcome{ExitCode: 11, Repaired: true, SinceRepair: -1}},
		{"healthy", `{"healthy":true,"result":{},"last_repair":{"time":"2026-01-02T03:00:05Z"}}`, 0, Outcome{Healthy: true, SinceRepair: 4 * time.Minute}},
		{"healthy, but the engine failed after", `{"healthy":true}`, 139, Outcome{ExitCode: 139, SinceRepair: -1}},
	} {
		dir := t.TempDir()
		if tt.doc != "" {
			if err := os.WriteFile(filepath.Join(dir, ReportJSON), []byte(tt.doc), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(tt.want, readOutcome(dir, tt.code, now)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestCountDown(t *testing.T) {
	for _, tt := range []struct {
		name, events string // T is a tick
		want         bool
	}{
		{"nobody", "TTT", true}, {"key", "TTx", false}, {"enter", "\r", false}, {"escape", "T\x1b", false}, {"noise", "T\xffT\x00T", true},
	} {
		keys, ticks, quit := make(chan byte), make(chan time.Time), make(chan struct{})
		go func() {
			for _, e := range []byte(tt.events) {
				if e == 'T' {
					select {
					case ticks <- time.Time{}:
					case <-quit:
					}
					continue
				}
				select {
				case keys <- e:
				case <-quit:
				}
			}
		}()
		var out bytes.Buffer
		if got := countDown(&out, keys, ticks, Next{ChooseReboot, 3, ""}); got != tt.want || !strings.Contains(out.String(), "Reboot in  3 s") {
			t.Errorf("%s: %t; want %t: %q", tt.name, got, tt.want, out.String())
		}
		close(quit)
	}
}

func TestExit(t *testing.T) {
	for value, want := range map[string]Exit{"isa-debug": {"isa-debug", 0xF4}, "isa-debug:0x501": {"isa-debug", 0x501}, "pvpanic": {"pvpanic", 0x505}} {
		if got, err := parseExit(value); err != nil || got != want {
			t.Errorf("%s: %+v, %v", value, got, err)
		}
	}
	for _, bad := range []string{"", "x", "isa-debug:", "isa-debug:0x10000", "isa-debug:0", "pvpanic:z"} {
		if got, err := parseExit(bad); err == nil {
			t.Errorf("%q: %+v; want an error", bad, got)
		}
	}
	ports := filepath.Join(t.TempDir(), "port")
	tell := func(e Exit, code int, offers byte) (byte, error) {
		content := bytes.Repeat([]byte{0xEE}, 0x600)
		content[e.Port] = offers
		if err := os.WriteFile(ports, content, 0o600); err != nil {
			t.Fatal(err)
		}
		err := e.tell(ports, code)
		after, readErr := os.ReadFile(ports)
		if readErr != nil {
			t.Fatal(readErr)
		}
		return after[e.Port], err
	}
	isa, pv := Exit{exitISADebug, 0xF4}, Exit{exitPVPanic, 0x505}
	if got, err := tell(isa, 12, 0); err != nil || got != 12 {
		t.Errorf("isa-debug: %d, %v", got, err)
	}
	if got, err := tell(pv, 12, 3); err != nil || got != pvpanicAlarm {
		t.Errorf("pvpanic: %d, %v", got, err)
	}
	if got, err := tell(pv, 0, 3); err != nil || got != 3 {
		t.Errorf("pvpanic after success: %d, %v", got, err)
	}
	if got, err := tell(pv, 12, 0xFF); err == nil || got != 0xFF {
		t.Errorf("pvpanic that is not there: %d, %v; want an error", got, err)
	}
}

func TestWriters(t *testing.T) {
	links := map[string]string{"20/3": "/dev/sda", "20/4": "/dev/null", "21/5": "/dev/sda", "22/6": "/dev/nvme0n1", "23/1": "/dev/ttyS0", "1/7": "/dev/sdb", "24/3": "/dev/sda"}
	proc := fstest.MapFS{
		"20/comm": file("bootmend\n"), "20/fdinfo/3": file("pos:\t0\nflags:\t02140002\nmnt_id:\t6\n"), "20/fdinfo/4": file("pos: 0\nflags:\t0100002\n"),
		"21/comm": file("blkid\n"), "21/fdinfo/5": file("pos:\t0\nflags:\t02100000\n"),
		"22/comm": file("dd\n"), "22/fdinfo/6": file("pos:\t0\nflags:\t0100001\n"),
		"23/comm": file("gosh\n"), "23/fdinfo/1": file("flags:\t0100002\n"),
		"1/comm": file("init\n"), "1/fdinfo/7": file("flags:\t0100002\n"),
		"24/comm": file("odd\n"), "24/fdinfo/3": file("flags:\tx\n"),
		"self/fdinfo/3": file("flags: 2"), "uptime": file("1 1"),
	}
	want := []string{"bootmend, which writes to /dev/sda", "dd, which writes to /dev/nvme0n1"}
	if diff := cmp.Diff(want, writers(proc, func(pid, fd string) string { return links[pid+"/"+fd] })); diff != "" {
		t.Error(diff)
	}
}

// TestTrail: a second start within the hour knows of the first, a later one does not,
// and nothing is kept where there is no UEFI.
func TestTrail(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	dir := t.TempDir()
	for i, tt := range []struct {
		at   time.Duration
		want Trail
	}{{0, TrailFirst}, {time.Minute, TrailAgain}, {59 * time.Minute, TrailAgain}, {61 * time.Minute, TrailFirst}, {62 * time.Minute, TrailAgain},
		{30 * time.Minute, TrailFirst}} { // the clock went back
		if got := leaveTrail(dir, now.Add(tt.at)); got != tt.want {
			t.Errorf("start %d after %s: %q; want %q", i+1, tt.at, got, tt.want)
		}
	}
	if err := dropTrail(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	if got := leaveTrail(dir, now); got != TrailFirst {
		t.Errorf("after it was dropped: %q", got)
	}
	nowhere := filepath.Join(dir, "none")
	if got := leaveTrail(nowhere, now); got != TrailNone {
		t.Errorf("without UEFI: %q", got)
	}
	if err := dropTrail(nowhere); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, trailVariable), []byte{7, 0, 0, 0, 1, 2}, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := leaveTrail(dir, now); got != TrailFirst {
		t.Errorf("of somebody else's content: %q", got)
	}
}
