package hivefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
)

// ErrNotMended: the damage cannot be mended without guessing.
var ErrNotMended = errors.New("the hive cannot be mended without guessing")

// Finding is one inconsistency.
type Finding struct {
	Kind     string `json:"kind"`
	Harmless bool   `json:"harmless"` // Windows leaves such behind itself
	Offset   int64  `json:"offset"`   // in the file
	Path     string `json:"path"`     // of the key it was met at
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	Text     string `json:"text"`
	Did      string `json:"did,omitempty"` // what a repair did about it

	// Of log entries that are not used; see UnusedEntries.
	Log     string `json:"log,omitempty"`
	Entries int    `json:"entries,omitempty"`          // whole ones
	Broken  int    `json:"broken,omitempty"`           // damaged or half-written ones
	Numbers string `json:"sequence_numbers,omitempty"` // of the whole ones, "2107, 2109-2130"
}

// UnusedEntries is the kind of a finding about a log: entries in it are no older than the
// hive, and neither Windows nor we can use them. Their changes are lost.
const UnusedEntries = "log entries not used"

// ErrDropsLogs: the logs hold whole entries that cannot be used, and writing the
// hive would lose what they hold for good.
var ErrDropsLogs = errors.New("what the logs hold would be lost")

// RepairOptions is what a repair has to know.
type RepairOptions struct {
	DropLogs bool // go on where entries of the logs are lost
}

// Checked is what there is to say about the consistency of a hive.
type Checked struct {
	State    string    `json:"state"`  // with its logs
	Usable   bool      `json:"usable"` // what Windows would have
	Reasons  []string  `json:"reasons,omitempty"`
	Findings []Finding `json:"findings"`
	Damaged  int       `json:"damaged"` // findings that are not harmless, those not listed, too
	Keys     int       `json:"keys"`
	Values   int       `json:"values"`
	Cells    int       `json:"cells"`
	Lost     int64     `json:"lost"`     // bytes in cells that nothing uses
	Mendable bool      `json:"mendable"` // a repair would leave it consistent
	// DropsLogs: it would, and lose entries of the logs; it wants to be told so.
	DropsLogs bool `json:"drops_logs,omitempty"`
}

// Sound reports that Windows would take the hive, with its logs, as it is.
func (c *Checked) Sound() bool { return c.Usable && c.Damaged == 0 }

// Check judges a hive after the replay of its logs. It reads all of it. Errors
// come from reading or wrap regfcheck.ErrUnsupported.
func Check(src Source) (*Checked, error) {
	r, err := hivelog.Open(src.Hive, src.Size, src.Logs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	rep, err := regfcheck.Check(r.Reader(), r.Size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	c := checked(r, rep)
	if !c.Sound() {
		_, _, err := mend(src.Name, r)
		c.DropsLogs = err == nil && r.WholeUnused() > 0
		c.Mendable = err == nil && !c.DropsLogs
		if err != nil && !errors.Is(err, ErrNotMended) {
			return nil, err
		}
	}
	return c, nil
}

func checked(r *hivelog.Replay, rep *regfcheck.Report) *Checked {
	c := &Checked{State: string(r.State), Usable: r.Usable(), Reasons: r.Reasons, Damaged: rep.Damaged,
		Keys: rep.Keys, Values: rep.Values, Cells: rep.Cells, Lost: rep.Lost, Findings: []Finding{}}
	for _, f := range unused(r, "") {
		c.Findings = append(c.Findings, f)
		c.Damaged++
	}
	for _, f := range rep.Findings {
		c.Findings = append(c.Findings, finding(f))
	}
	return c
}

// unused makes findings of the log entries that the replay leaves out.
func unused(r *hivelog.Replay, did string) []Finding {
	var all []Finding
	for _, u := range r.Unused {
		all = append(all, Finding{Kind: UnusedEntries, Text: u.String() + "; Windows cannot use them either, what they hold is lost", Did: did,
			Log: u.Log, Entries: len(u.Entries), Broken: u.Broken, Numbers: u.Numbers()})
	}
	return all
}

// dropsLogs refuses to write a hive whose logs then lose whole entries.
func dropsLogs(name string, r *hivelog.Replay, agreed bool) error {
	if agreed || r.WholeUnused() == 0 {
		return nil
	}
	var what []string
	for _, u := range r.Unused {
		what = append(what, u.String())
	}
	return fmt.Errorf("%s: %w: %s; keep a copy of the hive and its logs, and go on with --drop-logs if what they hold may go", name, ErrDropsLogs, strings.Join(what, "; "))
}

func finding(f regfcheck.Finding) Finding {
	return Finding{Kind: string(f.Kind), Harmless: f.Harmless, Offset: f.Off, Path: f.Path, Expected: f.Want, Actual: f.Got, Text: f.Text}
}

// Repair mends a hive: its logs are written into it, a write that was not
// completed is taken as it is where everything is whole, and damage is mended
// by what the rest of the hive proves. The findings say what was done, and which
// entries of the logs are lost. Errors wrap ErrNotMended where that does not
// suffice, and ErrDropsLogs where whole entries would be lost that nobody has given
// up; nothing is to be written then.
func Repair(src Source, opt RepairOptions) (*Change, []Finding, error) {
	r, err := hivelog.Open(src.Hive, src.Size, src.Logs)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	r.DropLogs = opt.DropLogs
	c, did, err := mend(src.Name, r)
	if err != nil {
		return nil, append(unused(r, ""), did...), err
	}
	if err := dropsLogs(src.Name, r, opt.DropLogs); err != nil {
		return nil, unused(r, ""), err
	}
	return c, append(unused(r, "the hive is written without what they hold"), did...), nil
}

func mend(name string, r *hivelog.Replay) (*Change, []Finding, error) {
	accepted := false
	if r.State == hivelog.NoLog {
		var err error
		if r, err = r.Accept(); err != nil {
			return nil, nil, notMended(name, err)
		}
		accepted = true
	}
	rep, err := regfcheck.Check(r.Reader(), r.Size)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if rep.Damaged == 0 && (accepted || r.Usable()) {
		c := newChange(name, r, nil, r.Size)
		c.whole = r.Replayed() || accepted
		return c, nil, nil
	}
	done, err := regfcheck.Repair(rep, r.Reader())
	if err != nil {
		return nil, nil, notMended(name, err)
	}
	var did []Finding
	for _, m := range done.Mended {
		f := finding(m.Finding)
		f.Did = m.Did
		did = append(did, f)
	}
	if done.Rest.Damaged > 0 {
		var rest []string
		for _, f := range done.Rest.Damage() {
			if rest = append(rest, f.String()); len(rest) == 3 {
				break
			}
		}
		return nil, did, notMended(name, fmt.Errorf("%d faults would remain: %s", done.Rest.Damaged, strings.Join(rest, "; ")))
	}
	c := newChange(name, r, done.Patches, done.Size)
	if err := c.raise(); err != nil {
		return nil, did, notMended(name, err)
	}
	c.whole = true
	return c, did, c.check()
}

func notMended(name string, err error) error {
	return fmt.Errorf("%s: %w: %w", name, ErrNotMended, err)
}

// baseSector is the part of the base block that has all its fields.
const baseSector = 512

// raise gives the hive sequence numbers above those of all logs. It comes last
// in the patches.
func (c *Change) raise() error {
	seq, err := c.replay.NextSeq()
	if err != nil {
		return err
	}
	was, now := make([]byte, baseSector), make([]byte, baseSector)
	if _, err := c.replay.Reader().ReadAt(was, 0); err != nil {
		return err
	}
	if _, err := c.Content().ReadAt(now, 0); err != nil {
		return err
	}
	le := binary.LittleEndian
	le.PutUint32(now[4:], seq)
	le.PutUint32(now[8:], seq)
	le.PutUint32(now[0x1fc:], regf.Checksum(now))
	var rest []regf.Patch
	for _, p := range c.Patches {
		if cut := baseSector - p.Off; cut > 0 { // its part of the sector is in now
			if cut >= int64(len(p.New)) {
				continue
			}
			p = regf.Patch{Off: baseSector, Old: p.Old[cut:], New: p.New[cut:]}
		}
		rest = append(rest, p)
	}
	whole := c.whole
	*c = *newChange(c.name, c.replay, append(rest, regf.Patch{Off: 0, Old: was, New: now}), c.Size)
	c.whole = whole
	return nil
}
