package bcdtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// alike are real stores and what differs from one that we build for the same
// Windows, with the reason. "we" has what only ours has, "real" what only the real one
// has. There is none of Vista, 8 and 11.
var alike = []struct {
	file     string
	firmware bcd.Firmware
	version  string
	recovery bool
	change   func(o *bcd.BuildOptions) // to what that machine has
	differs  []string
	values   []string // of elements that both have: theirs and ours
}{
	{"win7-bios-mbr-vm.BCD", bcd.BIOS, "7", true, func(o *bcd.BuildOptions) {
		oneVolume(o)
		o.Recovery.Image, o.Recovery.SDI = `\Recovery\efd09c93-55fb-11e2-aa98-9d073f340da7\Winre.wim`, `\Recovery\efd09c93-55fb-11e2-aa98-9d073f340da7\boot.sdi`
	}, []string{
		// Somebody put a Windows PE of his own into the menu.
		"real another Windows Boot Loader Windows Boot Loader", "real another Windows Boot Loader: description", "real another Windows Boot Loader: detecthal",
		"real another Windows Boot Loader: device", "real another Windows Boot Loader: osdevice", "real another Windows Boot Loader: path",
		"real another Windows Boot Loader: systemroot", "real another Windows Boot Loader: winpe",
		"real {ramdiskoptions} Device options", "real {ramdiskoptions}: description", "real {ramdiskoptions}: ramdisksdidevice", "real {ramdiskoptions}: ramdisksdipath",
	}, []string{
		// And made it the default; his boot manager is wherever the firmware starts from.
		"{bootmgr}: default {572bcd55-ffa7-11d9-aae0-0007e994107d} loader", "{bootmgr}: device boot partition=windows",
		"{bootmgr}: displayorder {572bcd55-ffa7-11d9-aae0-0007e994107d} loader loader", "{bootmgr}: timeout 3 30",
	}},
	{"win81preview-bios-mbr.BCD", bcd.BIOS, "8.1", true, oneVolume, []string{
		"real loader: integrityservices",
		"real winre: displaymessageoverride", // Windows RE was started
		"real {bootmgr}: integrityservices",  // as of the loader: the preview has them, later ones do not
	}, nil},
	{"win10-uefi.BCD", bcd.UEFI, "10", true, nil, []string{
		// Windows copies the firmware's boot entries into the store when it runs.
		"real another Firmware Application (101fffff) Firmware Application (101fffff)", "real another Firmware Application (101fffff): description",
		"real another Firmware Application (101fffff): device", "real another Firmware Application (101fffff): path",
		"real loader: displaymessageoverride", // Windows RE was started
		"real {fwbootmgr} Firmware Boot Manager", "real {fwbootmgr}: displayorder", "real {fwbootmgr}: timeout",
	}, nil},
	{"win10-zhcn-uefi-surfacepro3.BCD", bcd.UEFI, "10", false, nil, []string{
		"real another Firmware Application (101fffff) Firmware Application (101fffff)", "real another Firmware Application (101fffff): description",
		"real {fwbootmgr} Firmware Boot Manager", "real {fwbootmgr}: displayorder", "real {fwbootmgr}: timeout",
	}, nil},
	// Fresh from bcdboot: Windows adds these two when it starts for the first time.
	{"win10-zhcn-bios-store-on-gpt-x470.BCD", bcd.BIOS, "10", false, nil, []string{"we resume: debugoptionenabled", "we resume: filedevice"}, nil},
}

// oneVolume: the boot files lie on the partition of Windows.
func oneVolume(o *bcd.BuildOptions) { o.System = o.OS }

// roles gives objects with GUIDs of their own a name that two stores share.
func roles(s *bcd.Store) map[bcd.GUID]string {
	all := map[bcd.GUID]string{}
	follow := func(id bcd.GUID, t bcd.ElementType, role string) bcd.GUID {
		o := s.Object(id)
		if o == nil || o.Element(t) == nil {
			return bcd.GUID{}
		}
		var to bcd.GUID
		switch t.Format() {
		case bcd.FormatObject:
			to, _ = o.Element(t).Object()
		case bcd.FormatObjectList:
			if ids, _ := o.Element(t).Objects(); len(ids) > 0 {
				to = ids[0]
			}
		case bcd.FormatDevice:
			d, _ := o.Element(t).Device()
			to = d.Options
		}
		if !to.IsZero() {
			all[to] = role
		}
		return to
	}
	loader := windows(s)
	all[loader] = "loader"
	follow(loader, bcd.ElementResumeObject, "resume")
	re := follow(loader, bcd.ElementRecoverySequence, "winre")
	follow(re, bcd.ElementDevice, "winre ramdisk")
	return all
}

// windows is the loader of an installed Windows: the default entry may be Windows PE.
func windows(s *bcd.Store) bcd.GUID {
	for _, o := range s.Objects {
		if o.Type == bcd.TypeLoader && o.Element(bcd.ElementWinPE) == nil {
			return o.ID
		}
	}
	return bcd.GUID{}
}

// outline lists objects by role or name with their types, and their elements.
func outline(s *bcd.Store) []string {
	var all []string
	role := roles(s)
	for _, o := range s.Objects {
		name, ok := role[o.ID]
		if !ok {
			name = o.ID.Alias()
		}
		if name == o.ID.String() {
			name = "another " + o.Type.String()
		}
		all = append(all, name+" "+o.Type.String())
		for _, e := range o.Elements {
			all = append(all, name+": "+o.Type.ElementName(e.Type))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// values are those of all elements but what depends on language, in lower case.
// Partitions go by what they are for, objects by their roles.
func values(s *bcd.Store) map[string]string {
	all, role := map[string]string{}, roles(s)
	name := func(id bcd.GUID) string {
		if r, ok := role[id]; ok {
			return r
		}
		return id.Alias()
	}
	for _, o := range s.Objects {
		for _, e := range o.Elements {
			if e.Type == bcd.ElementDescription || e.Type == bcd.ElementLocale {
				continue
			}
			var text string
			switch e.Type.Format() {
			case bcd.FormatDevice:
				text = deviceFor(s, name(o.ID), e, role)
			case bcd.FormatObject:
				id, _ := e.Object()
				text = name(id)
			case bcd.FormatObjectList:
				ids, _ := e.Objects()
				for _, id := range ids {
					text += name(id) + " "
				}
			default:
				text = strings.Join(s.Show(o, e, bcd.TextOptions{}), ",")
			}
			all[name(o.ID)+": "+o.Type.ElementName(e.Type)] = strings.ToLower(strings.TrimSpace(text))
		}
	}
	return all
}

// deviceFor is the text of a device with the purposes of partitions in place of their
// identities and the role of its options.
func deviceFor(s *bcd.Store, object string, e *bcd.Element, role map[bcd.GUID]string) string {
	d, err := e.Device()
	if err != nil {
		return err.Error()
	}
	text := d.String()
	for id, r := range role {
		text = strings.ReplaceAll(text, id.String(), r)
	}
	of := func(o *bcd.Object, t bcd.ElementType) bcd.Identity {
		if o == nil || o.Element(t) == nil {
			return bcd.Identity{}
		}
		d, _ := o.Element(t).Device()
		if ids := d.Identities(); len(ids) > 0 {
			return ids[0]
		}
		return bcd.Identity{}
	}
	for _, id := range d.Identities() {
		purpose := "another partition"
		switch {
		case strings.HasPrefix(object, "winre"):
			purpose = "recovery"
		case id == of(s.Object(windows(s)), bcd.ElementOSDevice):
			purpose = "windows"
		case id == of(s.Object(bcd.BootManager), bcd.ElementDevice), s.Object(bcd.BootManager).Element(bcd.ElementDevice) == nil:
			purpose = "system"
		}
		text = strings.ReplaceAll(text, id.Short(), purpose)
	}
	return text
}

// TestLikeReal compares objects and element types of new stores, and the values, with those of real ones.
func TestLikeReal(t *testing.T) {
	for _, tt := range alike {
		t.Run(tt.file, func(t *testing.T) {
			o := options(tt.firmware, versions[tt.version], tt.recovery)
			if tt.change != nil {
				tt.change(&o)
			}
			b, err := bcd.Build(o)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := outline(openBytes(t, b.Hive)), outline(open(t, real(t, tt.file)))
			var differs []string
			same := 0
			for _, l := range ours {
				if slices.Contains(theirs, l) {
					same++
				} else {
					differs = append(differs, "we "+l)
				}
			}
			for _, l := range theirs {
				if !slices.Contains(ours, l) {
					differs = append(differs, "real "+l)
				}
			}
			if !slices.Equal(differs, tt.differs) {
				t.Errorf("differences:\n%s\nwant:\n%s", strings.Join(differs, "\n"), strings.Join(tt.differs, "\n"))
			}
			ourValues := values(openBytes(t, b.Hive))
			differs = nil
			for k, their := range values(open(t, real(t, tt.file))) {
				if our, ok := ourValues[k]; ok && our != their {
					differs = append(differs, k+" "+their+" "+our)
				}
			}
			slices.Sort(differs)
			if !slices.Equal(differs, tt.values) {
				t.Errorf("values:\n%s\nwant:\n%s", strings.Join(differs, "\n"), strings.Join(tt.values, "\n"))
			}
			t.Logf("%d objects and elements alike, %d differences", same, len(differs))
		})
	}
}
