package main

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/report"
)

// partDocument is what --json prints. Fields are added, never renamed.
type partDocument struct {
	Version  int          `json:"version"`
	Command  string       `json:"command"`
	ExitCode int          `json:"exit_code"`
	Disks    []partDisk   `json:"disks"`
	Faults   []faultShown `json:"findings,omitempty"`
}

type partDisk struct {
	Path       string      `json:"path"`
	Size       int64       `json:"size"`
	SectorSize int         `json:"sector_size"`
	Table      string      `json:"table"`
	Signature  string      `json:"signature,omitempty"` // 8 hexadecimal digits
	GUID       string      `json:"guid,omitempty"`
	BootCode   string      `json:"boot_code"` // of the MBR
	Owner      string      `json:"boot_code_owner"`
	Manager    string      `json:"boot_manager,omitempty"` // in the MBR, or in the active partition
	Damage     []string    `json:"damage,omitempty"`
	Error      string      `json:"error,omitempty"`
	Partitions []partShown `json:"partitions"`
}

type partShown struct {
	Number   int      `json:"number"`
	NTNumber int      `json:"nt_number"` // partition() of ARC paths
	Start    int64    `json:"start"`     // bytes
	Size     int64    `json:"size"`
	Type     string   `json:"type"`
	Active   bool     `json:"active"`
	Hidden   bool     `json:"hidden"`
	Logical  bool     `json:"logical"`
	GUID     string   `json:"guid,omitempty"`
	Name     string   `json:"name,omitempty"`
	FS       string   `json:"fs,omitempty"`
	BootCode string   `json:"boot_code,omitempty"` // of the boot sector
	Loads    string   `json:"loads,omitempty"`
	Loaders  []string `json:"loaders,omitempty"` // boot loaders in the root
	Fault    string   `json:"fault,omitempty"`   // of the boot sector
	Error    string   `json:"error,omitempty"`
}

type faultShown struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Place    string `json:"place"`
	Summary  string `json:"summary"`
	Advice   string `json:"advice,omitempty"`
	Fixable  bool   `json:"fixable"`
}

func (p *partTool) list(patient *inspect.Patient) error {
	doc := partDocument{Version: report.Version, Command: "part ls", Disks: []partDisk{}}
	for _, d := range patient.Disks {
		doc.Disks = append(doc.Disks, describeDisk(d))
	}
	if p.json {
		return p.printJSON(doc)
	}
	for _, d := range doc.Disks {
		p.printDisk(d)
	}
	return nil
}

func describeDisk(d *inspect.Disk) partDisk {
	shown := partDisk{Path: d.Path, Size: d.Dev.Size(), SectorSize: d.Dev.SectorSize(), Partitions: []partShown{}}
	if d.Err != nil {
		shown.Error = d.Err.Error()
		return shown
	}
	shown.Table, shown.GUID = string(d.Table.Scheme), d.Table.GUID
	if d.Table.Scheme == part.MBR {
		shown.Signature = fmt.Sprintf("%08x", d.Table.Signature)
	}
	sector := make([]byte, 512)
	if n, _ := d.Dev.ReadAt(sector, 0); n == len(sector) && d.Table.Scheme != part.None {
		if code, err := bootsect.RecognizeMBR(sector); err == nil {
			shown.BootCode, shown.Owner = code.String(), string(code.Owner)
		}
	}
	if b, err := bootchain.ReadBIOSDisk(d); err == nil && b != nil {
		if shown.Manager = b.Manager(); shown.Manager != "" {
			shown.Manager += " in " + b.ManagerPlace()
		}
	}
	for _, damage := range d.Table.Damage {
		shown.Damage = append(shown.Damage, damage.String())
	}
	for _, v := range d.Volumes {
		if !v.IsDisc() {
			shown.Partitions = append(shown.Partitions, describePartition(v))
		}
	}
	return shown
}

func describePartition(v *inspect.Volume) partShown {
	e := v.Partition
	shown := partShown{Number: e.Number, NTNumber: e.NTNumber, Start: e.Range.Off, Size: e.Range.Len, Type: e.TypeName(), Active: e.Active,
		Hidden: part.IsHidden(e.Type), Logical: e.Logical, GUID: e.GUID, Name: e.Name, FS: string(v.Kind)}
	if v.Err != nil {
		shown.Error = v.Err.Error()
	}
	if v.Dev == nil {
		return shown
	}
	b := bootchain.ReadBootVolume(v)
	shown.Loaders = append(b.Loaders, b.Other...)
	if b.Err != nil {
		shown.Error = b.Err.Error()
		return shown
	}
	if b.Sector.Damage != nil && b.Sector.Code.Owner != bootsect.Encryption {
		return shown // no file system that has one
	}
	shown.BootCode, shown.Loads = b.Sector.Code.String(), b.Sector.Code.Loads
	if f := b.Fault(); f != nil && v.Partition.TypeGUID == "" && (v.Partition.Active || len(b.Loaders) > 0) {
		shown.Fault = fmt.Sprintf("%s: %s (expected %s)", f.What, f.Actual, f.Expected)
	}
	return shown
}

func (p *partTool) printDisk(d partDisk) {
	id := d.GUID
	if d.Signature != "" {
		id = "signature " + d.Signature
	}
	fmt.Fprintf(p.out, "%s: %d bytes, sectors of %d, table %s %s\n", d.Path, d.Size, d.SectorSize, d.Table, id)
	if d.Error != "" {
		fmt.Fprintf(p.out, "  ERROR %s\n", d.Error)
		return
	}
	if d.BootCode != "" {
		fmt.Fprintf(p.out, "  MBR: %s\n", d.BootCode)
	}
	if d.Manager != "" {
		fmt.Fprintf(p.out, "  boot manager: %s\n", d.Manager)
	}
	for _, damage := range d.Damage {
		fmt.Fprintf(p.out, "  DAMAGE %s\n", damage)
	}
	fmt.Fprintf(p.out, "  %3s %3s %13s %13s %-6s %-8s %s\n", "N", "NT", "start", "size", "flags", "fs", "type")
	for _, e := range d.Partitions {
		flags := ""
		for _, f := range []struct {
			is   bool
			name string
		}{{e.Active, "A"}, {e.Hidden, "H"}, {e.Logical, "L"}} {
			if f.is {
				flags += f.name
			}
		}
		fmt.Fprintf(p.out, "  %3d %3d %13d %13d %-6s %-8s %s", e.Number, e.NTNumber, e.Start, e.Size, flags, e.FS, e.Type)
		if e.Name != "" {
			fmt.Fprintf(p.out, " %q", e.Name)
		}
		fmt.Fprintln(p.out)
		for _, line := range []struct{ name, text string }{{"boot code", e.BootCode}, {"fault", e.Fault}, {"error", e.Error}} {
			if line.text != "" {
				fmt.Fprintf(p.out, "          %s: %s\n", line.name, line.text)
			}
		}
		if len(e.Loaders) > 0 {
			fmt.Fprintf(p.out, "          boot loaders: %v\n", e.Loaders)
		}
	}
}

// check shows the findings that are about tables and boot code.
func (p *partTool) check(patient *inspect.Patient) error {
	findings, err := condition.Detect(p.ctx, patient)
	if err != nil {
		return err
	}
	run := &report.Run{Command: "scan", Patient: patient}
	doc := partDocument{Version: report.Version, Command: "part check", Disks: []partDisk{}, Faults: []faultShown{}}
	for _, f := range findings {
		if !condition.OfTables(f.ID) {
			continue
		}
		run.Findings = append(run.Findings, f)
		place := ""
		if v := f.OnVolume(); v != nil {
			place = v.ID()
		} else if f.Disk != nil {
			place = f.Disk.Path
		}
		doc.Faults = append(doc.Faults, faultShown{f.ID, string(f.Severity), place, f.Summary, f.Advice, f.Fixable})
	}
	*p.code = run.ExitCode()
	if doc.ExitCode = *p.code; p.json {
		for _, d := range patient.Disks {
			doc.Disks = append(doc.Disks, describeDisk(d))
		}
		return p.printJSON(doc)
	}
	for _, f := range doc.Faults {
		fmt.Fprintf(p.out, "FINDING %s (%s): %s\n", f.ID, f.Severity, f.Summary)
		if f.Fixable {
			fmt.Fprintf(p.out, "  bootmend repair --only %s mends it\n", f.ID)
		}
		if f.Advice != "" {
			fmt.Fprintf(p.out, "  %s\n", f.Advice)
		}
	}
	if len(doc.Faults) == 0 {
		fmt.Fprintln(p.out, "Nothing wrong was found with tables and boot code.")
	}
	return nil
}
