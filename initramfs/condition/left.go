package condition

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Elements that were set for a purpose and stayed in the store.

// leftElement is one of them.
type leftElement struct {
	object  *bcd.Object
	element bcd.ElementType
}

// leftIn finds elements of objects, which may be nil; all of them where counts is.
func leftIn(objects []*bcd.Object, counts func(e *bcd.Element) bool, types ...bcd.ElementType) []leftElement {
	var all []leftElement
	for _, o := range objects {
		if o == nil {
			continue
		}
		for _, t := range types {
			if e := o.Element(t); e != nil && (counts == nil || counts(e)) {
				all = append(all, leftElement{o, t})
			}
		}
	}
	return all
}

// leftFinding completes a finding about them; nil where there are none. They may be
// meant, so a repair waits until a person asks for it.
func leftFinding(m *bootchain.BootManager, left []leftElement, f Finding) *Finding {
	if len(left) == 0 {
		return nil
	}
	f.Result, f.Severity, f.Confidence, f.Fixable = Present, Info, Low, true
	for _, l := range left {
		f.Evidence = append(f.Evidence, elementEvidence(m, l.object, l.element, "not there"))
	}
	return &f
}

// removeElements are the steps that take them away.
func removeElements(p *inspect.Patient, f Finding, why string, find func(m *bootchain.BootManager) []leftElement) ([]step.Step, error) {
	return editStore(p, f.Volume, why, func(m *bootchain.BootManager, e *bcd.Editor) error {
		for _, l := range find(m) {
			if err := e.Remove(l.object.ID, l.element); err != nil {
				return fmt.Errorf("%s %s: %w", l.object.ID.Alias(), l.object.Type.ElementName(l.element), err)
			}
		}
		return nil
	})
}
