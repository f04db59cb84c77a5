package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/spf13/cobra"
)

// exportFlags are those of hive export.
type exportFlags struct {
	utf8, regedit4   bool
	codePage         int
	output           string
	prefix           string
	prefixWasChanged func() bool
}

func (h *hiveTool) addExport(group *cobra.Command) {
	var e exportFlags
	cmd := h.add(group, "export", "HIVE [KEY]", "write a key and all below it as registry text, to standard output", cobra.RangeArgs(1, 2),
		func(args []string) error { return h.export(args, e) })
	cmd.Flags().BoolVar(&e.utf8, "utf8", false, "write UTF-8 instead of UTF-16 (default on a terminal)")
	cmd.Flags().BoolVar(&e.regedit4, "regedit4", false, "write the format of Windows NT 4.0 and 9x, in a code page")
	cmd.Flags().IntVar(&e.codePage, "codepage", 1252, "code page of --regedit4")
	cmd.Flags().StringVarP(&e.output, "output", "o", "", "write to a file, which must not exist")
	cmd.Flags().StringVar(&e.prefix, "prefix", "", `what the hive's root is called in the file (default: by its kind, e.g. HKEY_LOCAL_MACHINE\SYSTEM)`)
	e.prefixWasChanged = func() bool { return cmd.Flags().Changed("prefix") }
}

func (h *hiveTool) export(args []string, e exportFlags) error {
	opt := regtext.WriteOptions{}
	switch {
	case e.utf8 && e.regedit4:
		return usageError{errors.New("--utf8 and --regedit4 exclude each other")}
	case h.json && e.output == "":
		return usageError{errors.New("with --json the registry text needs a file: --output FILE")}
	case e.regedit4:
		opt.Encoding = regtext.ANSI
		var err error
		if opt.ANSI, err = codePage(e.codePage); err != nil {
			return err
		}
	case e.utf8, e.output == "" && isTerminalOut(h.out):
		opt.Encoding = regtext.UTF8
	}
	return h.open(args[0], func(_ hivePlace, f *hivefile.File) error {
		prefix := e.prefix
		if !e.prefixWasChanged() {
			prefix = f.Kind.Mount()
		}
		key := ""
		if len(args) == 2 {
			paths, err := f.Paths(args[1], nil)
			if err != nil {
				return err
			}
			if len(paths) != 1 {
				return usageError{fmt.Errorf("%s means %d keys: name the control set", args[1], len(paths))}
			}
			key = paths[0]
		}
		var done regtext.Exported
		err := h.output(e.output, func(out io.Writer) (err error) {
			w := regtext.NewWriter(out, opt)
			if done, err = regtext.Export(w, f.Hive, key, prefix); err != nil {
				return err
			}
			return w.Close()
		})
		if err != nil {
			return err
		}
		return h.exported(args[0], f.Warning(), done)
	})
}

// output lets do write to a new file or to standard output.
func (h *hiveTool) output(name string, do func(io.Writer) error) (err error) {
	if name == "" {
		return do(h.out)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(name)
		}
	}()
	return do(f)
}

func (h *hiveTool) exported(hive, warning string, done regtext.Exported) error {
	missing := []string{}
	for _, err := range done.Missing {
		missing = append(missing, err.Error())
	}
	if done.MoreMissing > 0 {
		missing = append(missing, fmt.Sprintf("and %d more", done.MoreMissing))
	}
	if len(missing) > 0 {
		*h.code = report.ExitPerson
	}
	if h.json {
		return h.print(hiveDocument{Hive: hive, Warning: warning, ExitCode: *h.code, Export: &hiveExported{done.Keys, done.Values, missing}})
	}
	if len(missing) > 0 {
		fmt.Fprintf(h.errOut, "bootmend: WARNING the export is not complete:\n  %s\n", strings.Join(missing, "\n  "))
	}
	return nil
}

func isTerminalOut(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && isTTY(f)
}
