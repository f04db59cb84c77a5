package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/spf13/cobra"
)

// fsCommand is the group of verbs on files.
func fsCommand(ctx context.Context, in io.Reader, out io.Writer, code *int) *cobra.Command {
	var disks []string
	group := &cobra.Command{
		Use:   "fs",
		Short: "List and copy files of a patient's disk",
		Long: `List and copy files of a patient's disk.

PLACE is DISK:PARTITION:\path (partition 0: a disk without partitions, such as
a floppy or a CD) or w1:\path for a Windows as bootmend scan numbers them.`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c := &changer{ctx: ctx, in: in, out: out, code: code}
	group.PersistentFlags().StringSliceVar(&disks, "disk", nil, "disks to look for w1, w2, ... on (default: all of this machine)")
	verb := func(use, short string, args cobra.PositionalArgs, do func(m *mounted, args []string) error) {
		group.AddCommand(&cobra.Command{Use: use, Short: short, Args: usageArgs(args),
			RunE: func(_ *cobra.Command, args []string) error {
				m, err := mount(ctx, args[0], disks)
				if err != nil {
					return err
				}
				defer m.close()
				return do(m, args)
			}})
	}
	verb("ls PLACE", "list a directory", cobra.ExactArgs(1), func(m *mounted, _ []string) error { return list(out, m) })
	verb("stat PLACE", "describe a file or directory", cobra.ExactArgs(1), func(m *mounted, _ []string) error { return stat(out, m) })
	verb("cat PLACE", "print a file", cobra.ExactArgs(1), func(m *mounted, _ []string) error { return copyFile(out, m) })
	verb("check PLACE", "judge the consistency of a whole volume; writes nothing", cobra.ExactArgs(1), func(m *mounted, _ []string) (err error) {
		*code, err = checkVolume(out, m)
		return err
	})
	verb("get PLACE FILE", "copy a file to this host", cobra.ExactArgs(2), func(m *mounted, args []string) error { return get(m, args[1]) })
	group.PersistentPreRun = func(*cobra.Command, []string) { c.disks = disks }
	addChanges(group, c)
	return group
}

// usageArgs makes a wrong number of arguments a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

func list(out io.Writer, m *mounted) error {
	entries, err := m.volume.FS.ReadDir(m.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := printInfo(out, e); err != nil {
			return err
		}
	}
	return nil
}

func stat(out io.Writer, m *mounted) error {
	info, err := m.volume.FS.Stat(m.path)
	if err != nil {
		return err
	}
	if err := printInfo(out, info); err != nil || info.IsDir() {
		return err
	}
	f, err := m.volume.FS.Open(m.path)
	if err != nil {
		return err
	}
	extents, err := f.Extents()
	if err != nil {
		return err
	}
	for _, e := range extents {
		if _, err := fmt.Fprintf(out, "  file %#x: disk %#x, %#x bytes\n", e.FileOff, m.volume.Partition.Range.Off+e.Vol.Off, e.Vol.Len); err != nil {
			return err
		}
	}
	return nil
}

func printInfo(out io.Writer, i fs.Info) error {
	_, err := fmt.Fprintf(out, "%s %12d %s %s\n", i.Attributes, i.Size, i.Modified.UTC().Format("2006-01-02 15:04:05"), i.Name)
	return err
}

func copyFile(out io.Writer, m *mounted) error { return copyWatched(out, m, nil) }

// copyWatched copies and shows how far it is.
func copyWatched(out io.Writer, m *mounted, show repair.Progress) error {
	f, err := m.volume.FS.Open(m.path)
	if err != nil {
		return err
	}
	size := f.Info().Size
	const long = 16 << 20
	if size < long {
		show = nil
	}
	_, err = io.Copy(out, &watched{r: io.NewSectionReader(f, 0, size), what: "copying " + m.path, total: size, show: show})
	return err
}

// get copies a file out. An existing file is not overwritten: what a person
// rescues must not destroy what was rescued before.
func get(m *mounted, dst string) (err error) {
	if st, err := os.Stat(dst); err == nil && st.IsDir() {
		parts := fs.SplitPath(m.path)
		if len(parts) == 0 {
			return usageError{fmt.Errorf("%s: names no file", m.path)}
		}
		dst = filepath.Join(dst, parts[len(parts)-1])
	}
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(dst)
		}
	}()
	return copyWatched(out, m, progressOn(os.Stdout))
}
