package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The boot manager ignores that Windows failed to start.
//
// Seen as: a Windows that does not start tries again and again and never offers its
// recovery environment. Vista and later.
// Cause: bootstatuspolicy ignoreallfailures, which servers in clouds and some repair
// guides set.
// Evidence: bootstatuspolicy (250000e0) of the entry is 1.
// Fix: on request the element is removed. It may be meant: a server nobody sits at
// is to start again.
var bcdBootstatuspolicy = Condition{
	ID:     "bcd-bootstatuspolicy",
	Title:  "Windows does not offer recovery after a failed start",
	Detect: detectBCDBootstatuspolicy,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return removeElements(p, f, "Windows offers recovery after failures", statusIgnored)
	},
}

const (
	elementStatusPolicy bcd.ElementType = 0x250000e0
	ignoreAllFailures                   = 1
)

func statusIgnored(m *bootchain.BootManager) []leftElement {
	return leftIn(windowsEntries(m), func(e *bcd.Element) bool {
		n, err := e.Integer()
		return err == nil && n == ignoreAllFailures
	}, elementStatusPolicy)
}

func detectBCDBootstatuspolicy(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		return leftFinding(m, statusIgnored(m), Finding{Symptom: "Windows tries to start again and again and offers no recovery",
			Summary: fmt.Sprintf("%s on %s ignores that Windows failed to start.", m.Path, m.System.ID()),
			Advice:  "On servers it is often meant. repair --only bcd-bootstatuspolicy takes it back."})
	})
}
