package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// onDisk says whether rebuild is meant for a disk: w1:, DISK:PARTITION:, or a disk or
// its image as a whole. A file that is a hive, or may become one, is a file of this host.
func (f *rebuildFlags) onDisk(arg string) bool {
	if _, err := os.Stat(arg); err == nil {
		return !f.forFile() && isDisk(arg)
	}
	at, err := parsePlace(arg)
	if err != nil {
		return false
	}
	_, err = os.Stat(at.disk)
	return at.windows != "" || err == nil
}

// forFile reports whether something was typed that a disk says itself.
func (f *rebuildFlags) forFile() bool {
	return f.firmware+f.windows+f.system+f.os+f.recovery+f.ntldr+f.loaderID+f.recoveryID != "" || f.server
}

// isDisk tells a disk, or its image, from what may have been a store.
func isDisk(path string) bool {
	const largestStore = 16 << 20
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	head := make([]byte, 4)
	n, _ := f.ReadAt(head, 0) // what cannot be read is no hive
	return err == nil && size > largestStore && (n < len(head) || string(head) != "regf")
}

// rebuildOnDisk is the action rebuild-bcd by another door.
func (b *bcdTool) rebuildOnDisk(arg string, f *rebuildFlags) error {
	if f.forFile() {
		return usageError{fmt.Errorf("%s: on a disk, firmware, Windows and partitions are found out; --firmware, --windows, --system, --os and the like are for a store in a file of this host, which bootmend fs put copies to a disk", arg)}
	}
	if err := b.mayWrite(); err != nil {
		return err
	}
	m, err := b.openPatient(arg)
	if err != nil {
		return err
	}
	defer m.close()
	asked, err := b.rebuilds(m)
	if err != nil {
		return err
	}
	findings, err := condition.Detect(b.ctx, m.patient)
	if err != nil {
		return err
	}
	plan, err := repair.NewActionPlan(b.ctx, m.patient, findings, asked, b.opt)
	if err != nil {
		return err
	}
	b.at = arg
	d := bcdDocument{Change: &hiveChanged{Changed: !plan.Empty(), Bytes: plan.Bytes()}}
	for _, a := range asked {
		d.Notes = append(d.Notes, a.Notes...)
	}
	if !plan.Empty() && !b.dryRun {
		if !b.yes && !confirm(b.ctx, b.in, b.out, fmt.Sprintf("Write a new store to %s? Type yes: ", arg)) {
			return repair.ErrDeclined
		}
		if _, err := plan.Commit(b.ctx, repair.OpenDisk); err != nil {
			return err
		}
		d.Change.Written = true
		if plan.Undo.ID != "" {
			d.Change.Backup = undoPrefix + plan.Undo.ID
		}
	}
	if b.json {
		return b.printBCD(d)
	}
	for _, n := range d.Notes {
		fmt.Fprintln(b.out, "NOTE", n)
	}
	return b.writeChange(hiveDocument{Change: d.Change})
}

// openPatient inspects the disks of a place, or a disk as a whole.
func (b *bcdTool) openPatient(arg string) (*mounted, error) {
	if _, err := os.Stat(arg); err != nil {
		return mount(b.ctx, arg, b.disks)
	}
	machine, sources, closeAll, err := openDisks("", []string{arg})
	if err != nil {
		return nil, err
	}
	p, err := inspect.Inspect(b.ctx, machine, sources)
	if err != nil {
		closeAll()
		return nil, err
	}
	return &mounted{patient: p, close: closeAll}, nil
}

// rebuilds are the actions for the stores that are meant: that of a Windows, of a
// partition, or all of a disk.
func (b *bcdTool) rebuilds(m *mounted) ([]repair.Action, error) {
	request, err := action.Parse("rebuild-bcd")
	if err != nil {
		return nil, err
	}
	ids := []string{m.windows}
	if m.windows == "" {
		if ids, err = startedFrom(m); err != nil {
			return nil, err
		}
	}
	var all []repair.Action
	for _, id := range ids {
		actions, err := action.Plan(b.ctx, m.patient, []action.Request{request}, action.Options{Windows: id})
		if err != nil {
			return nil, err
		}
		all = append(all, actions...)
	}
	return all, nil
}

// startedFrom names a Windows for each boot manager on the volume, or on all.
func startedFrom(m *mounted) (ids []string, err error) {
	for _, manager := range bootchain.BootManagers(m.patient) {
		if m.volume != nil && manager.System != m.volume {
			continue
		}
		if m.path != "" && !isStorePath(m.path, manager.Path) {
			return nil, usageError{fmt.Errorf("the store of %s is %s", manager.System.ID(), manager.Path)}
		}
		ids = append(ids, manager.Windows[0].ID)
	}
	if len(ids) == 0 {
		return nil, errors.New("no Windows from Vista on is started from there; bootmend scan says what starts from where")
	}
	return ids, nil
}

func isStorePath(path, store string) bool {
	return strings.EqualFold(fs.JoinPath(path), store)
}
