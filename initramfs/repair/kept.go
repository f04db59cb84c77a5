package repair

import (
	"bytes"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// ReportRoot is the folder of the reports that repairs leave on a volume.
const ReportRoot = `\bootmend\reports`

// reportEndings are those of the files of one report; their names begin with the
// name of the undo bundle.
func reportEndings() []string { return []string{".json", ".txt"} }

// Report makes the two forms of the report that a plan leaves beside its undo
// bundle, JSON and text. It is called again for every plan that is made again, and
// has to give the same bytes for the same disks and the same stamp.
type Report func(p *Plan, patient *inspect.Patient, findings []condition.Finding, stamp Stamp) (json, text []byte, err error)

// reportSteps write the report, beside the bundle that is kept on the volume:
// the two come and go together.
func (p *Plan) reportSteps(v *inspect.Volume, like, id string, bundle []step.Step) ([]step.Step, error) {
	if p.opt.Report == nil {
		return nil, nil
	}
	json, text, err := p.opt.Report(p, p.patient, p.findings, p.opt.Stamp)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	const why = "the report of the repair is kept"
	made := map[string]bool{}
	for _, s := range bundle {
		if m, ok := s.(step.Mkdir); ok {
			made[m.Path] = true
		}
	}
	var steps []step.Step
	dir := ""
	for _, name := range fs.SplitPath(ReportRoot) {
		dir = fs.JoinPath(dir, name)
		if _, err := v.FS.Stat(dir); err != nil && !made[dir] {
			steps = append(steps, step.Mkdir{Volume: v, Path: dir, Like: like, Why: why})
		}
	}
	for i, content := range [][]byte{json, text} {
		c, err := step.NewContent(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return nil, err
		}
		steps = append(steps, step.WriteFile{Volume: v, Path: fs.JoinPath(dir, id+reportEndings()[i]), New: c, Why: why})
	}
	return steps, nil
}

// withReport adds the report to the steps of the bundle where the volume has
// room for both; a repair does not fail for want of room for its report.
func (p *Plan) withReport(v *inspect.Volume, id string, bundle []step.Step) []step.Step {
	report, err := p.reportSteps(v, p.likeConfig(v), id, bundle)
	if err == nil && len(report) > 0 {
		err = p.canTake(v, append(append([]step.Step{}, bundle...), report...))
	}
	if err != nil {
		p.keptNotes = []string{fmt.Sprintf("No report is kept on %s: %v.", v.ID(), err)}
		return bundle
	}
	return append(bundle, report...)
}

// reportRemoval deletes the report of a repair that is taken back, and the folder
// of reports with the last one.
func (b *Bundle) reportRemoval(why string) ([]step.Step, error) {
	var steps []step.Step
	for _, ending := range reportEndings() {
		path := fs.JoinPath(ReportRoot, b.Name+ending)
		if _, err := b.volume.FS.Stat(path); err != nil {
			continue // none was kept, or a person deleted it
		}
		state, err := step.StateOf(b.volume.FS, path)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step.Remove{Volume: b.volume, Path: path, Old: &state, Why: why})
	}
	if left, err := b.volume.FS.ReadDir(ReportRoot); err == nil && len(left) == len(steps) {
		steps = append(steps, step.Remove{Volume: b.volume, Path: ReportRoot, Why: why})
	}
	return steps, nil
}
