package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// hivePlace is where a hive lies: it yields the hive with its logs and takes the
// changed one.
type hivePlace interface {
	source() hivefile.Source
	version() winver.Version // of the Windows it belongs to, zero when not known
	// write makes the change durable, all of it or nothing, and returns where
	// the old content is kept: the name of a file, or a command that takes the
	// change back (undoPrefix), or "" where somebody wanted neither.
	write(f *hivefile.File, c *hivefile.Change) (backup string, err error)
	close()
}

// undoPrefix starts what write returns for a hive on a disk.
const undoPrefix = "bootmend undo "

// openHivePlace finds the hive that an argument of the command line names.
func openHivePlace(ctx context.Context, arg string, tool *hiveTool) (hivePlace, error) {
	_, err := os.Stat(arg)
	if err == nil {
		return openHiveFile(arg, tool.writes())
	}
	if _, perr := parsePlace(arg); perr != nil {
		return nil, err // it looks like a file
	}
	return openDiskHive(ctx, arg, tool)
}

// hostHive is a hive file of this host.
type hostHive struct {
	path    string // without symbolic links
	src     hivefile.Source
	watched []*watchedFile // the hive, then its logs
	files   []*os.File
}

// openHiveFile opens a hive file and its logs. For writing, what they hold is remembered,
// so that a change by somebody else is noticed before it is overwritten.
func openHiveFile(path string, writing bool) (_ *hostHive, err error) {
	h := &hostHive{}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, err
	}
	f, st, err := h.open(h.path)
	if errors.Is(err, errNoFile) {
		return nil, usageError{fmt.Errorf("%s is no file; a hive on a disk is w1:SYSTEM or DISK:PARTITION:\\path", path)}
	}
	if err != nil {
		return nil, err
	}
	h.watched = append(h.watched, &watchedFile{path: h.path, f: f, stat: st})
	h.src = hivefile.Source{Name: path, Hive: f, Size: st.Size()}
	names, err := os.ReadDir(filepath.Dir(h.path))
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if err := h.addLog(n.Name()); err != nil {
			return nil, err
		}
	}
	h.src.Transactions = h.transactions
	for _, w := range h.watched {
		if !writing {
			break
		}
		if w.sum, err = w.hash(); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// transactions opens the transaction files beside the hive and in the folder
// for them.
func (h *hostHive) transactions() ([]hivelog.TransactionFile, error) {
	var all []hivelog.TransactionFile
	dir, hive := filepath.Dir(h.path), filepath.Base(h.path)
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	folders := []string{dir}
	for _, n := range names {
		if n.IsDir() && strings.EqualFold(n.Name(), hivefile.TransactionFolder) {
			folders = append(folders, filepath.Join(dir, n.Name()))
		}
	}
	for _, folder := range folders {
		names, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			if n.IsDir() || !hivefile.IsTransactionFile(hive, n.Name()) {
				continue
			}
			f, st, err := h.open(filepath.Join(folder, n.Name()))
			if errors.Is(err, errNoFile) {
				continue
			}
			if err != nil {
				return nil, err
			}
			all = append(all, hivelog.TransactionFile{Name: n.Name(), R: f, Size: st.Size()})
		}
	}
	return all, nil
}

// errNoFile: a folder, a pipe, a device, or a symbolic link that leads nowhere.
var errNoFile = errors.New("not a regular file")

// open opens regular files only: a pipe would wait for a writer for ever.
func (h *hostHive) open(path string) (*os.File, os.FileInfo, error) {
	st, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && !st.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: %w", path, errNoFile)
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may have become one
	if err != nil {
		return nil, nil, err
	}
	h.files = append(h.files, f)
	if st, err = f.Stat(); err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", path, errNoFile)
	}
	return f, st, err
}

// addLog takes a file of the hive's folder if it is one of its logs. Copies may
// have lost the case of their names.
func (h *hostHive) addLog(name string) error {
	if !isLogOf(filepath.Base(h.path), name) {
		return nil
	}
	for _, l := range h.src.Logs {
		if strings.EqualFold(l.Name, name) {
			return fmt.Errorf("%s: both %s and %s are beside it, and only one of them can be its log; move the other one away", h.path, l.Name, name)
		}
	}
	path := filepath.Join(filepath.Dir(h.path), name)
	f, st, err := h.open(path)
	if errors.Is(err, errNoFile) {
		return nil
	}
	if err != nil {
		return err
	}
	h.watched = append(h.watched, &watchedFile{path: path, f: f, stat: st})
	h.src.Logs = append(h.src.Logs, hivelog.Log{Name: name, R: f, Size: st.Size()})
	return nil
}

func isLogOf(hive, name string) bool {
	for _, suffix := range hivefile.LogSuffixes {
		if strings.EqualFold(name, hive+suffix) {
			return true
		}
	}
	return false
}

func (h *hostHive) source() hivefile.Source { return h.src }
func (h *hostHive) version() winver.Version { return winver.Version{} }

func (h *hostHive) close() {
	for _, f := range h.files {
		f.Close()
	}
}

// diskHive is a hive on a patient's disk.
type diskHive struct {
	m    *mounted
	path string
	src  hivefile.Source
	ver  winver.Version
	tool *hiveTool
}

func openDiskHive(ctx context.Context, arg string, tool *hiveTool) (_ *diskHive, err error) {
	m, err := mount(ctx, arg, tool.disks)
	if err != nil {
		return nil, err
	}
	h := &diskHive{m: m, path: m.path, tool: tool}
	defer func() {
		if err != nil {
			m.close()
			err = fmt.Errorf("%s: %w", arg, err)
		}
	}()
	if w := m.patient.FindWindows(m.windows); m.windows != "" && w != nil {
		h.ver = w.Version
		if only(h.path, nameLetter) {
			h.path = w.Path(`system32\config\` + h.path)
		}
	}
	if len(fs.SplitPath(h.path)) == 0 {
		return nil, fs.ErrIsDir
	}
	h.src, err = hivefile.OnVolume(m.volume.FS, h.path)
	h.src.Name = arg
	return h, err
}

func (h *diskHive) source() hivefile.Source { return h.src }
func (h *diskHive) version() winver.Version { return h.ver }
func (h *diskHive) close()                  { h.m.close() }

// write plans the change key by key and value by value, so that it is verified,
// journaled and can be taken back like a repair, and returns the ID of the
// undo bundle.
func (h *diskHive) write(f *hivefile.File, c *hivefile.Change) (string, error) {
	// The file as a whole where that is mended, or where somebody agreed to lose
	// entries of the logs: step by step that would be refused.
	if f == nil || c.Whole() || c.DropsLogs() {
		return h.commit(h.wholeFile(c))
	}
	return h.commit(step.HiveSteps(h.m.volume, h.path, f.Hive, c, ""))
}

// wholeFile is what a repair of the hive writes: the file as it then is.
func (h *diskHive) wholeFile(c *hivefile.Change) ([]step.Step, error) {
	old, err := step.StateOf(h.m.volume.FS, h.path)
	if err != nil {
		return nil, err
	}
	content, err := step.NewContent(c.Content(), c.Size)
	return []step.Step{step.WriteFile{Volume: h.m.volume, Path: h.path, Old: &old, New: content}}, err
}

func (h *diskHive) commit(steps []step.Step, err error) (string, error) {
	if err != nil {
		return "", err
	}
	ctx := h.tool.ctx
	findings, err := condition.Detect(ctx, h.m.patient)
	if err != nil {
		return "", err
	}
	action := repair.Action{Title: "change the hive " + h.path, Steps: steps}
	if len(steps) == 0 {
		return "", nil
	}
	plan, err := repair.NewActionPlan(ctx, h.m.patient, findings, []repair.Action{action}, h.tool.opt)
	if err != nil {
		return "", err
	}
	if _, err := plan.Commit(ctx, repair.OpenDisk); err != nil {
		return "", err
	}
	if plan.Undo.ID == "" { // --no-undo
		return "", nil
	}
	return undoPrefix + plan.Undo.ID, nil
}
