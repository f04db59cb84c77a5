package repair

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Undo says where a plan keeps what was there before.
type Undo struct {
	ID    string // name of the bundle, "" when there is none
	Where string // for people
	Final []string
	host  *hostBundle
}

// hostBundle is a bundle that is written to a folder of the host.
type hostBundle struct {
	folder   bundle.Folder
	manifest *bundle.Manifest
	contents map[string]step.Content
}

// write makes the bundle before the transaction begins.
func (h *hostBundle) write() error {
	if h == nil {
		return nil
	}
	all := map[string]io.Reader{}
	for name, c := range h.contents {
		all[name] = c.Reader()
	}
	return h.folder.Write(h.manifest, all)
}

// remove deletes the bundle of a transaction that did not happen.
func (h *hostBundle) remove() error {
	if h == nil {
		return nil
	}
	return h.folder.Remove()
}

// keeping is how a plan keeps what was there before: the steps that write the
// bundle on a volume, or a bundle for the host.
type keeping struct {
	steps []step.Step
	place Undo
}

// bundle collects what the steps are going to replace, and decides where it is
// kept.
func (p *Plan) bundle(steps []step.Step) (keeping, error) {
	if p.restores {
		return keeping{}, nil // what an undo takes back, a repair can do again
	}
	if p.opt.Additions {
		return keeping{}, onlyAdds(steps)
	}
	m := &bundle.Manifest{Version: bundle.Version, ID: p.opt.Stamp.String(), Transaction: hex.EncodeToString(p.opt.Stamp.ID[:]),
		Time: p.opt.Stamp.Time, Why: p.titles(), Windows: p.windowsLabel()}
	c := &collector{manifest: m, contents: map[string]step.Content{}, disks: map[string]int{}}
	logs, err := p.prepare(steps)
	if err != nil {
		return keeping{}, err
	}
	for _, s := range distinct(append(logs, steps...)) {
		if err := c.add(s); err != nil {
			return keeping{}, err
		}
	}
	if len(m.Items) == 0 {
		return keeping{place: Undo{Final: m.Final}}, nil
	}
	if !p.opt.Homes.OnDisk && !concernsUnlocked(steps) {
		folder := p.hostFolder(steps)
		return keeping{place: Undo{ID: m.ID, Where: "in " + folder.Path, Final: m.Final,
			host: &hostBundle{folder, m, c.contents}}}, nil
	}
	k, err := p.onVolume(steps, c)
	if err != nil && p.opt.NoUndo {
		return keeping{place: Undo{Final: append(m.Final, err.Error())}}, nil
	}
	return k, err
}

func (p *Plan) titles() []string {
	var all []string
	for _, f := range p.Fixes {
		all = append(all, f.Finding.Name()+": "+f.Finding.Summary)
	}
	for _, a := range p.Actions {
		all = append(all, a.Title)
	}
	return all
}

func (p *Plan) windowsLabel() string {
	for _, f := range p.Fixes {
		if f.Finding.Windows != nil {
			return f.Finding.Windows.Label()
		}
	}
	return ""
}

// collector turns steps into items of a manifest.
type collector struct {
	manifest *bundle.Manifest
	contents map[string]step.Content // by name in the bundle
	disks    map[string]int
}

// diskOf is the index of a disk in the manifest.
func (c *collector) diskOf(d *inspect.Disk) int {
	i, ok := c.disks[d.Path]
	if !ok {
		i = len(c.manifest.Disks)
		c.disks[d.Path] = i
		m := bundle.Disk{Name: d.Name(), Size: d.Dev.Size()}
		if d.Table != nil {
			m.Signature, m.GUID = d.Table.Signature, d.Table.GUID
		}
		c.manifest.Disks = append(c.manifest.Disks, m)
	}
	return i
}

func (c *collector) add(s step.Step) error {
	if p, ok := s.(step.Patch); ok && p.Final != "" {
		c.manifest.Final = append(c.manifest.Final, p.Final)
		return nil
	}
	disk, v := s.Place()
	item := bundle.Item{Disk: c.diskOf(disk)}
	if v != nil {
		item.Volume = &bundle.Volume{Partition: v.Partition.Number, Offset: v.Partition.Range.Off, Serial: v.Serial()}
	}
	switch s := s.(type) {
	case step.SetValue:
		item.Action, item.Path, item.Key, item.Value = bundle.SetValue, s.File, s.Key, s.Value
		item.Old, item.New = valueState(s.Old), valueState(s.New)
	case step.MakeKey:
		item.Action, item.Path, item.Key = bundle.MakeKey, s.File, s.Key
	case step.RemoveKey:
		item.Action, item.Path, item.Key = bundle.RemoveKey, s.File, s.Key
		item.Old = &bundle.State{Class: s.Class, Security: s.Security}
	case step.WriteFile:
		item.Action, item.Path = bundle.WriteFile, s.Path
		item.New = fileState(&s.New.FileState)
		if err := c.keep(&item, v, s.Path, s.Old); err != nil {
			return err
		}
	case step.Remove:
		item.Action, item.Path = bundle.Remove, s.Path
		if err := c.keep(&item, v, s.Path, s.Old); err != nil {
			return err
		}
		if s.Old == nil {
			item.Old = &bundle.State{Directory: true}
		}
	case step.Mkdir:
		item.Action, item.Path, item.New = bundle.Mkdir, s.Path, &bundle.State{Directory: true}
	case step.Rename:
		item.Action, item.Path, item.To = bundle.Rename, s.From, s.To
	case step.SetAttributes:
		item.Action, item.Path = bundle.SetAttributes, s.Path
		item.Old, item.New = &bundle.State{Attributes: uint32(s.Old)}, &bundle.State{Attributes: uint32(s.New)}
	case step.SetVariable:
		item.Action, item.Key = bundle.SetVariable, s.Name
		item.Old, item.New = variableState(s.Old), variableState(s.New)
	case step.Patch:
		item.Action, item.Value, item.Offset = bundle.WriteSectors, s.What, s.Off
		item.Old, item.New = &bundle.State{Data: s.Old}, &bundle.State{Data: s.New}
	default:
		c.manifest.Final = append(c.manifest.Final, s.Describe().String())
		return nil
	}
	c.manifest.Items = append(c.manifest.Items, item)
	return nil
}

// keep stores the content of a file that is going to be replaced or deleted.
func (c *collector) keep(item *bundle.Item, v *inspect.Volume, path string, old *step.FileState) error {
	if old == nil {
		return nil
	}
	info, err := v.FS.Stat(path)
	if err != nil {
		return err
	}
	f, err := v.FS.Open(path)
	if err != nil {
		return err
	}
	item.Old = fileState(old)
	item.Old.Attributes = uint32(info.Attributes & step.Settable)
	item.Old.Stored = fmt.Sprintf("%04d", len(c.contents)+1)
	c.contents[item.Old.Stored] = step.Content{FileState: *old, R: f}
	return nil
}

func valueState(d *step.Data) *bundle.State {
	if d == nil {
		return nil
	}
	return &bundle.State{Type: uint32(d.Type), Data: d.Bytes}
}

func fileState(f *step.FileState) *bundle.State {
	return &bundle.State{Size: f.Size, SHA256: f.Sum.String()}
}

// hostFolder is beside the first image that changes, or in the state directory.
func (p *Plan) hostFolder(steps []step.Step) bundle.Folder {
	disk, _ := steps[0].Place()
	dir := bundle.Beside(disk.Path)
	if isDevice(disk.Path) {
		dir = bundle.In(p.opt.Homes.StateDir)
	}
	return bundle.Folder{Path: dir + "/" + p.opt.Stamp.String()}
}

// writeSteps are the steps that write the bundle into its folder on a volume.
func (c *collector) writeSteps(v *inspect.Volume, like string) ([]step.Step, error) {
	b, err := c.manifest.Encode()
	if err != nil {
		return nil, err
	}
	var steps []step.Step
	dir := ""
	for _, name := range append(fs.SplitPath(bundle.Root), c.manifest.ID) {
		dir = fs.JoinPath(dir, name)
		if _, err := v.FS.Stat(dir); err == nil {
			continue
		}
		steps = append(steps, step.Mkdir{Volume: v, Path: dir, Like: like, Why: "what was there before is kept"})
	}
	file := func(name string, content step.Content) {
		steps = append(steps, step.WriteFile{Volume: v, Path: fs.JoinPath(dir, name), New: content, Why: "what was there before is kept"})
	}
	for _, name := range slices.Sorted(maps.Keys(c.contents)) { // the plan made again must be the same
		file(name, c.contents[name])
	}
	manifest, err := step.NewContent(strings.NewReader(string(b)), int64(len(b)))
	file(bundle.ManifestName, manifest)
	return steps, err
}

// onlyAdds refuses a step that would replace something.
func onlyAdds(steps []step.Step) error {
	for _, s := range steps {
		w, writes := s.(step.WriteFile)
		_, makes := s.(step.Mkdir)
		if !makes && (!writes || w.Old != nil) {
			return fmt.Errorf("%s: %w", s.Describe(), fs.ErrExist)
		}
	}
	return nil
}
