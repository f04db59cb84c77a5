package repair

import (
	"bytes"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// TestDistinct: what two findings bring back is written once, whatever case each has the
// path in; another content or another volume stays.
func TestDistinct(t *testing.T) {
	disk := &inspect.Disk{Path: "d"}
	one, other := &inspect.Volume{Disk: disk}, &inspect.Volume{Disk: &inspect.Disk{Path: "e"}}
	write := func(v *inspect.Volume, path, content string) step.Step {
		c, err := step.NewContent(bytes.NewReader([]byte(content)), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		return step.WriteFile{Volume: v, Path: path, New: c}
	}
	all := []step.Step{write(one, `\W\a.sys`, "x"), write(one, `\w\A.SYS`, "x"), write(one, `\W\a.sys`, "y"), write(other, `\W\a.sys`, "x"), write(one, `\W\b.sys`, "x")}
	if got := distinct(all); len(got) != 4 {
		t.Errorf("%d steps: %v", len(got), got)
	}
	p := Plan{Fixes: []Fix{{Steps: all[:1]}, {Steps: all[1:2]}}}
	if got := p.Steps(); len(got) != 1 {
		t.Errorf("the plan has %d steps", len(got))
	}
}
