package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Variables of the firmware are no part of the transaction of the disks, which are
// complete and judged before the first of them is set. The firmware takes each of
// them whole or not at all. Entries come before the order that names them: a power
// cut in between leaves an entry that nobody starts, which is found and put into the
// order the next time. An entry that is deleted leaves the order before.

// variableSteps are the steps that set variables, in order.
func variableSteps(steps []step.Step) []step.SetVariable {
	var all []step.SetVariable
	for _, s := range distinct(steps) {
		if v, ok := s.(step.SetVariable); ok {
			all = append(all, v)
		}
	}
	return all
}

func sameVariable(a, b step.SetVariable) bool {
	return a.Name == b.Name && a.Old.Equal(b.Old) && a.New.Equal(b.New)
}

// setVariables carries the steps out on the machine that the result is judged with.
func (r *rehearsal) setVariables(steps []step.Step) error {
	for _, s := range variableSteps(steps) {
		if r.machine == nil || r.machine.Variables == nil {
			return fmt.Errorf("%s: the variables of the firmware are not known", s.Describe())
		}
		if now := r.machine.Variable(s.Name); !now.Equal(s.Old) {
			return fmt.Errorf("%s: the variable is another: %w", s.Describe(), ErrChanged)
		}
		r.machine = r.machine.WithVariable(s.Name, s.New)
	}
	return nil
}

// machineAfter is the machine with the variables as they will be.
func (p *Plan) machineAfter() *machine.Machine {
	m := p.patient.Machine
	for _, s := range p.Variables {
		m = m.WithVariable(s.Name, s.New)
	}
	return m
}

// setAll sets the variables, each read back, up to the first that the firmware does
// not take. It returns how many were set.
func (p *Plan) setAll() (n int, err error) {
	for _, s := range p.Variables {
		if err := setVariable(p.patient.Machine.Variables.Dir, s); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// firmware sets the variables and lets the detectors judge what the firmware then
// has. What goes wrong is told in done: the disks are repaired.
func (p *Plan) firmware(ctx context.Context, targets []Target, done *Done) {
	done.Variables, done.VariablesErr = p.setAll()
	now := *p.patient.Machine
	var err error
	if now.Variables, err = machine.ReadVariables(now.Variables.Dir); err != nil {
		done.VariablesErr = errors.Join(done.VariablesErr, err)
		return
	}
	_, findings, err := p.inspectTargets(ctx, &now, targets)
	if err != nil {
		done.VariablesErr = errors.Join(done.VariablesErr, err)
		return
	}
	p.Remaining = findings
	if bad := compareFindings(p.patient, p.findings, p.Fixes, p.brings(), findings); len(bad) > 0 && done.VariablesErr == nil {
		done.VariablesErr = &VerifyError{bad}
	}
}

func setVariable(dir string, s step.SetVariable) error {
	now, err := efivarfs.Get(dir, s.Name)
	if err != nil {
		return err
	}
	if !now.Equal(s.Old) {
		return fmt.Errorf("%s was changed since the scan", s.Name)
	}
	return efivarfs.Set(dir, s.Name, s.New)
}

func variableState(v *efi.Variable) *bundle.State {
	if v == nil {
		return nil
	}
	return &bundle.State{Type: v.Attributes, Data: v.Data}
}

func variableOf(s *bundle.State) *efi.Variable {
	if s == nil {
		return nil
	}
	return &efi.Variable{Attributes: s.Type, Data: s.Data}
}

// variable takes a variable back. Firmware writes its order itself: there only
// what the repair put in goes out again.
func (u *undoing) variable(d *inspect.Disk, i bundle.Item, why string) (step.Step, error) {
	m := u.patient.Machine
	if m == nil || m.Variables == nil {
		return nil, fmt.Errorf("%s: %w: this machine's firmware is not known here; run undo in the rescue image, on the machine that was repaired", i.Key, ErrChanged)
	}
	now, before, after := m.Variable(i.Key), variableOf(i.Old), variableOf(i.New)
	s := step.SetVariable{Disk: d, Name: i.Key, Old: now, New: before, Why: why}
	switch {
	case now.Equal(after):
		return s, nil
	case now.Equal(before):
		return nil, errTakenBack
	case i.Key != efi.BootOrder || now == nil || before == nil || after == nil:
		return nil, fmt.Errorf("%s: %w", i.Key, ErrChanged)
	}
	order, err := withoutAdded(now.Data, before.Data, after.Data)
	if err != nil {
		return nil, err
	}
	if len(order) == len(now.Data) {
		return nil, errTakenBack
	}
	s.New = &efi.Variable{Attributes: now.Attributes, Data: order}
	return s, nil
}

// withoutAdded is the order now without what after has and before had not.
func withoutAdded(now, before, after []byte) ([]byte, error) {
	var lists [3][]uint16
	for i, b := range [][]byte{now, before, after} {
		var err error
		if lists[i], err = efi.ParseOrder(b); err != nil {
			return nil, err
		}
	}
	return efi.EncodeOrder(slices.DeleteFunc(lists[0], func(n uint16) bool {
		return slices.Contains(lists[2], n) && !slices.Contains(lists[1], n)
	})), nil
}
