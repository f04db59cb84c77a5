package ntfs

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/logfile"
)

// mirrorRecords is how many records $MFTMirr repeats, or what fits into its
// cluster.
const mirrorRecords = 4

// LogPlan finds out what is to be done with an unclean log of version 1.1: what
// Windows would do at the next mount. It reads only. A log that cannot be
// judged, of another version or damaged, is an error that wraps
// fs.ErrUnsupported or fs.ErrDamaged. Where Plan.Unknown is not empty the log
// can be followed but not replayed.
func (v *Volume) LogPlan() (*logfile.Plan, error) {
	s, err := v.metaStream(recordLogFile, `\$LogFile`)
	if err != nil {
		return nil, err
	}
	l, err := logfile.Open(s, s.size)
	if err != nil {
		return nil, err
	}
	return l.Analyse()
}

func (v *Volume) logGeometry() logfile.Geometry {
	return logfile.Geometry{
		Cluster: v.clusterSize, Volume: v.clusters * v.clusterSize, Record: v.boot.RecordSize,
		Mirror:        int64(v.boot.MFTMirr) * v.clusterSize,
		MirrorRecords: max(mirrorRecords, v.clusterSize/int64(v.boot.RecordSize)),
	}
}

// ReplayLog does what a mount by Windows would do: it replays an unclean log of
// version 1.1 and empties it. Either all of the log is understood and carried
// out, or the volume is left as it is; see LogPlan for the errors. A clean log
// is left alone. The volume has to be opened anew after it, since file records
// of the file system itself may have changed.
func (v *Volume) ReplayLog() (logfile.Result, error) {
	state, err := v.logState()
	if err != nil || state.Clean {
		return logfile.Result{}, err
	}
	places, err := v.logPlaces()
	if err != nil {
		return logfile.Result{}, err
	}
	res, err := v.ViewLog()
	if err != nil {
		return res, err
	}
	return res, v.emptyLog(places)
}

// ViewLog replays an unclean log like ReplayLog but leaves it as it is: for a
// view in memory that nobody writes to a disk, because the next mount would
// replay it again.
func (v *Volume) ViewLog() (logfile.Result, error) {
	p, err := v.LogPlan()
	if err != nil {
		return logfile.Result{}, err
	}
	return p.Replay(v.dev, v.logGeometry())
}

// DiscardLog empties the log without replaying it, as ntfs-3g does when it is
// told to recover: what was logged but had not reached the disk is lost, and
// what had reached it in part stays so. Before, the runs of $LogFile are judged:
// they have to lie outside of the boot sector, $MFT and $MFTMirr, and be
// allocated. A log of version 2.0 is refused, since Windows keeps more in it
// than transactions (fs.ErrUnsupported).
func (v *Volume) DiscardLog() error {
	state, err := v.logState()
	if err != nil || state.Empty {
		return err
	}
	if state.Major == 2 {
		return unsupported(`\$LogFile`, state.Why)
	}
	places, err := v.logPlaces()
	if err != nil {
		return err
	}
	return v.emptyLog(places)
}

// logPlaces gives the runs of $LogFile, judged.
func (v *Volume) logPlaces() (list []block.Range, err error) {
	s, err := v.metaStream(recordLogFile, `\$LogFile`)
	if err != nil {
		return nil, err
	}
	if s.parts == nil || s.compressed() || s.encrypted() || s.init < s.size {
		return nil, damaged(`\$LogFile`, 0, "%d of %d bytes initialized, flags %#x", s.init, s.size, s.flags)
	}
	err = s.pieces(0, s.size, func(p piece) error {
		if p.vol < 0 {
			return damaged(`\$LogFile`, 0, "hole at %#x", p.off)
		}
		r := block.Range{Off: p.vol, Len: p.n}
		list = append(list, r)
		return v.checkTarget(`\$LogFile`, r)
	})
	return list, err
}

// emptyLog fills the log with FF, where it is not already.
func (v *Volume) emptyLog(places []block.Range) error {
	const step = 64 << 10
	empty := bytes.Repeat([]byte{0xff}, step)
	b := make([]byte, step)
	for _, r := range places {
		for at := r.Off; at < r.End(); at += step {
			n := min(step, r.End()-at)
			if k, err := v.dev.ReadAt(b[:n], at); int64(k) < n {
				return fmt.Errorf(`\$LogFile: volume at %#x: %w`, at, orDamaged(err))
			}
			if bytes.Equal(b[:n], empty[:n]) {
				continue
			}
			if _, err := v.dev.WriteAt(empty[:n], at); err != nil {
				return fmt.Errorf(`\$LogFile: volume at %#x: %w`, at, err)
			}
		}
	}
	return nil
}

// Unmoved makes sure that replaying the log, by whomever, does not touch the
// file: nothing is logged about any of its file records. Then its clusters may
// be overwritten (WriteAt) though the log is not clean, and left so. Otherwise
// the error wraps fs.ErrUnsupported.
func (f *File) Unmoved(p *logfile.Plan) error {
	for _, no := range f.records {
		if p.Touches(int64(no), f.s.v.logGeometry()) {
			return fmt.Errorf("%s: the log has unfinished business with its file record %d: %w", f.path, no, fs.ErrUnsupported)
		}
	}
	return nil
}

// records are the numbers of all MFT records of the file.
func (n *inode) records() []uint64 {
	list := []uint64{n.rec.no}
	for _, e := range n.list {
		if no := e.ref.number(); !slices.Contains(list, no) {
			list = append(list, no)
		}
	}
	return list
}
