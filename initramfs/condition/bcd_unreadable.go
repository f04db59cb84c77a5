package condition

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
)

// The BCD store is there and cannot be used: it is no hive, cut short, contradicts
// itself, or holds no objects.
//
// Seen as: 0xc0000098 "The Windows Boot Configuration Data file does not contain
// a valid OS entry", 0xc0000034, 0xc000000f, 0xc0000001. Vista and later.
// Evidence: every cell of the hive, after the replay of its logs.
// Fix, in this order: the logs are carried out and what is damaged is mended where
// the rest of the hive proves what belongs there; else a new store takes its place
// (see bcd-missing).
// Not fixed: damage of the file system or the disk below it.
var bcdUnreadable = Condition{
	ID:     "bcd-unreadable",
	Title:  "The boot configuration (BCD) cannot be read",
	Detect: detectBCDUnreadable,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		const why = "the boot manager can read its configuration"
		m, err := managerOn(p, f.Volume)
		if err != nil {
			return nil, err
		}
		if mended := mendedStore(m); mended != nil {
			return putFile(f.Volume, m.Path, mended, why)
		}
		return writeStore(p, f.Volume, why)
	},
}

// storeDamage lists what is wrong with a store, nil where nothing is or where file
// system or disk are to blame.
func storeDamage(m *bootchain.BootManager) []string {
	if m.Gone != "" || errors.Is(m.Err, fs.ErrDamaged) || errors.Is(m.Err, fs.ErrIsDir) || errors.Is(m.Err, fs.ErrUnsupported) {
		return nil
	}
	src, err := hivefile.OnVolume(m.System.FS, m.Path)
	if err != nil {
		return nil // condition volume-damaged says so
	}
	c, err := hivefile.Check(src)
	switch {
	case errors.Is(err, regfcheck.ErrUnsupported), errors.Is(err, regf.ErrDamaged):
		return []string{err.Error()}
	case err != nil:
		return nil
	}
	var why []string
	if !c.Usable {
		why = append(why, c.Reasons...)
	}
	for _, f := range c.Findings {
		if !f.Harmless && f.Kind != hivefile.UnusedEntries {
			why = append(why, fmt.Sprintf("%s: %s", f.Kind, f.Text))
		}
	}
	if len(why) == 0 && m.Err != nil {
		why = append(why, m.Err.Error())
	}
	if m.Store != nil && len(m.Store.Objects) == 0 {
		why = append(why, "it holds no objects")
	}
	return why
}

// mendedStore is the content that the store has after a repair that loses nothing;
// nil where there is none.
func mendedStore(m *bootchain.BootManager) []byte {
	src, err := hivefile.OnVolume(m.System.FS, m.Path)
	if err != nil {
		return nil
	}
	c, _, err := hivefile.Repair(src, hivefile.RepairOptions{})
	if err != nil {
		return nil
	}
	h, err := regf.Open(c.Content(), c.Size)
	if err != nil {
		return nil
	}
	s, err := bcd.Open(h)
	if err != nil || s.Object(bcd.BootManager) == nil || s.Object(bcd.DefaultEntry) == nil {
		return nil // what is left of it starts nothing
	}
	content, err := io.ReadAll(io.NewSectionReader(c.Content(), 0, c.Size))
	if err != nil {
		return nil
	}
	return content
}

func detectBCDUnreadable(_ context.Context, p *inspect.Patient) []Finding {
	return managerFindings(p, func(m *bootchain.BootManager) *Finding {
		why := storeDamage(m)
		if len(why) == 0 {
			return nil
		}
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High,
			Symptom: `0xc0000098 "does not contain a valid OS entry", 0xc0000034 or 0xc000000f`,
			Summary: fmt.Sprintf("The boot configuration %s on %s is damaged.", m.Path, m.System.ID())}
		for _, text := range why[:min(len(why), shownDamage)] {
			f.Evidence = append(f.Evidence, storeEvidence(m, "", "", text))
		}
		if mendedStore(m) != nil {
			f.Fixable = true
			return f
		}
		f.Evidence = append(f.Evidence, storeEvidence(m, "", "", "it cannot be mended; a new one takes its place"))
		mayWriteStore(p, m, f)
		return f
	})
}
