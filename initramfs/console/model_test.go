package console

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// keysOf reads a line of keys: names as in the bar at the bottom, other words
// letter by letter.
func keysOf(line string) []terminal.Key {
	var all []terminal.Key
	for name := range strings.FieldsSeq(line) {
		if k, ok := keyNamed(name); ok {
			all = append(all, k)
			continue
		}
		for _, r := range name {
			all = append(all, terminal.Key(r))
		}
	}
	return all
}

func keyNamed(name string) (terminal.Key, bool) {
	for k := terminal.Key(' '); k > -30; k-- {
		if k.Name() == name && k != terminal.None {
			return k, true
		}
	}
	return 0, false
}

func hit(m *Model, line string) {
	for _, k := range keysOf(line) {
		m.Key(k)
		settle(m)
	}
}

// TestPages: keys, and what the screen shows then.
func TestPages(t *testing.T) {
	for _, tt := range []struct {
		name, keys string
		image      bool
		engine     func() *fake
		want       []string
	}{
		{"start", "", false, broke, []string{"2 faults found that bootmend can repair, 2 that need a person.", "/dev/sda"[5:], "Quit"}},
		{"start of the image", "", true, broke, []string{"Shell", "Power off", "F10 Shell"}},
		{"nothing wrong", "", false, sound, []string{"Nothing wrong was found."}},
		{"windows", "Down Enter", false, broke, []string{"w1", "✗ broken at: boot drivers", "calls C: sda partition 1"}},
		{"chain", "Down Enter Enter", false, broke, []string{"[?] firmware", "[✗] boot drivers", "the person sees: STOP 0x0000007B", "It calls C: sda"}},
		{"link", "Down Enter Enter Enter", false, broke, []string{"It is broken.", "sees: STOP"}},
		{"findings", "Down Down Enter", false, broke, []string{"✗ The driver for the disk controller is there"}},
		{"evidence", "Down Down Enter Enter", false, broke, []string{"Evidence", "is Start is 4", "expected boot start", "Let bootmend repair it."}},
		{"disks", "Down Down Down Enter", false, broke, []string{"type 0x07, active, ntfs"}},
		{"choose", "Enter", false, broke, []string{"[x] w1: The driver", "[ ] w1:", "Only you can decide", "[ ] sda partition 1: Throw the memory image", "Attach a floppy, CD or USB stick with the driver and press R"}},
		{"choose nothing", "Enter Space Enter", false, broke, []string{"Nothing is chosen"}},
		{"a decision asks", "Enter Down Down Space", false, broke, []string{"not saved are lost", "Y Yes, choose this"}},
		{"a decision taken", "Enter Down Down Space y", false, broke, []string{"[x] sda partition 1: Throw"}},
		{"a decision not taken", "Enter Down Down Space Enter Esc", false, broke, []string{"[ ] sda partition 1: Throw"}},
		{"plan", "Enter Enter", false, broke, []string{"1 registry value is set in sda partition 1", "so that the loader", "Enter Write"}},
		{"plan to the byte", "Enter Enter b", false, broke, []string{"from 4 to 0", "Plain words"}},
		{"rest of the plan", "Enter Enter End", false, broke, []string{"Undo", "Proof", "↑ more"}},
		{"confirm", "Enter Enter Enter", false, broke, []string{"512 bytes will be written to /dev/sda", "Y Write"}},
		{"Enter is no yes", "Enter Enter Enter Enter", false, broke, []string{"Y Write"}},
		{"result", "Enter Enter Enter y", false, broke, []string{"Repaired and verified", "bootmend undo 20261126-120301-1f2e3d4c", "Start Windows from the disk"}},
		{"actions", "Down Down Down Down Enter", false, sound, []string{"Start Windows in safe mode"}},
		{"choices of an action", "Down Down Down Down Enter Enter", false, sound, []string{"on", "off", "network"}},
		{"plan of an action", "Down Down Down Down Enter Enter Down Down Enter", false, sound, []string{"To Start Windows in safe mode", "Enter Write"}},
		{"what did you see", "Down Down Down Down Down Enter 7b Enter", false, broke, []string{"✗ The driver for the disk controller is there but not started (there)", "P Repair"}},
		{"nobody knows", "Down Down Down Down Down Enter qqqq Enter", false, broke, []string{"Nothing is known that shows this"}},
		{"undo", "Down Down Down Down Down Down Enter", false, sound, []string{"20261126-120301-1f2e3d4c", "it was off"}},
		{"undone", "Down Down Down Down Down Down Enter Enter Enter y", false, sound, []string{"Taken back and verified"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := ready(tt.engine(), Options{Image: tt.image})
			hit(m, tt.keys)
			for _, want := range tt.want {
				if !strings.Contains(text(m), want) {
					t.Errorf("%q is not shown:\n%s", want, text(m))
				}
			}
		})
	}
}

// TestGoldenChain keeps one page as it looks.
func TestGoldenChain(t *testing.T) {
	m := ready(broke(), Options{Where: "disk.raw"})
	hit(m, "Down Enter Enter")
	want := `
 bootmend  w1: what happens when it is started                         disk.raw
────────────────────────────────────────────────────────────────────────────────
 Microsoft Windows XP (5.1.2600) in \WINDOWS on sda partition 1
 It calls C: sda partition 1

 [?] firmware            not known
  │
>[✗] boot drivers        intelide: Start is 4, not 0 (boot)
     the person sees: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE

 ✓ holds   ✗ broken   ? could not be told
`
	if got := strings.Join(strings.Split(text(m), "\n")[:11], "\n") + "\n"; got != want[1:] {
		t.Errorf("got:\n%s\nwant:\n%s", got, want[1:])
	}
	if bar := lastLines(text(m), 1); bar != " Enter Details  F Findings  P Repair  Esc Back  Up Down Choose" {
		t.Errorf("keys: %q", bar)
	}
}

// TestWishes: what the person chose reaches the engine.
func TestWishes(t *testing.T) {
	e := broke()
	m := ready(e, Options{})
	hit(m, "Enter Down Down Space y Enter")
	o := e.wish.Options
	if !slices.Equal(o.Only, []string{"storage-driver-disabled"}) || len(o.Leave) != 1 || !strings.HasPrefix(o.Leave[0], "start-override|") || !o.DiscardHibernation || o.DiscardLog {
		t.Errorf("options %+v", o)
	}
	m = ready(e, Options{})
	hit(m, "Enter Down Space Enter")
	if o := e.wish.Options; len(o.Only) != 2 || len(o.Leave) != 0 || o.DiscardHibernation {
		t.Errorf("options %+v", o)
	}
	// The memory image of one Windows is not that of another.
	other := e.look.Run.Findings[1]
	other.Volume = &inspect.Volume{Disk: other.Volume.Disk, Partition: part.Partition{Number: 2}}
	two := broke()
	two.look.Run.Findings = append(two.look.Run.Findings, other)
	m = ready(two, Options{})
	hit(m, "Enter Down Down Space y Enter")
	if o := two.wish.Options; !o.DiscardHibernation || !slices.Contains(o.Leave, other.Key()) {
		t.Errorf("options %+v", o)
	}
	m = ready(e, Options{})
	hit(m, "Down Enter Enter p Enter")
	if o := e.wish.Options; !slices.Equal(o.Only, []string{"storage-driver-disabled"}) {
		t.Errorf("options %+v", o)
	}
	e = twoWindows()
	m = ready(e, Options{})
	hit(m, "Down Enter Down Enter p Enter")
	if o := e.wish.Options; !slices.Equal(o.Only, []string{"storage-driver-disabled"}) || len(o.Leave) != 2 || !strings.Contains(o.Leave[0], `\WINDOWS`) {
		t.Errorf("options %+v", o)
	}
	e = broke()
	m = ready(e, Options{})
	hit(m, "Down Down Down Down Enter End Enter Enter")
	if w := e.wish; len(w.Requests) != 1 || w.Requests[0].Action.Name != "import-reg" || w.Requests[0].Argument != `sr0`+onMedium+`\fix.reg` || w.Windows != "w1" {
		t.Errorf("wish %+v", w)
	}
	if e.writes != 0 {
		t.Error("something was written without a yes")
	}
}

// TestKey: the key of an encrypted volume is asked for, and what it comes to said.
func TestKey(t *testing.T) {
	for _, err := range []error{nil, errors.New("no such volume")} {
		e := broke()
		e.look.Run.Findings = append(e.look.Run.Findings, condition.Finding{ID: "bitlocker-locked", Result: condition.Present, Severity: condition.Blocker,
			Volume: e.look.Run.Patient.Disks[0].Volumes[0], Summary: "It is encrypted."})
		e.keyErr = err
		m := ready(e, Options{})
		hit(m, "Enter")
		if !strings.Contains(text(m), "Press K and type its recovery key") || !strings.Contains(text(m), "K Key") {
			t.Errorf("no key is asked for:\n%s", text(m))
		}
		hit(m, "k 123456-654321 Enter")
		want := "Unlocked"
		if err != nil {
			want = "no such volume"
		}
		if e.key != "123456-654321" || !strings.Contains(text(m), want) {
			t.Errorf("key %q, not shown: %q:\n%s", e.key, want, text(m))
		}
	}
}

// TestWithout: what there is no place for can be gone without, after a question.
func TestWithout(t *testing.T) {
	e := broke()
	e.planErr = repair.ErrNoUndo
	m := ready(e, Options{})
	hit(m, "Enter Enter w")
	if !strings.Contains(text(m), "Without undo?") || e.wish.Options.NoUndo {
		t.Errorf("%+v\n%s", e.wish.Options, text(m))
	}
	e.planErr = nil
	hit(m, "y")
	if !e.wish.Options.NoUndo || len(e.wish.Options.Only) == 0 || !strings.Contains(text(m), "The plan") {
		t.Errorf("%+v\n%s", e.wish.Options, text(m))
	}
	e.commit = repair.ErrNoHome
	hit(m, "Enter y w")
	if !strings.Contains(text(m), "Without a journal?") || e.wish.Options.Uncovered {
		t.Errorf("%+v\n%s", e.wish.Options, text(m))
	}
	hit(m, "y")
	if !e.wish.Options.Uncovered || e.writes != 1 {
		t.Errorf("%+v, %d writes\n%s", e.wish.Options, e.writes, text(m))
	}
}

// TestRecoverFirst: what was interrupted is finished before anything is planned,
// and only after a yes.
func TestRecoverFirst(t *testing.T) {
	e := broke()
	e.look.Interrupted = true
	m := ready(e, Options{})
	hit(m, "Enter")
	if !strings.Contains(text(m), "A repair of these disks was interrupted") || e.writes != 0 {
		t.Fatalf("%d writes:\n%s", e.writes, text(m))
	}
	hit(m, "y")
	if !strings.Contains(text(m), "as before the repair") || e.writes != 1 {
		t.Errorf("%d writes:\n%s", e.writes, text(m))
	}
	hit(m, "Enter Enter")
	if !strings.Contains(text(m), "[x] w1") {
		t.Errorf("no choice after that:\n%s", text(m))
	}
}

// TestCommitIsNotInterrupted: no key, no closed terminal ends the console or leaves
// the page while the disk is written.
func TestCommitIsNotInterrupted(t *testing.T) {
	e := broke()
	m := ready(e, Options{Image: true})
	hit(m, "Enter Enter Enter")
	m.Key('y')
	run, _, ok := m.Pending()
	if !ok {
		t.Fatal("nothing was begun")
	}
	for _, k := range []terminal.Key{terminal.Esc, terminal.CtrlC, terminal.F10, 's', 'q', 'r', terminal.Enter, 'y', terminal.Up} {
		m.Key(k)
		if _, ended := m.Ended(); ended || !strings.Contains(text(m), "Do not switch the machine off") || m.job.ctx.Err() != nil {
			t.Fatalf("after %s:\n%s", k.Name(), text(m))
		}
	}
	if bar := strings.TrimSpace(strings.Split(text(m), "\n")[keyRow]); bar != "" {
		t.Errorf("keys are shown: %q", bar)
	}
	m.Closed()
	if _, ended := m.Ended(); ended || m.job.ctx.Err() != nil {
		t.Fatal("a closed terminal ended it")
	}
	run(Hearer{})()
	if _, ended := m.Ended(); !ended || e.writes != 1 {
		t.Errorf("ended %t, %d writes", ended, e.writes)
	}
}

// TestStop: planning can be stopped, and nothing comes of it.
func TestStop(t *testing.T) {
	e := broke()
	m := ready(e, Options{})
	m.Key(terminal.Enter)
	m.Key(terminal.Enter)
	run, _, _ := m.Pending()
	if !strings.Contains(text(m), "Esc Stop") {
		t.Errorf("no way to stop:\n%s", text(m))
	}
	m.Key(terminal.Esc)
	if m.job.ctx.Err() == nil {
		t.Error("the work was not told")
	}
	run(Hearer{})()
	if e.writes != 0 {
		t.Error("written")
	}
}

// TestImpatience: what is asked for while the disks are still being looked at comes
// then, and another key takes it back.
func TestImpatience(t *testing.T) {
	for keys, want := range map[string]string{"Down Enter": "Windows on these disks", "Down Enter Up": "Why does Windows not start?"} {
		m := New(broke(), Options{}, began)
		for _, k := range keysOf(keys) {
			m.Key(k)
		}
		settle(m)
		if !strings.Contains(text(m), want) {
			t.Errorf("%s:\n%s", keys, text(m))
		}
	}
}

func TestCountdown(t *testing.T) {
	for _, tt := range []struct {
		name    string
		key     terminal.Key
		ended   bool
		outcome Outcome
	}{{"nobody there", terminal.None, true, Unattended}, {"a key", terminal.Down, false, Quit}, {"noise is no key", terminal.None, true, Unattended}} {
		m := ready(sound(), Options{Image: true, Countdown: 3})
		now := began
		for i := range 8 {
			if i == 1 && tt.key != terminal.None {
				m.Key(tt.key)
			}
			if _, ended := m.Ended(); ended {
				break
			}
			if tt.key == terminal.None && !strings.Contains(text(m), "Automatic repair starts in") {
				t.Errorf("no countdown:\n%s", text(m))
			}
			now = now.Add(500 * time.Millisecond)
			m.Tick(now)
		}
		if o, ended := m.Ended(); ended != tt.ended || ended && o != tt.outcome {
			t.Errorf("%s: ended %t, outcome %d", tt.name, ended, o)
		}
	}
}

// TestErrorsAreShown: each with what it means for the disk.
func TestErrorsAreShown(t *testing.T) {
	for _, tt := range []struct {
		name, keys string
		set        func(f *fake)
		want       []string
	}{
		{"disks", "", func(f *fake) { f.lookErr = errors.New("permission denied") }, []string{"could not be looked at", "permission denied"}},
		{"plan", "Enter Enter", func(f *fake) { f.planErr = &repair.VerifyError{Problems: []string{"x"}} }, []string{"This cannot be done", "verification failed: x", "Nothing was written."}},
		{"commit", "Enter Enter Enter y", func(f *fake) { f.commit = repair.ErrChanged }, []string{"Nothing was changed; the disk is as it was.", "changed since"}},
		{"open journal", "Enter Enter Enter y", func(f *fake) { f.commit = journal.ErrOpen }, []string{"It was not carried to its end.", "Do not start Windows"}},
		{"changed since", "Down Down Down Down Down Down Enter Enter", func(f *fake) { f.undoErr = &repair.ChangedSinceError{Places: []string{"there"}} }, []string{"Changed since the repair", "there", "take back the rest"}},
		{"partly", "Down Down Down Down Down Down Enter Enter Enter", func(f *fake) { f.undoErr = &repair.ChangedSinceError{Places: []string{"there"}} }, []string{"The plan", "take back"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := broke()
			tt.set(e)
			m := ready(e, Options{})
			hit(m, tt.keys)
			for _, want := range tt.want {
				if !strings.Contains(text(m), want) {
					t.Errorf("%q is not shown:\n%s", want, text(m))
				}
			}
		})
	}
}

// TestOutcomes: what ends the console, and how.
func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		keys  string
		image bool
		want  Outcome
		ended bool
	}{
		{"q", false, Quit, true}, {"End Enter", false, Quit, true}, {"Ctrl-C", false, Quit, true},
		{"q", true, 0, false}, {"Ctrl-C", true, 0, false}, {"Esc", true, 0, false},
		{"F10", true, Shell, true}, {"s", true, Shell, true}, {"F10", false, 0, false},
		{"End Enter", true, PowerOff, true}, {"End Up Enter", true, Reboot, true}, {"End Up Up Enter", true, Shell, true}, {"End Up Up Up Enter y", true, Automatic, true}, {"End Up Up Up Enter Enter", true, 0, false},
		{"Down Enter F10", true, Shell, true}, {"Down Enter Ctrl-C", false, 0, false},
		{"Down Down Down Down Down Enter s", true, 0, false}, // a letter of what is typed
	} {
		m := ready(broke(), Options{Image: tt.image})
		hit(m, tt.keys)
		if o, ended := m.Ended(); ended != tt.ended || ended && o != tt.want {
			t.Errorf("%s: ended %t, outcome %d; want %t, %d", tt.keys, ended, o, tt.ended, tt.want)
		}
	}
}
