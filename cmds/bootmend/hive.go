package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/spf13/cobra"
)

// hiveTool is one run of a verb of bootmend hive.
type hiveTool struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	errOut io.Writer
	code   *int

	verb   string
	json   bool
	disks  []string
	yes    bool
	dryRun bool
	maps   []string
	// dropLogs: somebody agreed to lose entries of the logs.
	dropLogs bool
	vital    bool           // somebody agreed to delete what Windows needs
	opt      repair.Options // for hives on disks
}

const hiveHelp = `Look into registry hives and change them, without Windows.

HIVE is a hive file of this host, w1:SYSTEM (or SOFTWARE, DEFAULT, DRIVERS, ...)
of a Windows as bootmend scan numbers them, or DISK:PARTITION:\path. Transaction
logs beside the hive (.LOG, .LOG1, .LOG2, .ALT) are replayed in memory first.
A hive on a disk is changed like by a repair: verified, through a journal, and
bootmend undo takes it back.

KEY is a path from the hive's root or one that Windows shows:
ControlSet001\Services\atapi, HKLM\SYSTEM\CurrentControlSet\Services\atapi.
CurrentControlSet stands for every control set. Symbolic links are never
followed. NAME is the name of a value, @ the default value.

What Windows does not start without is not deleted (rm, import), unless
--delete-vital says so: control sets and the keys directly in them that count,
Select, and the like of other hives.

A hive file that is changed keeps its old content beside it, as
HIVE.bootmend-backup, -2, and so on; its logs stay, and Windows ignores them.
Where a damaged log holds whole entries that Windows could not use, nothing is
written unless --drop-logs says that they may be lost.

Exit codes: 0 done, or nothing wrong; 10 check: repair can mend it; 11 refused,
or a person is needed; 12 nothing was written because a precondition failed;
1 error; 2 usage.`

// hiveCommand is the group of verbs on hives.
func hiveCommand(ctx context.Context, in io.Reader, out, errOut io.Writer, code *int) *cobra.Command {
	h := &hiveTool{ctx: ctx, in: in, out: out, errOut: errOut, code: code}
	group := &cobra.Command{Use: "hive", Short: "Look into registry hives and change them", Long: hiveHelp,
		Args: noCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	group.PersistentFlags().BoolVar(&h.json, "json", false, "print one JSON object")
	group.PersistentFlags().StringSliceVar(&h.disks, "disk", nil, "disks to look for w1, w2, ... on (default: all of this machine)")
	h.addReading(group)
	h.addChanges(group)
	h.addChecks(group)
	return group
}

// add puts a verb into the group.
func (h *hiveTool) add(group *cobra.Command, name, args, short string, check cobra.PositionalArgs, do func(args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: name + " " + args, Short: short, Args: usageArgs(check), RunE: func(_ *cobra.Command, args []string) error {
		h.verb = name
		return h.judge(do(args))
	}}
	group.AddCommand(cmd)
	return cmd
}

// writes reports whether the verb may write.
func (h *hiveTool) writes() bool {
	switch h.verb {
	case "set", "rm", "import", "repair", "rewrite":
		return !h.dryRun
	}
	return false
}

// judge turns an error into the exit code of the contract. With --json it is
// put into a document.
func (h *hiveTool) judge(err error) error {
	if err == nil || errors.As(err, new(usageError)) {
		return err
	}
	code := hiveExit("hive", err)
	if h.json {
		if jerr := h.print(hiveDocument{Error: err.Error(), ExitCode: code}); jerr != nil {
			return jerr
		}
	}
	fmt.Fprintln(h.errOut, "bootmend:", err)
	*h.code = code
	return nil
}

// hiveExit is the exit code of the contract for an error of a command on hives.
func hiveExit(command string, err error) int {
	switch {
	case errors.Is(err, regtext.ErrMapping), errors.Is(err, regtext.ErrLink), errors.Is(err, hivefile.ErrNotUsable), errors.Is(err, hivefile.ErrNotMended),
		errors.Is(err, hivefile.ErrDropsLogs), errors.Is(err, hivefile.ErrVital), errors.Is(err, hivelog.ErrNoSequence), errors.Is(err, regf.ErrRefused), errors.Is(err, regf.ErrLimit):
		return report.ExitPerson
	case errors.Is(err, errChanged), errors.Is(err, repair.ErrDeclined):
		return report.ExitNotWritten
	}
	return (&report.Run{Command: command, Err: err}).ExitCode()
}

// hiveDocument is what --json prints. Fields are added, never renamed.
type hiveDocument struct {
	Version  int    `json:"version"`
	Command  string `json:"command"`
	ExitCode int    `json:"exit_code"`
	Hive     string `json:"hive,omitempty"`
	Warning  string `json:"warning,omitempty"` // the hive is not what Windows would read
	Error    string `json:"error,omitempty"`

	Keys        []hivefile.Listing    `json:"keys,omitempty"`
	Values      []hivefile.KeyValue   `json:"values,omitempty"`
	Info        *hivefile.Info        `json:"info,omitempty"`
	Differences []hivefile.Difference `json:"differences,omitempty"`
	Same        *bool                 `json:"same,omitempty"`      // diff
	Truncated   bool                  `json:"truncated,omitempty"` // there is more
	Export      *hiveExported         `json:"export,omitempty"`
	Applied     *hivefile.Imported    `json:"applied,omitempty"`
	Change      *hiveChanged          `json:"change,omitempty"`
	Check       *hivefile.Checked     `json:"check,omitempty"`
	Mended      []hivefile.Finding    `json:"mended,omitempty"`
}

// hiveExported counts an export.
type hiveExported struct {
	Keys    int      `json:"keys"`
	Values  int      `json:"values"`
	Missing []string `json:"missing"`
}

// hiveChanged says what a verb wrote.
type hiveChanged struct {
	Paths   []string `json:"paths,omitempty"` // keys, from the hive's root
	Changed bool     `json:"changed"`         // false: it was so already
	Written bool     `json:"written"`         // false with --dry-run, too
	Bytes   int64    `json:"bytes"`           // that differ; what logs add counts with repair only
	Backup  string   `json:"backup,omitempty"`
}

func (h *hiveTool) print(d hiveDocument) error {
	d.Version, d.Command = report.Version, "hive "+h.verb
	enc := json.NewEncoder(h.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}

// open opens a hive and calls do with it.
func (h *hiveTool) open(arg string, do func(at hivePlace, f *hivefile.File) error) error {
	at, err := openHivePlace(h.ctx, arg, h)
	if err != nil {
		return err
	}
	defer at.close()
	f, err := hivefile.Open(at.source())
	if err != nil {
		return err
	}
	if w := f.Warning(); w != "" && !h.json {
		fmt.Fprintln(h.errOut, "bootmend: WARNING", w)
	}
	return do(at, f)
}

// valueName reads NAME of the command line.
func valueName(arg string) string {
	if arg == "@" {
		return ""
	}
	return arg
}

// shownName is the inverse of valueName.
func shownName(name string) string {
	if name == "" {
		return "@"
	}
	return name
}
