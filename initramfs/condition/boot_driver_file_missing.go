package condition

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// A driver that is loaded at boot has no file, an empty one, or one that is no
// driver for this processor; or one that every disk needs lacks a library (classpnp.sys).
// There is a finding for the service of each such driver: what is certain and needed is
// repaired whatever is to be said of the others.
//
// Seen as: "Windows could not start because the following file is missing or
// corrupt: <root>\system32\drivers\..." (NT 4 to 2003), 0xc000000f or 0xc0000221
// (Vista and later). All Windows; typical after a program or its driver was
// removed by halves, a virus scanner, or a file system check.
// Evidence: services with Start 0 (and no StartOverride against it) in every
// control set, and their files; those of the set that the loader takes count. So does
// the driver of the volume's file system, which is loaded whatever its Start.
// NTLDR gives up where ErrorControl is 2 or 3, and perhaps where it is 1; from Vista
// on a driver with ErrorControl 0 or 1 may be missing, unless
// driverloadfailurepolicy (250000c1) of the loader object is 0, or Windows does not find its
// volume without it (disk). One that filters the
// devices on the way to the volume may not (filter-dangling); where its file comes back,
// that ends it.
// Fix: the file is taken from where this Windows keeps copies (driver store,
// component store, driver cache, service pack, file protection), from set-up files
// on attached media, or from another Windows of the same version on the disks,
// where its version is that of the Windows. From Vista on it is the version that the
// component or driver store is known to have in use (system-file-missing). The file of
// another maker's driver is taken from its package in the driver store: unasked where
// registry and INF file prove that the driver was installed from that package, on request
// where only the name of the file says so and no other package has it. A file that no
// store has is taken from elsewhere on request, where its build is that of Windows.
// Otherwise Start = 4, unless Windows needs the driver to reach its
// volume. Where Windows may start without the driver, on request. Where the loader gives
// up over it, unasked: the driver does nothing without its file, so that turning it off
// takes nothing away that is not lost already, Windows starts, and the program that it
// belongs to can be set up again; undo takes it back.
// Not fixed: drivers that Windows needs and of which there is no copy. Drivers
// between the present controller and the volume: storage-driver-missing.
var bootDriverFileMissing = Condition{
	ID:      "boot-driver-file-missing",
	Title:   "The file of a boot driver is missing or cannot be loaded",
	Subject: "service of the driver",
	InHive:  true,
	Detect:  detectBootDriverFile,
	Fix:     fixBootDriverFile,
}

func detectBootDriverFile(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) {
			continue
		}
		bad, err := badDrivers(p, w, "")
		if err != nil {
			all = append(all, notRead(w, "Services", err))
		}
		var stop, others []Finding
		for _, of := range byService(bad) {
			if f := judgeBadDriver(w, of); f.Severity == Fatal {
				stop = append(stop, f)
			} else {
				others = append(others, f)
			}
		}
		all = append(append(all, stop...), others...)
	}
	return all
}

// judgeBadDriver judges the driver of one service by all control sets.
func judgeBadDriver(w *inspect.Installation, bad []badDriver) Finding {
	f := Finding{ID: "boot-driver-file-missing", Result: Present, Severity: Info, Confidence: Low, Windows: w, Subject: bad[0].Name, Fixable: true,
		Summary: fmt.Sprintf("Driver %s, which %s loads at boot, cannot be loaded.", bad[0].Name, w.Label())}
	var doubts []string
	off, files := false, false
	for _, b := range bad {
		switch stops := b.stopsWindows(w); {
		case stops && bootchain.ReachesVolume(w, b.Name) && !b.stopsLoader(w):
			f.Severity, f.Confidence, f.Symptom = Fatal, High, stop7B
		case stops:
			f.Severity, f.Confidence = Fatal, High
			f.Symptom = `"Windows could not start because the following file is missing or corrupt: ` + b.File + `" (before Vista), 0xc000000f or 0xc0000221`
		}
		if certain(bad) && b.filters(w) {
			f.Severity, f.Confidence, f.Symptom = Fatal, High, stop7B
		}
		e := keyEvidence(w, b.Service.KeyPath, fmt.Sprintf("a driver at %s", b.File), b.FileErr.Error())
		switch {
		case b.file != nil:
			files = true
			e.Actual += "; " + b.file.said + " can take its place"
			if b.file.proof != "" {
				e.Actual += " (" + b.file.proof + ")"
			}
			if doubt := fmt.Sprintf("%s: %s.", b.file.said, b.file.doubt); b.file.doubt != "" && !slices.Contains(doubts, doubt) {
				doubts = append(doubts, doubt)
			}
		case b.off:
			off = true
			e.Actual += "; there is no copy, it can be turned off"
		default:
			e.Actual += "; there is no copy, and Windows needs it"
			f.Fixable = false
		}
		f.Evidence = append(f.Evidence, e)
	}
	switch {
	case !f.Fixable:
		f.Severity, f.Confidence = Fatal, High
		f.Advice = "Attach the disk of another Windows of the same version and service pack, or its set-up medium, so that the file can be taken from there."
	case len(doubts) > 0:
		f.Confidence = Low
		f.Advice = fmt.Sprintf("%s repair %s takes it nevertheless.", strings.Join(doubts, " "), f.Only())
		if bad[0].spare {
			f.Advice += fmt.Sprintf(" repair --action disable-driver=%s turns the driver off instead.", f.Subject)
		}
	case f.Severity == Fatal && off:
		f.Advice = "A driver that is turned off for want of its file belongs to a program or a device that does not work until it is set up again. Where it encrypts or filters another disk, do not let Windows format that disk before."
	case f.Confidence == Low && files:
		f.Advice = fmt.Sprintf("%s. repair %s brings its file back.", startsWithout(w, bad), f.Only())
	case f.Confidence == Low:
		f.Advice = fmt.Sprintf("%s. repair %s turns it off.", startsWithout(w, bad), f.Only())
	}
	return f
}

func fixBootDriverFile(p *inspect.Patient, f Finding) ([]step.Step, error) {
	w := f.Windows
	bad, _ := badDrivers(p, w, f.Subject)
	var steps []step.Step
	written := map[string]bool{}
	for _, b := range bad {
		switch key := strings.ToLower(b.File); {
		case b.off:
			steps = append(steps, setDWORD(w, b.Service.KeyPath, "Start", b.Service.Start, registry.StartDisabled, "the driver has no file"))
		case b.file != nil && !written[key]:
			written[key] = true
			s, err := restoreFile(w, b.File, b.file, "the loader loads it")
			if err != nil {
				return nil, err
			}
			steps = append(steps, s)
		}
	}
	return steps, nil
}
