package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/spf13/cobra"
)

// addReading adds the verbs that write nothing.
func (h *hiveTool) addReading(group *cobra.Command) {
	h.add(group, "ls", "HIVE [KEY]", "list the keys and values in a key", cobra.RangeArgs(1, 2), h.list)
	raw := false
	get := h.add(group, "get", "HIVE KEY [NAME]", "print a value", cobra.RangeArgs(2, 3), func(args []string) error { return h.get(args, raw) })
	get.Flags().BoolVar(&raw, "raw", false, "write the bytes of the data and nothing else")
	h.add(group, "info", "HIVE", "describe the hive, its logs and its state", cobra.ExactArgs(1), h.info)
	h.add(group, "diff", "HIVE HIVE", "compare keys and values of two hives", cobra.ExactArgs(2), h.diff)
	h.addFind(group)
	h.addExport(group)
}

func (h *hiveTool) list(args []string) error {
	return h.open(args[0], func(_ hivePlace, f *hivefile.File) error {
		all, err := f.List(strings.Join(args[1:], ""))
		if err != nil {
			return err
		}
		if h.json {
			return h.print(hiveDocument{Hive: args[0], Warning: f.Warning(), Keys: all})
		}
		for _, l := range all {
			if len(all) > 1 {
				fmt.Fprintf(h.out, "[%s]\n", l.Path)
			}
			for _, k := range l.Keys {
				link := ""
				if k.Link {
					link = " (symbolic link)"
				}
				fmt.Fprintf(h.out, "%s %6d keys %6d values %s\\%s\n", k.LastWritten.UTC().Format("2006-01-02 15:04:05"), k.Subkeys, k.Values, k.Name, link)
			}
			for _, v := range l.List {
				fmt.Fprintf(h.out, "%-12s %8d %s = %s\n", v.Type, v.Size, shownName(v.Name), shownData(v, 64))
			}
			for _, d := range l.Damaged {
				fmt.Fprintln(h.out, "DAMAGED", d)
			}
		}
		return nil
	})
}

// shownData is a value's data on one line; more than limit bytes of what has no
// text are cut, 0 meaning none are.
func shownData(v hivefile.Value, limit int) string {
	switch d := v.Data.(type) {
	case string:
		return fmt.Sprintf("%q", d)
	case []string:
		return fmt.Sprintf("%q", d)
	case uint64:
		return fmt.Sprintf("%d (%#x)", d, d)
	}
	if limit > 0 && len(v.Hex) > 2*limit {
		return v.Hex[:2*limit] + "..."
	}
	return v.Hex
}

func (h *hiveTool) get(args []string, raw bool) error {
	if raw && h.json {
		return usageError{errors.New("--raw and --json exclude each other")}
	}
	name := "@"
	if len(args) == 3 {
		name = args[2]
	}
	return h.open(args[0], func(_ hivePlace, f *hivefile.File) error {
		all, err := f.Get(args[1], valueName(name))
		if err != nil {
			return err
		}
		if h.json {
			return h.print(hiveDocument{Hive: args[0], Warning: f.Warning(), Values: all})
		}
		if raw {
			if len(all) > 1 {
				return usageError{fmt.Errorf("%s means %d keys: name the control set", args[1], len(all))}
			}
			_, err := h.out.Write(all[0].Raw)
			return err
		}
		for _, v := range all {
			if len(all) > 1 {
				fmt.Fprintf(h.out, "%s: ", v.Key)
			}
			fmt.Fprintf(h.out, "%s %s\n", v.Type, shownData(v.Value, 0))
		}
		return nil
	})
}

func (h *hiveTool) info(args []string) error {
	return h.open(args[0], func(_ hivePlace, f *hivefile.File) error {
		i, err := f.Info()
		if err != nil {
			return err
		}
		code := report.ExitOK
		if !i.Usable || len(i.Damaged) > 0 {
			code = report.ExitPerson
		}
		*h.code = code
		if h.json {
			return h.print(hiveDocument{Hive: args[0], Warning: f.Warning(), Info: i, ExitCode: code})
		}
		return writeInfo(h.out, i)
	})
}

func writeInfo(out io.Writer, i *hivefile.Info) error {
	kind := i.Kind
	if kind == "" {
		kind = "of unknown kind"
	}
	fmt.Fprintf(out, "%s: hive %s, format %s, root key %q, loaded from ...%s\n", i.Name, kind, i.Format, i.RootName, i.FileName)
	fmt.Fprintf(out, "size: %d bytes, %d of them in hbins; %d keys, %d values\n", i.Size, i.BinsSize, i.Keys, i.Values)
	fmt.Fprintf(out, "state: %s; sequence numbers %d and %d; last written %s\n", i.State, i.Seq1, i.Seq2, i.Written.UTC().Format("2006-01-02 15:04:05"))
	for _, r := range i.Reasons {
		fmt.Fprintln(out, "  "+r)
	}
	for _, l := range i.Logs {
		fmt.Fprintf(out, "log %s: %s, sequence %d, %d entries, %d of them used", l.Name, l.Format, l.Seq, l.Entries, l.Used)
		if l.Reason != "" {
			fmt.Fprintf(out, "; %s", l.Reason)
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "transactions: %s (%d files)\n", i.Transactions.Reason, i.Transactions.Files)
	for _, s := range i.ControlSets {
		fmt.Fprintf(out, "%s %s\n", s.Name, strings.Join(s.Roles, ", "))
	}
	for _, d := range i.Damaged {
		fmt.Fprintln(out, "DAMAGED", d)
	}
	return nil
}

func (h *hiveTool) diff(args []string) error {
	return h.open(args[0], func(_ hivePlace, a *hivefile.File) error {
		return h.open(args[1], func(_ hivePlace, b *hivefile.File) error {
			list, err := hivefile.Diff(a, b)
			more := errors.Is(err, regf.ErrTooMany)
			if err != nil && !more {
				return err
			}
			if h.json {
				same := len(list) == 0
				return h.print(hiveDocument{Hive: args[0], Warning: strings.TrimSpace(a.Warning() + " " + b.Warning()), Differences: list, Same: &same, Truncated: more})
			}
			for _, d := range list {
				writeDifference(h.out, d)
			}
			switch {
			case more:
				fmt.Fprintln(h.out, "RESULT there are more differences")
			case len(list) == 0:
				fmt.Fprintln(h.out, "RESULT the same keys and values")
			default:
				fmt.Fprintf(h.out, "RESULT %d differences\n", len(list))
			}
			return nil
		})
	})
}

func writeDifference(out io.Writer, d hivefile.Difference) {
	if d.A == nil && d.B == nil {
		fmt.Fprintf(out, "%s: %s\n", d.Change, d.Key)
		return
	}
	fmt.Fprintf(out, "%s: %s: %s\n", d.Change, d.Key, shownName(d.Name))
	for _, side := range []struct {
		mark string
		v    *hivefile.Value
	}{{"-", d.A}, {"+", d.B}} {
		if side.v != nil {
			fmt.Fprintf(out, "  %s %s %s\n", side.mark, side.v.Type, shownData(*side.v, 256))
		}
	}
}

// hexBytes reads "01ff", "01,ff" or "01 ff".
func hexBytes(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.NewReplacer(",", "", " ", "").Replace(s))
	if err != nil || len(b) == 0 {
		return nil, usageError{fmt.Errorf("%q is no list of bytes in hexadecimal", s)}
	}
	return b, nil
}
