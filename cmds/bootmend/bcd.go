package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/spf13/cobra"
)

// bcdTool is one run of a verb of bootmend bcd. A store is a hive, and found,
// opened and written like one.
type bcdTool struct {
	*hiveTool
	at      string // the store that was opened
	verbose bool
}

const bcdHelp = `Look into stores of boot configuration data (BCD) and change them, without Windows.

STORE is a file of this host, DISK:PARTITION:\path, DISK:PARTITION: for the store of
a system partition, or w1: for the one that starts a Windows as bootmend scan numbers
them. Transaction logs beside it are replayed in memory first. A store on a disk
is changed like by a repair: verified, through a journal, and bootmend undo takes it back.

OBJECT is a GUID or a name of bcdedit: {bootmgr}, {default}, {memdiag}, ...; braces
may be left out. ELEMENT is a name of bcdedit (osdevice, safeboot, nx, ...) or
custom:XXXXXXXX. VALUE is what bcdedit takes and prints: Yes, OptIn, {bootmgr}, 30, text.
Partitions are named by what the store holds, since letters exist in a running
Windows only:

  partition=mbr:SIGNATURE:OFFSET      disk signature (hexadecimal) and start in bytes
  partition=gpt:PARTITION:DISK        unique GUIDs of partition and disk
  boot                                where the boot manager was started from
  file=[ID]\path, ramdisk=[ID]\path,{options}, vhd=[ID]\path,locate=custom:22000002,
  locate=\path, hex:BYTES             ID may be boot or locate, too

A file that is changed keeps its old content beside it, as STORE.bootmend-backup,
-2, and so on.

Exit codes: 0 done; 11 refused, or a person is needed; 12 nothing was written because a
precondition failed; 1 error; 2 usage.`

// bcdCommand is the group of verbs on stores.
func bcdCommand(ctx context.Context, in io.Reader, out, errOut io.Writer, code *int) *cobra.Command {
	b := &bcdTool{hiveTool: &hiveTool{ctx: ctx, in: in, out: out, errOut: errOut, code: code}}
	group := &cobra.Command{Use: "bcd", Short: "Look into BCD stores and change them", Long: bcdHelp,
		Args: noCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	group.PersistentFlags().BoolVar(&b.json, "json", false, "print one JSON object")
	group.PersistentFlags().StringSliceVar(&b.disks, "disk", nil, "disks to look for w1, w2, ... on (default: all of this machine)")
	b.add(group, "ls", "STORE [OBJECT]", "list the objects, or print one", cobra.RangeArgs(1, 2), b.list)
	b.add(group, "get", "STORE OBJECT ELEMENT", "print the value of an element", cobra.ExactArgs(3), b.get)
	exp := b.add(group, "export", "STORE", `print the whole store as "bcdedit /enum all" does`, cobra.ExactArgs(1), b.export)
	exp.Flags().BoolVar(&b.verbose, "verbose", false, "GUIDs instead of names, and what is for setup only, as bcdedit /v")
	b.addChanges(group)
	return group
}

// add puts a verb into the group.
func (b *bcdTool) add(group *cobra.Command, name, args, short string, check cobra.PositionalArgs, do func(args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: name + " " + args, Short: short, Args: usageArgs(check), RunE: func(_ *cobra.Command, args []string) error {
		b.verb = name
		return b.judge(do(args))
	}}
	group.AddCommand(cmd)
	return cmd
}

// judge turns an error into the exit code of the contract, and with --json into
// a document.
func (b *bcdTool) judge(err error) error {
	if err == nil || errors.As(err, new(usageError)) {
		return err
	}
	code := hiveExit("bcd", err)
	if errors.Is(err, bcd.ErrBuild) {
		code = report.ExitPerson
	}
	if b.json {
		if jerr := b.printBCD(bcdDocument{Error: err.Error(), ExitCode: code}); jerr != nil {
			return jerr
		}
	}
	fmt.Fprintln(b.errOut, "bootmend:", err)
	*b.code = code
	return nil
}

// bcdDocument is what --json prints. Fields are added, never renamed.
type bcdDocument struct {
	Version  int      `json:"version"`
	Command  string   `json:"command"`
	ExitCode int      `json:"exit_code"`
	Store    string   `json:"store,omitempty"`
	Warning  string   `json:"warning,omitempty"` // the store is not what Windows would read
	Damage   []string `json:"damage,omitempty"`  // what could not be read
	Error    string   `json:"error,omitempty"`

	Objects []bcd.ObjectInfo `json:"objects,omitempty"`
	Element *bcd.ElementInfo `json:"element,omitempty"`
	Change  *hiveChanged     `json:"change,omitempty"`
	Opaque  []string         `json:"opaque,omitempty"` // rewrite: devices that nobody understands
	Loader  string           `json:"loader,omitempty"` // rebuild: the new default
	Notes   []string         `json:"notes,omitempty"`  // rebuild on a disk: what to know
}

func (b *bcdTool) printBCD(d bcdDocument) error {
	d.Version, d.Command = report.Version, "bcd "+b.verb
	if d.Store == "" {
		d.Store = b.at
	}
	enc := json.NewEncoder(b.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}

func (b *bcdTool) list(args []string) error {
	return b.openStore(args[0], func(_ hivePlace, f *hivefile.File, s *bcd.Store) error {
		objects := s.Sorted()
		if len(args) == 2 {
			o, err := object(s, args[1])
			if err != nil {
				return err
			}
			objects = []*bcd.Object{o}
		}
		if b.json {
			return b.printObjects(f, s, objects)
		}
		if len(args) == 2 {
			return s.WriteObject(b.out, objects[0], bcd.TextOptions{})
		}
		for _, o := range objects {
			name := ""
			if e := o.Element(bcd.ElementDescription); e != nil {
				name, _ = e.Text() // a description that is none is left out
			}
			fmt.Fprintf(b.out, "%s %3d elements %s", o.ID, len(o.Elements), o.Title())
			if name != "" && name != o.Title() {
				fmt.Fprintf(b.out, ": %s", name)
			}
			if alias := o.ID.Alias(); alias != o.ID.String() {
				fmt.Fprintf(b.out, " %s", alias)
			}
			if def := s.Object(bcd.DefaultEntry); def == o {
				fmt.Fprintf(b.out, " %s", bcd.DefaultEntry.Alias())
			}
			fmt.Fprintln(b.out)
		}
		return nil
	})
}

func (b *bcdTool) printObjects(f *hivefile.File, s *bcd.Store, objects []*bcd.Object) error {
	d := bcdDocument{Warning: f.Warning(), Damage: s.Damage, Objects: []bcd.ObjectInfo{}}
	for _, o := range objects {
		d.Objects = append(d.Objects, s.DescribeObject(o))
	}
	return b.printBCD(d)
}

func (b *bcdTool) get(args []string) error {
	return b.openStore(args[0], func(_ hivePlace, f *hivefile.File, s *bcd.Store) error {
		o, err := object(s, args[1])
		if err != nil {
			return err
		}
		t, err := o.Type.ParseElement(args[2])
		if err != nil {
			return usageError{err}
		}
		e := o.Element(t)
		if e == nil {
			return fmt.Errorf("%s %s: %w", o.ID.Alias(), args[2], bcd.ErrNotExist)
		}
		if b.json {
			i := s.DescribeElement(o, e)
			return b.printBCD(bcdDocument{Warning: f.Warning(), Damage: s.Damage, Element: &i})
		}
		for _, line := range s.Show(o, e, bcd.TextOptions{}) {
			fmt.Fprintln(b.out, line)
		}
		return nil
	})
}

func (b *bcdTool) export(args []string) error {
	return b.openStore(args[0], func(_ hivePlace, f *hivefile.File, s *bcd.Store) error {
		if b.json {
			return b.printObjects(f, s, s.Sorted())
		}
		return s.WriteText(b.out, bcd.TextOptions{Verbose: b.verbose})
	})
}
