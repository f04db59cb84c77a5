package action

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// The kinds of memory dump, CrashDumpEnabled. Source: Microsoft, "Overview of
// memory dump file options for Windows".
const (
	dumpNone      = 0
	dumpComplete  = 1 // the only one of Windows NT 4.0
	dumpSmall     = 3 // 64 or 256 KiB, from Windows 2000 on
	dumpAutomatic = 7 // from Windows 8 on
)

// Whether Windows writes a memory dump at a STOP error, for those who can read
// one.
//
// Where: CrashDumpEnabled below Control\CrashControl, in every control set. "on"
// leaves every kind of dump that is set, and else chooses a small one, from Windows 8 on
// the automatic one; where it goes (DumpFile, MinidumpDir) is set where that is
// missing. A dump passes through the page file of the boot volume, so that none is
// written of errors before there is one, such as STOP 0x7B.
var crashDump = Action{
	Name: "crash-dump", Argument: "on|off",
	Title: "Write a memory dump at a blue screen, or none",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, arg string) (Outcome, error) {
		if arg == "off" {
			o := Outcome{Title: fmt.Sprintf("let %s write no memory dump at a blue screen", w.Label())}
			var err error
			o.Steps, err = d.setNumber(w, crashControl, "CrashDumpEnabled", dumpNone, "no dump is written")
			return o, err
		}
		o := Outcome{Title: fmt.Sprintf("let %s write a memory dump at a blue screen", w.Label())}
		if w.VersionErr != nil {
			return o, refuse("which Windows is in %s on %s cannot be told (%v), and so not which kinds of dump it knows", w.Root, w.Volume.ID(), w.VersionErr)
		}
		var err error
		o.Steps, err = d.everySet(w, "a blue screen leaves a dump", func(e *regf.Editor, set string) error { return enableDump(e, set+`\`+crashControl, w) })
		if err != nil {
			return o, err
		}
		if has, err := pageFile(w); err == nil && !has {
			o.note("%s has no page file, through which a dump is written; without one there will be no dump.", w.Label())
		}
		o.note("No dump can be written of errors that come before Windows reaches its page file, such as STOP 0x0000007B.")
		return o, nil
	},
}

func enableDump(e *regf.Editor, key string, w *inspect.Installation) error {
	have, ok, err := number(e.Hive(), key, "CrashDumpEnabled")
	if err != nil || ok && have != dumpNone {
		return err
	}
	kind, file, folder := uint32(dumpSmall), "MinidumpDir", `%SystemRoot%\Minidump`
	switch {
	case w.Version.AtLeast(6, 2):
		kind, file, folder = dumpAutomatic, "DumpFile", `%SystemRoot%\MEMORY.DMP`
	case !w.Version.AtLeast(5, 0):
		kind, file, folder = dumpComplete, "DumpFile", `%SystemRoot%\MEMORY.DMP`
	}
	if err := e.CreateKey(key); err != nil {
		return err
	}
	if v, err := valueAt(e.Hive(), key, file); err != nil {
		return err
	} else if v == nil {
		if err := e.SetValue(key, file, regf.RegExpandSZ, registry.SZ(folder)); err != nil {
			return err
		}
	}
	return e.SetValue(key, "CrashDumpEnabled", regf.RegDWORD, registry.DWORD(kind))
}

// pageFile reports whether a control set asks for a page file. Windows makes
// one by itself where the value is missing.
func pageFile(w *inspect.Installation) (bool, error) {
	for _, set := range w.ControlSets {
		v, err := valueAt(w.Hive, set.Path+`\Control\Session Manager\Memory Management`, "PagingFiles")
		if v == nil || err != nil {
			return true, err
		}
		list, err := v.MultiString()
		if err != nil {
			return true, err
		}
		for _, one := range list {
			if one != "" {
				return true, nil
			}
		}
	}
	return false, nil
}
