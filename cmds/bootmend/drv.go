package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/spf13/cobra"
)

// drvTool is one run of a verb of bootmend drv.
type drvTool struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	errOut io.Writer
	code   *int

	flags flags // those of repair, for the verbs that write
	all   bool
	ids   []string
}

const drvHelp = `Look into the drivers of a Windows and of driver packages, and change which start.

ls lists the drivers that the loader starts and those of disk controllers, with file,
version, vendor, state, and the devices that the registry gives to them:

  boot            the loader starts it
  system, auto, demand, disabled
  start-override  Start is boot, but Windows 8 and later go by StartOverride
  missing-file, broken-file, wrong-machine, unknown-file
                  the loader would start it, but its file is not there, empty or cut
                  off, for another processor, or cannot be told

scan says of driver packages (a folder, ISO or disk image, cabinet or self-extracting
EXE) for which Windows they are, which disk controllers they serve, and how they are
signed. match says which driver a Windows would get for a machine, and why. add puts
it in; disable and enable change when a driver starts. Those three are the actions
prepare-for, disable-driver and enable-driver of bootmend repair: verified, through a
journal, and bootmend undo takes them back.

Exit codes: those of bootmend repair; ls 11 where a Windows cannot be read; match 10
where a driver can be put in, 11 where one has to be provided, or a source that was
named cannot be read.`

// drvCommand is the group of verbs on drivers.
func drvCommand(ctx context.Context, in io.Reader, out, errOut io.Writer, code *int) *cobra.Command {
	d := &drvTool{ctx: ctx, in: in, out: out, errOut: errOut, code: code}
	group := &cobra.Command{Use: "drv", Short: "Look into drivers, put them in, turn them off and on", Long: drvHelp,
		Args: noCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	group.PersistentFlags().BoolVar(&d.flags.json, "json", false, "print one JSON object")

	group.AddCommand(devicesCommand(out))
	ls := d.add(group, "ls [DISK...]", "list the boot-start drivers of each Windows", cobra.ArbitraryArgs, d.list)
	ls.Flags().BoolVar(&d.all, "all", false, "every driver")
	d.addWindows(ls)
	scan := d.add(group, "scan PATH...", "list driver packages and what they fit", cobra.MinimumNArgs(1), d.scan)
	scan.Flags().BoolVar(&d.all, "all", false, "packages for other devices than disk controllers as well")
	match := d.add(group, "match [DISK...]", "say which driver a Windows would get for a machine, and why", cobra.ArbitraryArgs, d.match)
	add := d.add(group, "add [DISK...]", "put the driver for a machine in", cobra.ArbitraryArgs, d.addDriver)
	for _, cmd := range []*cobra.Command{match, add} {
		cmd.Flags().StringVar(&d.flags.machine, "machine", "", "machine profile (default: this machine, for its block devices)")
		cmd.Flags().StringArrayVar(&d.ids, "id", nil, `device id of the controller, e.g. PCI\VEN_1AF4&DEV_1001; may be repeated`)
		addDrivers(cmd, &d.flags.drivers)
		d.addWindows(cmd)
	}
	disable := d.add(group, "disable NAME [DISK...]", "keep a driver from starting", cobra.MinimumNArgs(1), func(args []string) error { return d.ask("disable-driver="+args[0], args[1:]) })
	enable := d.add(group, "enable NAME[,START] [DISK...]", "let a driver start again (START: boot, system, auto, demand)", cobra.MinimumNArgs(1),
		func(args []string) error { return d.ask("enable-driver="+args[0], args[1:]) })
	for _, cmd := range []*cobra.Command{disable, enable} {
		cmd.Flags().StringVar(&d.flags.machine, "machine", "", "machine profile the disks will run in")
		d.addWindows(cmd)
	}
	for _, cmd := range []*cobra.Command{add, disable, enable} {
		cmd.Flags().BoolVar(&d.flags.yes, "yes", false, "do not ask; required without a terminal")
		addWriting(cmd, &d.flags.opt)
	}
	return group
}

func (d *drvTool) add(group *cobra.Command, use, short string, check cobra.PositionalArgs, do func(args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: usageArgs(check), RunE: func(_ *cobra.Command, args []string) error { return do(args) }}
	group.AddCommand(cmd)
	return cmd
}

func (d *drvTool) addWindows(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.flags.asked.windows, "windows", "", "the Windows that is meant (w1, w2, ... of bootmend scan; default: each)")
}

// print writes one JSON object.
func (d *drvTool) print(doc any) error {
	enc := json.NewEncoder(d.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(doc)
}

// ask carries out an action.
func (d *drvTool) ask(action string, disks []string) error {
	return d.askAll([]string{action}, disks)
}

func (d *drvTool) askAll(actions, disks []string) error {
	e := engine{ctx: d.ctx, in: d.in, out: d.out, errOut: d.errOut, command: "repair", flags: d.flags}
	e.flags.asked.actions = actions
	n, err := e.run(disks)
	*d.code = n
	return err
}

// addDriver puts drivers in, by the action that prepares for a machine.
func (d *drvTool) addDriver(disks []string) error {
	profiles, err := d.profiles()
	if err != nil {
		return err
	}
	var actions []string
	for _, p := range profiles {
		actions = append(actions, "prepare-for="+p)
	}
	d.flags.machine = "" // what it is to be, not where it is
	return d.askAll(actions, disks)
}

// profiles are the machines that --machine or --id name; "here" without them.
func (d *drvTool) profiles() ([]string, error) {
	if d.flags.machine != "" && len(d.ids) > 0 {
		return nil, usageError{errors.New("--machine and --id both say which controller is meant; give one of them")}
	}
	if d.flags.machine != "" {
		return []string{d.flags.machine}, nil
	}
	if len(d.ids) == 0 {
		return []string{"here"}, nil
	}
	var all []string
	for _, id := range d.ids {
		p, err := profileOf(id)
		if err != nil {
			return nil, usageError{err}
		}
		all = append(all, p)
	}
	return all, nil
}

// profileOf makes the name of a machine profile of a device id.
func profileOf(id string) (string, error) {
	vendor, device, class, ok := pciParts(id)
	if !ok {
		return "", fmt.Errorf(`device id %q: want PCI\VEN_vvvv&DEV_dddd, with &CC_ccsspp behind it for the class`, id)
	}
	p := "pci:" + vendor + ":" + device
	if class != "" {
		p += ":" + class
	}
	return strings.ToLower(p), nil
}

// inspect opens disks and looks at them; done closes them.
func (d *drvTool) inspect(disks []string) (p *inspect.Patient, meant []*inspect.Installation, done func(), err error) {
	trees, err := openMedia(d.flags.drivers)
	if err != nil {
		return nil, nil, nil, err
	}
	m, sources, closeAll, err := openDisks(d.flags.machine, disks)
	if err != nil {
		return nil, nil, nil, err
	}
	if p, err = inspect.Inspect(d.ctx, m, sources); err == nil {
		p.Media = trees
		meant, err = d.chosen(p)
	}
	if err != nil {
		closeAll()
		return nil, nil, nil, err
	}
	return p, meant, closeAll, nil
}

// chosen are the installations that are meant.
func (d *drvTool) chosen(p *inspect.Patient) ([]*inspect.Installation, error) {
	id := d.flags.asked.windows
	if id == "" && len(p.Windows) == 0 {
		return nil, errors.New("no Windows was found on these disks; bootmend scan says what was seen")
	}
	if id == "" {
		return p.Windows, nil
	}
	if w := p.FindWindows(id); w != nil {
		return []*inspect.Installation{w}, nil
	}
	return nil, usageError{fmt.Errorf("there is no Windows %s; bootmend scan lists them", id)}
}

// header is what every JSON object of the group begins with.
type header struct {
	Version  int    `json:"version"`
	Command  string `json:"command"`
	ExitCode int    `json:"exit_code"`
}

func drvHeader(verb string, code int) header { return header{report.Version, "drv " + verb, code} }
