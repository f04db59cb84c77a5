package condition

import (
	"bytes"
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// The drive letter of Windows leads to another partition, or to none.
//
// Seen as: Windows 2000, XP and Server 2003 log on and off again at once, stay at
// the welcome screen, or STOP 0xC000021A; they get another letter than they were
// installed under. Vista and later mostly give themselves the old letter.
// Cause: the disk was copied, its signature changed, or the partition moved:
// MountedDevices knows volumes by signature and offset (MBR) or by the GUID of
// the partition (GPT).
// Evidence: \DosDevices\X: for the letter in SystemRoot of the SOFTWARE hive.
// Fix: the value becomes what the partition is now; other letters for the same
// partition are removed. Vista and later on request.
// Not fixed: disks without a signature or with one that another disk has, too.
var mountedDevicesStale = Condition{
	ID:     "mounted-devices-stale",
	Title:  "The drive letter of Windows leads elsewhere",
	InHive: true,
	Detect: detectMountedStale,
	Fix:    fixMountedStale,
}

// letterState is what MountedDevices says of the letter of a Windows.
type letterState struct {
	name   string // of the value: `\DosDevices\C:`
	want   []byte
	have   *registry.MountedDevice  // nil: the letter is free
	others []registry.MountedDevice // other letters of the same partition
	owner  *inspect.Volume          // that the letter leads to, nil: none
}

func (s letterState) wrong() bool {
	return s.have != nil && !bytes.Equal(s.have.Data, s.want) || len(s.others) > 0
}

// letterOf reads the state; ok is false where there is nothing to say.
func letterOf(p *inspect.Patient, w *inspect.Installation) (s letterState, ok bool) {
	letter, err := bootchain.SystemLetter(w)
	s.want = bootchain.MountedIdentity(w.Volume)
	if err != nil || s.want == nil || ambiguous(p, w.Volume, s.want) {
		return s, false
	}
	list, err := w.System.MountedDevices()
	if err != nil || len(list) == 0 {
		return s, false // a Windows that never started gives letters anew
	}
	s.name = fmt.Sprintf(`\DosDevices\%c:`, letter)
	for i, m := range list {
		switch {
		case m.Letter == letter:
			s.have, s.name = &list[i], m.Name
		case m.Letter != 0 && bytes.Equal(m.Data, s.want):
			s.others = append(s.others, m)
		}
	}
	if s.have != nil {
		for _, v := range p.Volumes() {
			if v != w.Volume && bytes.Equal(bootchain.MountedIdentity(v), s.have.Data) {
				s.owner = v
			}
		}
	}
	return s, true
}

// ambiguous: another volume has the same identity.
func ambiguous(p *inspect.Patient, own *inspect.Volume, id []byte) bool {
	for _, v := range p.Volumes() {
		if v != own && bytes.Equal(bootchain.MountedIdentity(v), id) {
			return true
		}
	}
	return false
}

func detectMountedStale(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) || w.VersionErr != nil {
			continue
		}
		s, ok := letterOf(p, w)
		if !ok || !s.wrong() {
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true,
			Symptom: "Windows logs off right after the logon, stays at the welcome screen, or STOP 0xC000021A",
			Summary: fmt.Sprintf("The drive letter of %s leads elsewhere: %s.", w.Label(), describeLetter(s))}
		if s.have != nil {
			f.Evidence = append(f.Evidence, keyEvidence(w, `MountedDevices\`+s.name, fmt.Sprintf("% x", s.want), fmt.Sprintf("% x", s.have.Data)))
		}
		for _, o := range s.others {
			f.Evidence = append(f.Evidence, keyEvidence(w, `MountedDevices\`+o.Name, "one letter for the partition", o.String()))
		}
		if w.Version.AtLeast(6, 0) {
			f.Severity, f.Confidence = Info, Low
			f.Advice = "Windows Vista and later mostly set it right when they start. If the logon does not work, repair --only mounted-devices-stale does."
			if s.owner != nil && s.owner.Disk == w.Volume.Disk {
				f.Severity = Warning // not just another copy of the disk
			}
		}
		all = append(all, f)
	}
	return all
}

func describeLetter(s letterState) string {
	switch {
	case s.have == nil || bytes.Equal(s.have.Data, s.want):
		return fmt.Sprintf("its partition has the letter %c: as well", s.others[0].Letter)
	case s.owner != nil:
		return fmt.Sprintf("%s is %s", s.name, s.owner.ID())
	}
	return s.name + " is a partition that is not there"
}

func fixMountedStale(p *inspect.Patient, f Finding) ([]step.Step, error) {
	w := f.Windows
	s, ok := letterOf(p, w)
	if !ok {
		return nil, nil
	}
	var steps []step.Step
	set := func(name string, old, now *step.Data, why string) {
		steps = append(steps, step.SetValue{Volume: w.Volume, File: w.HivePath, Key: "MountedDevices", Value: name, Old: old, New: now, Why: why})
	}
	now := &step.Data{Type: regf.RegBinary, Bytes: s.want}
	if s.have == nil || !bytes.Equal(s.have.Data, s.want) {
		old, err := valueData(w, "MountedDevices", s.name)
		if err != nil {
			return nil, err
		}
		set(s.name, old, now, "Windows gets the letter that it was installed under")
	}
	for _, o := range s.others {
		old, err := valueData(w, "MountedDevices", o.Name)
		if err != nil {
			return nil, err
		}
		set(o.Name, old, nil, "the partition has one letter")
	}
	return steps, nil
}
