//go:build !lean && !nt5

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

// TestKeys: a recovery password is taken, and is in no message even where it is none.
func TestKeys(t *testing.T) {
	const good, other, bad = "000011-000022-000033-000044-000055-000066-000077-000088", "000110-000022-000033-000044-000055-000066-000077-000088", "000011-000022-000033-000044-000055-000066-000077-000089"
	c := ParseCmdline("bootmend.bitlocker-key=1A2B3C4D:" + good + "," + other + " bootmend.bitlocker-key=" + bad + " bootmend.mode=" + other + " bootmend.machine=" + good)
	if diff := cmp.Diff([]string{"1A2B3C4D:" + good, other}, c.Keys); diff != "" {
		t.Error(diff)
	}
	s := &system{out: &consoles{}, config: c}
	s.warn()
	text := strings.Join(s.notes, "\n")
	if strings.Count(text, "recovery key") != 4 || strings.Contains(text+c.Hold, "000022") {
		t.Errorf("%s", text)
	}
	want := "BOOTMEND_BITLOCKER_KEY=1A2B3C4D:" + good + "," + other
	if env := s.environ(); !slices.Contains(env, want) || slices.ContainsFunc((&system{}).environ(), func(e string) bool { return strings.HasPrefix(e, "BOOTMEND") }) {
		t.Errorf("%v", env)
	}
	for _, args := range [][]string{c.RepairArgs(), c.ScanArgs()} {
		if strings.Contains(strings.Join(args, " "), "000022") {
			t.Errorf("the key is on a command line: %v", args)
		}
	}
	a := ParseCmdline("")
	a.Answer("x", []answers.Setting{{Option: "bitlocker-key", Value: good}, {Option: "bitlocker-key", Value: other}})
	if len(a.Keys) != 2 || len(a.Warnings) > 0 || a.Hold != "" {
		t.Errorf("answer file: %+v", a)
	}
}

// TestParseCmdlineWhole: what the small editions have not.
func TestParseCmdlineWhole(t *testing.T) {
	c := ParseCmdline("bootmend.report=serial,http://10.0.2.2:80/x bootmend.action=safe-mode=on bootmend.action=rebuild-bcd bootmend.only=bcd-missing")
	want := Config{After: AfterResult, Reports: []string{"serial", "http://10.0.2.2:80/x"}, Actions: []string{"safe-mode=on", "rebuild-bcd"}, Only: "bcd-missing", Modules: map[kmod.Name]string{}}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Error(diff)
	}
}
