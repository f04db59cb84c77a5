package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Version is that of the JSON form.
const Version = 1

// Document is the JSON form of a run.
type Document struct {
	Version  int          `json:"version"`
	Command  string       `json:"command"`
	Machine  *MachineDoc  `json:"machine"`
	Disks    []DiskDoc    `json:"disks"`
	Windows  []WindowsDoc `json:"windows"`
	Chain    []ChainDoc   `json:"chain"`
	Findings []FindingDoc `json:"findings"`
	Actions  []ActionDoc  `json:"actions,omitempty"`
	Plan     *PlanDoc     `json:"plan,omitempty"`
	Result   *ResultDoc   `json:"result,omitempty"`
	// Recovered says of interrupted repairs how they were finished.
	Recovered []string `json:"recovered,omitempty"`
	ExitCode  int      `json:"exit_code"`
	Error     string   `json:"error,omitempty"`

	Time       *time.Time     `json:"time,omitempty"`
	Healthy    bool           `json:"healthy"` // nothing wrong, nothing written
	LastRepair *LastRepairDoc `json:"last_repair,omitempty"`
	// Earlier are the repairs of the same call that came before this one, whose
	// findings came to light by them.
	Earlier []*Document `json:"earlier,omitempty"`
}

// LastRepairDoc is the newest repair, of another call, that these disks can be
// taken back from.
type LastRepairDoc struct {
	UndoID string    `json:"undo_id"`
	Where  string    `json:"where"`
	Time   time.Time `json:"time"`
}

// MachineDoc describes the machine; null in the document means unknown.
type MachineDoc struct {
	Profile     string          `json:"profile,omitempty"`
	Firmware    string          `json:"firmware,omitempty"`
	Controllers []ControllerDoc `json:"controllers"`
}

// ControllerDoc is a storage controller.
type ControllerDoc struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
}

// DiskDoc is a disk. Size is in bytes.
type DiskDoc struct {
	Path       string         `json:"path"`
	Size       int64          `json:"size"`
	SectorSize int            `json:"sector_size"`
	Table      string         `json:"table"`
	Signature  string         `json:"signature,omitempty"`
	GUID       string         `json:"guid,omitempty"`
	Controller *ControllerDoc `json:"controller"`
	Partitions []PartitionDoc `json:"partitions"`
	Rescue     bool           `json:"rescue_medium,omitempty"`
	Error      string         `json:"error,omitempty"`
}

// PartitionDoc is a partition. Offset and Size are in bytes.
type PartitionDoc struct {
	Number   int    `json:"number"`
	NTNumber int    `json:"nt_number,omitempty"`
	Offset   int64  `json:"offset"`
	Size     int64  `json:"size"`
	Type     string `json:"type"`
	Active   bool   `json:"active,omitempty"`
	Logical  bool   `json:"logical,omitempty"`
	FS       string `json:"fs,omitempty"`
	Label    string `json:"label,omitempty"`
	Error    string `json:"error,omitempty"`
}

// WindowsDoc is an installation.
type WindowsDoc struct {
	ID          string          `json:"id"`
	Disk        string          `json:"disk"`
	Partition   int             `json:"partition"`
	SystemRoot  string          `json:"systemroot"`
	Product     string          `json:"product,omitempty"`
	Version     string          `json:"version,omitempty"`
	Build       uint32          `json:"build,omitempty"`
	Arch        string          `json:"arch,omitempty"`
	ControlSets []ControlSetDoc `json:"control_sets"`
	Facts       []FactDoc       `json:"facts"`
}

// ControlSetDoc is a control set of the SYSTEM hive.
type ControlSetDoc struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles,omitempty"`
}

// FactDoc is a fact with its origin.
type FactDoc struct {
	Name   string      `json:"name"`
	Value  string      `json:"value"`
	Origin EvidenceDoc `json:"origin"`
}

// ChainDoc is the boot chain of one Windows.
type ChainDoc struct {
	Windows string     `json:"windows"`
	Stages  []StageDoc `json:"stages"`
}

// StageDoc is a link of the chain; OK null means not known.
type StageDoc struct {
	Stage string `json:"stage"`
	OK    *bool  `json:"ok"`
	What  string `json:"what"`
	Where string `json:"where,omitempty"`
	// Symptom is the message that a person sees where ok is false.
	Symptom string `json:"symptom,omitempty"`
}

// FindingDoc is a finding.
type FindingDoc struct {
	ID         string        `json:"id"`
	Windows    string        `json:"windows,omitempty"`
	Disk       string        `json:"disk,omitempty"`
	Volume     string        `json:"volume,omitempty"`
	Subject    string        `json:"subject,omitempty"` // which of several there: the service of a driver
	Result     string        `json:"result"`
	Severity   string        `json:"severity"`
	Confidence string        `json:"confidence"`
	Symptom    string        `json:"symptom,omitempty"`
	Summary    string        `json:"summary"`
	Advice     string        `json:"advice,omitempty"`
	Evidence   []EvidenceDoc `json:"evidence"`
	Fixable    bool          `json:"fixable"`
	Steps      []StepDoc     `json:"steps"`
}

// EvidenceDoc is an observation; Offset null means that it does not apply.
type EvidenceDoc struct {
	Volume   string `json:"volume"`
	Path     string `json:"path,omitempty"`
	Offset   *int64 `json:"offset,omitempty"`
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual"`
}

// StepDoc is a step of a repair.
type StepDoc struct {
	Action string `json:"action"`
	Volume string `json:"volume"`
	File   string `json:"file"`
	Key    string `json:"key"`
	Value  string `json:"value"`
	Old    string `json:"old"`
	New    string `json:"new"`
	Why    string `json:"why"`
}

// WriteJSON writes the run as one JSON object.
func WriteJSON(w io.Writer, run *Run) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(NewDocument(run))
}

// NewDocument converts a run. Lists are never null.
func NewDocument(run *Run) *Document {
	d := &Document{Version: Version, Command: run.Command, ExitCode: run.ExitCode(),
		Disks: []DiskDoc{}, Windows: []WindowsDoc{}, Chain: []ChainDoc{}, Findings: []FindingDoc{},
		Plan: planDoc(run.Plan), Result: resultDoc(run)}
	for _, e := range run.Earlier {
		d.Earlier = append(d.Earlier, NewDocument(e))
	}
	if l := run.LastRepair; l != nil {
		d.LastRepair = &LastRepairDoc{l.UndoID, l.Where, l.Time}
	}
	if !run.Time.IsZero() {
		now := run.Time.UTC()
		d.Time = &now
	}
	d.Healthy = run.Healthy()
	for _, r := range run.Recovered {
		d.Recovered = append(d.Recovered, r.String())
	}
	if run.Err != nil {
		d.Error = run.reason()
	}
	if run.Patient == nil {
		return d
	}
	d.Machine = machineDoc(run.Patient.Machine)
	for _, disk := range run.Patient.Disks {
		d.Disks = append(d.Disks, diskDoc(disk))
	}
	for _, w := range run.Patient.Windows {
		d.Windows = append(d.Windows, windowsDoc(w))
		d.Chain = append(d.Chain, ChainDoc{w.ID, stageDocs(run.Chains[w.ID])})
	}
	for _, f := range run.Findings {
		d.Findings = append(d.Findings, findingDoc(f, run.StepsFor(f)))
	}
	d.Actions = actionDocs(run)
	return d
}

func machineDoc(m *machine.Machine) *MachineDoc {
	if m == nil {
		return nil
	}
	d := &MachineDoc{Profile: m.Profile, Firmware: string(m.Firmware), Controllers: []ControllerDoc{}}
	for i := range m.Controllers {
		d.Controllers = append(d.Controllers, *controllerDoc(&m.Controllers[i]))
	}
	return d
}

func controllerDoc(c *machine.Controller) *ControllerDoc {
	if c == nil {
		return nil
	}
	return &ControllerDoc{c.ID(), c.Name, c.Address}
}

func diskDoc(disk *inspect.Disk) DiskDoc {
	d := DiskDoc{Path: disk.Path, Size: disk.Dev.Size(), SectorSize: disk.Dev.SectorSize(),
		Rescue: disk.Rescue, Controller: controllerDoc(disk.Controller), Partitions: []PartitionDoc{}}
	if disk.Err != nil {
		d.Error = disk.Err.Error()
		return d
	}
	d.Table, d.GUID = string(disk.Table.Scheme), disk.Table.GUID
	if disk.Table.Scheme == part.MBR {
		d.Signature = fmt.Sprintf("%08X", disk.Table.Signature)
	}
	for _, v := range disk.Volumes {
		p := v.Partition
		doc := PartitionDoc{Number: p.Number, NTNumber: p.NTNumber, Offset: p.Range.Off, Size: p.Range.Len,
			Type: p.TypeName(), Active: p.Active, Logical: p.Logical, FS: string(v.Kind)}
		if v.State != nil {
			doc.Label = v.State.Label
		}
		if v.Err != nil {
			doc.Error = v.Err.Error()
		}
		d.Partitions = append(d.Partitions, doc)
	}
	return d
}

func windowsDoc(w *inspect.Installation) WindowsDoc {
	d := WindowsDoc{ID: w.ID, Disk: w.Volume.Disk.Path, Partition: w.Volume.Partition.Number, SystemRoot: w.Root,
		Arch: string(w.Arch), ControlSets: []ControlSetDoc{}, Facts: []FactDoc{}}
	if w.VersionErr == nil {
		d.Product, d.Build = w.Version.Product(), w.Version.Build
		d.Version = w.Version.NT()
	}
	for _, set := range w.ControlSets {
		d.ControlSets = append(d.ControlSets, ControlSetDoc{set.Path, set.Roles()})
	}
	for _, f := range w.Facts {
		d.Facts = append(d.Facts, FactDoc{f.Name, f.Value, evidenceDoc(f.Origin)})
	}
	return d
}

func stageDocs(stages []bootchain.Stage) []StageDoc {
	all := []StageDoc{}
	for _, s := range stages {
		d := StageDoc{Stage: s.Name, What: s.What, Where: s.Where, Symptom: s.Symptom}
		if s.State != bootchain.Unknown {
			ok := s.State == bootchain.OK
			d.OK = &ok
		}
		all = append(all, d)
	}
	return all
}

func findingDoc(f condition.Finding, steps []step.Step) FindingDoc {
	d := FindingDoc{ID: f.ID, Subject: f.Subject, Result: string(f.Result), Severity: string(f.Severity), Confidence: string(f.Confidence),
		Symptom: f.Symptom, Summary: f.Summary, Advice: f.Advice, Fixable: f.Fixable, Evidence: []EvidenceDoc{}, Steps: []StepDoc{}}
	if f.Windows != nil {
		d.Windows = f.Windows.ID
	}
	if v := f.OnVolume(); v != nil {
		d.Volume, d.Disk = v.ID(), v.Disk.Path
	}
	if f.Disk != nil {
		d.Disk = f.Disk.Path
	}
	for _, e := range f.Evidence {
		d.Evidence = append(d.Evidence, evidenceDoc(e))
	}
	for _, s := range steps {
		d.Steps = append(d.Steps, stepDoc(s))
	}
	return d
}

func stepDoc(s step.Step) StepDoc {
	d := s.Describe()
	return StepDoc{d.Action, d.Volume, d.File, d.Key, d.Value, d.Old, d.New, d.Why}
}

func evidenceDoc(e inspect.Evidence) EvidenceDoc {
	d := EvidenceDoc{Volume: e.Volume, Path: e.Path, Expected: e.Expected, Actual: e.Actual}
	if e.Offset >= 0 {
		d.Offset = &e.Offset
	}
	return d
}
