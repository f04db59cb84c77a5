package damage

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/ntfslog"
	"github.com/bootmend/bootmend/tests/sparse"
)

// logged is a power failure while Windows changed its volume. Three
// transactions: a file gets new times; one gets another cluster (a bit, its size
// twice, its runs); a driver is made (a bit, its record twice, an entry in the
// index of the folder). The times are logged before the last checkpoint.
type logged struct {
	old     bool  // tables as Windows wrote them until 8.1
	start   int64 // page of the ring where the log begins; negative: from its end
	hive    bool  // the file with new times is the SYSTEM hive
	late    bool  // the checkpoint comes between the second transaction and the third
	onDisk  int   // so many of the nine changes had reached the disk
	undone  bool  // the second and the third were not committed
	unknown bool  // an operation of unknown meaning, after the times
	full    bool  // every page of the log was written once
	tight   bool  // there is not much free space
}

// What the third transaction makes.
const (
	LoggedDir  = `\Windows\System32\drivers`
	LoggedFile = "logged.sys"
	LoggedText = "a driver that was being installed\n"
)

// lost makes the disk what it was when the power failed.
func lost(how logged) func(target) error {
	return func(t target) error {
		if how.tight {
			if err := fill(t); err != nil {
				return err
			}
		}
		made, err := makeAndRemove(t)
		if err != nil {
			return err
		}
		return how.fail(t, made)
	}
}

// fail lets the power fail on a disk on which nothing of the log was carried
// out yet.
func (how logged) fail(t target, made *ntfslog.Made) error {
	last, err := how.log(t, made, 0)
	if err != nil {
		return err
	}
	defer last.Close()
	if how.onDisk > 0 {
		if err := how.carryOut(t, made, how.onDisk); err != nil {
			return err
		}
	}
	return last.install()
}

// carryOut lets ntfsrecover carry out the first changes of the log.
func (how logged) carryOut(t target, made *ntfslog.Made, changes int) error {
	l, err := how.log(t, made, changes)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.install(); err != nil {
		return err
	}
	return ntfsrecover(t)
}

// FullLog is a power failure on a volume whose log, a hundredth of it, was
// written all over, as every log of a Windows that was used for some days. It is
// not in the table: everything about it takes time.
func FullLog() Damage {
	return Damage{Name: "ntfs-log-unclean/full", Finding: "ntfs-log-unclean", Replayed: true, Guest: "win7-x64",
		log: &logged{old: true, hive: true, onDisk: 4, full: true}}
}

// TightLog is the same on a volume with less free space than the log is large.
func TightLog() Damage {
	d := FullLog()
	d.Name, d.log.tight, d.log.onDisk = "ntfs-log-unclean/tight", true, 0
	return d
}

// LargeLog is the same on a volume of 40 GiB, where the log has its full size
// of 64 MiB.
func LargeLog() Damage {
	d := FullLog()
	d.Name = "ntfs-log-unclean/large"
	d.describe = func(g *guests.Guest) *guests.Guest {
		const more = 38 << 30
		g.Name, g.Size = g.Name+"-large", g.Size+more
		g.Parts[1].Size += more
		return g
	}
	return d
}

// makeAndRemove lets ntfs-3g make the driver, which shows how its records look,
// and remove it.
func makeAndRemove(t target) (*ntfslog.Made, error) {
	err := InNTFS(t.image, t.part, `cd Windows/System32/drivers; printf %s "$2" > "$1"`, LoggedFile, LoggedText)
	if err != nil {
		return nil, err
	}
	v, err := ntfslog.Open(t.image, t.part.Start)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	made, err := v.Made(LoggedDir, LoggedFile)
	if err != nil {
		return nil, err
	}
	return made, InNTFS(t.image, t.part, `rm "Windows/System32/drivers/$1"`, LoggedFile)
}

// written is a log and the volume that it is for.
type written struct {
	*ntfslog.Volume
	log *ntfslog.Log
}

func (w written) install() error { return w.log.Install() }

// log writes the log for a volume on which nothing of it was carried out. With
// stop it ends after so many changes, with all that was begun committed.
func (how logged) log(t target, made *ntfslog.Made, stop int) (w written, err error) {
	if w.Volume, err = ntfslog.Open(t.image, t.part.Start); err != nil {
		return w, err
	}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	start, err := w.Page(how.start)
	if err != nil {
		return w, err
	}
	if w.log, err = ntfslog.New(w.Volume, start); err != nil {
		return w, err
	}
	w.log.Old, w.log.Stop = how.old, stop
	_, hive := t.guest.SystemHive()
	hiveRecord, err := w.Find(hive.Path)
	if err != nil {
		return w, err
	}
	touched, err := w.Find(`\Windows\System32\ntdll.dll`)
	if err != nil {
		return w, err
	}
	if how.hive {
		touched = hiveRecord
	}
	if how.full {
		last, err := w.Page(-1)
		if err != nil {
			return w, err
		}
		w.log.History(int(last))
	}
	return w, how.tell(w.log, touched, hiveRecord.No, made)
}

func (how logged) tell(l *ntfslog.Log, touched *ntfslog.Record, hive int64, made *ntfslog.Made) error {
	l.History(2)
	times := l.Begin()
	if err := l.Touch(times, touched); err != nil {
		return err
	}
	if how.unknown {
		if err := l.HotFix(times, touched); err != nil {
			return err
		}
	}
	l.Commit(times)
	if !how.late {
		l.Checkpoint()
	}
	grown := l.Begin()
	if !how.tight { // else there is no room to grow
		if err := l.Grow(grown, hive); err != nil {
			return err
		}
	}
	if !how.undone {
		l.Commit(grown)
	}
	if how.late {
		l.Checkpoint()
	}
	driver := l.Begin()
	if err := l.Create(driver, made); err != nil {
		return err
	}
	if !how.undone {
		l.Commit(driver)
	}
	return nil
}

// ntfsrecover carries out what the log of the partition has committed.
func ntfsrecover(t target) error { return onVolume(t, "ntfsrecover") }

// fill leaves some 10 MiB of the 1800 of the volume free, in pieces.
func fill(t target) error {
	const sizes = "128 128 128 128 128 128 128 128 128 128 128 128 64 64 64 32 16" // MiB
	if err := InNTFS(t.image, t.part, `for n in $1; do i=$((i + 1)); : > big$i; done`, sizes); err != nil {
		return err
	}
	// It says that it failed, and ends as if it had not.
	return onVolume(t, "sh", "-c", `for n in $1; do i=$((i + 1))
		ntfsfallocate -f -l $((n * 1048576)) "$2" big$i 2>&1 | grep -i failed && exit 1; done; true`, "sh", sizes)
}

// onVolume runs a tool on the partition, its last argument.
func onVolume(t target, tool string, args ...string) error {
	dir, err := os.MkdirTemp("", "bootmend-damage")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	volume := dir + "/volume"
	if err := sparse.Extract(volume, t.image, t.part.Start, t.part.Size); err != nil {
		return err
	}
	if out, err := exec.Command(tool, append(args, volume)...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", tool, err, out)
	}
	return sparse.Replace(t.image, t.part.Start, volume)
}

// BuildRecovered is Build, and another copy of the guest as it must be with its
// log carried out, made by others: ntfsrecover carries out a log that holds
// nothing but the transactions that were committed, on a disk that none of
// their changes had reached.
func (d Damage) BuildRecovered(tb testing.TB) (image, whole string, g *guests.Guest) {
	tb.Helper()
	if d.log == nil {
		tb.Fatalf("damage %s is not one of the log", d.Name)
	}
	g = guests.MustLoad(tb, d.Guest)
	if d.describe != nil {
		g = d.describe(g)
	}
	image = g.Build(tb)
	number, _ := g.SystemHive()
	t := target{image, g, *g.Partition(number)}
	made, err := makeAndRemove(t)
	if err == nil {
		whole = filepath.Join(tb.TempDir(), "whole.img")
		err = sparse.CopyFile(whole, image)
	}
	if err == nil {
		err = d.log.fail(t, made)
	}
	how, changes := *d.log, 9
	how.unknown = false
	if how.undone {
		changes = 1
	}
	if t.image = whole; err == nil {
		err = how.carryOut(t, made, changes)
	}
	if err != nil {
		tb.Fatal(fmt.Errorf("damage %s: %w", d.Name, err))
	}
	return image, whole, g
}
