package report

import (
	"bytes"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// Keep is the repair.Report that leaves a report on the volume, written by the
// repair's own transaction: it is there when the repair is, and not otherwise. So
// it says how the repair ends, before it ends; what only the end tells, the bytes
// written and the proof, it does not have.
func Keep(p *repair.Plan, patient *inspect.Patient, findings []condition.Finding, stamp repair.Stamp) (json, text []byte, err error) {
	plan := *p
	plan.Remaining = nil
	for _, f := range findings {
		if !fixedBy(p, f) {
			plan.Remaining = append(plan.Remaining, f)
		}
	}
	run := &Run{Command: "repair", Asked: len(p.Actions) > 0, Patient: patient, Chains: map[string][]bootchain.Stage{},
		Findings: findings, Plan: &plan, Committed: true, kept: true, Time: stamp.Time}
	for _, w := range patient.Windows {
		run.Chains[w.ID] = bootchain.Walk(patient, w)
	}
	var j, t bytes.Buffer
	if err := WriteJSON(&j, run); err != nil {
		return nil, nil, err
	}
	if err := WriteText(&t, run); err != nil {
		return nil, nil, err
	}
	// The Notepad of every Windows before 10 wants CR and LF.
	return j.Bytes(), bytes.ReplaceAll(t.Bytes(), []byte("\n"), []byte("\r\n")), nil
}

func fixedBy(p *repair.Plan, f condition.Finding) bool {
	for _, fix := range p.Fixes {
		if fix.Finding.Key() == f.Key() {
			return true
		}
	}
	return false
}
