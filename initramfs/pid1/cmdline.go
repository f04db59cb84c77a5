package pid1

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/pid1/answers"
	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// Mode is what to do at the start: the value of bootmend.mode.
type Mode string

const (
	ModeMenu  Mode = "" // menu with countdown
	ModeAuto  Mode = "auto"
	ModeScan  Mode = "scan"
	ModeAsk   Mode = "ask" // menu without countdown
	ModeShell Mode = "shell"
)

// After is what to do when the engine is done: the value of bootmend.after.
type After string

const (
	AfterResult   After = "result" // as Decide says; what counts where nothing is said
	AfterMenu     After = "menu"
	AfterReboot   After = "reboot"
	AfterPoweroff After = "poweroff"
)

// Config is what the kernel command line and the answer file say.
type Config struct {
	Mode    Mode
	After   After
	Machine string // machine profile, or ""
	Only    string // comma-separated condition ids, or ""
	Except  string // the same
	// Actions are what the automatic repair does instead: NAME or NAME=ARGUMENT.
	Actions []string
	Drivers []string // paths that driver packages are taken from as well
	Reports []string // where reports go: "disk", "serial", "usb", or an URL
	DHCP    bool     // the network is wanted
	Answers string   // where the answer file is: an URL or a path; "" to look for one
	SSH     []string // authorised keys, or where they are; none: no server
	Exit    Exit     // how the hypervisor is told
	// Keys are recovery passwords of BitLocker. They are in no message.
	Keys []string
	// Modules are module parameters as the kernel wants them ("a=1 b=2").
	Modules map[kmod.Name]string
	// Warnings tell in words what of the command line was not understood.
	Warnings []string

	// Hold is why nothing may be written by itself, or "": something that narrows
	// what may be repaired could not be understood, so a repair without a person
	// could do more than was meant. It becomes a scan.
	Hold string

	given map[string]bool // options that the kernel command line has
}

// ParseCmdline reads the text of /proc/cmdline. What it does not understand it
// reports and leaves at its default: a typing error must not keep a machine
// from being repaired.
func ParseCmdline(text string) Config {
	c := Config{After: AfterResult, Modules: map[kmod.Name]string{}, given: map[string]bool{}}
	for _, word := range splitCmdline(text) {
		if word == "--" {
			break // the rest is for init as arguments; there are none
		}
		key, value, hasValue := strings.Cut(word, "=")
		module, param, dotted := strings.Cut(key, ".")
		switch {
		case misspelt(word):
			err := c.hold(fmt.Errorf("%s: ignored; want bootmend.OPTION=VALUE", word))
			c.Warnings = append(c.Warnings, "kernel command line: "+err.Error())
		case module == "bootmend" && dotted:
			c.given[param] = true
			if err := c.set(param, value); err != nil {
				c.Warnings = append(c.Warnings, "kernel command line: bootmend."+err.Error())
			}
		case dotted && module != "" && param != "":
			name := kmod.NameOf(module)
			setting := param
			if hasValue {
				setting += "=" + value
			}
			c.Modules[name] = strings.TrimSpace(c.Modules[name] + " " + setting)
		}
	}
	return c
}

// set takes one option. What it does not take it leaves at its default, and says
// why.
func (c *Config) set(param, value string) error {
	switch param {
	case "mode":
		switch m := Mode(value); m {
		case ModeAuto, ModeScan, ModeAsk, ModeShell:
			c.Mode = m
		default:
			// It may have been meant to keep the image from writing.
			return c.hold(fmt.Errorf("mode=%s: want auto, scan, ask or shell", value))
		}
	case "after":
		switch a := After(value); a {
		case AfterResult, AfterMenu, AfterReboot, AfterPoweroff:
			c.After = a
		default:
			return fmt.Errorf("after=%s: want result, menu, reboot or poweroff", value)
		}
	case "machine":
		if _, err := machine.Profile(value); err != nil {
			return c.hold(fmt.Errorf("machine=%s: %w", value, err))
		}
		c.Machine = value
	case "only", "except":
		return c.setConditions(param, value)
	case "action":
		if _, err := action.Parse(value); err != nil {
			return c.hold(fmt.Errorf("action=%s: %w", value, err))
		}
		c.Actions = append(c.Actions, value)
	case "drivers":
		if !strings.HasPrefix(value, "/") {
			return fmt.Errorf("drivers=%s: want a path from the root, such as /dev/sr1", value)
		}
		c.Drivers = append(c.Drivers, value)
	case "report":
		return c.setReports(value)
	case "net":
		if value != "dhcp" {
			return fmt.Errorf("net=%s: want dhcp", value)
		}
		c.DHCP = true
	case "answers":
		if err := answers.CheckPlace(value); err != nil {
			return c.hold(fmt.Errorf("answers=%s: %w", value, err))
		}
		c.Answers = value
	case "ssh":
		c.SSH = append(c.SSH, value)
	case "bitlocker-key":
		return c.setKeys(value)
	case "exit":
		var err error
		if c.Exit, err = parseExit(value); err != nil {
			return fmt.Errorf("exit=%s: %w", value, err)
		}
	default:
		return c.unknown(param)
	}
	return nil
}

// hold keeps what starts without a person from writing, and returns err.
func (c *Config) hold(err error) error {
	if c.Hold == "" {
		c.Hold = bitlocker.Redact(err.Error())
	}
	return err
}

// setConditions takes IDs of conditions.
func (c *Config) setConditions(param, value string) error {
	var known, unknown []string
	for id := range strings.SplitSeq(value, ",") {
		if _, ok := condition.ByName(id); ok {
			known = append(known, id)
		} else {
			unknown = append(unknown, id)
		}
	}
	list := &c.Only
	if param == "except" {
		list = &c.Except
	}
	if *list != "" {
		known = append([]string{*list}, known...)
	}
	*list = strings.Join(known, ",")
	if len(unknown) > 0 {
		return c.hold(fmt.Errorf("%s=%s: there is no condition %s", param, value, strings.Join(unknown, ", ")))
	}
	return nil
}

// setKeys takes recovery passwords. What is none may be one with a wrong digit, so
// that it is not shown.
func (c *Config) setKeys(value string) error {
	bad := 0
	for key := range strings.SplitSeq(value, ",") {
		if _, err := bitlocker.ParseKey(key); err != nil {
			bad++
			continue
		}
		c.Keys = append(c.Keys, key)
	}
	if bad > 0 {
		return fmt.Errorf("bitlocker-key: ignored: a value that is no recovery key (48 digits in eight groups, each a multiple of 11; ID:KEY for the one of that ID)")
	}
	return nil
}

func (c *Config) setReports(value string) error {
	var bad []string
	for place := range strings.SplitSeq(value, ",") {
		if err := deliver.CheckPlace(place); err != nil {
			bad = append(bad, err.Error())
			continue
		}
		c.Reports = append(c.Reports, place)
	}
	if len(bad) > 0 {
		return fmt.Errorf("report: ignored: %s", strings.Join(bad, "; "))
	}
	return nil
}

// Answer takes options from an answer file. The kernel command line, which can be
// changed at the machine, goes before. from names the file in warnings. What of the
// file was left out may have narrowed a repair: nothing is written without a person.
func (c *Config) Answer(from string, settings []answers.Setting) {
	for _, s := range settings {
		if s.Option == answers.LeftOut {
			_ = c.hold(fmt.Errorf("answer file %s: %s", from, s.Value))
			continue
		}
		if s.Option == "answers" {
			err := c.hold(fmt.Errorf("answers=%s: ignored: one answer file is read, and names no other", s.Value))
			c.Warnings = append(c.Warnings, fmt.Sprintf("answer file %s: %v", from, err))
			continue
		}
		if c.given[s.Option] {
			continue
		}
		if err := c.set(s.Option, s.Value); err != nil {
			if !slices.Contains(options, s.Option) {
				err = c.hold(err) // whoever wrote the file meant something by it
			}
			c.Warnings = append(c.Warnings, fmt.Sprintf("answer file %s: %v", from, err))
		}
	}
}

// splitCmdline splits at white space outside of double quotes, which it drops,
// as the kernel does.
func splitCmdline(text string) []string {
	var words []string
	var word strings.Builder
	quoted, open := false, false
	for _, r := range text {
		switch {
		case r == '"':
			quoted, open = !quoted, true
		case !quoted && strings.ContainsRune(" \t\n\x00", r):
			if open {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words
}

// RepairArgs returns the engine's arguments for the automatic repair.
func (c Config) RepairArgs() []string {
	// The disk is the only place here that survives a power cut.
	args := []string{"repair", "--yes", "--journal-on-disk", "--rounds", fmt.Sprint(maxRounds)}
	args = appendFlag(args, "--machine", c.Machine)
	if len(c.Actions) == 0 { // with actions there is no choice among findings
		args = appendFlag(args, "--only", c.Only)
		args = appendFlag(args, "--except", c.Except)
	}
	for _, action := range c.Actions {
		args = appendFlag(args, "--action", action)
	}
	for _, path := range c.Drivers {
		args = appendFlag(args, "--drivers", path)
	}
	if slices.Contains(c.Reports, deliver.Disk) {
		args = append(args, "--keep-report")
	}
	return append(args, reportArgs()...)
}

// ScanArgs returns the engine's arguments for a scan.
func (c Config) ScanArgs() []string {
	return append(appendFlag([]string{"scan"}, "--machine", c.Machine), reportArgs()...)
}

func reportArgs() []string { return []string{"--summary", "--report-dir", ReportDir} }

func appendFlag(args []string, name, value string) []string {
	if value == "" {
		return args
	}
	return append(args, name, value)
}
