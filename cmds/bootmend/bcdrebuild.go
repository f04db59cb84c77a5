package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/spf13/cobra"
)

// rebuildFlags are those of rebuild, as typed.
type rebuildFlags struct {
	firmware, windows, system, os        string
	recovery, recoveryImage, recoverySDI string
	server                               bool
	ntldr, loaderID, recoveryID          string
	opt                                  bcd.BuildOptions
}

// addRebuild adds the verb that makes a new store.
func (b *bcdTool) addRebuild(group *cobra.Command) {
	f := &rebuildFlags{}
	cmd := b.add(group, "rebuild", "FILE|DISK|STORE", "make a new store: for one Windows, in a file of this host; or on a disk, for all Windows that start from there", cobra.ExactArgs(1), func(args []string) error {
		if f.onDisk(args[0]) {
			return b.rebuildOnDisk(args[0], f)
		}
		return b.rebuild(args[0], f)
	})
	flags := cmd.Flags()
	flags.StringVar(&f.firmware, "firmware", "", "bios or uefi (required with FILE, as the next ones; a disk says itself)")
	flags.StringVar(&f.windows, "windows", "", "version of the Windows: 6.1.7601, 10.0.19045, ... (required)")
	flags.BoolVar(&f.server, "server", false, "it is a server")
	flags.StringVar(&f.system, "system", "", "partition with the boot manager: mbr:SIGNATURE:OFFSET or gpt:PARTITION:DISK (required)")
	flags.StringVar(&f.os, "os", "", "partition with Windows (required)")
	flags.StringVar(&f.opt.SystemRoot, "systemroot", `\Windows`, "folder of Windows")
	flags.StringVar(&f.opt.Locale, "locale", "en-US", "language of the boot menu")
	flags.StringVar(&f.opt.Description, "description", "", "name in the boot menu (default: by the version)")
	flags.Uint64Var(&f.opt.Timeout, "timeout", 30, "seconds the boot menu waits")
	flags.StringVar(&f.recovery, "recovery", "", "partition with Windows RE")
	flags.StringVar(&f.recoveryImage, "recovery-image", `\Recovery\WindowsRE\Winre.wim`, "its image")
	flags.StringVar(&f.recoverySDI, "recovery-sdi", `\Recovery\WindowsRE\boot.sdi`, "its boot.sdi")
	flags.StringVar(&f.recoveryID, "recovery-id", "", "GUID of its entry, which ReAgent.xml names (default: a new one)")
	flags.StringVar(&f.loaderID, "loader-id", "", "GUID of the entry of Windows (default: a new one)")
	flags.StringVar(&f.ntldr, "ntldr", "", "add an entry of this name for an older Windows that starts by ntldr on the system partition")
	b.addWriting(cmd)
}

// options reads what was typed.
func (f *rebuildFlags) options() (bcd.BuildOptions, error) {
	o := f.opt
	var err error
	for _, required := range []struct{ name, value string }{{"firmware", f.firmware}, {"windows", f.windows}, {"system", f.system}, {"os", f.os}} {
		if required.value == "" {
			return o, usageError{fmt.Errorf("--%s is required", required.name)}
		}
	}
	o.Firmware = bcd.Firmware(strings.ToLower(f.firmware))
	if o.Version, err = parseVersion(f.windows); err != nil {
		return o, err
	}
	if f.server {
		o.Version.InstallationType = "Server"
	}
	if o.System, err = bcd.ParseIdentity(f.system); err != nil {
		return o, usageError{err}
	}
	if o.OS, err = bcd.ParseIdentity(f.os); err != nil {
		return o, usageError{err}
	}
	if f.loaderID != "" {
		if o.Loader, err = bcd.ParseGUID(f.loaderID); err != nil {
			return o, usageError{err}
		}
	}
	if f.recovery != "" {
		o.Recovery = &bcd.RecoveryOptions{Image: f.recoveryImage, SDI: f.recoverySDI}
		if o.Recovery.Partition, err = bcd.ParseIdentity(f.recovery); err != nil {
			return o, usageError{err}
		}
		if f.recoveryID != "" {
			if o.Recovery.ID, err = bcd.ParseGUID(f.recoveryID); err != nil {
				return o, usageError{err}
			}
		}
	}
	if f.ntldr != "" {
		o.Legacy = &bcd.LegacyOptions{Description: f.ntldr}
	}
	o.Now = time.Now()
	return o, nil
}

// parseVersion reads MAJOR.MINOR.BUILD.
func parseVersion(s string) (winver.Version, error) {
	parts := strings.Split(s, ".")
	var n [3]uint32
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 32)
		if err != nil || len(parts) != len(n) {
			return winver.Version{}, usageError{fmt.Errorf("%q is no version of Windows: want MAJOR.MINOR.BUILD, e.g. 6.1.7601", s)}
		}
		n[i] = uint32(v)
	}
	return winver.Version{Major: n[0], Minor: n[1], Build: n[2]}, nil
}

func (b *bcdTool) rebuild(path string, f *rebuildFlags) error {
	opt, err := f.options()
	if err != nil {
		return err
	}
	if isDisk(path) {
		return usageError{fmt.Errorf("%s is a disk and no store; without --firmware, --windows, --system and --os its own store is made anew", path)}
	}
	if err := b.mayWrite(); err != nil {
		return err
	}
	h, err := openNewStore(path)
	if err != nil {
		return err
	}
	defer h.close()
	made, err := buildOver(h, opt)
	if err != nil {
		return err
	}
	b.at = path
	d := bcdDocument{Loader: made.Loader.String(), Change: &hiveChanged{Changed: true, Bytes: int64(len(made.Hive))}}
	if !b.dryRun {
		if !b.yes && !confirm(b.ctx, b.in, b.out, fmt.Sprintf("Write a new store to %s? Type yes: ", path)) {
			return repair.ErrDeclined
		}
		if d.Change.Backup, err = h.writeStore(made.Hive); err != nil {
			return err
		}
		d.Change.Written = true
	}
	if b.json {
		return b.printBCD(d)
	}
	switch {
	case !d.Change.Written:
		_, err = fmt.Fprintf(b.out, "RESULT %d bytes; nothing was written\n", len(made.Hive))
	case d.Change.Backup == "":
		_, err = fmt.Fprintf(b.out, "RESULT done and verified, a new store of %d bytes\n", len(made.Hive))
	default:
		_, err = fmt.Fprintf(b.out, "RESULT done and verified, a new store of %d bytes; the old one is %s\n", len(made.Hive), d.Change.Backup)
	}
	return err
}

// newStore is a file that a store is to be written to. Of the hive only the
// logs beside it matter.
type newStore struct{ *hostHive }

// openNewStore looks at the place for a new store. What is there may be anything.
func openNewStore(path string) (*newStore, error) {
	h, err := openHiveFile(path, true)
	if err == nil {
		return &newStore{h}, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	h = &hostHive{path: filepath.Join(dir, filepath.Base(path)), src: hivefile.Source{Name: path}}
	names, err := os.ReadDir(dir)
	for _, n := range names {
		if err == nil {
			err = h.addLog(n.Name())
		}
	}
	if err != nil {
		h.close()
		return nil, err
	}
	return &newStore{h}, nil
}

// buildOver builds a store whose sequence number is above those of the logs that lie
// beside it: Windows would replay them into it.
func buildOver(h *newStore, opt bcd.BuildOptions) (bcd.Built, error) {
	made, err := bcd.Build(opt)
	if err != nil || len(h.src.Logs) == 0 {
		return made, err
	}
	r, err := hivelog.Open(bytes.NewReader(made.Hive), int64(len(made.Hive)), h.src.Logs)
	if err != nil {
		return made, err
	}
	next, err := r.NextSeq()
	if err != nil {
		return made, err
	}
	opt.MinSeq = next - 1
	return bcd.Build(opt)
}

// writeStore puts the store in place, whole or not at all, and returns the name
// of the old one, "" when there was none.
func (h *newStore) writeStore(content []byte) (backup string, err error) {
	if len(h.watched) > 0 {
		if err := h.unchanged(); err != nil {
			return "", err
		}
		return replaceFile(h.path, bytes.NewReader(content), h.judge, h.unchanged)
	}
	dir := filepath.Dir(h.path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(h.path)+".bootmend-*")
	if err != nil {
		return "", err
	}
	defer func() {
		tmp.Close()
		os.Remove(tmp.Name())
	}()
	st, err := tmp.Stat()
	if err != nil {
		return "", err
	}
	if err := fill(tmp, io.NewSectionReader(bytes.NewReader(content), 0, int64(len(content))), st); err != nil {
		return "", err
	}
	if err := h.judge(tmp, int64(len(content))); err != nil {
		return "", err
	}
	if err := tmp.Chmod(0o644); err != nil {
		return "", err
	}
	if err := os.Link(tmp.Name(), h.path); err != nil { // never over a file that came up meanwhile
		if _, serr := os.Lstat(h.path); serr == nil {
			return "", fmt.Errorf("%s: %w", h.path, errChanged)
		}
		if err := os.Rename(tmp.Name(), h.path); err != nil { // some file systems know no links
			return "", err
		}
	}
	return "", syncDir(dir)
}
