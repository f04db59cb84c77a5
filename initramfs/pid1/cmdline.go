package pid1

import (
	"fmt"
	"strings"

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
	AfterMenu     After = "menu"
	AfterReboot   After = "reboot"
	AfterPoweroff After = "poweroff"
)

// Config is what the kernel command line says.
type Config struct {
	Mode    Mode
	After   After
	Machine string // machine profile, or ""
	Only    string // comma-separated condition ids, or ""
	Except  string // the same
	// Actions are what the automatic repair does instead: NAME or NAME=ARGUMENT.
	Actions []string
	// Modules are module parameters as the kernel wants them ("a=1 b=2").
	Modules map[kmod.Name]string
	// Warnings tell in words what of the command line was not understood.
	Warnings []string
}

// ParseCmdline reads the text of /proc/cmdline. What it does not understand it
// reports and leaves at its default: a typing error must not keep a machine
// from being repaired.
func ParseCmdline(text string) Config {
	c := Config{After: AfterMenu, Modules: map[kmod.Name]string{}}
	for _, word := range splitCmdline(text) {
		if word == "--" {
			break // the rest is for init as arguments; there are none
		}
		key, value, hasValue := strings.Cut(word, "=")
		module, param, dotted := strings.Cut(key, ".")
		switch {
		case module == "bootmend" && dotted:
			c.set(param, value)
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

func (c *Config) set(param, value string) {
	switch param {
	case "mode":
		switch m := Mode(value); m {
		case ModeAuto, ModeScan, ModeAsk, ModeShell:
			c.Mode = m
		default:
			c.warnf("bootmend.mode=%s: want auto, scan, ask or shell", value)
		}
	case "after":
		switch a := After(value); a {
		case AfterMenu, AfterReboot, AfterPoweroff:
			c.After = a
		default:
			c.warnf("bootmend.after=%s: want menu, reboot or poweroff", value)
		}
	case "machine":
		c.Machine = value
	case "only":
		c.Only = value
	case "except":
		c.Except = value
	case "action":
		c.Actions = append(c.Actions, value)
	default:
		c.warnf("bootmend.%s: unknown, ignored", param)
	}
}

func (c *Config) warnf(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf("kernel command line: "+format, args...))
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
	args := []string{"repair", "--yes", "--journal-on-disk"}
	args = appendFlag(args, "--machine", c.Machine)
	args = appendFlag(args, "--only", c.Only)
	for _, action := range c.Actions {
		args = appendFlag(args, "--action", action)
	}
	return appendFlag(args, "--except", c.Except)
}

// ScanArgs returns the engine's arguments for a scan.
func (c Config) ScanArgs() []string {
	return appendFlag([]string{"scan"}, "--machine", c.Machine)
}

func appendFlag(args []string, name, value string) []string {
	if value == "" {
		return args
	}
	return append(args, name, value)
}
