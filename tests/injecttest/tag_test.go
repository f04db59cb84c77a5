package injecttest

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestTags: in a real hive a new miniport gets a tag that no other of its group has
// and that the group's order list knows; a group that the loader does not know is
// replaced by the miniports'.
func TestTags(t *testing.T) {
	collection(t)
	g, err := guests.Around("winxp-vmware", realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz"))
	if err != nil {
		t.Fatal(err)
	}
	m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
	p, w := open(t, g.Build(t), m)
	p.Media = []source.Tree{from(t, "virtio/viostor/xp/x86", nil)}
	offer, err := inject.For(p, w, m.Controllers[0])
	if err != nil {
		t.Fatal(err)
	}
	offer.Drivers[0].Service.Group = "Group of nobody"
	steps, err := inject.Steps(w, offer.Drivers...)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range w.ControlSets {
		used := map[uint32]string{}
		services, err := set.Services()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range services {
			if s.HasTag && strings.EqualFold(s.Group, "SCSI miniport") {
				used[s.Tag] = s.Name
			}
		}
		found := map[string]*step.Data{}
		for _, s := range steps {
			if v, ok := s.(step.SetValue); ok && strings.EqualFold(v.Key, set.Path+`\Services\viostor`) {
				found[v.Value] = v.New
			}
		}
		if found["Group"].String() != `"SCSI miniport"` {
			t.Errorf("%s: group %s", set.Path, found["Group"])
		}
		if found["Tag"] == nil {
			t.Fatalf("%s: no tag", set.Path)
		}
		tag := binary.LittleEndian.Uint32(found["Tag"].Bytes)
		if by := used[tag]; by != "" || len(used) < 10 {
			t.Errorf("%s: tag %d is %s's; %d are used", set.Path, tag, by, len(used))
		}
		k, err := w.Hive.Key(set.Path + `\Control\GroupOrderList`)
		if err != nil {
			t.Fatal(err)
		}
		v, err := k.Value("SCSI miniport")
		if err != nil {
			t.Fatal(err)
		}
		b, err := v.Data()
		if err != nil {
			t.Fatal(err)
		}
		listed := false
		for i := 4; i+4 <= len(b); i += 4 {
			listed = listed || binary.LittleEndian.Uint32(b[i:]) == tag
		}
		if !listed {
			t.Errorf("%s: tag %d is not in the order list % x", set.Path, tag, b)
		}
		t.Logf("%s: tag %d beside %d others", set.Path, tag, len(used))
	}
}
